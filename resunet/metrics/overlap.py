"""How much two masks overlap, in NumPy.

Dice and its kin are computed from counts that add up, so those of a slice, of a patient and of
a whole set come from the same numbers: ``sum(counts, OverlapCounts()).dice``.
"""

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
    def fractions(self) -> dict[str, tuple[int, int]]:
        """Each measure as (part, whole), which add up over slices and patients."""
        both = self.true + self.pred
        return {
            "dice": (2 * self.intersection, both),
            "iou": (self.intersection, both - self.intersection),
            "sensitivity": (self.intersection, self.true),
            "precision": (self.intersection, self.pred),
        }

    @property
    def dice(self) -> float:
        """2·intersection / (true + pred), in [0, 1]; NaN if both masks are empty.

        Unsmoothed, so an empty mask against one that is not scores exactly 0. The source
        is the paper's section 2.1.
        """
        return ratio(*self.fractions["dice"])

    @property
    def iou(self) -> float:
        """Intersection over union (Jaccard), in [0, 1]; NaN if both masks are empty."""
        return ratio(*self.fractions["iou"])

    @property
    def sensitivity(self) -> float:
        """What part of the expert's tumour is found, in [0, 1]; NaN if there is none."""
        return ratio(*self.fractions["sensitivity"])

    @property
    def precision(self) -> float:
        """What part of what is found is the expert's, in [0, 1]; NaN if nothing is found."""
        return ratio(*self.fractions["precision"])


@dataclass(frozen=True)
class BrainCounts(OverlapCounts):
    """The same with the brain's other pixels, so that specificity can be told.

    Tumour counts wherever it is outlined or predicted, outside the brain too: what is found
    there is wrong. True negatives count inside the brain alone, since the easy background
    round it would make any specificity nearly 1.

    Attributes:
        negative: Pixels of the brain that are tumour in neither mask.
    """

    negative: int = 0

    def __add__(self, other: OverlapCounts) -> "BrainCounts":
        return BrainCounts(
            self.intersection + other.intersection,
            self.true + other.true,
            self.pred + other.pred,
            self.negative + (other.negative if isinstance(other, BrainCounts) else 0),
        )

    @property
    def fractions(self) -> dict[str, tuple[int, int]]:
        """See `OverlapCounts.fractions`."""
        left_alone = self.negative, self.negative + self.pred - self.intersection
        return {**super().fractions, "specificity": left_alone}

    @property
    def specificity(self) -> float:
        """What part of the brain without tumour is left alone, in [0, 1]; NaN if all is tumour."""
        return ratio(*self.fractions["specificity"])


def count_in_brain(mask_true: NDArray, mask_pred: NDArray, brain: NDArray) -> BrainCounts:
    """Counts what two masks share, and the brain's pixels that are in neither.

    Args:
        mask_true: As of `count_overlap`.
        mask_pred: As of `count_overlap`.
        brain: bool or integer array of the same shape; any value but 0 is brain.

    Returns:
        The counts; all 0 for arrays without elements.

    Raises:
        InputError: As `count_overlap`, of the brain too.
    """
    true, pred = as_masks(mask_true, mask_pred)
    inside = as_mask(brain, "brain")
    if inside.shape != true.shape:
        raise InputError(
            f"brain has shape {inside.shape}, where mask_true's shape {true.shape} is accepted."
        )
    return BrainCounts(
        intersection=int(np.count_nonzero(true & pred)),
        true=int(np.count_nonzero(true)),
        pred=int(np.count_nonzero(pred)),
        negative=int(np.count_nonzero(inside & ~(true | pred))),
    )


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
    true, pred = as_masks(mask_true, mask_pred)
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


def as_masks(mask_true: NDArray, mask_pred: NDArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Two masks of one shape as booleans.

    Raises:
        InputError: As `count_overlap`.
    """
    true, pred = as_mask(mask_true, "mask_true"), as_mask(mask_pred, "mask_pred")
    if true.shape != pred.shape:
        raise InputError(
            f"mask_pred has shape {pred.shape}, where mask_true's shape {true.shape} is accepted."
        )
    return true, pred


def ratio(part: int, whole: int) -> float:
    """One count by another; NaN if the other is 0."""
    return part / whole if whole else float("nan")
