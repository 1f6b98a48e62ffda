"""What flagged slices do to the gap between two sets' scores, in plain sentences."""

from collections.abc import Mapping
from typing import Any

FEWEST_PATIENTS = 3
"""Of fewer patients no interval is given."""

_SHOWN = 0.05  # points: what is smaller is written as 0.0


def gap_sentences(sets: Mapping[str, Mapping[str, Any]], gap: Mapping[str, Any]) -> list[str]:
    """Says how much of a gap is explained, how sure that is, and what could not be told.

    Args:
        sets: The reference and the other set, in this order: name → entry of
            `resunet.evaluation.effect.effect_of_flags`.
        gap: Its entry of their gap at one resolution.

    Returns:
        Sentences, the most important first.
    """
    (reference, _), (name, _) = sets.items()
    between = f"{reference} and {name}"
    if gap["gap_points"]["value"] is None:
        return [f"The gap between {between} is not known. {_undefined(sets)}"]
    if not any(each["flagged"] for each in sets.values()):
        return [_without_flags(between, gap), *_not_scored(sets)]
    if gap["explained_points"]["value"] is None:
        return [f"What the flagged slices explain is not known: without them {_none_left(sets)}"]
    return [
        _explained(between, name, gap),
        *_doubts(gap),
        *_few(sets),
        *_emptied(sets),
        *_not_scored(sets),
    ]


def _explained(between: str, name: str, gap: Mapping[str, Any]) -> str:
    """The sentence that matters."""
    whole, left = gap["gap_points"]["value"], gap["gap_without_points"]["value"]
    explained = gap["explained_points"]["value"]
    interval = _interval(gap["explained_points"])
    if whole < _SHOWN:
        turned = f": {name} scores {_said(-whole)} points higher" if whole <= -_SHOWN else ""
        return (
            f"There is no gap between {between} to explain{turned}. Without the flagged slices "
            f"{name} scores {_compared(left)}."
        )
    of_gap = f"of the {_said(whole)} points of the gap between {between}"
    told = f" (explained: {_said(explained)}, {interval})" if interval else ""
    if explained < _SHOWN:
        change = "the same" if explained > -_SHOWN else f"{_said(left)} points"
        return f"The flagged slices explain nothing {of_gap}: without them it is {change}{told}."
    if explained > whole + _SHOWN:
        return (
            f"The flagged slices explain all {of_gap}, and more: without them {name} scores "
            f"{_compared(left)}{told}."
        )
    bracket = f" ({interval})" if interval else ""
    return f"The flagged slices explain {_said(explained)} {of_gap}{bracket}."


def _without_flags(between: str, gap: Mapping[str, Any]) -> str:
    whole = gap["gap_points"]["value"]
    if whole < _SHOWN:
        return f"No slice of {between} is flagged, and there is no gap between their scores."
    return (
        f"No slice of {between} is flagged: broken slices explain nothing of the gap of "
        f"{_said(whole)} points between them."
    )


def _doubts(gap: Mapping[str, Any]) -> list[str]:
    """Whether what is said may be chance."""
    whole, explained = gap["gap_points"], gap["explained_points"]
    found = []
    if explained["value"] >= _SHOWN and whole["value"] >= _SHOWN and _holds_0(explained):
        found.append("That may be chance: the interval reaches 0.")
    if whole["value"] >= _SHOWN and _holds_0(whole):
        found.append(f"The gap itself may be chance ({_interval(whole)}).")
    return found


def _few(sets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = []
    for name, each in sets.items():
        patients = _fewest(each)
        if patients < FEWEST_PATIENTS:
            found.append(
                f"{name} has {_count(patients, 'patient')} with a Dice: too few for an interval, "
                f"which needs {FEWEST_PATIENTS}."
            )
    return found


def _emptied(sets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = []
    for name, each in sets.items():
        lost = each["patients"] - each["patients_without_flagged"]
        if lost:
            found.append(f"Of {_count(lost, 'patient')} of {name} every slice is flagged.")
    return found


def _not_scored(sets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = []
    for name, each in sets.items():
        count = each["flagged_not_scored"]
        if count:
            verb = "was" if count == 1 else "were"
            found.append(
                f"{_count(count, 'flagged slice')} of {name} {verb} not scored, as where a file "
                "cannot be read, and so had no part in its score."
            )
    return found


def _undefined(sets: Mapping[str, Mapping[str, Any]]) -> str:
    names = [n for n, each in sets.items() if not each["native"]["with_flagged"]["patients"]]
    return " ".join(f"No patient of {name} has a Dice." for name in names)


def _none_left(sets: Mapping[str, Mapping[str, Any]]) -> str:
    names = [n for n, each in sets.items() if not each["native"]["without_flagged"]["patients"]]
    return f"no patient of {' or '.join(names)} has a Dice."


def _fewest(each: Mapping[str, Any]) -> int:
    return min(way["patients"] for way in each["native"].values())


def _holds_0(point: Mapping[str, Any]) -> bool:
    return point["ci"] is not None and point["ci"][0] <= 0 <= point["ci"][1]


def _compared(left: float) -> str:
    """How the set scores beside the reference, from their gap."""
    if abs(left) < _SHOWN:
        return "the same"
    return f"{_said(abs(left))} points {'lower' if left > 0 else 'higher'}"


def _interval(point: Mapping[str, Any]) -> str:
    """An interval in words; empty where there is none."""
    if point["ci"] is None:
        return ""
    low, high = point["ci"]
    return f"95 % interval {_said(low)} to {_said(high)}"


def _said(points: float) -> str:
    """Points with one digit, and a true minus."""
    return f"{round(points, 1) + 0.0:.1f}".replace("-", "−")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
