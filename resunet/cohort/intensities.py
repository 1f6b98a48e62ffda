"""Histograms of intensities that add up exactly, whatever units a scanner wrote."""

import numpy as np
from numpy.typing import NDArray

_LOWEST, _HIGHEST, _PER_OCTAVE = -12, 20, 8  # powers of two; a step is 9 %

BINS = (_HIGHEST - _LOWEST) * _PER_OCTAVE + 2
"""Bins of a histogram: the first holds what is not above 2⁻¹², the last what is from 2²⁰ up."""


def edges() -> NDArray[np.float64]:
    """float64 (BINS − 1,): where each bin but the first begins."""
    return 2.0 ** (_LOWEST + np.arange(BINS - 1) / _PER_OCTAVE)


def histogram(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Counts values by their logarithm.

    Args:
        values: float32, finite, any number of them.

    Returns:
        int64 (BINS,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.floor((np.log2(values) - _LOWEST) * _PER_OCTAVE) + 1
    steps = np.where(values > 0, steps, 0)
    return np.bincount(np.clip(steps, 0, BINS - 1).astype(np.int64), minlength=BINS)


def quantile(counts: NDArray[np.int64], share: float) -> float:
    """The value below which a share of the counted ones lies; even within a bin by logarithm.

    Args:
        counts: int64 (BINS,).
        share: In (0, 1).

    Returns:
        To some percent exact; 0 where it lies in the first bin, NaN where nothing was counted.
    """
    total = int(counts.sum())
    if total == 0:
        return float("nan")
    below = np.cumsum(counts)
    found = int(np.searchsorted(below, share * total))
    if found == 0:
        return 0.0
    within = (share * total - (below[found] - counts[found])) / counts[found]
    return float(2.0 ** (_LOWEST + (found - 1 + within) / _PER_OCTAVE))
