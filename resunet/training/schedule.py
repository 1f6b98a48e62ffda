"""Learning rate and early stopping: small pure records, and the paper's rules (section 3.3.2).

They follow Keras's ``ReduceLROnPlateau`` and ``EarlyStopping``, which the paper used, but
hold their state in plain values that a checkpoint can keep.
"""

import math
from dataclasses import dataclass, replace

from resunet.config import TrainingConfig

_PLATEAU_MIN_DELTA = 1e-4  # Keras's default of ReduceLROnPlateau


@dataclass(frozen=True)
class Progress:
    """What the rules remember between epochs.

    Attributes:
        best_loss: Lowest validation loss so far.
        epochs_since_best: Epochs since then.
        plateau_loss: Lowest validation loss by the plateau rule, which asks for an
            improvement of at least 1e-4.
        plateau_wait: Epochs without such an improvement, or since the last reduction.
        reductions: How often the learning rate was reduced.
    """

    best_loss: float = math.inf
    epochs_since_best: int = 0
    plateau_loss: float = math.inf
    plateau_wait: int = 0
    reductions: int = 0

    @property
    def improved(self) -> bool:
        """Whether the last epoch was the best so far."""
        return self.epochs_since_best == 0

    def should_stop(self, config: TrainingConfig) -> bool:
        """Whether early stopping ends the training now."""
        patience = config.early_stopping_patience
        return 0 < patience <= self.epochs_since_best


def after_epoch(progress: Progress, val_loss: float, config: TrainingConfig) -> Progress:
    """The state after an epoch with this validation loss."""
    if val_loss < progress.best_loss:
        progress = replace(progress, best_loss=val_loss, epochs_since_best=0)
    else:
        progress = replace(progress, epochs_since_best=progress.epochs_since_best + 1)
    if config.schedule != "plateau":
        return progress
    if val_loss < progress.plateau_loss - _PLATEAU_MIN_DELTA:
        return replace(progress, plateau_loss=val_loss, plateau_wait=0)
    if progress.plateau_wait + 1 < config.plateau_patience:
        return replace(progress, plateau_wait=progress.plateau_wait + 1)
    return replace(progress, plateau_wait=0, reductions=progress.reductions + 1)


def learning_rate(step: int, progress: Progress, config: TrainingConfig) -> float:
    """The learning rate of one step.

    Args:
        step: Global step, from 0.
        progress: State after the last whole epoch.
        config: The rules.
    """
    rate = config.learning_rate
    if config.schedule == "cosine":
        planned = config.epochs * config.steps_per_epoch
        rate *= 0.5 * (1.0 + math.cos(math.pi * min(step / planned, 1.0)))
    else:
        rate *= config.plateau_factor**progress.reductions
    if step < config.warmup_steps:
        rate *= (step + 1) / config.warmup_steps
    return rate
