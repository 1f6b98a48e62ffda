"""The training loop: read it from `train` down.

What a step sees depends only on the seed and the step's own number (see `order` and
`draws`), so a run that was stopped goes on as if it had not been.
"""

import contextlib
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import astuple, replace
from typing import Any

import tensorflow as tf

from resunet import __version__
from resunet.config import Config
from resunet.data.cache import PackedSlices
from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.stopping import StopRequested
from resunet.training.checkpoint import NotFiniteError, Position, load_initial, restore_state
from resunet.training.device import device_name, one_device
from resunet.training.distribute import (
    agreed,
    caveat,
    check_alike,
    from_chief,
    is_chief,
    take_chiefs,
    what_was_lost,
)
from resunet.training.events import Events
from resunet.training.outcome import (
    Outcome,
    Watch,
    how_to_go_on,
    reason_to_end,
    too_small,
    what_is_kept,
)
from resunet.training.report import Reporter
from resunet.training.samples import save_samples
from resunet.training.saving import check_all_finite, save, save_midway, save_rest
from resunet.training.schedule import after_epoch, learning_rate
from resunet.training.steps import Totals, Trainer

_LOG = logging.getLogger(__name__)


def train(
    config: Config,
    training: PackedSlices,
    validation: PackedSlices,
    run: RunFolder,
    *,
    resume: bool = False,
    strategy: tf.distribute.Strategy | None = None,
    watch: Watch | None = None,
) -> Outcome:
    """Trains a network in a run folder, whose ``config.json`` is there already.

    Args:
        config: All settings.
        training: Slices to learn from.
        validation: Slices that choose the best epoch; whole other patients.
        run: Where checkpoints, history and status go.
        resume: Whether to go on from the folder's last state, if it has one.
        strategy: Devices; one GPU, or the CPU where there is none, by default.
        watch: How it is watched and stopped; stopping saves the state, in mid-epoch too.

    Returns:
        How it ended. A loss that is not finite, or a device whose memory is too small, ends it
        as "failed", with the last finite weights on disk; the loss of another machine as
        "interrupted".

    Raises:
        InputError: If there is a state to resume from, or weights to begin with, that do not fit.
    """
    strategy, watch = strategy or one_device(), watch or Watch()
    try:
        return _train(config, training, validation, run, resume, strategy, watch)
    except tf.errors.OpError as error:
        lost = what_was_lost(strategy, error)
        if not lost:
            raise
        _LOG.exception("taken for the loss of another process")  # may be an error of its own
        if not is_chief(strategy):
            return Outcome("interrupted", lost, Position())
        sentence = f"{lost} {how_to_go_on(run)}"
        _LOG.info(sentence)
        run.change_status("interrupted", sentence)
        return Outcome("interrupted", sentence, Position(history=tuple(run.read_history())))


def _train(
    config: Config,
    training: PackedSlices,
    validation: PackedSlices,
    run: RunFolder,
    resume: bool,
    strategy: tf.distribute.Strategy,
    watch: Watch,
) -> Outcome:
    slices = [(pack.patients, pack.numbers) for pack in (training, validation)]
    check_alike(strategy, "settings or slices", f"{__version__} {config} {slices}")
    watch = replace(watch, should_stop=agreed(strategy, watch.should_stop))
    trainer, position, reporter = _begin(config, run, strategy, resume)
    began = position.step
    batches = trainer.batches(training, position.step)
    try:
        try:
            ended = reason_to_end(config.training, position)
            while not ended:
                position = _run_steps(trainer, batches, position, reporter, watch)
                if position.step % config.training.steps_per_epoch:
                    raise StopRequested
                position = _end_epoch(trainer, validation, run, position, reporter, watch)
                ended = reason_to_end(config.training, position)
                if watch.should_stop() and not ended:
                    raise StopRequested
            outcome = Outcome("finished", ended, position)
        except StopRequested:
            if position.step > began and position.totals:
                reporter.tell("stopping", position, "Saving.")
                save_midway(trainer, run, position)
            sentence = f"Stopped after step {position.step}; it can be resumed."
            outcome = Outcome("stopped", sentence, position)
    except NotFiniteError as error:
        outcome = Outcome("failed", f"{error}. {what_is_kept(run)}", position)
    except tf.errors.ResourceExhaustedError:
        outcome = Outcome("failed", f"{too_small(config)} {what_is_kept(run)}", position)
    except BaseException as error:
        if what_was_lost(strategy, error):
            raise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]  # the log has all
        with contextlib.suppress(OSError):  # a full disk takes this neither
            reporter.tell("failed", position, f"Ended by an error: {reason}")
        _LOG.exception("ended by an error")
        raise
    reporter.tell(outcome.state, outcome.position, outcome.message)
    _LOG.info(outcome.message)
    return outcome


def _begin(
    config: Config, run: RunFolder, strategy: tf.distribute.Strategy, resume: bool
) -> tuple[Trainer, Position, Reporter]:
    """A trainer, new or as the run's state left it, and who tells of it."""
    trainer, position = Trainer(config, strategy), Position()
    state = _saved_state(run) if resume else b""
    state = from_chief(strategy, state)
    if state:
        position = restore_state(run, trainer.network, trainer.optimizer, state)
        save_rest(trainer, run, position)
    else:
        _begin_with_others(trainer, run)
    _take_settings(trainer, run)
    device, oddity, writes = device_name(strategy), caveat(config, strategy), is_chief(strategy)
    _LOG.info("training on %s from step %d", device, position.step)
    if oddity:
        _LOG.warning("warning: %s", oddity)
    events = Events(run, position.history) if writes and config.training.tensorboard else None
    reporter = Reporter(run, config, device, events, writes=writes)
    reporter.tell("running", position, f"Training on {device}. {oddity}".strip())
    return trainer, position, reporter


def _saved_state(run: RunFolder) -> bytes:
    """The state that a run was left in; empty where it was left in none.

    Raises:
        InputError: If the file is there and empty: what it held would be lost.
    """
    if not run.state_file.exists():
        return b""
    state = run.state_file.read_bytes()
    if not state:
        raise InputError(f"{run.state_file} cannot be read: it is empty.")
    return state


def _begin_with_others(trainer: Trainer, run: RunFolder) -> None:
    """Begins with another model's weights, where the run is to; the chief has the file."""
    model_id = load_initial(run, trainer.network) if is_chief(trainer.strategy) else None
    if from_chief(trainer.strategy, (model_id or "").encode()):
        take_chiefs(trainer.strategy, trainer.network.variables)
        _LOG.info("begins with the weights of %s", model_id)


def _take_settings(trainer: Trainer, run: RunFolder) -> None:
    """Keeps settings that changed on going on, now that what it goes on from is known to fit."""
    if not is_chief(trainer.strategy):
        return
    known, data = run.read_config()
    if known != trainer.config:
        run.write_config(trainer.config, data)


def _run_steps(
    trainer: Trainer,
    batches: Iterator[dict[str, Any]],
    position: Position,
    reporter: Reporter,
    watch: Watch,
) -> Position:
    """Steps to the epoch's end, or to where the user stops it."""
    config = trainer.config.training
    last_step = (position.epoch + 1) * config.steps_per_epoch
    began = time.perf_counter() - position.seconds
    totals = Totals(*position.totals)
    while position.step < last_step:
        rate = learning_rate(position.step, position.progress, config)
        step = trainer.train(next(batches), rate)
        if not math.isfinite(step.loss):
            raise NotFiniteError(
                f"Loss not finite at epoch {position.epoch + 1}, step {position.step + 1}"
            )
        totals += step
        position = replace(
            position,
            step=position.step + 1,
            totals=astuple(totals),
            seconds=time.perf_counter() - began,
        )
        watch.on_step(position, totals)
        reporter.step(position)
        if watch.should_stop():
            break
    return position


def _end_epoch(
    trainer: Trainer,
    validation: PackedSlices,
    run: RunFolder,
    position: Position,
    reporter: Reporter,
    watch: Watch,
) -> Position:
    """Validates, applies the rules, and saves.

    Raises:
        StopRequested: If it is stopped while it validates, which is then to be done again.
    """
    config, began = trainer.config.training, time.perf_counter()
    check_all_finite(trainer, position)

    def on_batch() -> None:
        reporter.validating(position)
        if watch.should_stop():
            raise StopRequested

    with trainer.averaged():
        trained, validated = Totals(*position.totals), trainer.validate(validation, on_batch)
    epoch = position.epoch + 1
    if not math.isfinite(validated.loss):
        raise NotFiniteError(f"Validation loss not finite at epoch {epoch}, step {position.step}")
    row = {
        "epoch": epoch,
        "step": position.step,
        "loss": trained.mean_loss,
        "val_loss": validated.mean_loss,
        "dice": trained.dice,
        "val_dice": validated.dice,
        "learning_rate": learning_rate(position.step - 1, position.progress, config),
        "seconds": position.seconds + time.perf_counter() - began,
    }
    progress = after_epoch(position.progress, validated.mean_loss, config)
    position = Position(position.step, epoch, progress, history=(*position.history, row))
    save(trainer, run, position)
    save_rest(trainer, run, position)
    if is_chief(trainer.strategy):
        with trainer.averaged():
            save_samples(run, epoch, validation, trainer.with_logits, trainer.config.network)
    reporter.epoch(position)
    _LOG.info(
        "epoch %d: loss %.4f, validation %.4f; Dice %.3f, validation %.3f; %.1f s",
        *(row[key] for key in ("epoch", "loss", "val_loss", "dice", "val_dice", "seconds")),
    )
    return position
