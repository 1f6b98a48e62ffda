"""What is counted and measured of one slice; all counts add up over slices and patients."""

import math
from dataclasses import dataclass

import numpy as np

from resunet.data.preprocess import restore
from resunet.evaluation.seen import SeenSlice
from resunet.metrics import (
    BrainCounts,
    OverlapCounts,
    count_in_brain,
    count_overlap,
    surface_distances,
)

_HALF = 0.5  # where a perfect mask, brought back bilinearly, is cut


@dataclass(frozen=True)
class SliceResult:
    """One slice of a patient.

    Attributes:
        number: Its number in its source.
        native: Counts on the study's own grid.
        grid: Counts on the network's grid.
        ceiling: Overlap of the outline with what a perfect mask on the network's grid gives on
            the study's own: the best that any network can do on that grid.
        hd95_mm: In the slice, on the study's own grid; infinite where only one of outline and
            prediction holds tumour, NaN where neither does or the spacing is unknown.
        near_px: Surface pixels of both masks that lie within the tolerance of the other's
            surface; 0 where the spacing is unknown.
        surface_px: All surface pixels of both; 0 where the spacing is unknown.
    """

    number: int
    native: BrainCounts
    grid: BrainCounts
    ceiling: OverlapCounts
    hd95_mm: float
    near_px: int
    surface_px: int

    @property
    def surface_dice(self) -> float:
        """The surface Dice in the slice; NaN where neither mask holds tumour, or no spacing."""
        return self.near_px / self.surface_px if self.surface_px else math.nan


def overlaps(seen: SeenSlice) -> tuple[BrainCounts, BrainCounts]:
    """The counts of one slice on the study's own grid, and on the network's."""
    return (
        count_in_brain(seen.truth, seen.mask, seen.brain),
        count_in_brain(seen.grid_truth, seen.grid_mask, seen.grid_brain),
    )


def measure_slice(seen: SeenSlice, *, tolerance_mm: float) -> SliceResult:
    """Counts and measures one slice.

    Args:
        seen: The slice.
        tolerance_mm: Of the surface Dice.
    """
    native, grid = overlaps(seen)
    distance, near, surface = math.nan, 0, 0
    if seen.spacing_mm is not None and (native.true or native.pred):
        apart = surface_distances(seen.truth, seen.mask, seen.spacing_mm)
        distance = apart.hd95_mm
        near, surface = apart.within(tolerance_mm)
    return SliceResult(seen.number, native, grid, ceiling(seen), distance, near, surface)


def ceiling(seen: SeenSlice) -> OverlapCounts:
    """Overlap of one slice's outline with what a perfect mask on the network's grid gives.

    The outline is averaged down to the grid and cut at one half, brought back bilinearly and cut
    again, all on the study's own grid; without tumour all counts are 0.
    """
    if not seen.truth.any():
        return OverlapCounts()
    perfect = restore(seen.grid_truth.astype(np.float32), seen.frame, seen.truth.shape)
    return count_overlap(seen.truth, perfect > _HALF)
