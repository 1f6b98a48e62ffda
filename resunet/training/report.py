"""Tells a run's folder how the training stands, every few seconds."""

import time

from resunet.config import Config
from resunet.jobs.run_folder import RunFolder
from resunet.training.checkpoint import Position
from resunet.training.events import Events

HEARTBEAT_SECONDS = 2.0


class Reporter:
    """Writes the status of one run.

    Args:
        run: The run.
        config: Its settings.
        device: What a user calls the device.
        events: Where curves go for TensorBoard, if they do.
        writes: Whether this process writes; only one of several does.
    """

    def __init__(
        self,
        run: RunFolder,
        config: Config,
        device: str,
        events: Events | None = None,
        *,
        writes: bool = True,
    ) -> None:
        self._run, self._config, self._device = run, config, device
        self._events, self._writes = events, writes
        self._rate: float | None = None  # steps a second
        self._since: tuple[float, int] | None = None  # a moment, and the steps done by then
        self._told = -HEARTBEAT_SECONDS

    def tell(self, state: str, position: Position, message: str) -> None:
        """Writes it now.

        Args:
            state: One of `resunet.jobs.run_folder.STATES`.
            position: Where the training stands.
            message: One sentence.
        """
        if not self._writes:
            return
        training, progress = self._config.training, position.progress
        best = position.best_epoch
        self._run.write_status(
            state,
            epoch=position.epoch,
            epochs=training.epochs,
            step=position.step,
            steps=training.epochs * training.steps_per_epoch,
            best_val_loss=progress.best_loss,
            best_epoch=best,
            best_val_dice=None if best is None else position.history[best - 1]["val_dice"],
            device=self._device,
            images_per_second=None if self._rate is None else self._rate * training.batch_size,
            seconds_left=self._seconds_left(position),
            message=message,
        )
        self._told = time.monotonic()

    def step(self, position: Position) -> None:
        """Writes it if it was not written for some seconds; to be called after each step."""
        now = time.monotonic()
        if now - self._told < HEARTBEAT_SECONDS:
            return
        if self._since is not None and position.step > self._since[1]:
            self._rate = (position.step - self._since[1]) / (now - self._since[0])
        self._since = (now, position.step)
        self.tell("running", position, f"Epoch {position.epoch + 1}.")

    def validating(self, position: Position) -> None:
        """Likewise after each batch of a validation."""
        self._since = None  # what it takes is none of the steps' time
        if time.monotonic() - self._told >= HEARTBEAT_SECONDS:
            self.tell("running", position, f"Epoch {position.epoch + 1}, validating.")

    def epoch(self, position: Position) -> None:
        """Tells that an epoch is done."""
        if self._events is not None:
            self._events.write(position.history[-1])
        self.tell("running", position, f"Epoch {position.epoch} is done.")

    def _seconds_left(self, position: Position) -> float | None:
        """By the epochs done, validation included; in the first by the steps done lately."""
        training = self._config.training
        epochs_left = training.epochs - position.step / training.steps_per_epoch
        seconds = [row["seconds"] for row in position.history if row["seconds"] is not None]
        if seconds:
            recent = seconds[-5:]
            return epochs_left * sum(recent) / len(recent)
        return None if not self._rate else epochs_left * training.steps_per_epoch / self._rate
