import json
import math

import pytest
from bright import BrightEngine, write
from evaluated import THRESHOLDS, made_patient, made_slice

from resunet.errors import InputError
from resunet.evaluation.one_pass import Plan, evaluate_cases
from resunet.evaluation.patients import Surface
from resunet.evaluation.scores import score_cases, summarise
from resunet.evaluation.seen import OneNetwork
from resunet.evaluation.summary import summarise_split
from resunet.evaluation.words import NO_SPACING, NO_TUMOUR_FREE
from resunet.storage import dump_json

ANNA = made_patient(
    "anna",
    made_slice(1, shared=40, true=80, pred=60, ceiling=72, hd95_mm=4.0, near=6, surface=20),
    made_slice(2, true=20, hd95_mm=math.inf, surface=10),
    made_slice(3, pred=12, hd95_mm=math.inf, surface=10),
)
BERT = made_patient(
    "bert", made_slice(1, shared=100, true=100, pred=200, hd95_mm=2.0, near=5, surface=5)
)
CARL = made_patient("carl", made_slice(1))


@pytest.fixture(scope="module")
def summary():
    return summarise_split([ANNA, BERT, CARL], bootstraps=300, seed=1)


def value(entry):
    return entry["value"]


def test_dice_in_three_ways_by_hand(summary):
    ways = summary["native"]["measures"]["dice"]
    # patients, pooled over their slices: 80/172, 200/300, none
    assert value(ways["patient_mean"]) == pytest.approx((80 / 172 + 200 / 300) / 2)
    assert ways["patient_mean"]["patients"] == 2
    # slices: 80/140, 0, 0, 200/300
    assert value(ways["slice_mean"]) == pytest.approx((80 / 140 + 200 / 300) / 4)
    assert value(ways["pooled"]) == pytest.approx(280 / 472)
    grid = summary["grid"]["measures"]["dice"]
    assert value(grid["pooled"]) == pytest.approx(2 * (10 + 25) / (25 + 18 + 25 + 50))


def test_other_overlaps_by_hand(summary):
    measures = summary["native"]["measures"]
    assert value(measures["iou"]["pooled"]) == pytest.approx(140 / (472 - 140))
    assert value(measures["sensitivity"]["patient_mean"]) == pytest.approx((0.4 + 1.0) / 2)
    assert value(measures["sensitivity"]["slice_mean"]) == pytest.approx((0.5 + 0 + 1) / 3)
    assert value(measures["precision"]["pooled"]) == pytest.approx(140 / 272)
    # five slices of 1,000 pixels of brain, 332 of them tumour in one mask, 132 wrongly
    assert value(measures["specificity"]["pooled"]) == pytest.approx(4668 / (4668 + 132))
    assert measures["specificity"]["patient_mean"]["patients"] == 3


def test_distances_by_hand(summary):
    measures = summary["native"]["measures"]
    assert "hd95_mm" not in summary["grid"]["measures"]
    hd95 = measures["hd95_mm"]
    assert value(hd95["patient_mean"]) == pytest.approx((4 + 2) / 2)
    assert (value(hd95["slice_mean"]), hd95["slice_mean"]["infinite"]) == (3.0, 2)
    assert set(hd95) == {"patient_mean", "slice_mean"}
    surface = measures["surface_dice"]
    assert value(surface["patient_mean"]) == pytest.approx((6 / 40 + 1) / 2)
    assert value(surface["slice_mean"]) == pytest.approx((6 / 20 + 0 + 0 + 1) / 4)
    assert value(surface["pooled"]) == pytest.approx(11 / 45)


def test_an_infinite_patient_is_counted():
    whole = [
        made_patient(name, made_slice(1, true=9), step_mm=1.0, surface=Surface(distance, 0, 8))
        for name, distance in (("a", math.inf), ("b", 3.0))
    ]
    mean = summarise_split(whole)["native"]["measures"]["hd95_mm"]["patient_mean"]
    assert (value(mean), mean["infinite"], mean["patients"]) == (3.0, 1, 1)


def test_the_ceiling_by_hand(summary):
    ways = summary["ceiling"]["dice"]
    assert value(ways["patient_mean"]) == pytest.approx((184 / 192 + 1) / 2)
    assert value(ways["slice_mean"]) == pytest.approx((144 / 152 + 1 + 1) / 3)
    assert value(ways["pooled"]) == pytest.approx(2 * 192 / (192 + 200))


def test_errors_of_size_by_hand(summary):
    errors = summary["size_errors"]
    # 72 for 100 pixels, 200 for 100, 0 for 0, of 1 mm² each
    assert value(errors["area_error_mm2"]) == pytest.approx((-28 + 100 + 0) / 3)
    assert value(errors["area_error_absolute_mm2"]) == pytest.approx((28 + 100 + 0) / 3)
    assert value(errors["area_error_percent"]) == pytest.approx((-28 + 100) / 2)
    assert value(errors["area_error_absolute_percent"]) == pytest.approx((28 + 100) / 2)
    assert errors["volume_error_ml"]["value"] is None
    assert "without gaps" in errors["volume_error_ml"]["value_reason"]
    stack = made_patient("d", made_slice(1, shared=500, true=500, pred=750), step_mm=4.0)
    volumes = summarise_split([stack])["size_errors"]
    assert value(volumes["volume_error_ml"]) == pytest.approx(1.0)
    assert value(volumes["volume_error_percent"]) == pytest.approx(50.0)


def test_slices_without_tumour_by_hand(summary):
    free = summary["tumour_free"]
    assert (free["slices"], free["with_false_positives"], free["largest_mm2"]) == (2, 1, 12.0)
    assert value(free["share"]) == 0.5
    assert value(free["mean_mm2"]) == pytest.approx(6.0)
    none = summarise_split([BERT])["tumour_free"]
    assert none["slices"] == 0
    assert none["largest_mm2_reason"] == none["share"]["value_reason"] == NO_TUMOUR_FREE
    unknown = summarise_split([made_patient("a", made_slice(1, pred=4), pixel_mm2=None)])
    assert unknown["tumour_free"]["mean_mm2"]["value_reason"] == NO_SPACING
    assert value(unknown["tumour_free"]["share"]) == 1.0


def test_the_sweep_by_hand(summary):
    sweep = summary["sweep"]
    assert sweep["thresholds"] == list(THRESHOLDS)
    # anna shares 40, 40, 20 of 100 with 108, 72, 20; bert 100, 100, 50 of 100 with 300, 200, 50
    anna, bert = (80 / 208, 80 / 172, 40 / 120), (200 / 400, 200 / 300, 100 / 150)
    assert sweep["dice_patient_mean"] == pytest.approx(
        [(a + b) / 2 for a, b in zip(anna, bert, strict=True)]
    )
    assert sweep["dice_pooled"] == pytest.approx([280 / 608, 280 / 472, 140 / 270])
    assert sweep["patients"] == [2, 2, 2]
    assert sweep["best_threshold"] == 0.5
    at = sweep["thresholds"].index(0.5)
    native = summary["native"]["measures"]["dice"]
    assert sweep["best_dice_patient_mean"] == sweep["dice_patient_mean"][at]
    assert sweep["dice_patient_mean"][at] == pytest.approx(value(native["patient_mean"]))
    assert sweep["dice_pooled"][at] == pytest.approx(value(native["pooled"]))


def test_patients_are_listed_worst_first_and_those_without_dice_last(summary):
    assert [each["patient"] for each in summary["patients"]] == ["anna", "bert", "carl"]
    turned = summarise_split([CARL, BERT, ANNA])
    assert [each["patient"] for each in turned["patients"]] == ["anna", "bert", "carl"]


def test_what_older_readers_know_is_still_there(tmp_path):
    cases = write(tmp_path)
    patients = evaluate_cases(cases, Plan(OneNetwork(BrightEngine()))).patients
    found = summarise_split(patients, bootstraps=10)
    known = summarise(score_cases(cases, BrightEngine()))
    for resolution, values in known.items():
        kept = {key: found[resolution][key] for key in values}
        assert repr(kept) == repr(values)  # NaN is not equal to itself
        measures = found[resolution]["measures"]["dice"]
        for way in ("patient_mean", "slice_mean", "pooled"):
            assert value(measures[way]) == pytest.approx(values[f"dice_{way}"])


def test_nothing_defined_has_reasons_everywhere():
    """Also without a warning of a division by nothing."""
    found = json.loads(dump_json(summarise_split([CARL])))

    def check(value, path):
        if isinstance(value, dict):
            for key, each in value.items():
                if each is None and not key.endswith("reason"):
                    reasons = [f"{key}_reason", "undefined_reason", "reason", "best_reason"]
                    reasons += ["distance_reason", "area_reason", "volume_reason"]
                    assert any(value.get(name) for name in reasons), f"{path}.{key}"
                check(each, f"{path}.{key}")
        elif isinstance(value, list):
            for at, each in enumerate(value):
                check(each, f"{path}[{at}]")

    for name in ("native", "grid"):  # one reason for all of their patients
        assert found[name]["undefined_reason"]
        for listed in ("dice_by_patient", "ceiling_by_patient"):
            found[name].pop(listed, None)
    check(found, "")


def test_no_patients_are_refused():
    with pytest.raises(InputError, match="no patients"):
        summarise_split([])
