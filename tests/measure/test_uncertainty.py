from dataclasses import replace

import numpy as np
import pytest
from synthetic import make_study

from resunet.errors import InputError
from resunet.measure.doubt import doubt
from resunet.measure.lesions import find_lesions
from resunet.measure.uncertainty import (
    CEILINGS,
    MEASURES,
    Uncertainty,
    region_uncertainty,
    study_uncertainty,
)
from resunet.study import Prediction


def prediction_of(study, probability, *, areas=None, **changes):
    """A prediction whose maps are the probability's halves, thirds and quarters."""
    passes = 1 if areas is None else len(areas)
    values = {
        "probability": probability,
        "std": probability / 2,
        "entropy": probability / 3,
        "mutual_information": probability / 4,
        "done": np.ones(len(probability), bool),
        "area_px_samples": np.zeros((passes, len(probability)), np.int64)
        if areas is None
        else areas,
        "std_by_t": np.zeros(passes),
        "threshold": 0.5,
        "samples": 0 if areas is None else passes,
        "seed": 0,
        "model_id": "m@0",
        "engine": "e",
    }
    maps = ("probability", "std", "entropy", "mutual_information")
    values |= {name: values[name].astype(np.float32) for name in maps}
    return Prediction(**values | changes)


def two_lesions():
    study = make_study(slices=3, height=20, width=20)
    probability = np.full(study.shape, 0.01)
    probability[0, 2:4, 2:4] = 0.6
    probability[1, 10:14, 10:14] = 0.9
    probability[2, 10:14, 10:14] = 0.8
    areas = np.array([[4, 10, 20], [0, 12, 16], [2, 14, 18]])
    return study, prediction_of(study, probability, areas=areas)


def test_a_slice_by_hand():
    probability = np.array([[0.9, 0.7], [0.2, 0.2]], np.float32)
    maps = [probability / k for k in (2, 3, 4)]
    found = region_uncertainty(probability, maps, probability > 0.5, np.array([1, 2, 6]))
    assert (found.area_px, found.expected_px) == (2, pytest.approx(2.0))
    # inside 1.6, outlined 2, expected 2: 1 − 3.2/4
    assert found.doubt == pytest.approx(0.2)
    assert found.mean("std") == pytest.approx(0.4)
    assert found.mean("mutual_information") == pytest.approx(0.2)
    assert found.spread[:2] == (pytest.approx(3.0), pytest.approx(np.sqrt(7)))
    assert found.spread.low == pytest.approx(1.1)
    assert found.spread.high == pytest.approx(5.6)
    assert found.spread.variation == pytest.approx(np.sqrt(7) / 3)


def test_a_study_its_slices_and_its_lesions():
    study, prediction = two_lesions()
    found = study_uncertainty(study, prediction)
    mask = prediction.mask
    assert found.patient.doubt == pytest.approx(doubt(prediction.probability, mask))
    for index, each in enumerate(found.slices):
        assert each.doubt == pytest.approx(doubt(prediction.probability[index], mask[index]))
    assert found.patient.mean("std") == pytest.approx(prediction.std[mask].mean())
    # a pass's areas are summed over the slices before its spread is taken: 34, 28, 34
    assert found.patient.spread.mean == pytest.approx(32.0)
    assert found.patient.spread.std == pytest.approx(np.sqrt(12))
    lesions = find_lesions(study, mask)
    assert [each.area_px for each in found.lesions] == [each.voxels for each in lesions] == [32, 4]
    assert found.lesions[0].mean("std") == pytest.approx(0.85 / 2)
    assert found.lesions[1].doubt == pytest.approx(1 - 2 * 2.4 / (4 + 2.4))
    assert found.lesions[0].spread is None


def test_a_prediction_of_certainty_is_not_doubted():
    study = make_study(slices=1)
    mask = np.zeros(study.shape)
    mask[0, 5:9, 5:9] = 1.0
    prediction = prediction_of(study, mask, std=np.zeros(study.shape, np.float32))
    found = study_uncertainty(study, prediction).patient
    assert (found.doubt, found.mean("std")) == (0.0, 0.0)


def test_an_interval_needs_passes_at_the_threshold_of_an_outline_of_the_networks_own():
    study, prediction = two_lesions()
    single = replace(
        prediction, samples=0, area_px_samples=np.zeros((1, 3), np.int64), std_by_t=np.zeros(1)
    )
    corrected = replace(prediction, correction=np.zeros(study.shape, np.int8))
    for other in (single, replace(prediction, threshold=0.7), corrected):
        assert study_uncertainty(study, other).patient.spread is None


def test_values_for_files():
    study, prediction = two_lesions()
    patient = study_uncertainty(study, prediction).patient
    values = patient.to_dict(0.001, "ml")
    assert values["size_ml"] == pytest.approx(0.036)
    assert values["size_mean_ml"] == pytest.approx(0.032)
    assert values["size_low_ml"] < 0.032 < values["size_high_ml"]
    assert values["size_variation"] == pytest.approx(np.sqrt(12) / 32)
    assert {f"{name}_inside" for name in MEASURES} < set(values)
    assert (values["inside_reason"], values["size_reason"]) == (None, None)
    empty = Uncertainty().to_dict()
    assert empty["doubt"] is None
    assert empty["std_inside"] is None
    assert empty["inside_reason"] == "Nothing is outlined."
    assert empty["size_reason"].startswith("An interval needs two")
    assert empty["size_px"] == 0


def test_records_of_other_numbers_of_passes_do_not_add_up():
    two, three = (Uncertainty(area_px_samples=np.ones(n)) for n in (2, 3))
    with pytest.raises(InputError, match="Records of 2 and 3 passes"):
        two + three
    assert (two + Uncertainty(area_px=3)).area_px_samples.size == 2


def test_no_measure_exceeds_its_ceiling():
    p = np.linspace(0, 1, 101)
    assert CEILINGS["entropy"] >= -(0.5 * np.log(0.5) * 2) - 1e-12
    assert np.sqrt(p * (1 - p)).max() <= CEILINGS["std"]
