"""What a training leaves in its run folder, and in which order; of several processes the chief."""

from resunet.jobs.run_folder import RunFolder
from resunet.training.checkpoint import (
    NotFiniteError,
    Position,
    check_finite,
    save_state,
    save_weights,
)
from resunet.training.distribute import is_chief
from resunet.training.steps import Trainer


def check_all_finite(trainer: Trainer, position: Position) -> None:
    """Looks for values that are not finite; a ReLU can hide them from the loss.

    Raises:
        NotFiniteError: Names the variable, the epoch and the step.
    """
    try:
        check_finite([*trainer.network.variables, *trainer.optimizer.variables])
    except NotFiniteError as error:
        where = f"at epoch {position.epoch + 1}, step {position.step}"
        raise NotFiniteError(f"{error}, {where}") from None


def save_midway(trainer: Trainer, run: RunFolder, position: Position) -> None:
    """Saves a training where it stands within an epoch.

    Raises:
        NotFiniteError: If a value of network or optimizer is not finite; nothing is saved then.
    """
    check_all_finite(trainer, position)
    save(trainer, run, position)
    save_rest(trainer, run, position)


def save(trainer: Trainer, run: RunFolder, position: Position) -> None:
    """Writes the state, from which all else follows."""
    if is_chief(trainer.strategy):
        save_state(run, trainer.network, trainer.optimizer, position)


def save_rest(trainer: Trainer, run: RunFolder, position: Position) -> None:
    """Writes what follows from the state: history and weights, for use if its epoch is the one.

    After the state, so that nothing belongs to an epoch the state does not know; a run that was
    killed in between catches up when it resumes.
    """
    if not is_chief(trainer.strategy):
        return
    if position.history:
        run.write_history(position.history)
    at_epochs_end = position.epoch > 0 and not position.totals
    is_kept = position.progress.improved or trainer.config.training.select == "last"
    with trainer.averaged():
        save_weights(trainer.network, run.last_weights)
        if at_epochs_end and is_kept:
            save_weights(trainer.network, run.best_weights)
