import numpy as np
import pytest
from synthetic import make_study

from resunet.errors import InputError
from resunet.measure import (
    area_px,
    interval,
    key_slice,
    pixel_area_mm2,
    volume_ml,
    volume_reason,
)
from resunet.measure.areas import stack_reason, unfinished_reason, voxel_ml
from resunet.study import Prediction


def predict(mask, *, threshold=0.4):
    """A prediction of tumour, with 0.9, where a mask is true."""
    probability = np.where(mask, 0.9, 0.1).astype(np.float32)
    zeros = np.zeros_like(probability)
    return Prediction(
        probability=probability,
        std=zeros,
        entropy=zeros.copy(),
        mutual_information=zeros.copy(),
        done=np.ones(len(mask), bool),
        area_px_samples=mask.sum(axis=(1, 2))[None],
        std_by_t=np.zeros(1),
        threshold=threshold,
        samples=0,
        seed=7,
        model_id="toy-1",
        engine="by hand",
    )


def test_area_px_of_each_slice():
    mask = np.zeros((2, 3, 3), bool)
    mask[1, 1:, 2] = True
    assert area_px(mask).tolist() == [0, 2]
    assert area_px(mask).dtype == np.int64


def test_the_key_slice_has_most_tumour():
    study = make_study(slices=6)
    mask = np.zeros(study.shape, bool)
    mask[0:2, 1:4, 1:4] = True
    mask[3:5, 10:22, 12:21] = True
    assert key_slice(study, predict(mask)) == 3


def test_the_key_slice_is_the_predictions_at_its_threshold():
    study = make_study()
    prediction = predict(study.mask)
    areas = prediction.mask.sum(axis=(1, 2))
    assert areas.any()
    assert key_slice(study, prediction) == areas.argmax()
    assert key_slice(study, predict(study.mask, threshold=1.0)) == 1


def test_without_prediction_the_key_slice_is_the_outlines_or_the_middle():
    study = make_study(slices=6)
    nothing = predict(np.zeros(study.shape, bool))
    assert key_slice(study, nothing) == study.mask.sum(axis=(1, 2)).argmax()
    assert key_slice(make_study(slices=6, labels=False), nothing) == 3


def test_interval_needs_two_passes():
    assert interval(np.array([3])) is None
    assert interval(np.array([])) is None
    assert interval(np.array([0.0, 100.0])) == pytest.approx((5.0, 95.0))


def test_a_pixel_and_a_voxel_by_hand():
    study = make_study(spacing_mm=(2.0, 0.5))  # slices 1 mm apart
    assert pixel_area_mm2(study) == 1.0
    assert voxel_ml(study) == pytest.approx(0.001)
    assert pixel_area_mm2(make_study(spacing_mm=None)) is None
    assert voxel_ml(make_study(spacing_mm=None)) is None
    assert voxel_ml(make_study(slices=1)) is None


def test_a_single_slice_has_no_volume():
    study = make_study(slices=1)
    assert volume_reason(study) == stack_reason(study) == "A single slice has no volume."


def test_an_empty_mask_has_volume_zero_not_none():
    study = make_study()
    assert volume_ml(study, np.zeros(study.shape, bool)) == 0.0
    with pytest.raises(InputError, match="mask has shape"):
        volume_ml(study, np.zeros((1, 2, 3), bool))


def test_how_many_slices_are_missing_is_told():
    assert unfinished_reason(None) is None
    assert unfinished_reason(np.ones(3, bool)) is None
    assert unfinished_reason(np.array([True, False, True])) == "Only 2 of 3 slices are computed."
