import math

import pytest
from evaluated import made_patient, made_slice

from resunet.evaluation.measures import OVERLAPS, patient_measures
from resunet.evaluation.patients import Surface
from resunet.evaluation.words import (
    EMPTY_BOTH,
    EMPTY_OUTLINE,
    EMPTY_PREDICTION,
    NO_FINITE,
    NO_SPACING,
    NO_TUMOUR_FREE,
)


def test_a_patient_of_slices_with_gaps():
    found = patient_measures(
        made_patient(
            "anna",
            made_slice(1, shared=40, true=80, pred=60, ceiling=72, hd95_mm=4.0, near=6, surface=20),
            made_slice(2, true=20, hd95_mm=math.inf, surface=10),
            made_slice(3, pred=12, hd95_mm=math.inf, surface=10),
            made_slice(4),
            pixel_mm2=0.5,
        )
    )
    assert (found["patient"], found["slices"], found["tumour_slices"]) == ("anna", 4, 2)
    native = found["native"]
    assert native["dice"] == pytest.approx(2 * 40 / (100 + 72))
    assert native["iou"] == pytest.approx(40 / 132)
    assert native["sensitivity"] == pytest.approx(40 / 100)
    assert native["precision"] == pytest.approx(40 / 72)
    # 1,000 pixels of brain in each slice, of which 100 are tumour and 32 taken for it
    assert native["specificity"] == pytest.approx((4000 - 132) / (4000 - 132 + 32))
    assert found["grid"]["dice"] == pytest.approx(2 * 10 / (25 + 18))
    # a perfect mask finds 72 and 20 of 100
    assert found["ceiling_dice"] == pytest.approx(2 * 92 / (100 + 92))
    assert (found["distance_dimensions"], found["distance_reason"]) == (2, None)
    assert (found["hd95_mm"], found["hd95_infinite_slices"]) == (4.0, 2)
    assert found["surface_dice"] == pytest.approx(6 / 40)
    assert found["summed_area_mm2"] == pytest.approx(50.0)
    assert found["pred_summed_area_mm2"] == pytest.approx(36.0)
    assert found["area_error_mm2"] == pytest.approx(-14.0)
    assert found["area_error_percent"] == pytest.approx(-28.0)
    assert "gaps" in found["volume_reason"]
    assert math.isnan(found["volume_ml"])
    assert math.isnan(found["volume_error_percent"])
    assert (found["tumour_free_slices"], found["false_positive_slices"]) == (2, 1)
    assert found["false_positive_mean_px"] == pytest.approx(6.0)
    assert found["false_positive_mean_mm2"] == pytest.approx(3.0)


def test_a_gap_free_stack_has_a_volume_and_distances_in_three_dimensions():
    found = patient_measures(
        made_patient(
            "emil",
            made_slice(1, shared=400, true=500, pred=400, hd95_mm=9.0, near=1, surface=9),
            pixel_mm2=2.0,
            step_mm=5.0,
            surface=Surface(7.0, 30, 40),
        )
    )
    assert (found["distance_dimensions"], found["hd95_mm"]) == (3, 7.0)
    assert found["hd95_slice_mean_mm"] == 9.0
    assert found["surface_dice"] == 0.75
    assert found["volume_ml"] == pytest.approx(5.0)
    assert found["pred_volume_ml"] == pytest.approx(4.0)
    assert found["volume_error_ml"] == pytest.approx(-1.0)
    assert found["volume_error_percent"] == pytest.approx(-20.0)
    assert found["volume_reason"] is None
    assert found["false_positive_reason"] == NO_TUMOUR_FREE


def test_without_spacing_nothing_is_in_mm():
    found = patient_measures(
        made_patient("carl", made_slice(1, shared=4, true=8, pred=4), made_slice(2), pixel_mm2=None)
    )
    for name in ("hd95_mm", "surface_dice", "summed_area_mm2", "false_positive_mean_mm2"):
        assert math.isnan(found[name]), name
    assert found["distance_reason"] == found["area_reason"] == NO_SPACING
    assert found["false_positive_reason"] == NO_SPACING
    assert found["area_error_percent"] == pytest.approx(-50.0)
    assert found["false_positive_mean_px"] == 0.0


def test_a_patient_without_tumour():
    found = patient_measures(made_patient("dora", made_slice(1), made_slice(2)))
    assert [name for name in OVERLAPS if not math.isnan(found["native"][name])] == ["specificity"]
    assert found["native"]["dice_reason"] == found["native"]["iou_reason"] == EMPTY_BOTH
    assert found["native"]["sensitivity_reason"] == EMPTY_OUTLINE
    assert found["native"]["precision_reason"] == EMPTY_PREDICTION
    assert found["ceiling_dice_reason"] == found["distance_reason"] == EMPTY_BOTH
    assert found["area_reason"] == EMPTY_OUTLINE
    assert found["false_positive_mean_mm2"] == 0.0


def test_a_tumour_that_is_missed_has_no_finite_distance():
    found = patient_measures(
        made_patient("emma", made_slice(1, true=9, hd95_mm=math.inf, surface=8))
    )
    assert math.isnan(found["hd95_mm"])
    assert (found["distance_reason"], found["hd95_infinite_slices"]) == (NO_FINITE, 1)
    assert found["surface_dice"] == 0.0
    assert found["native"]["dice"] == 0.0
    whole = made_patient("emma", made_slice(1, true=9), step_mm=1.0)
    in_space = patient_measures(type(whole)(**{**vars(whole), "surface": Surface(math.inf, 0, 8)}))
    assert (in_space["hd95_mm"], in_space["distance_reason"]) == (math.inf, None)
