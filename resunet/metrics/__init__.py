"""How well two masks agree."""

from resunet.metrics.overlap import (
    BrainCounts,
    OverlapCounts,
    as_mask,
    count_in_brain,
    count_overlap,
    dice,
)
from resunet.metrics.surfaces import SurfaceDistances, hd95, surface_dice, surface_distances

__all__ = [
    "BrainCounts",
    "OverlapCounts",
    "SurfaceDistances",
    "as_mask",
    "count_in_brain",
    "count_overlap",
    "dice",
    "hd95",
    "surface_dice",
    "surface_distances",
]
