"""How fast the stochastic passes converge, and how many are enough.

The mean of t independent passes misses the mean of endlessly many by σ/√t, with σ the standard
deviation of a single pass. Measured is how far the mean of the first t passes lies from that of
all T; since these share t passes, σ·√(1/t − 1/T) is to be expected of it. Sums add up over slices
and patients.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

TOLERANCE = 0.02
"""The root mean square error of the probability, near the outlines, that is small enough: two
steps of a scale of one hundred."""


@dataclass(frozen=True, eq=False)
class ConvergenceCounts:
    """What convergence needs to know of some pixels; records of equal T add up.

    Attributes:
        mean_squared: float64 (T,): for each t the sum over pixels of the squared difference of
            the mean over the first t passes and that over all.
        std_squared: float64 (T,): the same of the standard deviation (ddof 1; 0 for t = 1).
        variance: The sum over pixels of the variance over all passes, ddof 1.
        pixels: How many.
    """

    mean_squared: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    std_squared: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    variance: float = 0.0
    pixels: int = 0

    def __add__(self, other: "ConvergenceCounts") -> "ConvergenceCounts":
        if not self.pixels or not other.pixels:
            return self if self.pixels else other
        if self.mean_squared.size != other.mean_squared.size:
            raise InputError(
                f"Counts of {other.mean_squared.size} passes were to be added to those of "
                f"{self.mean_squared.size}, where as many are accepted."
            )
        return ConvergenceCounts(
            self.mean_squared + other.mean_squared,
            self.std_squared + other.std_squared,
            self.variance + other.variance,
            self.pixels + other.pixels,
        )

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "ConvergenceCounts":
        """Reads what `kept` gave."""
        return cls(
            np.array(values["mean_squared"], np.float64),
            np.array(values["std_squared"], np.float64),
            float(values["variance"]),
            int(values["pixels"]),
        )

    def kept(self) -> dict[str, Any]:
        """JSON values of the counts themselves, to be read again."""
        return {
            "mean_squared": self.mean_squared.tolist(),
            "std_squared": self.std_squared.tolist(),
            "variance": self.variance,
            "pixels": self.pixels,
        }

    @property
    def spread(self) -> float:
        """σ: the root mean square standard deviation of a single pass; NaN without pixels."""
        return math.sqrt(self.variance / self.pixels) if self.pixels else math.nan

    @property
    def enough(self) -> int | None:
        """The least T, 2 or more, whose σ/√T is at most `TOLERANCE`; None without pixels."""
        if not self.pixels:
            return None
        return max(math.ceil((self.spread / TOLERANCE) ** 2 - 1e-9), 2)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the curves, each from t = 1 to T, and the T that is enough."""
        passes = np.arange(1, self.mean_squared.size + 1)
        pixels = max(self.pixels, 1)
        spread = 0.0 if not self.pixels else self.spread
        shared = np.maximum(1.0 / passes - 1.0 / max(passes.size, 1), 0.0)
        return {
            "pixels": self.pixels,
            "passes": passes.size,
            "spread": self.spread,
            "mean_error": np.sqrt(self.mean_squared / pixels).tolist(),
            "mean_error_expected": (spread * np.sqrt(shared)).tolist(),
            "standard_error": (spread / np.sqrt(passes)).tolist(),
            "std_error": np.sqrt(self.std_squared / pixels).tolist(),
            "tolerance": TOLERANCE,
            "enough": self.enough,
            "reason": None if self.pixels else "There are no stochastic passes to compare.",
        }


def count_convergence(passes: NDArray[np.floating]) -> ConvergenceCounts:
    """Sums how far the first passes lie from all of them.

    Args:
        passes: float (T, N), the probabilities of N pixels in each pass.

    Returns:
        The counts; none for fewer than two passes, or without pixels.
    """
    values = passes.astype(np.float64)
    if values.shape[0] < 2 or not values.shape[1]:
        return ConvergenceCounts()
    t = np.arange(1, len(values) + 1)[:, None]
    # around the mean over all passes, or the squares would cancel
    centred = values - values.mean(axis=0)
    means = np.cumsum(centred, axis=0) / t
    squares = np.cumsum(centred**2, axis=0) - t * means**2
    std = np.sqrt(np.maximum(squares, 0.0) / np.maximum(t - 1, 1))
    return ConvergenceCounts(
        mean_squared=(means**2).sum(axis=1),
        std_squared=((std - std[-1]) ** 2).sum(axis=1),
        variance=float((std[-1] ** 2).sum()),
        pixels=values.shape[1],
    )
