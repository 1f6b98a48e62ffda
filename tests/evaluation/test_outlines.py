import math

import numpy as np
import pytest
from bright import BrightEngine, write

from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.evaluation.outlines import (
    LARGEST,
    WORST,
    Outlined,
    outlines_entry,
    ranks_of,
    read_outlines,
    runs_of,
)
from resunet.evaluation.patients import measure_patient
from resunet.evaluation.seen import OneNetwork, seen_slices
from resunet.storage import read_json, write_json


def test_runs_are_counted_row_after_row_and_begin_with_background():
    mask = np.array([[0, 1, 1], [1, 0, 0]], bool)
    assert runs_of(mask) == (1, 3, 2)
    assert runs_of(~mask) == (0, 1, 3, 2)
    assert runs_of(np.zeros((2, 3), bool)) == (6,)
    assert runs_of(np.ones((2, 3), bool)) == (0, 6)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_mask_comes_back_as_it_was(share):
    mask = np.random.default_rng(5).random((7, 9)) < share
    outlined = Outlined(3, 0.5, (7, 9), runs_of(mask))
    assert (outlined.mask == mask).all()
    assert Outlined.read(outlined.to_dict()) == outlined


def test_the_worst_and_the_largest_slice_are_kept_as_they_were_predicted(tmp_path):
    [case, *_] = write(tmp_path)
    study, way = read_case(case), OneNetwork(BrightEngine())
    result = measure_patient(case, study, way, tolerance_mm=2.0)
    slices = {each.number: each for each in result.slices}
    seen = {each.number: each for each in seen_slices(case, study, way)}
    assert result.outlines[WORST].number == 4  # all 16 pixels missed, none in slice 3
    assert result.outlines[LARGEST].number == 3  # 16 pixels in both, more predicted here
    for outlined in result.outlines.values():
        assert (outlined.mask == seen[outlined.number].mask).all()
        assert outlined.dice == slices[outlined.number].native.dice


def test_the_worst_slice_has_most_wrong_pixels_not_the_lowest_dice():
    tip = ranks_of(0, 5, 0)  # Dice 0, 5 pixels missed
    body = ranks_of(400, 450, 470)  # Dice .87, 50 missed and 70 false
    assert body[WORST] > tip[WORST]
    assert body[LARGEST] > tip[LARGEST]
    assert ranks_of(0, 9, 0)[WORST] > ranks_of(0, 0, 9)[WORST]  # as wrong, but missed


def test_a_patient_without_tumour_in_either_has_none(tmp_path):
    [case] = write(tmp_path, {"carl": {1: (None, None), 2: (None, None)}})
    result = measure_patient(case, read_case(case), OneNetwork(BrightEngine()), tolerance_mm=2.0)
    assert result.outlines == {}


def test_outlines_are_found_by_split_and_patient_in_the_file(tmp_path):
    kept = {WORST: Outlined(4, math.nan, (2, 2), (4,))}
    entry = outlines_entry([("testing", "anna", kept), ("testing", "bert", {})])
    write_json(tmp_path / "outlines.json", entry)
    read = read_json(tmp_path / "outlines.json")["splits"]["testing"]
    assert read["anna"][WORST]["dice"] is None
    found = read_outlines(read["anna"])[WORST]
    assert (found.number, found.runs, math.isnan(found.dice)) == (4, (4,), True)
    assert read_outlines(read["bert"]) == read_outlines(None) == {}


@pytest.mark.parametrize(
    "harm", [{"runs": [3]}, {"runs": [5, -1]}, {"shape": [4]}, {"number": None}, {"dice": "x"}]
)
def test_a_damaged_outline_is_refused(harm):
    values = Outlined(4, 0.5, (2, 2), (1, 3)).to_dict() | harm
    with pytest.raises(InputError, match=r"outlines\.json holds an outline"):
        Outlined.read(values)
