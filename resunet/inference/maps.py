"""From the passes over one slice to what a `Prediction` holds of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.data.preprocess import Frame, restore


class Summary(NamedTuple):
    """float32 (n, n) each: mean, standard deviation (ddof 1), entropy, mutual information."""

    probability: NDArray[np.float32]
    std: NDArray[np.float32]
    entropy: NDArray[np.float32]
    mutual_information: NDArray[np.float32]


def summarise(probability: NDArray[np.float32]) -> Summary:
    """Reduces the passes over one slice to what a `Prediction` holds.

    Args:
        probability: float32 (T, n, n), T at least 1.

    Returns:
        Mean, standard deviation (0 for T = 1), entropy of the mean in nats, and mutual
        information: that entropy less the mean entropy of the passes, never below 0.
    """
    passes = probability.astype(np.float64)
    mean = passes.mean(axis=0)
    std = passes.std(axis=0, ddof=1) if len(passes) > 1 else np.zeros_like(mean)
    entropy = _entropy(mean)
    information = np.maximum(entropy - _entropy(passes).mean(axis=0), 0.0)
    return Summary(*(m.astype(np.float32) for m in (mean, std, entropy, information)))


def tumour_areas(
    probability: NDArray[np.float32], frame: Frame, shape: tuple[int, int], threshold: float
) -> NDArray[np.int64]:
    """int64 (T,): pixels of the study's grid above the threshold in each pass."""
    return (restore(probability, frame, shape) > threshold).sum(axis=(1, 2))


def _entropy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Binary entropy in nats; 0 at 0 and at 1."""
    inside = np.clip(p, 1e-12, 1.0 - 1e-12)
    entropy = -(inside * np.log(inside) + (1.0 - inside) * np.log1p(-inside))
    return np.where((p <= 0.0) | (p >= 1.0), 0.0, entropy)


def spread_by_passes(
    probability: NDArray[np.float32], brain: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """float64 (T,): the sum over the brain of the std of the first 1, 2, …, T passes."""
    values = probability[:, brain].astype(np.float64)
    t = np.arange(1, len(values) + 1)[:, None]
    squares = np.cumsum(values**2, axis=0) - np.cumsum(values, axis=0) ** 2 / t
    variance = np.maximum(squares, 0.0) / np.maximum(t - 1, 1)
    return np.sqrt(variance).sum(axis=1)
