from dataclasses import replace

import numpy as np
import pytest
from bright import CONFIG
from synthetic import write_paper_layout

from resunet.data.cases import cases_of_split, find_cases
from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.evaluation.calibration import CalibrationCounts, count_calibration
from resunet.evaluation.seen import OneNetwork, seen_slices
from resunet.evaluation.uncertainty_card import Part, calibrate, calibrated_card
from resunet.inference.calibrated import Calibration, read_calibration
from resunet.inference.models import ModelFile
from resunet.storage import dump_json


class SureEngine:
    """Looks at FLAIR alone, and scales by its model's temperature."""

    name = "sure"
    model_sha256 = "d" * 64
    intensities = None

    def __init__(self, model):
        self.model_id = f"{model.name}@0"
        self.config = model.config
        self.threshold = model.threshold
        self.temperature = model.calibration.temperature
        self.doubt_level = None

    def passes(self, images, masks):
        odds = 12.0 * (images[..., 3] - 0.9)
        waver = np.linspace(-1.0, 1.0, len(masks))[:, None, None, None]
        scaled = (odds[None] + waver * (len(masks) > 1)) / self.temperature
        return (1 / (1 + np.exp(-scaled))).astype(np.float32)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    patients = {"training": ["anna"], "validating": ["bert", "carl", "dora"]}
    write_paper_layout(root, patients=patients, slices_per_patient=4, size=32)
    return cases_of_split(find_cases(root), "validating", root)


@pytest.fixture
def model(tmp_path):
    return ModelFile("sure", tmp_path / "sure.weights.npz", CONFIG)


def found_of(model, cases, **changes):
    return calibrate([Part(model, tuple(cases))], load=SureEngine, samples=0, **changes)


def ece(model, cases):
    counts = CalibrationCounts()
    for case in cases:
        for seen in seen_slices(case, read_case(case), OneNetwork(SureEngine(model))):
            p = np.minimum(seen.probability[seen.brain], 1)
            counts += count_calibration(p, seen.truth[seen.brain])
    return counts.ece


def test_what_it_writes_makes_the_engine_honest(model, cases):
    found = found_of(model, cases)
    assert not 0.95 < found.temperature < 1.05
    record = found.record
    assert record["before"]["brain"]["ece"] == pytest.approx(ece(model, cases))
    card = calibrated_card({"id": "sure", "threshold": 0.5}, found)
    after = replace(model, calibration=read_calibration(card))
    assert record["after"]["brain"]["ece"] == pytest.approx(ece(after, cases))
    assert record["after"]["brain"]["nll"] < record["before"]["brain"]["nll"]
    assert (card["threshold"], card["id"]) == (0.5, "sure")
    assert (record["patients"], record["networks"]) == (["bert", "carl", "dora"], ["sure"])
    assert '"doubt_level"' in dump_json(card)


def test_calibrating_again_gives_the_same(model, cases):
    first = found_of(model, cases)
    again = found_of(replace(model, calibration=Calibration(first.temperature, 0.3)), cases)
    assert again.temperature == first.temperature
    assert again.record == first.record


def test_a_threshold_is_moved_with_the_scale(model, cases):
    found = found_of(replace(model, threshold=0.8), cases)
    odds = np.log(0.8 / 0.2) / found.temperature
    assert found.threshold == pytest.approx(1 / (1 + np.exp(-odds)))
    assert found.record["threshold_before"] == 0.8
    # once more, from the scaled card
    scaled = replace(model, threshold=found.threshold, calibration=Calibration(found.temperature))
    assert found_of(scaled, cases).threshold == pytest.approx(found.threshold)


def test_folds_predict_their_own_patients(model, cases):
    other = replace(model, name="other")
    parts = [Part(model, tuple(cases[:1])), Part(other, tuple(cases[1:]))]
    done = []
    found = calibrate(parts, load=SureEngine, samples=0, on_case=lambda case: done.append(case))
    assert found.record["networks"] == ["other", "sure"]
    assert found.temperature == pytest.approx(found_of(model, cases).temperature)
    assert [case.patient for case in done] == ["bert", "carl", "dora"] * 2


def test_the_mean_over_passes_is_calibrated(model, cases):
    found = calibrate([Part(model, tuple(cases))], load=SureEngine, samples=4, seed=3)
    assert (found.record["samples"], found.record["seed"]) == (4, 3)
    assert found.temperature != pytest.approx(found_of(model, cases).temperature, rel=1e-3)


def test_the_region_is_chosen(model, cases):
    near = found_of(model, cases, region="band")
    assert near.record["region"] == "band"
    assert near.temperature != pytest.approx(found_of(model, cases).temperature, rel=1e-3)
    assert (
        near.record["after"]["band"]["nll"] < found_of(model, cases).record["after"]["band"]["nll"]
    )


def test_what_does_not_go_together_is_refused(model, cases):
    twice = [Part(model, tuple(cases[:1])), Part(model, tuple(cases[:2]))]
    with pytest.raises(InputError, match="bert comes twice"):
        calibrate(twice, load=SureEngine, samples=0)
    others = [Part(model, tuple(cases[:1])), Part(replace(model, threshold=0.4), tuple(cases[1:]))]
    with pytest.raises(InputError, match=r"thresholds from 0\.4 to 0\.5, where one"):
        calibrate(others, load=SureEngine, samples=0)
