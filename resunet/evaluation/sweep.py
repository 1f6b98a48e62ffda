"""Every threshold at once: how probabilities are spread inside and outside of the outline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

STEPS = tuple(step / 100 for step in range(1, 100))
"""The thresholds that are tried, besides the model's own."""


@dataclass(frozen=True)
class Sweep:
    """Pixels above each of some thresholds, on the study's own grid; records add up.

    Exact at the thresholds: a pixel counts as tumour above one, as `Prediction.mask` has it,
    compared in float32 as there.

    Attributes:
        thresholds: Ascending.
        inside: For each threshold the pixels above it inside the expert's outline.
        pred: For each threshold all pixels above it.
        true: Pixels inside the expert's outline.
    """

    thresholds: tuple[float, ...]
    inside: tuple[int, ...]
    pred: tuple[int, ...]
    true: int = 0

    def __add__(self, other: "Sweep") -> "Sweep":
        if other.thresholds != self.thresholds:
            raise InputError(
                f"A sweep of {len(other.thresholds)} thresholds is added, where the same "
                f"{len(self.thresholds)} thresholds are accepted."
            )
        return Sweep(
            self.thresholds,
            tuple(a + b for a, b in zip(self.inside, other.inside, strict=True)),
            tuple(a + b for a, b in zip(self.pred, other.pred, strict=True)),
            self.true + other.true,
        )

    @property
    def dice(self) -> NDArray[np.float64]:
        """float64 (thresholds,): Dice at each; NaN where nothing is outlined nor predicted."""
        total = self.true + np.array(self.pred, np.float64)
        shared = 2.0 * np.array(self.inside, np.float64)
        return np.where(total > 0, shared / np.where(total > 0, total, 1.0), np.nan)


def thresholds_with(own: float) -> tuple[float, ...]:
    """`STEPS` and a model's own threshold, ascending, each once."""
    return tuple(sorted({*STEPS, own}))


def no_sweep(thresholds: Sequence[float]) -> Sweep:
    """The sweep over no slice."""
    nothing = (0,) * len(thresholds)
    return Sweep(tuple(thresholds), nothing, nothing)


def sweep_slice(
    probability: NDArray[np.float32], truth: NDArray[np.bool_], thresholds: Sequence[float]
) -> Sweep:
    """Counts one slice.

    Args:
        probability: float32 (H, W).
        truth: bool (H, W), the expert's outline.
        thresholds: Ascending.
    """
    steps = np.array(thresholds, np.float32)
    some = probability > steps[0]
    # the number of thresholds a pixel lies above
    above = np.searchsorted(steps, probability[some], side="left")
    return Sweep(
        tuple(thresholds),
        _pixels_above(above[truth[some]], len(steps)),
        _pixels_above(above, len(steps)),
        int(np.count_nonzero(truth)),
    )


def _pixels_above(above: NDArray[np.intp], steps: int) -> tuple[int, ...]:
    """For each threshold the pixels above it, from how many thresholds each lies above."""
    counts = np.bincount(above, minlength=steps + 1)
    return tuple(counts[::-1].cumsum()[::-1][1:].tolist())
