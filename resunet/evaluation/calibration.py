"""Calibration: whether of the pixels to which a network gives 70 % seven in ten are tumour.

All figures come from counts that add up, so that those of a slice, a patient and a whole set are
made of the same numbers and memory does not grow: ``sum(counts, CalibrationCounts())``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

BINS = 15
"""Bins of equal width from 0 to 1, as Guo et al. (2017, arXiv:1706.04599) take them."""

LEAST_PROBABILITY = 1e-7
"""What a probability is taken for at least, and 1 less it at most, in a logarithm: near the
distance of 1 to the next float32."""


_BINNED = ("pixels", "tumour", "probability")


def _zeros() -> NDArray[np.float64]:
    return np.zeros(BINS)


@dataclass(frozen=True, eq=False)
class CalibrationCounts:
    """What calibration needs to know of some pixels; records add up.

    Attributes:
        pixels: float64 (`BINS`,), whole numbers: pixels whose probability lies in each bin. A
            bin holds its upper end; the first holds 0 too.
        tumour: float64 (`BINS`,), whole numbers: those of them that are tumour by the expert.
        probability: float64 (`BINS`,): the sum of their probabilities.
        squared_error: The sum of (probability − truth)² over all pixels.
        log_loss: The sum of −log of the probability that was given to the truth, in nats.
    """

    pixels: NDArray[np.float64] = field(default_factory=_zeros)
    tumour: NDArray[np.float64] = field(default_factory=_zeros)
    probability: NDArray[np.float64] = field(default_factory=_zeros)
    squared_error: float = 0.0
    log_loss: float = 0.0

    def __add__(self, other: "CalibrationCounts") -> "CalibrationCounts":
        return CalibrationCounts(
            self.pixels + other.pixels,
            self.tumour + other.tumour,
            self.probability + other.probability,
            self.squared_error + other.squared_error,
            self.log_loss + other.log_loss,
        )

    @property
    def total(self) -> int:
        """How many pixels."""
        return round(self.pixels.sum())

    @property
    def ece(self) -> float:
        """The expected calibration error: the mean over pixels of their bin's gap.

        A bin's gap is that between its mean probability and its share of tumour. In [0, 1];
        NaN without pixels. Source: Naeini et al. 2015, Guo et al. 2017.
        """
        gaps = np.abs(self.probability - self.tumour).sum()
        return float(gaps / self.total) if self.total else math.nan

    @property
    def brier(self) -> float:
        """The mean of (probability − truth)², in [0, 1]; NaN without pixels."""
        return self.squared_error / self.total if self.total else math.nan

    @property
    def nll(self) -> float:
        """The mean negative log likelihood in nats, from 0 on; NaN without pixels."""
        return self.log_loss / self.total if self.total else math.nan

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "CalibrationCounts":
        """Reads what `kept` gave."""
        pixels, tumour, probability = (np.array(values[name], np.float64) for name in _BINNED)
        return cls(
            pixels,
            tumour,
            probability,
            float(values["squared_error"]),
            float(values["log_loss"]),
        )

    def kept(self) -> dict[str, Any]:
        """JSON values of the counts themselves, to be read again."""
        return {
            **{name: getattr(self, name).tolist() for name in _BINNED},
            "squared_error": self.squared_error,
            "log_loss": self.log_loss,
        }

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the three figures, and the reliability diagram.

        ``reliability`` has an entry for each bin: ``from``, ``to``, ``pixels``, and
        ``mean_probability`` and ``tumour_share``, both NaN for an empty bin.
        """
        edges = np.linspace(0.0, 1.0, BINS + 1)
        filled = np.maximum(self.pixels, 1.0)
        empty = self.pixels == 0
        means = np.where(empty, np.nan, self.probability / filled)
        shares = np.where(empty, np.nan, self.tumour / filled)
        return {
            "pixels": self.total,
            "ece": self.ece,
            "brier": self.brier,
            "nll": self.nll,
            "reason": None if self.total else "There is no such pixel.",
            "reliability": [
                {
                    "from": float(edges[i]),
                    "to": float(edges[i + 1]),
                    "pixels": round(self.pixels[i]),
                    "mean_probability": float(means[i]),
                    "tumour_share": float(shares[i]),
                }
                for i in range(BINS)
            ],
        }


def count_calibration(
    probability: NDArray[np.floating], mask_true: NDArray[np.bool_]
) -> CalibrationCounts:
    """Counts what calibration needs to know of some pixels.

    Args:
        probability: float of any shape, in [0, 1]: of the pixels to be counted, such as
            ``probability[brain]``.
        mask_true: bool of the same shape, tumour by the expert.

    Returns:
        The counts; all 0 without pixels.

    Raises:
        InputError: If the shapes differ, or a probability lies outside [0, 1].
    """
    if probability.shape != mask_true.shape:
        raise InputError(
            f"mask_true has shape {mask_true.shape}, where probability's shape "
            f"{probability.shape} is accepted."
        )
    p = probability.ravel().astype(np.float64)
    y = mask_true.ravel()
    if p.size and not (p.min() >= 0.0 and p.max() <= 1.0):
        raise InputError(
            f"probability runs from {p.min():g} to {p.max():g}, where 0 to 1 is accepted."
        )
    bins = np.clip(np.ceil(p * BINS).astype(np.intp) - 1, 0, BINS - 1)
    return CalibrationCounts(
        pixels=np.bincount(bins, minlength=BINS).astype(np.float64),
        tumour=np.bincount(bins[y], minlength=BINS).astype(np.float64),
        probability=np.bincount(bins, weights=p, minlength=BINS).astype(np.float64),
        squared_error=float(((p - y) ** 2).sum()),
        log_loss=log_loss(p, y),
    )


def log_loss(probability: NDArray[np.float64], mask_true: NDArray[np.bool_]) -> float:
    """The sum of −log of the probability given to the truth, in nats.

    Args:
        probability: float64 (N,) in [0, 1]; kept `LEAST_PROBABILITY` away from both ends.
        mask_true: bool (N,).
    """
    given = np.where(mask_true, probability, 1.0 - probability)
    return float(-np.log(np.clip(given, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)).sum())
