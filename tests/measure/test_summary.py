import json
from dataclasses import replace

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.measure import lesion_values, measures, pixel_area_mm2, volume_ml, volume_reason
from resunet.measure.lesion_values import expert_measures, lesion_measures
from resunet.study import Prediction, Source, Study

SHAPE = (3, 4, 5)


def make_study(*, labels=None, spacing_mm=(2.0, 0.5), positions=(0.0, 3.0, 6.0), numbers=()):
    return Study(
        images=np.ones((*SHAPE, 4), np.float32),
        identifier="phantom-1",
        source=Source("npz", "ab" * 32),
        labels=labels,
        spacing_mm=spacing_mm,
        slice_positions_mm=None if positions is None else np.array(positions),
        slice_numbers=numbers,
        warnings=("Of the study.",),
    )


def make_prediction(*, areas=(1, 2, 0), samples=None, done=(True, True, True), std_max=0.25):
    probability = np.zeros(SHAPE, np.float32)
    for index, area in enumerate(areas):
        probability[index].flat[:area] = 0.9
    std = np.zeros(SHAPE, np.float32)
    std[:, 3, 4] = std_max
    passes = np.array([areas] if samples is None else samples, np.int64)
    return Prediction(
        probability=probability,
        std=std,
        entropy=np.zeros(SHAPE, np.float32),
        mutual_information=np.zeros(SHAPE, np.float32),
        done=np.array(done),
        area_px_samples=passes,
        std_by_t=np.zeros(len(passes)),
        threshold=0.5,
        samples=0 if samples is None else len(passes),
        seed=7,
        model_id="tiny",
        engine="numpy",
        warnings=("Of the prediction.",),
    )


def test_anisotropic_areas_and_volume_by_hand():
    # A pixel is 2 × 0.5 = 1 mm², a voxel 1 × 3 = 3 mm³; 3 voxels are 9 mm³ = 0.009 ml.
    found = measures(make_study(), make_prediction())
    assert [entry["area_px"] for entry in found["slices"]] == [1, 2, 0]
    assert [entry["area_mm2"] for entry in found["slices"]] == [1.0, 2.0, 0.0]
    assert found["volume_ml"] == pytest.approx(0.009)
    assert found["volume_reason"] is None


def test_row_and_column_spacing_both_count():
    study = make_study(spacing_mm=(0.7, 1.3))
    assert pixel_area_mm2(study) == pytest.approx(0.91)
    found = measures(study, make_prediction(samples=[[0, 1, 0], [0, 3, 0]]))["slices"][1]
    assert found["area_mm2"] == pytest.approx(1.82)
    # Of 1 and 3 pixels the 5th percentile lies a twentieth of the way up.
    assert found["area_mm2_interval"] == pytest.approx([1.1 * 0.91, 2.9 * 0.91])


def test_volume_interval_is_over_the_volumes_of_whole_passes():
    # Slice areas move against each other, so every pass has 4 pixels: the volume is certain
    # although each slice is not.
    samples = [[0, 4, 0], [4, 0, 0], [2, 2, 0]]
    found = measures(make_study(), make_prediction(samples=samples))
    assert found["volume_ml_interval"] == pytest.approx([0.012, 0.012])
    low, high = found["slices"][0]["area_px_interval"]
    # Of 0, 2, 4 the 5th percentile lies a tenth of the way from 0 to 2.
    assert (low, high) == pytest.approx((0.2, 3.8))


@pytest.mark.parametrize("samples", [None, [[1, 2, 0]]])
def test_fewer_than_two_passes_have_no_spread_and_say_why(samples):
    found = measures(make_study(), make_prediction(samples=samples))
    assert found["slices"][0]["area_px_interval"] is None
    assert found["slices"][0]["area_mm2_interval"] is None
    assert found["slices"][0]["std_max"] is None
    assert found["volume_ml_interval"] is None
    assert "two stochastic passes" in found["interval_reason"]


def test_std_max_looks_outside_the_tumour_too():
    prediction = make_prediction(areas=(0, 0, 0), samples=[[0, 0, 0], [1, 0, 0]])
    found = measures(make_study(), prediction)
    assert [entry["std_max"] for entry in found["slices"]] == [0.25, 0.25, 0.25]
    assert found["interval_reason"] is None


def test_unknown_spacing_leaves_pixels_only():
    found = measures(make_study(spacing_mm=None), make_prediction())
    assert found["spacing_mm"] is None
    assert found["slices"][0]["area_px"] == 1
    assert found["slices"][0]["area_mm2"] is None
    assert found["slices"][0]["area_mm2_interval"] is None
    assert found["area_mm2_reason"] == "The pixel spacing is unknown."
    assert found["volume_ml"] is None
    assert found["volume_reason"] == "The pixel spacing is unknown."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"positions": None}, "positions of the slices are unknown"),
        ({"positions": (0.0, 3.0, 9.0)}, "gaps"),
        ({"numbers": (4, 5, 9)}, "gaps"),
    ],
)
def test_volume_is_for_gap_free_stacks_only(changes, reason):
    study = make_study(**changes)
    found = measures(study, make_prediction())
    assert found["volume_ml"] is None
    assert found["volume_ml_interval"] is None
    assert reason in found["volume_reason"]
    assert volume_ml(study, make_prediction().mask) is None


def test_an_unfinished_prediction_measures_what_is_done():
    study = make_study(labels=np.ones(SHAPE, np.uint8))
    found = measures(study, make_prediction(done=(True, False, True)))
    waiting = found["slices"][1]
    assert (waiting["slice"], waiting["number"], waiting["position_mm"]) == (1, 1, 3.0)
    assert waiting["done"] is False
    assert waiting["area_px"] is waiting["area_mm2"] is waiting["std_max"] is None
    assert waiting["expert_area_px"] is waiting["expert_area_mm2"] is None
    assert waiting["dice_reason"] == "The slice is not computed yet."
    assert found["volume_ml"] is None
    assert found["volume_reason"] == "Only 2 of 3 slices are computed."
    assert volume_reason(study) is None
    # Slices 0 and 2: 1 pixel shared of 40 true and 1 predicted.
    assert found["dice"] == pytest.approx(2 / 41)
    assert found["dice_slices"] == 2


def test_nothing_computed_yet():
    study = make_study(labels=np.ones(SHAPE, np.uint8))
    found = measures(study, make_prediction(done=(False, False, False)))
    assert found["dice"] is None
    assert found["dice_reason"] == "No slice is computed yet."


def test_dice_of_each_slice_and_pooled():
    labels = np.zeros(SHAPE, np.uint8)
    labels[0].flat[:3] = 4  # 3 true, 1 predicted, 1 shared
    found = measures(make_study(labels=labels), make_prediction())
    assert [entry["dice"] for entry in found["slices"]] == [0.5, 0.0, None]
    assert "Neither" in found["slices"][2]["dice_reason"]
    assert found["slices"][0]["dice_reason"] is None
    assert found["dice"] == pytest.approx(2 * 1 / (3 + 3))
    assert [entry["expert_area_px"] for entry in found["slices"]] == [3, 0, 0]
    assert [entry["expert_area_mm2"] for entry in found["slices"]] == [3.0, 0.0, 0.0]
    assert found["expert_area_reason"] is None


def test_without_an_outline_there_is_no_dice_and_a_reason():
    found = measures(make_study(), make_prediction())
    assert found["dice"] is None
    assert found["slices"][0]["dice"] is None
    assert found["dice_reason"] == "There is no expert outline."
    assert found["slices"][0]["expert_area_px"] is found["slices"][0]["expert_area_mm2"] is None
    assert found["expert_area_reason"] == "There is no expert outline."
    assert found["dice_slices"] == 0


def test_the_whole_is_plain_json_with_where_it_came_from():
    found = measures(make_study(numbers=(8, 9, 10)), make_prediction(samples=[[1, 2, 0]] * 2))
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == found
    assert found["schema"] == 1
    assert found["identifier"] == "phantom-1"
    assert found["source"] == {"format": "npz", "sha256": "ab" * 32}
    assert (found["model_id"], found["engine"], found["seed"]) == ("tiny", "numpy", 7)
    assert (found["samples"], found["threshold"]) == (2, 0.5)
    assert found["slice_step_mm"] == 3.0
    assert found["spacing_mm"] == [2.0, 0.5]
    assert found["slices"][2]["number"] == 10
    assert found["warnings"] == ["Of the study.", "Of the prediction."]


def test_another_grid_is_refused():
    study = Study(np.ones((3, 4, 6, 4), np.float32), "other", Source("npz", ""))
    with pytest.raises(InputError, match=r"prediction has shape \(3, 4, 5\).*\(3, 4, 6\)"):
        measures(study, make_prediction())
    with pytest.raises(InputError, match="mask has shape"):
        volume_ml(study, np.zeros(SHAPE, bool))


def outline():
    """An expert's outline of two lesions, one voxel each."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[0, 0, 0] = labels[2, 3, 3] = 2
    return labels


def test_intervals_hold_at_the_threshold_of_the_passes():
    prediction = replace(make_prediction(samples=[[1, 2, 0], [3, 2, 0]]), threshold=0.25)
    found = measures(make_study(), prediction)
    assert found["slices"][0]["area_px_interval"] is None
    assert found["slices"][0]["area_mm2_interval"] is None
    assert found["volume_ml_interval"] is None
    assert found["interval_reason"] == "The passes were counted at the threshold 0.5 only."
    assert found["volume_ml"] == pytest.approx(0.009)
    assert found["slices"][0]["std_max"] == 0.25


def test_lesions_wait_for_the_last_slice_but_the_expert_does_not():
    study = make_study(labels=outline())
    found = measures(study, make_prediction(done=(True, False, True)), lesions=True)
    reason = "Only 2 of 3 slices are computed."
    assert found["lesions"] is found["lesions_count"] is found["lesions_measurable"] is None
    assert found["lesions_reason"] == found["diameter_reason"] == reason
    assert found["largest_diameter_mm"] is None
    assert found["expert"]["lesions_count"] == 2


def test_lesions_of_prediction_and_expert_are_added_when_asked():
    study, prediction = make_study(labels=outline()), make_prediction()
    found = measures(study, prediction, lesions=True)
    assert found.items() >= measures(study, prediction).items()
    assert found.items() >= lesion_measures(study, prediction.mask).items()
    assert found.items() >= expert_measures(study).items()
    assert (found["lesions_count"], found["expert"]["lesions_count"]) == (1, 2)


def test_lesions_are_not_looked_for_unless_asked(monkeypatch):
    def refuse(*_):
        raise AssertionError("looked for lesions")

    monkeypatch.setattr(lesion_values, "find_lesions", refuse)
    assert "lesions" not in measures(make_study(), make_prediction())
    with pytest.raises(AssertionError, match="looked for lesions"):
        measures(make_study(), make_prediction(), lesions=True)


def test_lesions_are_plain_json():
    study = make_study(labels=outline())
    found = measures(study, make_prediction(samples=[[1, 2, 0]] * 2), lesions=True)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
