"""Whether uncertainty lies where the segmentation is wrong: counts by uncertainty and outcome.

One table of counts is behind all of it: how many pixels of each uncertainty, 0 to 100, were
outlined rightly, wrongly, missed, and rightly left alone. Tables add up over slices and patients.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

LEVELS = 100
"""The largest uncertainty on QU-BraTS's scale, which begins at 0."""

_OUTCOMES = 4  # true positive, false positive, false negative, true negative


def _zeros() -> NDArray[np.int64]:
    return np.zeros((_OUTCOMES, LEVELS + 1), np.int64)


class Filtered(NamedTuple):
    """QU-BraTS over the thresholds 0, 1, …, 100: pixels above a threshold are filtered out.

    Attributes:
        dice: float64 (101,), Dice of what is left; 1 where nothing is left of either mask.
        true_positives: float64 (101,), the share of true positives that is filtered out.
        true_negatives: float64 (101,), the share of true negatives that is filtered out.
    """

    dice: NDArray[np.float64]
    true_positives: NDArray[np.float64]
    true_negatives: NDArray[np.float64]

    @property
    def areas(self) -> tuple[float, float, float]:
        """The area under each curve by the trapezoidal rule, in [0, 1]."""
        dice, positives, negatives = (_area(curve) for curve in self)
        return dice, positives, negatives

    @property
    def score(self) -> float:
        """(area of Dice + 1 − area of true positives + 1 − area of true negatives) / 3."""
        dice, positives, negatives = self.areas
        return (dice + (1.0 - positives) + (1.0 - negatives)) / 3.0


@dataclass(frozen=True, eq=False)
class ErrorCounts:
    """Pixels by outcome and by uncertainty; records add up.

    Attributes:
        table: int64 (4, 101): true positives, false positives, false negatives and true negatives
            by uncertainty. Uncertainty k holds what lies above k − 1 and not above k.
    """

    table: NDArray[np.int64] = field(default_factory=_zeros)

    def __add__(self, other: "ErrorCounts") -> "ErrorCounts":
        return ErrorCounts(self.table + other.table)

    @classmethod
    def read(cls, values: Sequence[Sequence[int]]) -> "ErrorCounts":
        """Reads what `kept` gave."""
        return cls(np.array(values, np.int64))

    def kept(self) -> list[list[int]]:
        """The table as JSON values, to be read again."""
        kept: list[list[int]] = self.table.tolist()
        return kept

    def filtered(self) -> Filtered:
        """QU-BraTS, as of one patient.

        The three areas and the score of Mehta et al. 2022, "QU-BraTS", Journal of Machine
        Learning for Biomedical Imaging 2022:026, for the whole tumour, with a threshold at each
        whole number. A share of none is 0.
        """
        kept = np.cumsum(self.table, axis=1).astype(np.float64)
        tp, fp, fn, tn = kept
        total = 2 * tp + fp + fn
        dice = np.where(total > 0, 2 * tp / np.maximum(total, 1.0), 1.0)
        return Filtered(dice, _share_gone(tp), _share_gone(tn))

    def overlap(self) -> tuple[float, int]:
        """The best Dice of uncertain pixels and wrong ones, and the uncertainty it is found at.

        Uncertain is what lies above a threshold, 0 … 100; the best one is chosen in hindsight, so
        that measures with other scales can be compared. Source: Jungo et al. 2020, "Analyzing the
        Quality and Challenges of Uncertainty Estimations for Brain Tumor Segmentation",
        doi:10.3389/fnins.2020.00282. NaN where nothing is wrong.
        """
        errors, all_pixels = self._errors(), self.table.sum(axis=0)
        wrong = errors.sum()
        if not wrong:
            return math.nan, 0
        above_errors = wrong - np.cumsum(errors)
        above = all_pixels.sum() - np.cumsum(all_pixels)
        dice = 2.0 * above_errors / (above + wrong)
        best = int(np.argmax(dice))
        return float(dice[best]), best

    def risk_coverage(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The share of wrong pixels among the least uncertain ones.

        Returns:
            coverage: float64 (K,), the share of pixels that is kept, rising to 1.
            risk: float64 (K,), the share of them that is wrong. Both are empty without pixels.
        """
        pixels, errors = self.table.sum(axis=0), self._errors()
        filled = pixels > 0
        kept, wrong = np.cumsum(pixels[filled]), np.cumsum(errors[filled])
        total = max(int(pixels.sum()), 1)
        return kept / total, wrong / np.maximum(kept, 1)

    def risk_area(self) -> float:
        """The area under the curve of risk by coverage; NaN without pixels.

        Of pixels of equal uncertainty any order is as likely: their errors come evenly.
        """
        return risk_area(self.table.sum(axis=0), self._errors())

    def least_risk_area(self) -> float:
        """What `risk_area` would be if all wrong pixels were more uncertain than all others."""
        wrong = int(self._errors().sum())
        right = int(self.table.sum()) - wrong
        return risk_area(np.array([right, wrong]), np.array([0, wrong]))

    @property
    def error_rate(self) -> float:
        """The share of wrong pixels: what `risk_area` is on average where order tells nothing."""
        total = int(self.table.sum())
        return float(self._errors().sum() / total) if total else math.nan

    def _errors(self) -> NDArray[np.int64]:
        errors: NDArray[np.int64] = self.table[1] + self.table[2]
        return errors


def count_errors(
    uncertainty: NDArray[np.floating],
    mask_true: NDArray[np.bool_],
    mask_pred: NDArray[np.bool_],
    *,
    ceiling: float,
) -> ErrorCounts:
    """Counts pixels by outcome and uncertainty.

    Args:
        uncertainty: float of any shape, from 0 on: of the pixels to be counted.
        mask_true: bool of the same shape, tumour by the expert.
        mask_pred: bool of the same shape, tumour by the network.
        ceiling: The uncertainty that counts as 100, of
            `resunet.measure.uncertainty.CEILINGS`; what lies above it does too.

    Returns:
        The counts; all 0 without pixels.

    Raises:
        InputError: If the shapes differ, or an uncertainty is below 0.
    """
    if not uncertainty.shape == mask_true.shape == mask_pred.shape:
        raise InputError(
            f"mask_true has shape {mask_true.shape} and mask_pred {mask_pred.shape}, where "
            f"uncertainty's shape {uncertainty.shape} is accepted."
        )
    values = uncertainty.ravel().astype(np.float64)
    if values.size and not values.min() >= 0.0:
        raise InputError(f"uncertainty is {values.min():g}, where 0 or more is accepted.")
    # a value that float32 stored a hair above a whole level belongs to that level
    levels = np.ceil(values * (LEVELS / ceiling) - 1e-4).astype(np.int64)
    outcome = np.where(
        mask_pred.ravel(), np.where(mask_true.ravel(), 0, 1), np.where(mask_true.ravel(), 2, 3)
    )
    places = outcome * (LEVELS + 1) + np.clip(levels, 0, LEVELS)
    table = np.bincount(places, minlength=_OUTCOMES * (LEVELS + 1))
    return ErrorCounts(table.reshape(_OUTCOMES, LEVELS + 1).astype(np.int64))


def risk_area(counts: NDArray[Any], errors: NDArray[Any]) -> float:
    """The area under the curve of risk by coverage, of groups in the order they are kept.

    Within a group the members come in no order: the error so far then grows evenly, and with n
    kept before and m in the group, ∫ (e + b·x)/(n + x) dx = b·m + (e − b·n)·log((n + m)/n).

    Args:
        counts: (K,), members of each group, from 0 on.
        errors: (K,), the sum of their errors.

    Returns:
        The mean over coverage, 0 to 1; NaN without members.
    """
    filled = np.asarray(counts) > 0
    members = np.asarray(counts, np.float64)[filled]
    wrong = np.asarray(errors, np.float64)[filled]
    if not members.size:
        return math.nan
    before = np.cumsum(members) - members
    so_far = np.cumsum(wrong) - wrong
    rate = wrong / members
    area = rate * members
    later = before > 0  # the first group's risk is its own rate from the start
    growth = np.log1p(members[later] / before[later])
    area[later] += (so_far[later] - rate[later] * before[later]) * growth
    return float(area.sum() / members.sum())


def _share_gone(kept: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share that is not kept yet; 0 where there is nothing."""
    return (kept[-1] - kept) / max(float(kept[-1]), 1.0)


def _area(curve: NDArray[np.float64]) -> float:
    return float(np.trapezoid(curve, dx=1.0 / LEVELS))
