import numpy as np
from stored_results import pair, result, stored_set

from resunet.ui.datasets.values import estimate, patient_values, smallest_p

MASSES = {
    "right_anterior": [3.0, 0.0],
    "left_anterior": [1.0, 0.0],
    "right_posterior": [0.0, 0.0],
    "left_posterior": [4.0, 0.0],
}


def test_a_share_of_tumour_is_derived_and_undefined_without_tumour():
    each = stored_set(**MASSES)
    np.testing.assert_array_equal(patient_values(each, "left_posterior_share"), [0.5, np.nan])
    np.testing.assert_array_equal(patient_values(each, "left_posterior"), [4.0, 0.0])


def test_what_a_set_does_not_hold_is_undefined():
    for name in ("components", "left_posterior_share"):
        np.testing.assert_array_equal(patient_values(stored_set(), name), [np.nan, np.nan])


def test_a_mean_is_taken_with_its_interval_where_it_was_computed():
    each = stored_set(mean_area_px=[1.0, 3.0])
    known = result()
    known["sets"]["training"]["quantities"] = {"mean_area_px": {"mean": 2.5, "ci": [1.0, 4.0]}}
    assert estimate(known, each, "mean_area_px") == (2.5, [1.0, 4.0])


def test_else_it_is_that_of_the_patients_who_have_a_value():
    each = stored_set(mean_area_px=[np.nan, 3.0])
    assert estimate(result(), each, "mean_area_px") == (3.0, None)
    assert estimate(result(), each, "components") == (None, None)


def test_the_quantity_that_differs_most_surely():
    made = result(pairs=[pair(components=(0.04, 0.3), empty_share=(0.03, 0.5)), pair()])
    assert smallest_p(made, 0) == "empty_share"
    assert smallest_p(made, 1) == "mean_area_px"  # nothing was tested
    assert smallest_p(made, None) == "mean_area_px"
