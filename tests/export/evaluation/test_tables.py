import csv
import io
import json
import math

import pytest
from evaluated import made_patient, made_slice

from resunet.evaluation.patients import Surface
from resunet.evaluation.summary import summarise_split
from resunet.export.evaluation.tables import patients_csv, slices_csv
from resunet.storage import dump_json

ANNA = made_patient(
    "anna",
    made_slice(3, shared=40, true=80, pred=60, ceiling=72, hd95_mm=4.0, near=6, surface=20),
    made_slice(4, true=20, hd95_mm=math.inf, surface=10),
    made_slice(5),
    pixel_mm2=0.5,
)
EMIL = made_patient(
    "emil",
    made_slice(1, true=9),
    split="training",
    step_mm=1.0,
    surface=Surface(math.inf, 0, 8),
)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_slices_have_a_line_each():
    rows = rows_of(slices_csv([ANNA, EMIL]))
    assert list(rows[0])[:11] == [
        "split",
        "patient",
        "slice",
        "native_dice",
        "native_intersection_px",
        "native_true_px",
        "native_pred_px",
        "grid_dice",
        "grid_intersection_px",
        "grid_true_px",
        "grid_pred_px",
    ]
    lines = {(row["patient"], row["slice"]): list(row.values())[3:] for row in rows}
    assert lines["anna", "3"] == [
        *("0.571429", "40", "80", "60"),
        *("0.571429", "10", "20", "15"),
        *("900", "225"),
        *("0.947368", "4.000000", "0.300000"),
        *("40.000000", "30.000000"),
    ]
    assert lines["anna", "4"][-4:] == ["inf", "0.000000", "10.000000", "0.000000"]
    assert lines["anna", "5"][:4] == ["", "0", "0", "0"]
    assert lines["anna", "5"][-5:] == ["", "", "", "0.000000", "0.000000"]
    assert [row["split"] for row in rows] == ["testing"] * 3 + ["training"]


@pytest.mark.parametrize("through_json", [False, True])
def test_patients_have_a_line_each(through_json):
    splits = {"testing": summarise_split([ANNA]), "training": summarise_split([EMIL])}
    if through_json:
        splits = json.loads(dump_json(splits))
    anna, emil = rows_of(patients_csv(splits))
    assert (anna["split"], anna["patient"], anna["slices"]) == ("testing", "anna", "3")
    assert anna["native_dice"] == f"{80 / 160:.6f}"
    assert anna["grid_sensitivity"] == f"{10 / 25:.6f}"
    assert anna["hd95_mm"] == "4.000000"
    assert anna["volume_ml"] == ""
    assert anna["summed_area_mm2"] == "50.000000"
    assert (emil["split"], emil["hd95_mm"], emil["native_precision"]) == ("training", "inf", "")
    assert emil["volume_ml"] == "0.009000"


def test_names_never_become_formulas():
    (row,) = rows_of(slices_csv([made_patient("=1+1", made_slice(1), split="@here")]))
    assert (row["patient"], row["split"]) == ("'=1+1", "'@here")
