"""Whether what is listed first is what is worst: the order in which a reader is sent to slices.

A work list puts the most doubtful first. How good that order is, is told by the area under the ROC
curve for «Dice below 0.7», by how fast the error falls as the doubtful are left to a reader, and
by the level of doubt from which on a segmentation is more likely bad than good.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.evaluation.uncertainty_errors import risk_area

BAD_DICE = 0.7
"""Below this Dice a segmentation counts as bad."""

CONFIDENCE = 0.95

_DRAWS = 1000
_SEED = 0
_UNDEFINED = "The area needs both: a segmentation with Dice below 0.7, and one without."


@dataclass(frozen=True)
class Level:
    """The level of a measure above which a segmentation is more likely bad than good.

    Attributes:
        value: The level; infinite where nothing is ever more likely bad.
        flagged: How many lie above it.
        flagged_bad: How many of them are bad.
        bad: How many are bad at all.
        total: How many there are.
    """

    value: float
    flagged: int
    flagged_bad: int
    bad: int
    total: int


def roc_area(values: NDArray[np.float64], bad: NDArray[np.bool_]) -> float:
    """The chance that a bad one has a higher value than a good one; ties count half.

    Args:
        values: float64 (N,).
        bad: bool (N,).

    Returns:
        In [0, 1]; NaN where all are bad, or none.
    """
    from scipy.stats import rankdata

    count, total = int(bad.sum()), bad.size
    if count in (0, total):
        return math.nan
    ranks = rankdata(values)[bad].sum()
    return float((ranks - count * (count + 1) / 2) / (count * (total - count)))


def roc_interval(
    values: NDArray[np.float64], bad: NDArray[np.bool_], groups: Sequence[str]
) -> tuple[float, float] | None:
    """The 95 % interval of `roc_area`, percentiles over patients drawn again.

    Slices of a patient are alike, so patients are drawn with all their slices, 1,000 times with
    seed 0; draws without bad ones, or without good ones, are left out.

    Args:
        values: float64 (N,).
        bad: bool (N,).
        groups: The patient of each, N names.

    Returns:
        (low, high); None with fewer than two patients, or where fewer than half of the draws have
        an area.
    """
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    if names.size < 2:
        return None
    places = [np.flatnonzero(members == index) for index in range(names.size)]
    rng = np.random.default_rng(_SEED)
    areas = []
    for _ in range(_DRAWS):
        drawn = np.concatenate([places[i] for i in rng.integers(0, names.size, names.size)])
        areas.append(roc_area(values[drawn], bad[drawn]))
    known = np.array(areas)[np.isfinite(areas)]
    if known.size * 2 < _DRAWS:
        return None
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def first_values(
    doubts: Sequence[float | None], expected_px: Sequence[float]
) -> NDArray[np.float64]:
    """One number that orders slices as the work list does: the higher, the earlier.

    By falling doubt, then those in which nothing was outlined, by falling expected pixels (see
    `resunet.review.order.slices_first`): these are mapped below 0, keeping their order.

    Args:
        doubts: Of each slice, in [0, 1]; None where nothing was outlined.
        expected_px: Of each slice, from 0 on.
    """
    return np.array(
        [
            -1.0 / (1.0 + expected) if value is None else value
            for value, expected in zip(doubts, expected_px, strict=True)
        ],
        np.float64,
    )


def likely_bad_level(values: NDArray[np.float64], bad: NDArray[np.bool_]) -> Level:
    """The level above which a segmentation is more likely bad than good.

    Taking for granted that the share of bad ones never falls as the measure rises, it is where
    the best such curve (isotonic regression) crosses one half, which is the level that errs least
    often: bad ones at or below it, and good ones above. Of equally good levels the highest counts,
    which says less often that the model is not reliable.

    Args:
        values: float64 (N,), finite.
        bad: bool (N,).

    Returns:
        The level, halfway between two values.

    Raises:
        InputError: If there are no values.
    """
    if not values.size:
        raise InputError("There are no segmentations to find a level of: at least one is accepted.")
    order = np.argsort(values, kind="stable")
    ordered, is_bad = values[order], bad[order]
    # errors of the level after the first k values: bad ones among them, good ones behind
    errors = np.concatenate([[0], np.cumsum(is_bad)]) + (~is_bad).sum()
    errors -= np.concatenate([[0], np.cumsum(~is_bad)])
    between = np.concatenate([[True], ordered[1:] > ordered[:-1], [True]])
    errors = np.where(between, errors, values.size + 1)
    kept = int(np.flatnonzero(errors == errors.min())[-1])
    if kept == values.size:
        level = math.inf
    else:
        level = float(ordered[kept] if kept == 0 else (ordered[kept - 1] + ordered[kept]) / 2)
        level = float(np.nextafter(level, -math.inf)) if kept == 0 else level
    return level_of(level, values, bad)


def level_of(level: float, values: NDArray[np.float64], bad: NDArray[np.bool_]) -> Level:
    """What a level does on some segmentations, such as others than it was found on."""
    flagged = values > level
    return Level(
        level,
        int(flagged.sum()),
        int((flagged & bad).sum()),
        int(bad.sum()),
        int(bad.size),
    )


def order_entry(
    values: NDArray[np.float64], dice: NDArray[np.float64], groups: Sequence[str]
) -> dict[str, Any]:
    """How good an order is, as JSON values.

    Args:
        values: float64 (N,), by which the worst are to come first, falling.
        dice: float64 (N,), of each, defined.
        groups: The patient of each.

    Returns:
        ``count``, ``bad`` (Dice below 0.7), ``auc``, ``auc_interval`` and ``reason`` where they
        are undefined; ``risk_coverage_area`` (the mean of 1 − Dice over coverage),
        ``risk_coverage_least`` (with the best order) and ``risk_mean`` (with none).
    """
    bad = dice < BAD_DICE
    auc = roc_area(values, bad)
    interval = None if math.isnan(auc) else roc_interval(values, bad, groups)
    least = _risk_area(1.0 - dice, 1.0 - dice)
    return {
        "count": int(dice.size),
        "bad": int(bad.sum()),
        "auc": auc,
        "auc_interval": None if interval is None else list(interval),
        "reason": _UNDEFINED if math.isnan(auc) else None,
        "risk_coverage_area": _risk_area(values, 1.0 - dice),
        "risk_coverage_least": least,
        "risk_mean": float((1.0 - dice).mean()) if dice.size else math.nan,
    }


def _risk_area(values: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    """`risk_area` with the least values kept first; equal ones in no order."""
    _, group = np.unique(values, return_inverse=True)
    return risk_area(np.bincount(group), np.bincount(group, weights=errors))
