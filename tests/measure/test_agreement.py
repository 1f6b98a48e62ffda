import math
from dataclasses import replace

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.measure import patient_hd95, slice_hd95
from resunet.measure.agreement import area_error, volume_error
from resunet.metrics import OverlapCounts
from resunet.study import Source, Study

SHAPE = (3, 6, 8)
SPACING_MM = (2.0, 0.5)
STEP_MM = 3.0
DONE = np.ones(3, bool)


def mask_of(*voxels):
    mask = np.zeros(SHAPE, bool)
    for voxel in voxels:
        mask[voxel] = True
    return mask


def study_with(*voxels, **changes):
    """An outline of these voxels in three slices 3 mm apart, their pixels 2 × 0.5 mm."""
    study = Study(
        np.ones((*SHAPE, 4), np.float32),
        "phantom-1",
        Source("npz", "ab" * 32),
        labels=mask_of(*voxels).astype(np.uint8) * 4,
        spacing_mm=SPACING_MM,
        slice_positions_mm=np.arange(3) * STEP_MM,
    )
    return replace(study, **changes)


def test_a_slices_distance_is_in_its_plane():
    study, mask = study_with((0, 0, 0), (1, 1, 2)), mask_of((0, 5, 0), (1, 2, 6))
    # slice 0: 5 rows of 2 mm; slice 1: a row of 2 mm and 4 columns of 0.5 mm
    assert slice_hd95(study, mask, 0) == {"hd95_mm": 10.0, "hd95_px": None, "hd95_reason": None}
    assert slice_hd95(study, mask, 1)["hd95_mm"] == pytest.approx(math.sqrt(8))


def test_a_patients_distance_crosses_the_slices():
    # two slices of 3 mm and two rows of 2 mm
    found = patient_hd95(study_with((0, 1, 1)), mask_of((2, 3, 1)))
    assert found == {"hd95_mm": pytest.approx(math.sqrt(36 + 16)), "hd95_reason": None}


def test_each_slice_may_be_infinite_where_the_patient_is_not():
    study, mask = study_with((0, 1, 1)), mask_of((1, 1, 1))
    assert (
        slice_hd95(study, mask, 0)["hd95_mm"] == slice_hd95(study, mask, 1)["hd95_mm"] == math.inf
    )
    assert slice_hd95(study, mask, 1)["hd95_reason"] is None
    assert patient_hd95(study, mask)["hd95_mm"] == pytest.approx(STEP_MM)
    assert patient_hd95(study, mask_of()) == {"hd95_mm": math.inf, "hd95_reason": None}


def test_no_tumour_in_either_has_no_distance():
    reason = "Neither outline nor prediction holds tumour."
    study, mask = study_with((0, 1, 1)), mask_of((1, 1, 1))
    nothing = {"hd95_mm": None, "hd95_px": None, "hd95_reason": reason}
    assert slice_hd95(study, mask, 2) == nothing
    assert slice_hd95(replace(study, spacing_mm=None), mask, 2) == nothing
    assert patient_hd95(study_with(), mask_of()) == {"hd95_mm": None, "hd95_reason": reason}


def test_unknown_spacing_gives_pixels_in_a_slice_and_nothing_of_the_patient():
    study, mask = study_with((0, 0, 0), spacing_mm=None), mask_of((0, 3, 4))
    reason = "The pixel spacing is unknown."
    assert slice_hd95(study, mask, 0) == {"hd95_mm": None, "hd95_px": 5.0, "hd95_reason": reason}
    assert patient_hd95(study, mask) == {"hd95_mm": None, "hd95_reason": reason}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"slice_positions_mm": None}, "The positions of the slices are unknown."),
        ({"slice_positions_mm": np.array([0.0, 3.0, 9.0])}, "gaps or uneven steps"),
        ({"slice_numbers": (1, 2, 4)}, "gaps or uneven steps"),
    ],
)
def test_a_stack_with_gaps_has_distances_of_its_slices_only(changes, reason):
    study, mask = study_with((0, 0, 0), **changes), mask_of((0, 5, 0))
    assert slice_hd95(study, mask, 0)["hd95_mm"] == 10.0
    found = patient_hd95(study, mask)
    assert found["hd95_mm"] is None
    assert reason in found["hd95_reason"]
    assert reason in volume_error(study, OverlapCounts(0, 1, 1), DONE)["volume_error_reason"]


def test_without_an_outline_there_is_neither_distance_nor_error():
    study, mask = study_with(labels=None), mask_of((0, 0, 0))
    reason = "There is no expert outline."
    found = {
        **slice_hd95(study, mask, 0),
        **patient_hd95(study, mask),
        **area_error(study, None),
        **volume_error(study, None, DONE),
    }
    assert len(found) == 3 + 4 + 3
    assert {value for name, value in found.items() if name.endswith("reason")} == {reason}
    assert {value for name, value in found.items() if not name.endswith("reason")} == {None}


def test_what_is_not_computed_is_not_compared():
    study, mask, done = study_with((0, 0, 0)), mask_of((0, 5, 0)), np.array([True, False, True])
    assert slice_hd95(study, mask, 0, done)["hd95_mm"] == 10.0
    assert slice_hd95(study, mask, 1, done)["hd95_reason"] == "The slice is not computed yet."
    assert area_error(study, None)["area_error_reason"] == "The slice is not computed yet."
    reason = "Only 2 of 3 slices are computed."
    assert patient_hd95(study, mask, done) == {"hd95_mm": None, "hd95_reason": reason}
    found = volume_error(study, OverlapCounts(0, 1, 1), done)
    assert found == {
        "volume_error_ml": None,
        "volume_error_percent": None,
        "volume_error_reason": reason,
    }


def test_a_mask_of_another_shape_is_refused():
    for call in (slice_hd95, patient_hd95):
        with pytest.raises(InputError, match="mask has shape"):
            call(study_with(), np.zeros((3, 6, 7), bool), 0)


@pytest.mark.parametrize(
    ("true", "pred", "percent"), [(8, 10, 25.0), (10, 8, -20.0), (4, 4, 0.0), (5, 0, -100.0)]
)
def test_errors_are_predicted_less_experts(true, pred, percent):
    study = study_with((0, 0, 0), spacing_mm=(2.0, 1.5))  # 3 mm², 9 mm³
    count = OverlapCounts(min(true, pred), true, pred)
    assert area_error(study, count) == {
        "area_error_px": pred - true,
        "area_error_mm2": pytest.approx(3.0 * (pred - true)),
        "area_error_percent": pytest.approx(percent),
        "area_error_reason": None,
    }
    assert volume_error(study, count, DONE) == {
        "volume_error_ml": pytest.approx(0.009 * (pred - true)),
        "volume_error_percent": pytest.approx(percent),
        "volume_error_reason": None,
    }


def test_of_an_empty_outline_there_is_no_percentage():
    study, count = study_with(), OverlapCounts(0, 0, 7)
    assert area_error(study, count) == {
        "area_error_px": 7,
        "area_error_mm2": 7.0,
        "area_error_percent": None,
        "area_error_reason": "The expert's outline is empty.",
    }
    found = volume_error(study, count, DONE)
    assert found["volume_error_ml"] == pytest.approx(0.021)
    assert found["volume_error_percent"] is None
    assert found["volume_error_reason"] == "The expert's outline is empty."


def test_the_error_of_an_area_of_unknown_spacing_is_in_pixels():
    found = area_error(study_with(spacing_mm=None), OverlapCounts(0, 2, 3))
    assert (found["area_error_px"], found["area_error_mm2"]) == (1, None)
    assert found["area_error_percent"] == 50.0
    found = volume_error(study_with(spacing_mm=None), OverlapCounts(0, 2, 3), DONE)
    assert found["volume_error_percent"] is None
    assert found["volume_error_reason"] == "The pixel spacing is unknown."
