"""Where in the picture two sets differ: a difference map and the cells that are significant."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from resunet.cohort.units import MAP_SIDE, PatientTable


@dataclass(frozen=True, eq=False)
class MapDifference:
    """Two sets' mean maps, cell by cell. Rows → posterior, columns → the patient's left.

    Attributes:
        difference: float64 (MAP_SIDE, MAP_SIDE) in [−1, 1]: mean map of b less that of a, a
            patient being the unit; NaN where one of the sets has no outline at all.
        p: float64, the same shape: each cell's own p-value; NaN where nobody has tumour.
        p_adjusted: float64, the same shape: allowed for all cells with tumour by Benjamini and
            Hochberg's rule.
        significant: bool, the same shape: `p_adjusted` is at most the level.
        reason: Why nothing could be compared; empty where it could.
    """

    difference: NDArray[np.float64] = field(repr=False)
    p: NDArray[np.float64] = field(repr=False)
    p_adjusted: NDArray[np.float64] = field(repr=False)
    significant: NDArray[np.bool_] = field(repr=False)
    reason: str = ""

    @property
    def tested_cells(self) -> int:
        """The number of cells in which any patient has tumour."""
        return int(np.isfinite(self.p).sum())

    @property
    def significant_cells(self) -> int:
        """In how many of them the sets differ."""
        return int(self.significant.sum())

    @property
    def largest(self) -> tuple[int, int] | None:
        """(row, column) of the largest absolute difference; None where nothing is defined."""
        if not np.isfinite(self.difference).any():
            return None
        row, column = divmod(int(np.nanargmax(np.abs(self.difference))), MAP_SIDE)
        return row, column


def map_difference(
    a: PatientTable, b: PatientTable, cell_p: NDArray[np.float64], *, alpha: float
) -> MapDifference:
    """Two sets' difference map with what is significant in it.

    The share of false finds among all cells called significant is at most α on average
    (Benjamini and Hochberg, J R Stat Soc B 1995); it holds for tests that hang together
    positively, as neighbouring cells do.

    Args:
        a: One set.
        b: The other one.
        cell_p: float64 (MAP_SIDE²,), NaN for cells that are not tested.
        alpha: The false-discovery rate, in (0, 1).
    """
    side = (MAP_SIDE, MAP_SIDE)
    tested = np.isfinite(cell_p)
    adjusted = np.full(cell_p.shape, np.nan)
    if tested.any():
        adjusted[tested] = false_discovery_control(cell_p[tested])
    without = [table.name for table in (a, b) if not _outlined(table).any()]
    reason = f"{' and '.join(without)} has no outline." if without else ""
    return MapDifference(
        difference=mean_map(b) - mean_map(a),
        p=cell_p.reshape(side),
        p_adjusted=adjusted.reshape(side),
        significant=np.where(tested, adjusted <= alpha, False).reshape(side),
        reason=reason or ("" if tested.any() else "Neither set has any tumour."),
    )


def mean_map(table: PatientTable) -> NDArray[np.float64]:
    """float64 (MAP_SIDE, MAP_SIDE) in [0, 1]: the mean over the patients with an outline.

    NaN everywhere where there is none.
    """
    outlined = _outlined(table)
    if not outlined.any():
        return np.full((MAP_SIDE, MAP_SIDE), np.nan)
    return table.maps[outlined].mean(axis=0, dtype=np.float64)


def _outlined(table: PatientTable) -> NDArray[np.bool_]:
    return np.isfinite(table.maps.reshape(len(table), -1).sum(axis=1))
