"""The permutation test of a pair of sets: all quantities and cells in one pass over labellings."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.statistics.labellings import labellings
from resunet.cohort.statistics.pooling import Pooled
from resunet.cohort.statistics.quantities import MAP
from resunet.cohort.statistics.scores import (
    SAME,
    map_distances,
    mean_differences,
    quantity_scores,
    rounded,
    standardised,
)


@dataclass(frozen=True, eq=False)
class Permuted:
    """What the labellings gave.

    Attributes:
        names: The K columns of `statistics`: the quantities that can be compared, and `MAP`
            last where the maps can.
        statistics: float64 (rows, K), larger being more extreme; the first row was observed.
        cell_p: float64 (C,), the p-value of each cell of the maps; NaN where no patient of
            either set has tumour.
    """

    names: tuple[str, ...]
    statistics: NDArray[np.float64] = field(repr=False)
    cell_p: NDArray[np.float64] = field(repr=False)


def permute(sets: Pooled, *, permutations: int, seed: int) -> Permuted:
    """Deals the patients out again and again.

    A quantity's statistic is the absolute difference of its mean scores (`quantity_scores`).
    That of the maps is the squared distance between the sets' mean maps after each patient's
    map was made to sum to 1, so that it asks where tumours lie and not how large they are. A
    patient without a value is dealt out all the same and counts in no mean.

    Args:
        sets: Two sets.
        permutations: How many labellings are drawn where there are too many for all.
        seed: Of the drawing.
    """
    names = tuple(name for name in sets.values if name not in sets.reasons)
    scores, valid = _quantities(sets, names)
    products, has_tumour = _shapes(sets.maps)
    with_map = MAP not in sets.reasons
    outlined = np.isfinite(sets.maps.sum(axis=1))
    cells = np.flatnonzero(np.where(outlined[:, None], sets.maps, 0.0).any(axis=0))
    cell_scores = standardised(sets.maps[:, cells])
    has_map = outlined[:, None].astype(np.float64)
    exceeding = np.zeros(len(cells), np.int64)
    observed: NDArray[np.float64] | None = None
    rows: list[NDArray[np.float64]] = []
    for marked in labellings(sets.marked, permutations=permutations, seed=seed):
        part = [mean_differences(marked, scores, valid)]
        if with_map:
            part.append(map_distances(marked, products, has_tumour)[:, None])
        rows.append(rounded(np.concatenate(part, axis=1)))
        differences = mean_differences(marked, cell_scores, has_map)
        observed = differences[0] - SAME if observed is None else observed
        exceeding += (differences >= observed).sum(axis=0)
    statistics = np.concatenate(rows)
    cell_p = np.full(sets.maps.shape[1], np.nan)
    if outlined[sets.marked].any() and outlined[~sets.marked].any():
        cell_p[cells] = exceeding / len(statistics)
    return Permuted((*names, MAP) if with_map else names, statistics, cell_p)


def _quantities(
    sets: Pooled, names: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Standardised scores and who has one, both float64 (N, K)."""
    if not names:
        empty = np.zeros((len(sets.marked), 0))
        return empty, empty
    scores = quantity_scores({name: sets.values[name] for name in names})
    return standardised(scores), np.isfinite(scores) * 1.0


def _shapes(maps: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inner products (N, N) of the maps made to sum to 1, and who (N,) has any tumour."""
    total = np.where(np.isfinite(maps), maps, 0.0).sum(axis=1)
    has_tumour = total > 0
    shapes = np.where(has_tumour[:, None], maps, 0.0) / np.where(has_tumour, total, 1.0)[:, None]
    return shapes @ shapes.T, has_tumour * 1.0
