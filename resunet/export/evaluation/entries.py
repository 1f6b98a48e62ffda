"""Estimates and figures of an evaluation as cells of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from resunet.export.comparison.markup import Html, element, joined
from resunet.export.comparison.numbers import (
    NONE,
    Notes,
    finite,
    interval_at,
    mapping_at,
    number_at,
)
from resunet.figures.colours import QUALITATIVE

MEASURES = {
    "dice": "Dice",
    "iou": "IoU",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity in the brain",
    "precision": "Precision",
    "surface_dice": "Surface Dice",
    "hd95_mm": "HD95, mm",
}
"""What the measures are called."""

Splits = Mapping[str, Mapping[str, Any]]


def data_name(result: Mapping[str, Any]) -> str:
    """The data folder's name without its place on the machine: pages are handed on."""
    path = str(result.get("data") or "").replace("\\", "/")
    return path.rstrip("/").rpartition("/")[2]


def splits_of(result: Mapping[str, Any]) -> Splits:
    """The splits of a result, those that are whole."""
    found = mapping_at(result, "splits")
    return {name: each for name, each in found.items() if isinstance(each, Mapping)}


def split_title(name: str) -> str:
    """A split's name; the data folder itself has none."""
    return name or "all patients"


def colour_of(index: int) -> str:
    """What the style sheet calls the colour of a split."""
    return f"s{index % len(QUALITATIVE)}"


def split_name(name: str, index: int) -> Html:
    """A split's name with its colour."""
    dot = element("span", class_=f"dot {colour_of(index)}", aria_hidden="true")
    return element("span", dot, element("span", split_title(name)), class_="set")


def digits_of(measure: str) -> int:
    """How many digits after the point a measure is shown with."""
    return 1 if measure.endswith(("_mm", "_ml", "_mm2", "_percent")) else 3


def written(value: float | None, digits: int) -> str:
    """A number with a true minus; a dash where there is none."""
    if value is None:
        return NONE
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def between(ends: Sequence[float] | None, digits: int) -> str:
    """An interval; empty where there is none."""
    return "" if ends is None else " to ".join(written(end, digits) for end in ends)


def estimate_cell(
    entry: Mapping[str, Any], digits: int, notes: Notes, *, counted: bool = False
) -> Html:
    """A value with its interval below.

    Args:
        entry: Of `resunet.evaluation.estimates.Estimates`.
        digits: After the point.
        notes: Takes the reason of a value that is not known.
        counted: Whether infinite ones that were left out are told.
    """
    if not entry:
        return element("td")
    value = number_at(entry, "value")
    if value is None:
        return element("td", notes.missing(entry, "value"))
    parts: list[str] = [written(value, digits)]
    ends = interval_at(entry)
    if ends is not None:
        parts.append(element("span", between(ends, digits), class_="interval"))
    infinite = finite(entry.get("infinite"))
    if counted and infinite:
        parts.append(element("span", f"{infinite:.0f} infinite left out", class_="interval"))
    return element("td", joined(parts))


def figure_cell(
    values: Mapping[str, Any], key: str, digits: int, notes: Notes, reason: str | None = None
) -> Html:
    """One figure of a patient.

    Args:
        values: What is reported of the patient.
        key: The figure's.
        digits: After the point.
        notes: Takes the reason of a figure that is not known.
        reason: The key of that reason; by default the figure's with ``_reason``.
    """
    if values.get(key) == "inf":
        return element("td", "infinite")
    value = number_at(values, key)
    if value is None:
        why = {f"{key}_reason": values.get(reason or f"{key}_reason")}
        return element("td", notes.missing(why, key))
    return element("td", written(value, digits))
