import pytest
from review.entries import entry, patient, slice_row

from resunet.review.order import slices_of
from resunet.review.rows import Size
from resunet.review.store import Found, Review
from resunet.review.table import new_edits, patient_columns, shown, slice_columns

NOTHING = Found({}, {})


def test_patients():
    entries = [
        entry("A", patient(0.25, dice=0.75, size=Size(12.34, "ml", 11.0, 13.96), slice_number=42)),
        entry("B", patient(None, size=Size(0.0, "cm²", 0.0, 0.125), warnings=("Odd.",)), split=""),
        entry("C", problem="It cannot be read."),
        entry("D"),
    ]
    found = Found({"A": Review(True, "Seen.", "then")}, {"D": "The note is damaged."})
    assert patient_columns(entries, found) == {
        "Patient": ["A", "B", "C", "D"],
        "Reviewed": [True, False, False, False],
        "Doubt": [0.25, None, None, None],
        "Volume, ml": [12.34, None, None, None],
        "Area, cm²": [None, 0.0, None, None],
        "Area, px": [None, None, None, None],
        "5–95 %": ["11.0–14.0", "0.00–0.12", None, None],
        "Dice": [0.75, None, None, None],
        "Slice": [42, 10, None, None],
        "Split": ["training", None, "training", "training"],
        "Note": ["Seen.", "", "", ""],
        "Remark": [None, "No tumour found. Odd.", "It cannot be read.", "The note is damaged."],
    }


def test_slices():
    row = patient(slices=[slice_row(0, None), slice_row(1, 0.5, dice=0.0, size=Size(7.0, "px"))])
    found = Found({"A": Review(True)}, {})
    assert slice_columns(slices_of([entry("A", row), entry("B")]), found) == {
        "Patient": ["A", "A"],
        "Slice": [10, 11],
        "Doubt": [None, 0.5],
        "Volume, ml": [None, None],
        "Area, cm²": [0.0, None],
        "Area, px": [None, 7.0],
        "5–95 %": [None, None],
        "Dice": [None, 0.0],
        "Split": ["training", "training"],
        "Reviewed": [True, True],
    }


def test_columns_that_say_nothing_are_not_shown():
    always = ["Patient", "Reviewed", "Doubt", "Dice", "Slice", "Note"]
    with_area = [entry("A", patient(size=Size(3.0, "cm²", 1.0, 2.0)), split="")]
    assert shown(patient_columns(with_area, NOTHING)) == [
        *always[:3],
        "Area, cm²",
        "5–95 %",
        *always[3:],
    ]
    waiting = [entry("A", split="")]
    assert shown(patient_columns(waiting, NOTHING)) == [*always[:3], "Volume, ml", *always[3:]]
    both = [entry("A", patient()), entry("B", problem="No.")]
    assert shown(patient_columns(both, NOTHING))[-3:] == ["Split", "Note", "Remark"]


@pytest.mark.parametrize(
    ("edits", "before", "expected"),
    [
        ({}, {}, {}),
        ({0: {"Reviewed": True}}, {}, {0: {"Reviewed": True}}),
        ({0: {"Reviewed": True}}, {0: {"Reviewed": True}}, {}),
        ({0: {"Reviewed": False}}, {0: {"Reviewed": True}}, {0: {"Reviewed": False}}),
        (
            {0: {"Reviewed": True, "Note": None}, 3: {"Note": "x"}},
            {0: {"Reviewed": True}},
            {0: {"Note": None}, 3: {"Note": "x"}},
        ),
        ({}, {0: {"Reviewed": True}}, {}),
    ],
)
def test_only_what_is_new_is_an_edit(edits, before, expected):
    assert new_edits(edits, before) == expected
