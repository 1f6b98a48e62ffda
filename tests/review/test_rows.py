from dataclasses import replace

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.review.rows import Size, patient_row
from resunet.study import Prediction, Source, Study

PIXELS = (4, 5)


def study_of(labels, **changes) -> Study:
    """Three slices, 3 mm apart, of pixels of 2 mm × 0.5 mm, unless something else is said."""
    labels = np.asarray(labels, np.uint8)
    geometry = {
        "spacing_mm": (2.0, 0.5),
        "slice_positions_mm": np.arange(len(labels)) * 3.0,
        "slice_numbers": tuple(range(20, 20 + len(labels))),
    }
    return Study(
        np.ones((*labels.shape, 4), np.float32),
        "someone",
        Source("npz", "ab" * 32),
        labels=labels,
        **(geometry | changes),
    )


def prediction_of(probability, areas, **changes) -> Prediction:
    probability = np.asarray(probability, np.float32)
    areas = np.asarray(areas, np.int64)
    zeros = [np.zeros(probability.shape, np.float32) for _ in range(3)]
    values = {
        "done": np.ones(len(probability), bool),
        "threshold": 0.5,
        "samples": len(areas) if len(areas) > 1 else 0,
        "seed": 0,
        "model_id": "m",
        "engine": "e",
    }
    return Prediction(
        probability,
        *zeros,
        area_px_samples=areas,
        std_by_t=np.zeros(len(areas)),
        **(values | changes),
    )


@pytest.fixture
def probability():
    """1 tumour pixel in the first slice, 3 in the second, none in the third."""
    maps = np.zeros((3, *PIXELS), np.float32)
    maps[0, 0, 0] = 0.8
    maps[1, 1, 1:4] = 0.9
    maps[2, 2, 2] = 0.4
    return maps


@pytest.fixture
def labels():
    """2, 3 and no pixels; the first shares 1 with the prediction, the second 2."""
    classes = np.zeros((3, *PIXELS), np.uint8)
    classes[0, 0, 0:2] = 1
    classes[1, 1, 2:5] = 4
    return classes


AREAS = [[1, 3, 0], [3, 7, 0]]  # of two passes: 4 and 10 pixels in all


def test_a_patient_with_a_volume(probability, labels):
    row = patient_row(study_of(labels), prediction_of(probability, AREAS))
    # a voxel is 2 × 0.5 × 3 mm³ = 0.003 ml; of the passes' 4 and 10 voxels the 5th percentile
    # is 4.3, the 95th 9.7
    assert row.size.unit == "ml"
    assert row.size[0] == pytest.approx(0.012)
    assert row.size[2:] == pytest.approx((0.0129, 0.0291))
    # 3 pixels shared, of 5 true and 4 predicted
    assert row.dice == pytest.approx(6 / 9)
    # inside 0.8 + 2.7, outlined 4, expected 3.9
    assert row.expected_px == pytest.approx(3.9)
    assert row.doubt == pytest.approx(1 - 2 * 3.5 / 7.9)
    assert (row.slice_index, row.slice_number) == (1, 21)
    assert row.source_sha256 == "ab" * 32


def test_its_slices(probability, labels):
    rows = patient_row(study_of(labels), prediction_of(probability, AREAS)).slices
    assert [(row.index, row.number) for row in rows] == [(0, 20), (1, 21), (2, 22)]
    # pixels of 0.01 cm²; of 1 and 3 the percentiles are 1.1 and 2.9, of 3 and 7 3.2 and 6.8
    assert rows[0].size == pytest.approx((0.01, "cm²", 0.011, 0.029), abs=1e-12)
    assert rows[1].size == pytest.approx((0.03, "cm²", 0.032, 0.068), abs=1e-12)
    assert rows[2].size == Size(0.0, "cm²", 0.0, 0.0)
    assert rows[0].dice == pytest.approx(2 / 3)
    assert rows[1].dice == pytest.approx(4 / 6)
    assert rows[2].dice is None
    assert rows[1].doubt == pytest.approx(0.1 / 1.9)
    assert rows[2].doubt is None
    assert rows[2].expected_px == pytest.approx(0.4)


def test_slices_with_a_gap_have_the_sum_of_their_areas(probability, labels):
    study = study_of(labels, slice_numbers=(20, 21, 23), slice_positions_mm=np.array([0.0, 3, 9]))
    row = patient_row(study, prediction_of(probability, AREAS))
    assert row.size == pytest.approx((0.04, "cm²", 0.043, 0.097), abs=1e-12)


def test_pixels_of_unknown_size_are_counted(probability, labels):
    study = study_of(labels, spacing_mm=None, slice_positions_mm=None)
    row = patient_row(study, prediction_of(probability, AREAS))
    assert row.size == pytest.approx((4.0, "px", 4.3, 9.7), abs=1e-12)
    assert row.slices[1].size.unit == "px"


def test_a_single_slice_has_an_area(probability, labels):
    study = study_of(labels[1:2], slice_positions_mm=np.array([7.0]))
    row = patient_row(study, prediction_of(probability[1:2], [[3], [7]]))
    assert row.size == pytest.approx((0.03, "cm²", 0.032, 0.068), abs=1e-12)
    assert row.size == row.slices[0].size
    assert row.doubt == row.slices[0].doubt


@pytest.mark.parametrize("prediction", ["one pass", "another threshold"])
def test_without_a_spread_there_is_no_interval(probability, labels, prediction):
    if prediction == "one pass":
        made = prediction_of(probability, [[1, 3, 0]])
    else:
        made = replace(prediction_of(probability, AREAS), threshold=0.3)
    row = patient_row(study_of(labels), made)
    assert row.size.low is row.size.high is None
    assert row.slices[0].size.low is None


def test_without_an_outline_there_is_no_dice(probability):
    study = replace(study_of(np.zeros((3, *PIXELS))), labels=None)
    row = patient_row(study, prediction_of(probability, AREAS))
    assert row.dice is None
    assert {each.dice for each in row.slices} == {None}


def test_a_missed_tumour_scores_0_and_a_healthy_patient_nothing(labels):
    nothing = prediction_of(np.full((3, *PIXELS), 0.2, np.float32), np.zeros((2, 3)))
    missed = patient_row(study_of(labels), nothing)
    assert missed.dice == 0.0
    assert missed.doubt is None
    assert missed.size.value == 0.0
    assert missed.slice_index == 1  # the expert's largest
    healthy = patient_row(study_of(np.zeros((3, *PIXELS))), nothing)
    assert healthy.dice is None
    assert healthy.slice_index == 1  # the middle one


def test_warnings_of_study_and_prediction_go_along(probability, labels):
    study = replace(study_of(labels), warnings=("Odd.",))
    row = patient_row(study, replace(prediction_of(probability, AREAS), warnings=("Unlike.",)))
    assert row.warnings == ("Odd.", "Unlike.")


def test_what_is_not_computed_or_lies_elsewhere_is_refused(probability, labels):
    half = prediction_of(probability, AREAS, done=np.array([True, False, True]))
    with pytest.raises(InputError, match="2 of 3 slices"):
        patient_row(study_of(labels), half)
    with pytest.raises(InputError, match=r"\(3, 4, 5\).*\(2, 4, 5\)"):
        patient_row(study_of(labels[:2]), prediction_of(probability, AREAS))
