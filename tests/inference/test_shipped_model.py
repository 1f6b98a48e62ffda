"""The weights in ``assets/models``: what their card says of them is so."""

import numpy as np
import pytest

from resunet.data.cases import find_cases
from resunet.evaluation.scores import score_cases, summarise
from resunet.inference.cards import read_card
from resunet.inference.engines import load_engine
from resunet.inference.fitness import PAIRS, PERCENTILES
from resunet.inference.models import find_model
from resunet.presets import preset
from resunet.storage import demo_dir, read_json

NAME = "resunet-fast-1"


@pytest.fixture(scope="module")
def folder():
    return demo_dir().parent / "models"


def test_the_files_are_small_and_belong_together(folder):
    model = find_model(folder / f"{NAME}.json")
    assert model.weights.stat().st_size <= 15_000_000
    assert read_card(folder / f"{NAME}.json").sha256 == model.sha256()
    assert model.config.network == preset("small-data").network


def test_the_card_tells_terms_data_and_failures(folder):
    card = read_json(folder / f"{NAME}.json")
    assert len(card["split"]["training"]) == 40
    assert "Menze" in card["terms"]
    assert "Small cross-sections" in card["limits"]
    assert (folder / f"{NAME}.md").read_text(encoding="utf-8").startswith("# ResU-Net")
    scored = {(score["data"], score["split"]) for score in card["scores"]}
    assert scored == {("demo", "")}


def test_the_card_tells_how_patients_were_scored_that_it_did_not_see(folder):
    card = read_json(folder / f"{NAME}.json")
    held_out = card["cross_validation"]
    assert (held_out["folds"], held_out["patients"]) == (5, 40)
    assert (held_out["threshold"], held_out["samples"]) == (0.35, 25)
    assert set(held_out["native"]["dice_by_patient"]) == set(card["split"]["training"])
    assert 0.8 < held_out["native"]["dice_patient_mean"]["value"] < held_out["ceiling"]["value"]
    # whoever lies below one half is named, with the reason
    for patient, dice in held_out["native"]["dice_by_patient"].items():
        assert dice >= 0.5 or patient in card["limits"]


def test_the_model_is_calibrated_on_held_out_patients(folder):
    card = read_json(folder / f"{NAME}.json")
    record = card["calibration"]
    assert sorted(record["patients"]) == sorted(card["split"]["training"])
    assert len(record["networks"]) == 5
    assert record["crossed"]["band"]["ece"] <= 0.05
    assert record["after"]["brain"]["nll"] < record["before"]["brain"]["nll"]
    model = find_model(folder / f"{NAME}.json")
    assert model.calibration.temperature == card["temperature"]
    assert model.calibration.doubt_level == record["doubt_level"]
    odds = (record["threshold_before"] / (1 - record["threshold_before"])) ** (
        1 / card["temperature"]
    )
    assert model.threshold == pytest.approx(odds / (1 + odds))


def test_the_card_tells_what_its_patients_look_like(folder):
    ranges = find_model(folder / f"{NAME}.json").intensities
    assert ranges.patients == 40
    median = PERCENTILES.index(50.0)
    for low, high in zip(ranges.low.values, ranges.high.values, strict=True):
        # standardised: the middle near 0, rising, within the range of prepared intensities
        assert -0.6 < low[median] < high[median] < 0.6
        assert (np.diff(low) > 0).all()
        assert (np.diff(high) > 0).all()
        assert low[0] >= -3.0
        assert high[-1] < 8.0
    pairs = dict(zip(PAIRS, ranges.low.correlations, strict=True))
    assert pairs["t1, t1ce"] > 0.4  # a contrast agent changes little
    assert pairs["t1, t2"] < 0.0
    assert f"{NAME}.json` holds what 40" in (folder / f"{NAME}.md").read_text(encoding="utf-8")


@pytest.mark.keras
def test_a_demo_patient_scores_what_the_card_says(folder):
    engine = load_engine(find_model(folder / f"{NAME}.json"))
    cases = [case for case in find_cases(demo_dir()) if case.patient == "Demo_2_small_low_grade"]
    found = summarise(score_cases(cases, engine))["native"]["dice_by_patient"]
    (stated,) = (
        score["native"]["dice_by_patient"]
        for score in read_json(folder / f"{NAME}.json")["scores"]
        if score["data"] == "demo" and score["samples"] == 0
    )
    assert found["Demo_2_small_low_grade"] == pytest.approx(
        stated["Demo_2_small_low_grade"], abs=2e-3
    )
