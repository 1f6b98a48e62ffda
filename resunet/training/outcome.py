"""How a training is watched, and how it ends."""

from collections.abc import Callable
from dataclasses import dataclass

from resunet.config import Config, TrainingConfig
from resunet.jobs.run_folder import RunFolder
from resunet.training.checkpoint import Position
from resunet.training.steps import Totals


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Attributes:
        state: ``"finished"``, ``"stopped"``, ``"failed"`` or ``"interrupted"``.
        message: One sentence.
        position: Where it ended.
    """

    state: str
    message: str
    position: Position


@dataclass(frozen=True)
class Watch:
    """How a training is watched and stopped.

    Attributes:
        on_step: Told the position and the epoch's totals after each step.
        should_stop: Asked after each step, and after each batch of a validation.
    """

    on_step: Callable[[Position, Totals], None] = lambda position, totals: None
    should_stop: Callable[[], bool] = lambda: False


def reason_to_end(config: TrainingConfig, position: Position) -> str:
    """Why the training is over, or an empty string."""
    if position.epoch >= config.epochs:
        return f"All {config.epochs} epochs are done."
    if position.progress.should_stop(config):
        epochs = position.progress.epochs_since_best
        return f"The validation loss has not improved for {epochs} epochs."
    return ""


def what_is_kept(run: RunFolder) -> str:
    """What remains of a training that failed."""
    if run.last_weights.exists():
        return "The last finite weights are kept."
    return "Nothing was saved yet."


def how_to_go_on(run: RunFolder) -> str:
    """What to do with a training that lost one of its processes."""
    if run.state_file.exists():
        return "The run can be resumed from its last saved state."
    return "Nothing was saved yet; the run can be begun anew."


def too_small(config: Config) -> str:
    """What to do where the device's memory does not do."""
    size = config.training.batch_size
    if size == 1:
        return "The device's memory is too small for one slice a step."
    return f"The device's memory is too small for {size} slices a step; try {size // 2}."
