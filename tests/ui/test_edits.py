"""What the slice view says of corrections, read by hand-made sentences of its own kind."""

import numpy as np
import pytest

from resunet.ui.viewer.edits import Edit, Verdict, heard_revision, read_edit

SHAPE = (3, 4, 5)
VERDICT = {"verdict": "rejected", "slice": 2, "row": 3, "column": 4, "voxels": 7}


def said(**change):
    """Slice 0: pixels 0 and 1 added. Slice 2: pixels 4 to 6 taken, and the last one added."""
    return {
        "study": "ours",
        "revision": 9,
        "slices": {"0": [0, 2, 1], "2": [4, 3, 2, 19, 1, 1]},
        "lesions": [VERDICT],
        **change,
    }


def test_runs_become_pixels_in_the_order_of_rows():
    edit = read_edit(said(), SHAPE)
    expected = np.zeros(SHAPE, np.int8)
    expected[0, 0, 0] = expected[0, 0, 1] = 1
    # Rows are 5 pixels long: pixels 4, 5 and 6 are the end of row 0 and the begin of row 1.
    expected[2, 0, 4] = expected[2, 1, 0] = expected[2, 1, 1] = -1
    expected[2, 3, 4] = 1
    assert edit.correction.dtype == np.int8
    np.testing.assert_array_equal(edit.correction, expected)
    assert edit.revision == 9


def test_verdicts_are_read():
    accepted = {**VERDICT, "verdict": "accepted", "slice": 0, "first": 0, "last": 2}
    edit = read_edit(said(lesions=[VERDICT, accepted]), SHAPE)
    assert edit.verdicts == (Verdict("rejected", 2, 3, 4, 7), Verdict("accepted", 0, 3, 4, 7))


def test_pixels_of_random_corrections_come_back_as_they_were():
    rng = np.random.default_rng(3)
    for density in (0.0, 0.1, 0.9):
        chances = [density / 2, 1 - density, density / 2]
        correction = rng.choice([-1, 0, 1], SHAPE, p=chances).astype(np.int8)
        # Each pixel a run of its own is the same as longer ones.
        slices = {
            str(k): [
                number
                for at, value in enumerate(correction[k].ravel().tolist())
                if value
                for number in (at, 1, 2 if value < 0 else 1)
            ]
            for k in range(SHAPE[0])
        }
        found = read_edit(said(slices=slices), SHAPE).correction
        np.testing.assert_array_equal(np.zeros(SHAPE) if found is None else found, correction)


@pytest.mark.parametrize("slices", [{}, {"1": []}], ids=str)
def test_a_correction_of_nothing_is_none(slices):
    assert read_edit(said(slices=slices, lesions=[]), SHAPE) == Edit(9, None, ())


def test_a_run_may_fill_a_slice_to_its_last_pixel():
    edit = read_edit(said(slices={"1": [0, 20, 2]}), SHAPE)
    assert edit.correction.sum(axis=(1, 2)).tolist() == [0, -20, 0]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {},
        said(slices=None),
        said(slices=[[0, 2, 1]]),
        said(slices={"x": [0, 2, 1]}),
        said(slices={"3": [0, 2, 1]}),
        said(slices={"-1": [0, 2, 1]}),
        said(slices={"0": [0, 2]}),
        said(slices={"0": [0, 2, 3]}),
        said(slices={"0": [0, 2, 0]}),
        said(slices={"0": [0, 0, 1]}),
        said(slices={"0": [0, -2, 1]}),
        said(slices={"0": [-1, 2, 1]}),
        said(slices={"0": [19, 2, 1]}),
        said(slices={"0": [0, 1e30, 1]}),
        said(slices={"0": [0, None, 1]}),
        said(slices={"0": [0, float("nan"), 1]}),
        said(slices={"0": [[0, 2], 1]}),
        said(slices={"0": 5}),
        said(lesions=None),
        said(lesions=["x"]),
        said(lesions=[{**VERDICT, "verdict": "perhaps"}]),
        said(lesions=[{**VERDICT, "slice": 3}]),
        said(lesions=[{**VERDICT, "row": -1}]),
        said(lesions=[{**VERDICT, "column": 5}]),
        said(lesions=[{**VERDICT, "column": float("inf")}]),
        said(lesions=[{**VERDICT, "voxels": "many"}]),
        said(lesions=[{key: VERDICT[key] for key in ("verdict", "slice", "row", "column")}]),
        said(revision=None),
        said(revision="x"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_none(value):
    assert read_edit(value, SHAPE) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (said(), 9),
        (said(study="another"), 0),
        (said(revision=0), 0),
        (said(revision=-3), 0),
        (said(revision="9"), 0),
        (said(revision=None), 0),
        ({"study": "ours"}, 0),
        ({"revision": 9}, 0),
        (None, 0),
        ("ours", 0),
    ],
    ids=str,
)
def test_only_revisions_of_the_study_itself_are_heard(value, expected):
    assert heard_revision(value, "ours") == expected
