import math
import os
from dataclasses import replace

import pytest
from bright import SLICES, BrightEngine, write

from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.evaluation.kept import FOLDER, CaseResult, case_key, keep, read_kept
from resunet.evaluation.patients import Surface, measure_patient
from resunet.evaluation.seen import OneNetwork
from resunet.storage import read_json, write_json

SETTINGS = {"way": {"model": "m"}, "tolerance_mm": 2.0}


@pytest.fixture
def case(tmp_path):
    (case,) = write(tmp_path / "data", {"anna": SLICES["anna"]})
    return case


@pytest.fixture
def result(case):
    way = OneNetwork(BrightEngine())
    return measure_patient(case, read_case(case), way, tolerance_mm=1.0)


def same(one, other):
    """Equal, and undefined in the same places: NaN is not equal to itself."""
    return repr(one) == repr(other)


def test_what_was_kept_comes_back(case, result, tmp_path):
    # all that a result may hold
    slices = tuple(
        replace(each, hd95_mm=distance, near_px=3, surface_px=7)
        for each, distance in zip(result.slices, (2.5, math.inf), strict=True)
    )
    surface = Surface(math.nan, 0, 0)
    extra = {"counted-1": {"values": [1, 2.5], "none": None}}
    whole = replace(
        result, slices=slices, pixel_mm2=0.25, step_mm=1.5, surface=surface, extra=extra
    )
    for found in (CaseResult(result), CaseResult(whole, ("one is bad.",)), CaseResult(None)):
        keep(tmp_path, "0" * 32, case, found)
        assert same(read_kept(tmp_path, "0" * 32), found)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["0" * 32 + ".json"]


def test_nothing_kept_is_none(tmp_path):
    assert read_kept(tmp_path, "0" * 32) is None


@pytest.mark.parametrize("harm", ["cut", "key", "kind", "count"])
def test_a_damaged_file_is_none(case, result, tmp_path, harm):
    keep(tmp_path, "a", case, CaseResult(result))
    file = tmp_path / FOLDER / "a.json"
    values = read_json(file)
    if harm == "cut":
        file.write_text(file.read_text()[:300])
    else:
        if harm == "key":
            del values["result"]["sweep"]["true"]
        elif harm == "kind":
            values["result"] = [1]
        else:
            values["result"]["slices"]["number"].append(9)
        write_json(file, values)
    assert read_kept(tmp_path, "a") is None


def test_the_key_follows_files_and_settings(case):
    key = case_key(case, SETTINGS)
    assert len(key) == 32
    assert case_key(case, SETTINGS | {"tolerance_mm": 1.0}) != key
    assert case_key(replace(case, slices=case.slices[:1]), SETTINGS) != key
    os.utime(case.slices[0].path, ns=(1, 1))
    assert case_key(case, SETTINGS) != key
    case.slices[0].path.unlink()
    with pytest.raises(InputError, match=r"anna_3\.npz cannot be read"):
        case_key(case, SETTINGS)


def test_the_key_follows_what_is_left_out_of_a_volume(case):
    folder = case.slices[0].path.parent
    volume = type(case)("testing", "emil", folder=folder)
    keys = {case_key(replace(volume, left_out=out), SETTINGS) for out in ((), (1,), (1, 2))}
    assert len(keys) == 3
