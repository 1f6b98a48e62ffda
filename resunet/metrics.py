"""How well two masks agree, in NumPy.

Dice is computed from counts that add up, so the Dice of a slice, of a patient and of a
whole set come from the same numbers: ``sum(counts, OverlapCounts()).dice``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError


@dataclass(frozen=True)
class OverlapCounts:
    """What Dice needs to know of two masks; records add up.

    Attributes:
        intersection: Pixels that are tumour in both masks.
        true: Tumour pixels of the expert's mask.
        pred: Tumour pixels of the predicted mask.
    """

    intersection: int = 0
    true: int = 0
    pred: int = 0

    def __add__(self, other: "OverlapCounts") -> "OverlapCounts":
        return OverlapCounts(
            self.intersection + other.intersection,
            self.true + other.true,
            self.pred + other.pred,
        )

    @property
    def dice(self) -> float:
        """2·intersection / (true + pred), in [0, 1]; NaN if both masks are empty.

        Unsmoothed, so an empty mask against one that is not scores exactly 0. The source
        is the paper's section 2.1.
        """
        total = self.true + self.pred
        return 2.0 * self.intersection / total if total else float("nan")


def count_overlap(mask_true: NDArray, mask_pred: NDArray) -> OverlapCounts:
    """Counts what two masks share.

    Args:
        mask_true: bool or integer array of any shape; any value but 0 is tumour.
        mask_pred: The same of the prediction, of the same shape.

    Returns:
        The counts; all 0 for arrays without elements.

    Raises:
        InputError: If the shapes differ (nothing is broadcast), or a mask holds anything
            but booleans or integers: a probability must first meet its threshold.
    """
    true, pred = _as_masks(mask_true, mask_pred)
    return OverlapCounts(
        intersection=int(np.count_nonzero(true & pred)),
        true=int(np.count_nonzero(true)),
        pred=int(np.count_nonzero(pred)),
    )


def dice(mask_true: NDArray, mask_pred: NDArray) -> float:
    """The Dice score of two masks, hard and unsmoothed.

    Args:
        mask_true: bool or integer array of any shape; any value but 0 is tumour. A stack
            of slices gives the Dice pooled over them.
        mask_pred: The same of the prediction, of the same shape.

    Returns:
        A float in [0, 1]; NaN if both masks are empty, 0.0 if only one is.

    Raises:
        InputError: As `count_overlap`.
    """
    return count_overlap(mask_true, mask_pred).dice


def hd95(mask_true: NDArray, mask_pred: NDArray, spacing_mm: Sequence[float]) -> float:
    """The 95 % Hausdorff distance between the surfaces of two masks.

    A surface pixel is one of the mask with a face neighbour outside it (4 neighbours in a
    slice, 6 in a volume); beyond the picture's border all is outside. From the centre of each
    surface pixel of one mask the distance to the nearest one of the other is taken, and of
    these the 95th percentile, linearly interpolated. The larger of the two directions counts.

    So does MONAI's ``HausdorffDistanceMetric(percentile=95)``. Others differ: MedPy's ``hd95``
    takes one percentile of both directions together, as a rule a smaller one; DeepMind's
    ``surface-distance`` lays the surface between the pixels and weights each distance by the
    area of its piece, where here each pixel counts alike, however large the surface is that
    it stands for.

    Args:
        mask_true: bool or integer array of 2 or 3 dimensions; any value but 0 is tumour.
        mask_pred: The same of the prediction, of the same shape.
        spacing_mm: Distance between pixel centres along each axis, in mm; ones give the
            distance in pixels.

    Returns:
        Millimetres, 0.0 for equal masks; NaN if both masks are empty, infinity if only one is.

    Raises:
        InputError: As `count_overlap`, or if the masks have other than 2 or 3 dimensions, or
            the spacing is not one positive finite length for each of them.
    """
    true, pred = _as_masks(mask_true, mask_pred)
    if true.ndim not in (2, 3):
        raise InputError(f"mask_true has shape {true.shape}, where 2 or 3 dimensions are accepted.")
    lengths = np.array(spacing_mm, np.float64)
    if lengths.shape != (true.ndim,) or not (np.isfinite(lengths) & (lengths > 0)).all():
        raise InputError(
            f"spacing_mm is {spacing_mm}, where {true.ndim} positive finite lengths are accepted."
        )
    if not (true.any() and pred.any()):
        return float("inf") if true.any() or pred.any() else float("nan")
    points_true = np.argwhere(_surface(true)) * lengths
    points_pred = np.argwhere(_surface(pred)) * lengths
    there = np.percentile(_nearest(points_true, points_pred), 95)
    back = np.percentile(_nearest(points_pred, points_true), 95)
    return float(max(there, back))


def as_mask(mask: NDArray, name: str) -> NDArray[np.bool_]:
    """The mask as booleans, any value but 0 being tumour.

    Args:
        mask: bool or integer array of any shape.
        name: What the error calls the array.

    Raises:
        InputError: If the array holds anything but booleans or integers.
    """
    array = np.asarray(mask)
    if array.dtype.kind not in "biu":
        raise InputError(f"{name} is {array.dtype}, where bool or integer is accepted.")
    return array != 0


def _as_masks(
    mask_true: NDArray, mask_pred: NDArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    true, pred = as_mask(mask_true, "mask_true"), as_mask(mask_pred, "mask_pred")
    if true.shape != pred.shape:
        raise InputError(
            f"mask_pred has shape {pred.shape}, where mask_true's shape {true.shape} is accepted."
        )
    return true, pred


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of a mask with a face neighbour outside it."""
    inside = mask.copy()
    for axis in range(mask.ndim):
        here, there = np.swapaxes(inside, 0, axis), np.swapaxes(mask, 0, axis)
        here[1:] &= there[:-1]
        here[:-1] &= there[1:]
        here[[0, -1]] = False
    return mask & ~inside


def _nearest(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distance from each point (N, D) to the nearest of others (M, D)."""
    from scipy.spatial import cKDTree

    # A tree needs the surfaces only; a distance transform fills the box round both masks, which
    # a stray pixel makes as large as the head (2.6 s in place of 0.15 s). On a grid many
    # coordinates are equal: halving at the median, as by default, takes up to three times longer.
    tree = cKDTree(others, balanced_tree=False, compact_nodes=False)
    distances, _ = tree.query(points)
    return distances
