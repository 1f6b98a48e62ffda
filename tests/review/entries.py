"""Patients of a work list, made by hand."""

from resunet.data.cases import Case
from resunet.review.order import Entry
from resunet.review.rows import PatientRow, Size, SliceRow


def slice_row(index: int, doubt: float | None = 0.1, **changes) -> SliceRow:
    values = {
        "index": index,
        "number": index + 10,
        "size": Size(0.0 if doubt is None else 50.0, "cm²"),
        "expected_px": 5.0,
        "doubt": doubt,
        "dice": None,
    }
    return SliceRow(**(values | changes))


def patient(doubt: float | None = 0.1, slices=(), **changes) -> PatientRow:
    values = {
        "size": Size(0.0 if doubt is None else 5.0, "ml"),
        "expected_px": 100.0,
        "doubt": doubt,
        "dice": None,
        "slice_index": 0,
        "slice_number": 10,
        "slices": tuple(slices),
        "source_sha256": "ab" * 32,
    }
    return PatientRow(**(values | changes))


def entry(name: str, row: PatientRow | None = None, problem=None, split="training") -> Entry:
    """An entry whose id is its name."""
    return Entry(name, Case(split, name), row, problem)
