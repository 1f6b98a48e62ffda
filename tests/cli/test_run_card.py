"""The card that a run gets when its training ends."""

import hashlib
import logging

import pytest
from synthetic import FIRST_NUMBER, write_paper_layout
from tiny import NETWORK, tiny_config

from resunet.cli import run_card
from resunet.cli.run_card import write_run_card
from resunet.data.cases import cases_of_split, find_cases
from resunet.evaluation.scores import score_cases, summarise
from resunet.inference.cards import read_card
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.jobs.run_folder import RunFolder
from resunet.network.resunet import build_resunet
from resunet.storage import read_json, write_json

pytestmark = pytest.mark.keras

PATIENTS = {"training": ["anna"], "validating": ["bert", "carl"]}
ROWS = [
    {"epoch": 1, "step": 3, "val_loss": 0.5, "val_dice": 0.4},
    {"epoch": 2, "step": 6, "val_loss": 0.2, "val_dice": 0.6},
]


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """The validating patients."""
    root = tmp_path_factory.mktemp("some") / "patients"
    write_paper_layout(root, patients=PATIENTS, slices_per_patient=3, size=32)
    return cases_of_split(find_cases(root), "validating", root)


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "a-run")
    run.write_config(tiny_config(), {"folder": "/secret/patients", **PATIENTS}, {"keras": "3"})
    run.write_history(ROWS)
    run.best_weights.parent.mkdir()
    build_resunet(NETWORK, seed=4).save_weights(run.best_weights)
    return run


def digest_of(run):
    return hashlib.sha256(run.best_weights.read_bytes()).hexdigest()


def test_a_finished_run_has_a_card_with_scores(run, cases):
    write_run_card(run, cases, finished=True)
    card = read_json(run.card_file)
    assert card["id"] == "a-run"
    assert card["sha256"] == digest_of(run)
    assert card["data"]["folder"] == "patients"
    assert card["split"] == PATIENTS
    assert card["config"]["preset"] == "tiny"
    assert card["seed"] == 3
    assert card["training"]["best"]["val_dice"] == 0.6
    assert card["training"]["versions"] == {"keras": "3"}
    assert "not a medical device" in card["terms"]
    assert card["weights"]["values"] == build_resunet(NETWORK).count_params()
    (score,) = card["scores"]
    assert (score["data"], score["split"], score["samples"]) == ("patients", "validating", 0)
    assert (score["patients_trained_on"], score["patients_chosen_on"]) == (0, 2)
    assert score["files_skipped"] == 0
    expected = summarise(score_cases(cases, load_engine(find_model(run.path))))
    assert score["native"]["dice_by_patient"] == expected["native"]["dice_by_patient"]
    assert read_card(run.card_file).sha256 == digest_of(run)
    text = run.card_page.read_text(encoding="utf-8")
    assert "\n| bert | 0." in text
    assert digest_of(run) in text
    assert "left out, as they" not in text
    assert "secret" not in text + run.card_file.read_text()


def test_a_run_that_has_not_finished_says_why_it_has_no_scores(run, cases, monkeypatch):
    monkeypatch.setattr(run_card, "load_engine", None)  # nothing is computed
    write_run_card(run, cases, finished=False)
    card = read_json(run.card_file)
    assert card["scores"] == []
    assert card["scores_reason"].startswith("The training has not finished")
    assert card["training"]["best"]["val_dice"] == 0.6
    assert card["sha256"] == digest_of(run)
    assert "The training has not finished" in run.card_page.read_text(encoding="utf-8")


def test_what_was_scored_once_is_not_scored_again(run, cases, monkeypatch):
    write_run_card(run, cases, finished=True)
    before = read_json(run.card_file)
    monkeypatch.setattr(run_card, "load_engine", None)
    for finished in (False, True):
        write_run_card(run, cases, finished=finished)
        assert read_json(run.card_file) == before


def test_other_weights_are_scored_anew(run, cases):
    write_run_card(run, cases, finished=True)
    (before,) = read_json(run.card_file)["scores"]
    build_resunet(NETWORK, seed=5).save_weights(run.best_weights)
    write_run_card(run, cases, finished=False)
    assert read_json(run.card_file)["sha256"] == digest_of(run)
    assert read_json(run.card_file)["scores"] == []
    write_run_card(run, cases, finished=True)
    assert read_json(run.card_file)["scores"][0]["native"] != before["native"]


def test_who_asks_it_to_stop_waits_for_one_patient_only(run, cases):
    seen = []
    write_run_card(run, cases, finished=True, should_stop=lambda: seen.append(1) or True)
    assert len(seen) == 1
    card = read_json(run.card_file)
    assert card["scores"] == []
    assert card["scores_reason"] == "It was asked to stop while its best weights were scored."


@pytest.fixture
def broken(tmp_path):
    """The validating patients, and the file of one that cannot be read."""
    root = tmp_path / "patients"
    write_paper_layout(root, patients=PATIENTS, slices_per_patient=3, size=32)
    bad = root / "validating" / f"carl_{FIRST_NUMBER}.npz"
    bad.write_bytes(b"nothing")
    return cases_of_split(find_cases(root), "validating", root), bad


def test_a_patient_that_cannot_be_scored_is_the_reason(run, broken):
    cases, bad = broken
    write_run_card(run, cases, finished=True)
    card = read_json(run.card_file)
    assert card["scores"] == []
    assert bad.name in card["scores_reason"]


def test_what_the_training_left_out_is_not_scored_and_counted(run, broken, tmp_path):
    cases, _ = broken
    config, data = run.read_config()
    run.write_config(config, {**data, "skip_bad": True})
    write_run_card(run, cases, finished=True)
    (score,) = read_json(run.card_file)["scores"]
    assert score["files_skipped"] == 1
    assert score["native"]["slices"] == 5  # of two patients with three
    assert list(score["native"]["dice_by_patient"]) == ["bert", "carl"]
    text = run.card_page.read_text(encoding="utf-8")
    assert "Files left out, as they cannot be used: 1." in text
    assert str(tmp_path) not in text + run.card_file.read_text()


def test_without_best_weights_there_is_no_card(run, cases):
    run.best_weights.unlink()
    write_run_card(run, cases, finished=True)
    assert not run.card_file.exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"sha256": 3}', '{"scores": [1]}'])
def test_a_card_that_makes_no_sense_is_replaced(run, cases, content):
    run.card_file.write_text(content)
    write_run_card(run, cases, finished=False)
    assert read_json(run.card_file)["sha256"] == digest_of(run)


def test_a_card_that_cannot_be_written_is_in_the_log_alone(run, cases, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    run.write_status("finished", message="All 2 epochs are done.")
    monkeypatch.setattr(run_card, "write_json", full)
    with caplog.at_level(logging.INFO, "resunet"):
        write_run_card(run, cases, finished=False)
    assert "the card could not be written" in caplog.text
    assert "No space left" in caplog.text
    assert run.read_status()["state"] == "finished"
    assert not run.card_file.exists()


@pytest.mark.parametrize("scores", [[1], [{}], [{"native": 1}], {"native": {}}])
def test_scores_that_make_no_sense_are_not_taken_over(run, cases, scores):
    write_json(run.card_file, {"sha256": digest_of(run), "scores": scores})
    write_run_card(run, cases, finished=False)
    assert read_json(run.card_file)["scores"] == []
