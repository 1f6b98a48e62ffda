"""What a permutation test compares: scores of patients, and the difference of their means.

Every statistic is a difference of mean scores, so that thousands of labellings take one matrix
product. Scores are the values themselves, or their ranks.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from resunet.cohort.statistics.quantities import QUANTITIES

SAME = 1e-10
"""Standardised differences that are closer differ by rounding alone, and count as equal."""

_DECIMALS = 10


def quantity_scores(values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Scores for the test of each quantity.

    Args:
        values: Name → float64 (N,) of all patients of both sets, NaN where undefined.

    Returns:
        float64 (N, K): values, or mid-ranks among the patients who have one, as the quantity's
        `statistic` says; NaN stays NaN.
    """
    columns = [
        rankdata(column, nan_policy="omit") if QUANTITIES[name].statistic == "rank" else column
        for name, column in values.items()
    ]
    return np.stack(columns, axis=1)


def standardised(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores with mean 0 and standard deviation 1 in each column.

    This changes no permutation test of a single column; it gives all columns one scale for
    rounding. A column without spread becomes 0, and NaN too: who has no value adds nothing.
    """
    valid = np.isfinite(scores)
    count = np.maximum(valid.sum(axis=0), 1)
    filled = np.where(valid, scores, 0.0)
    centred = np.where(valid, filled - filled.sum(axis=0) / count, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    flat = spread <= 1e-12 * np.abs(filled).max(axis=0, initial=0.0)
    return np.where(flat, 0.0, centred / np.where(flat, 1.0, spread))


def mean_differences(
    marked: NDArray[np.float64], scores: NDArray[np.float64], valid: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean score of the marked patients less that of the others, its sign left out.

    Args:
        marked: float64 (rows, N) of zeros and ones, a labelling a row.
        scores: float64 (N, K), of `standardised`: each column sums to 0, so what the marked
            patients have the others lack.
        valid: float64 (N, K) or (N, 1), 1 where a patient has a score.

    Returns:
        float64 (rows, K), from 0 on; 0 where a side has nobody with a score.
    """
    here = marked @ valid
    there = valid.sum(axis=0) - here
    defined = (here > 0) & (there > 0)
    weight = np.where(defined, 1 / np.where(defined, here, 1) + 1 / np.where(defined, there, 1), 0)
    differences = marked @ scores
    differences *= weight
    return np.abs(differences, out=differences)


def rounded(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standardised differences without what rounding alone tells apart, so that equal ones tie."""
    result: NDArray[np.float64] = differences.round(_DECIMALS)
    return result


def map_distances(
    marked: NDArray[np.float64], products: NDArray[np.float64], valid: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared distance between the mean maps of the marked patients and of the others.

    With w the weights of the mean difference it is wᵀ G w: the maps themselves are not needed,
    and a labelling costs N² operations whatever the number of cells.

    Args:
        marked: float64 (rows, N) of zeros and ones.
        products: float64 (N, N), G: the inner products of the patients' maps.
        valid: float64 (N,), 1 where a patient has a map.

    Returns:
        float64 (rows,), relative to the mean squared length of a map; 0 where a side has no map.
    """
    here = marked @ valid
    there = valid.sum() - here
    defined = (here > 0) & (there > 0)
    first = marked * valid / np.where(defined, here, 1.0)[:, None]
    second = (1.0 - marked) * valid / np.where(defined, there, 1.0)[:, None]
    weights = first - second
    scale = float(np.trace(products)) / max(float(valid.sum()), 1.0)
    squared = np.einsum("ij,ij->i", weights @ products, weights) / (scale or 1.0)
    return np.where(defined, squared, 0.0)
