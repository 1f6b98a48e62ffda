"""The work list as a table: columns of plain values, None where something is unknown."""

from collections.abc import Mapping, Sequence
from typing import Any

from resunet.measure import INTERVAL_PERCENT
from resunet.review.order import Entry, SliceEntry
from resunet.review.rows import Size
from resunet.review.store import Found, Review

SIZES = {"ml": "Volume, ml", "cm²": "Area, cm²", "px": "Area, px"}
"""Unit → the column of sizes in it."""

RANGE = f"{INTERVAL_PERCENT[0]:.0f}–{INTERVAL_PERCENT[1]:.0f} %"
"""The column of percentiles over the passes."""

EXPLAINED = {
    "Area": "The sum over the slices; gap-free slices of known spacing have a volume instead.",
    RANGE: "Percentiles of the size over the stochastic passes.",
    "Doubt": "1 − the Dice that the network's own probabilities lead one to expect (soft Dice "
    "confidence): near 0 it says a clear yes inside its outline and a clear no outside. On 40 "
    "patients of BraTS 2018 its rank correlation with 1 − Dice was 0.86. It ranks; it is no "
    "forecast of Dice.",
    "Dice": "Against the expert's outline, if there is one.",
    "Slice": "Its number in the source; of a patient, the slice with most tumour.",
}
"""What columns mean, where their names do not tell."""

TYPES = dict.fromkeys((*SIZES.values(), "Doubt", "Dice"), "float64") | {
    "Slice": "Int64",
    "Reviewed": "bool",
}
"""What columns hold, as pandas calls it; those that are not named hold text."""

_DECIMALS = {"ml": 1, "cm²": 2, "px": 0}
_NONE_FOUND = "No tumour found."

Columns = dict[str, list[Any]]


def patient_columns(entries: Sequence[Entry], found: Found) -> Columns:
    """The table of patients.

    Args:
        entries: One for each row.
        found: What was ticked and noted of them.

    Returns:
        Column name → a value for each row.
    """
    rows = [entry.row for entry in entries]
    reviews = [found.reviews.get(entry.id, Review()) for entry in entries]
    return {
        "Patient": [entry.case.patient for entry in entries],
        "Reviewed": [review.reviewed for review in reviews],
        "Doubt": [None if row is None else row.doubt for row in rows],
        **_sizes([None if row is None else row.size for row in rows]),
        "Dice": [None if row is None else row.dice for row in rows],
        "Slice": [None if row is None else row.slice_number for row in rows],
        "Split": [entry.case.split or None for entry in entries],
        "Note": [review.note for review in reviews],
        "Remark": [_remark(entry, found.damaged.get(entry.id)) for entry in entries],
    }


def slice_columns(slices: Sequence[SliceEntry], found: Found) -> Columns:
    """The table of slices; ticks are those of their patients."""
    return {
        "Patient": [each.entry.case.patient for each in slices],
        "Slice": [each.row.number for each in slices],
        "Doubt": [each.row.doubt for each in slices],
        **_sizes([each.row.size for each in slices]),
        "Dice": [each.row.dice for each in slices],
        "Split": [each.entry.case.split or None for each in slices],
        "Reviewed": [found.reviews.get(each.entry.id, Review()).reviewed for each in slices],
    }


def shown(columns: Columns) -> list[str]:
    """The columns worth showing: without units that no row has, splits or remarks that none has."""
    optional = {*SIZES.values(), RANGE, "Split", "Remark"}
    if not any(value is not None for name in SIZES.values() for value in columns[name]):
        optional -= {SIZES["ml"]}  # nothing is computed yet
    return [
        name
        for name, values in columns.items()
        if name not in optional or any(value is not None for value in values)
    ]


def new_edits(
    edits: Mapping[int, Mapping[str, Any]], before: Mapping[int, Mapping[str, Any]]
) -> dict[int, dict[str, Any]]:
    """What was edited since the last time.

    A table tells all that was typed into it since it began. An old tick, which somebody else may
    have taken back meanwhile, is not to be set again.

    Args:
        edits: Row → column → value, all there are.
        before: The same as it was told the last time.

    Returns:
        Row → column → value, those that are new or differ.
    """
    new = {
        row: {
            name: value
            for name, value in values.items()
            if name not in before.get(row, {}) or before[row][name] != value
        }
        for row, values in edits.items()
    }
    return {row: values for row, values in new.items() if values}


def _sizes(sizes: Sequence[Size | None]) -> Columns:
    columns: Columns = {
        name: [size.value if size and size.unit == unit else None for size in sizes]
        for unit, name in SIZES.items()
    }
    return columns | {RANGE: [None if size is None else _range(size) for size in sizes]}


def _range(size: Size) -> str | None:
    if size.low is None or size.high is None:
        return None
    digits = _DECIMALS[size.unit]
    return f"{size.low:.{digits}f}–{size.high:.{digits}f}"


def _remark(entry: Entry, damaged: str | None) -> str | None:
    """What is to be known of a patient besides numbers."""
    sentences = [] if damaged is None else [damaged]
    if entry.problem is not None:
        sentences.append(entry.problem)
    elif entry.row is not None:
        sentences += [_NONE_FOUND] if entry.row.doubt is None else []
        sentences += entry.row.warnings
    return " ".join(sentences) or None
