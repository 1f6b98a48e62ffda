"""How well two masks agree, in NumPy.

Dice is computed from counts that add up, so the Dice of a slice, of a patient and of a
whole set come from the same numbers: ``sum(counts, OverlapCounts()).dice``.
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
    true, pred = as_mask(mask_true, "mask_true"), as_mask(mask_pred, "mask_pred")
    if true.shape != pred.shape:
        raise InputError(
            f"mask_pred has shape {pred.shape}, where mask_true's shape {true.shape} is accepted."
        )
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
