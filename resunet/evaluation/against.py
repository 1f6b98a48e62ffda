"""Two models on the same patients: Wilcoxon's signed rank test and the mean difference."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from resunet.errors import InputError
from resunet.evaluation.estimates import BOOTSTRAPS, Estimates
from resunet.storage import read_json

FILE = "scores.json"
"""Where the command leaves its result, in the result folder."""

_NONE_SHARED = "The two results share no patient with a Dice."
_ALL_EQUAL = "The two score equally on every patient they share."
_COMPARED = ("data", "samples", "seed", "flip", "threshold", "tolerance_mm")


def read_scores(folder: Path) -> dict[str, Any]:
    """Reads what an earlier evaluation left.

    Args:
        folder: Its result folder.

    Raises:
        InputError: If it holds no result, or one that is damaged.
    """
    values = read_json(folder / FILE)
    if not isinstance(values, dict) or not isinstance(values.get("splits"), dict):
        raise InputError(f"{folder / FILE} is no result of «python -m resunet evaluate».")
    for split, summary in values["splits"].items():
        native = summary.get("native") if isinstance(summary, dict) else None
        if not isinstance(native, dict) or not isinstance(native.get("dice_by_patient"), dict):
            raise InputError(f"{folder / FILE} holds no patients' Dice in {split}.")
    return values


def shared_splits(ours: Iterable[str], theirs: Iterable[str]) -> list[str]:
    """The splits that two results have in common, in the order of the first.

    Raises:
        InputError: If there is none.
    """
    here, there = list(ours), list(theirs)
    shared = [split for split in here if split in there]
    if not shared:
        raise InputError(
            f"The result to compare with has {', '.join(there) or 'no split'}, where one of "
            f"{', '.join(here)} is accepted."
        )
    return shared


def compare_results(
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    *,
    bootstraps: int = BOOTSTRAPS,
    seed: int = 0,
) -> dict[str, Any]:
    """Compares two results, patient by patient, by Dice on the study's own pixels.

    Args:
        ours: A result as ``scores.json`` holds it.
        theirs: Another model's, or another way's, of the same patients.
        bootstraps: How often patients are drawn again for the intervals.
        seed: Of the drawing.

    Returns:
        ``model_id`` of theirs, ``differs`` (settings in which the two results differ, with both
        values), and ``splits``: for each that both have, what `_pairs` tells.

    Raises:
        InputError: If they have no split in common.
    """
    shared = shared_splits(ours["splits"], theirs["splits"])
    return {
        "model_id": theirs.get("model_id"),
        "differs": {
            name: [ours.get(name), theirs.get(name)]
            for name in _COMPARED
            if name in ours and name in theirs and str(ours[name]) != str(theirs[name])
        },
        "splits": {
            split: _pairs(
                _defined(ours["splits"][split]),
                _defined(theirs["splits"][split]),
                bootstraps=bootstraps,
                seed=seed,
            )
            for split in shared
        },
    }


def sentence(split: str, pairs: Mapping[str, Any], name: str) -> str:
    """What came out for one split, in words.

    Args:
        split: Its name.
        pairs: Of `compare_results`.
        name: What the other model is called.
    """
    mean = pairs["mean_difference"]
    count = pairs["patients"]
    if mean["value"] is None:
        return f"{split}: {mean['value_reason']}"
    ci = mean["ci"]
    interval = "" if ci is None else f", 95 % interval {_points(ci[0])} to {_points(ci[1])}"
    p = pairs["wilcoxon"]["p"]
    test = pairs["wilcoxon"]["p_reason"] if p is None else f"Wilcoxon's p is {p:.2g}."
    return (
        f"{split}: {_points(mean['value'])} points of Dice beside {name} in the mean of {count} "
        f"{'patient' if count == 1 else 'patients'}{interval}; better in {pairs['better']}, worse "
        f"in {pairs['worse']}, equal in {pairs['equal']}. {test}"
    )


def _points(dice: float) -> str:
    """A difference in hundredths, with its sign."""
    return f"{round(100 * dice, 1) + 0.0:+.1f}".replace("-", "−")


def difference_sentences(against: Mapping[str, Any]) -> list[str]:
    """In which settings the two results differ, in words.

    Args:
        against: Of `compare_results`.
    """
    return [
        f"Mind that {name} differs: {_setting(ours)} here, {_setting(theirs)} there."
        for name, (ours, theirs) in against["differs"].items()
    ]


def _setting(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _defined(split: Mapping[str, Any]) -> dict[str, float]:
    """Each patient's Dice, where it has one."""
    dice = split["native"]["dice_by_patient"]
    return {name: float(v) for name, v in dice.items() if v is not None and math.isfinite(v)}


def _pairs(
    ours: Mapping[str, float], theirs: Mapping[str, float], *, bootstraps: int, seed: int
) -> dict[str, Any]:
    """One split: the patients of both, the largest loss first."""
    both = sorted(ours.keys() & theirs.keys(), key=lambda name: (ours[name] - theirs[name], name))
    # a Dice that was summed up in another order must still be a tie
    differences = [round(ours[name] - theirs[name], 12) for name in both]
    estimates = Estimates(bootstraps=bootstraps, seed=seed)
    estimates.mean("difference", differences, _NONE_SHARED)
    return {
        "patients": len(both),
        "only_here": len(ours) - len(both),
        "only_there": len(theirs) - len(both),
        "mean_difference": estimates.found()["difference"],
        "wilcoxon": _wilcoxon(differences),
        "better": sum(each > 0 for each in differences),
        "worse": sum(each < 0 for each in differences),
        "equal": sum(each == 0 for each in differences),
        "by_patient": [
            {"patient": name, "dice": ours[name], "other_dice": theirs[name], "difference": d}
            for name, d in zip(both, differences, strict=True)
        ],
    }


def _wilcoxon(differences: Sequence[float]) -> dict[str, Any]:
    """Two-sided; patients of equal Dice are left out, as Wilcoxon did."""
    reason = None if any(differences) else _ALL_EQUAL if differences else _NONE_SHARED
    if reason is not None:
        return {"statistic": None, "p": None, "p_reason": reason}
    from scipy.stats import wilcoxon

    found = wilcoxon(np.array(differences), zero_method="wilcox", alternative="two-sided")
    return {"statistic": float(found.statistic), "p": float(found.pvalue), "p_reason": None}
