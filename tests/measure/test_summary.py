import json
from dataclasses import replace

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.measure import (
    lesion_values,
    measures,
    patient_hd95,
    pixel_area_mm2,
    slice_hd95,
    summary,
    volume_ml,
    volume_reason,
)
from resunet.measure.lesion_values import expert_measures, lesion_measures
from resunet.storage import dump_json
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


def corrected(prediction, *, added=(), removed=()):
    correction = np.zeros(SHAPE, np.int8)
    for voxel in added:
        correction[voxel] = 1
    for voxel in removed:
        correction[voxel] = -1
    return replace(prediction, correction=correction)


def test_errors_stand_beside_the_areas_and_the_volume():
    labels = np.zeros(SHAPE, np.uint8)
    labels[0].flat[:4] = 4
    found = measures(make_study(labels=labels), make_prediction())  # 1, 2 and 0 pixels of 1 mm²
    assert [entry["area_error_px"] for entry in found["slices"]] == [-3, 2, 0]
    assert [entry["area_error_mm2"] for entry in found["slices"]] == [-3.0, 2.0, 0.0]
    assert [entry["area_error_percent"] for entry in found["slices"]] == [-75.0, None, None]
    assert found["volume_error_ml"] == pytest.approx(-0.003)  # 3 less 4 voxels of 3 mm³
    assert found["volume_error_percent"] == pytest.approx(-25.0)
    assert found["volume_error_reason"] is None


def test_errors_of_an_unfinished_prediction_are_those_of_its_slices():
    study = make_study(labels=np.ones(SHAPE, np.uint8))
    found = measures(study, make_prediction(done=(True, False, True)))
    assert [entry["area_error_px"] for entry in found["slices"]] == [-19, None, -20]
    assert found["slices"][1]["area_error_reason"] == "The slice is not computed yet."
    assert found["volume_error_ml"] is None
    assert found["volume_error_reason"] == "Only 2 of 3 slices are computed."


def test_distances_are_added_when_asked():
    study, prediction = make_study(labels=outline()), make_prediction(done=(True, True, False))
    found = measures(study, prediction, surfaces=True)
    mask, done = prediction.mask, prediction.done
    for index, entry in enumerate(found["slices"]):
        assert entry.items() >= slice_hd95(study, mask, index, done).items()
    assert found.items() >= patient_hd95(study, mask, done).items()
    assert found["hd95_reason"] == "Only 2 of 3 slices are computed."
    assert found["slices"][0]["hd95_mm"] == 0.0
    assert found["slices"][1]["hd95_mm"] == float("inf")
    assert json.loads(dump_json(found))["slices"][1]["hd95_mm"] == "inf"


def test_surfaces_are_not_looked_at_unless_asked(monkeypatch):
    def refuse(*_):
        raise AssertionError("looked at surfaces")

    monkeypatch.setattr(summary, "slice_hd95", refuse)
    monkeypatch.setattr(summary, "patient_hd95", refuse)
    found = measures(make_study(labels=outline()), make_prediction(), lesions=True)
    assert not [name for name in (*found, *found["slices"][0]) if name.startswith("hd95")]
    with pytest.raises(AssertionError, match="looked at surfaces"):
        measures(make_study(labels=outline()), make_prediction(), surfaces=True)


def test_a_corrected_outline_is_measured_as_corrected_and_says_so():
    # slice 0 has 1 pixel, slice 1 two, of which one is taken away and three are added
    prediction = corrected(
        make_prediction(samples=[[1, 2, 0], [3, 2, 0]]),
        added=[(1, 3, 0), (1, 3, 1), (1, 3, 2), (0, 0, 0)],
        removed=[(1, 0, 1)],
    )
    found = measures(make_study(), prediction)
    assert found["correction"] == {"added_px": 3, "removed_px": 1, "slices": 1}
    assert [entry["area_px"] for entry in found["slices"]] == [1, 4, 0]
    assert found["volume_ml"] == pytest.approx(0.015)
    sentence = "The outline was corrected by hand in 1 slice: 3 pixels added, 1 taken away."
    assert found["warnings"] == ["Of the study.", "Of the prediction.", sentence]


def test_intervals_go_where_the_outline_was_corrected():
    samples = [[1, 2, 0], [3, 2, 0]]
    own = measures(make_study(), make_prediction(samples=samples))
    assert own["correction"] is own["volume_ml_interval_reason"] is None
    assert [entry["area_interval_reason"] for entry in own["slices"]] == [None] * 3
    found = measures(make_study(), corrected(make_prediction(samples=samples), added=[(1, 3, 0)]))
    reason = "The outline was corrected by hand."
    assert found["interval_reason"] is None
    assert found["slices"][0]["area_px_interval"] == own["slices"][0]["area_px_interval"]
    assert [entry["area_interval_reason"] for entry in found["slices"]] == [None, reason, None]
    assert found["slices"][1]["area_px_interval"] is None
    assert found["slices"][1]["area_mm2_interval"] is None
    assert found["volume_ml_interval"] is None
    assert found["volume_ml_interval_reason"] == reason
    assert found["slices"][1]["std_max"] == own["slices"][1]["std_max"]


def test_a_correction_that_changes_nothing_leaves_everything():
    prediction = make_prediction(samples=[[1, 2, 0], [3, 2, 0]])
    kept = corrected(prediction, added=[(0, 0, 0)], removed=[(2, 0, 0)])
    assert measures(make_study(), kept) == measures(make_study(), prediction)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "A spread needs at least two stochastic passes."),
        ({"spacing_mm": None}, "The pixel spacing is unknown."),
    ],
)
def test_the_volumes_interval_has_its_own_reason(changes, reason):
    found = measures(make_study(**changes), make_prediction())
    assert found["volume_ml_interval"] is None
    assert found["volume_ml_interval_reason"] == reason
