import csv
import json

import pytest

from resunet.export.uncertainty import COLUMNS, value_at, write_uncertainty

ENTRY = {
    "passes": 25,
    "dice_patient_mean": 0.81234567,
    "calibration": {"band": {"ece": 0.02, "nll": float("nan")}, "brain": {"ece": 0.001}},
    "temperature": {"fitted": 1.5, "crossed": None},
}


def test_a_line_for_each_split_and_way(tmp_path):
    splits = {
        "validating": {"ways": {"dropout": ENTRY}},
        "testing": {"ways": {"flip": ENTRY | {"passes": 2}, "dropout": ENTRY}},
    }
    write_uncertainty(tmp_path, {"schema": 1, "splits": splits})
    with (tmp_path / "ways.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["split"], row["way"], row["network_passes"]) for row in rows] == [
        ("validating", "dropout", "25"),
        ("testing", "flip", "2"),
        ("testing", "dropout", "25"),
    ]
    assert set(rows[0]) == {"split", "way", *COLUMNS}
    assert rows[0]["ece_near_outlines"] == "0.020000"
    assert rows[0]["dice_patient_mean"] == "0.812346"
    # undefined, or not there at all
    assert rows[0]["nll_near_outlines"] == rows[0]["ece_near_outlines_crossed"] == ""
    assert rows[0]["auc_slices_doubt"] == ""
    kept = json.loads((tmp_path / "uncertainty.json").read_text(encoding="utf-8"))
    assert kept["schema"] == 1
    assert kept["splits"]["testing"]["ways"]["flip"]["calibration"]["band"]["nll"] is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("passes",), 25),
        (("calibration", "band", "ece"), 0.02),
        (("calibration", "band", "nll"), None),
        (("temperature", "crossed", "band", "ece"), None),
        (("nowhere", "at", "all"), None),
        (("calibration",), None),
    ],
)
def test_a_number_is_found_or_not(path, value):
    assert value_at(ENTRY, path) == value
