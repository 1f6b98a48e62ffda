import json
from pathlib import Path

import pytest

from resunet.errors import InputError
from resunet.evaluation.cross_validation import card_entry, cross_validated

ESTIMATE = {"value": 0.7, "ci": [0.6, 0.8], "patients": 2, "infinite": 0}


def write(folder, folds, split="held out"):
    resolution = {
        "patients": 2,
        "dice_by_patient": {"a": 0.6, "b": 0.8},
        "measures": {"dice": {"patient_mean": ESTIMATE, "pooled": ESTIMATE}},
    }
    summary = {"native": resolution, "grid": resolution, "ceiling": {"dice": {"patient_mean": {}}}}
    facts = {"data": "/some/where/patients", "samples": 0, "flip": True, "threshold": 0.5}
    result = {"schema": 1, **facts, "splits": {split: summary}, "folds": folds}
    folder.mkdir(exist_ok=True)
    (folder / "scores.json").write_text(json.dumps(result))
    return folder


def test_a_card_gets_what_it_tells(tmp_path):
    entry = card_entry(write(tmp_path, [{"fold": "1/2"}, {"fold": "2/2"}]))
    assert (entry["folds"], entry["data"], entry["flip"]) == (2, "patients", True)
    assert entry["grid"]["dice_by_patient"] == {"a": 0.6, "b": 0.8}
    assert entry["native"]["dice_patient_mean"] == ESTIMATE


@pytest.mark.parametrize(
    ("folds", "split"),
    [([{"fold": "1/2"}], "held out"), (None, "held out"), ([{"fold": "1/2"}], "testing")],
)
def test_what_is_no_whole_cross_validation_is_refused(tmp_path, folds, split):
    with pytest.raises(InputError, match="of which all parts are done"):
        card_entry(write(tmp_path, folds, split))


def test_no_part_is_refused():
    with pytest.raises(InputError, match="There are no parts"):
        cross_validated([], data=Path("x"), tolerance_mm=2.0, parameters=1)
