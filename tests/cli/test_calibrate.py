"""From a packed model to an honest one."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import assert_one_sentence, call
from synthetic import write_paper_layout
from tiny import NETWORK, tiny_config

from resunet.cli import main
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.jobs.run_folder import RunFolder
from resunet.network.resunet import build_resunet
from resunet.storage import read_json, write_json

pytestmark = pytest.mark.keras

CONFIG = tiny_config(network=replace(NETWORK, dropout_encoder=0.3, dropout_decoder=0.3))
PATIENTS = {"training": ["anna"], "validating": ["bert", "carl"], "testing": ["dora"]}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("some") / "patients"
    write_paper_layout(root, patients=PATIENTS, slices_per_patient=2, size=32)
    return root


def make_run(path, seed, training, validating):
    run = RunFolder(path)
    run.write_config(CONFIG, {"folder": "d", "training": training, "validating": validating})
    run.best_weights.parent.mkdir()
    build_resunet(CONFIG.network, seed=seed).save_weights(run.best_weights)
    return run.path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return make_run(folder / "a-run", 4, PATIENTS["training"], PATIENTS["validating"])


@pytest.fixture(scope="module")
def packed(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("packed")
    assert main(["pack", str(run), "--id", "demo", "--out", str(out)]) == 0
    return out


@pytest.fixture
def model(packed, tmp_path):
    """The card of a model of this test's own."""
    return Path(shutil.copytree(packed, tmp_path / "models")) / "demo.json"


def test_the_card_is_written_and_engines_follow_it(model, data, tmp_path, capsys):
    before = read_json(model)
    capsys.readouterr()
    code, out, err = call(capsys, "calibrate", model, "--data", data, "--samples", 2)
    assert (code, err) == (0, "")
    card = read_json(model)
    assert f"Temperature {card['temperature']:.3f}, fitted on 2 patients, in the brain." in out
    record = card["calibration"]
    assert (record["data"], record["patients"]) == ("patients", PATIENTS["validating"])
    assert (record["samples"], record["seed"], record["networks"]) == (2, 0, ["demo"])
    # nothing else of it has changed
    changed = {key for key in card if card[key] != before.get(key)}
    reasons = {"temperature_reason", "calibration_reason"}
    assert changed == {"temperature", "calibration", *reasons}
    page = model.with_suffix(".md").read_text(encoding="utf-8")
    assert "## Calibration" in page
    assert f"{record['after']['band']['ece']:.4f}" in page
    assert load_engine(find_model(model)).temperature == card["temperature"]
    # packed again it stays calibrated
    words = ("pack", model.with_suffix(".weights.npz"), "--id", "again", "--out", tmp_path / "b")
    assert call(capsys, *words)[0] == 0
    again = read_json(tmp_path / "b" / "again.json")
    for name in ("temperature", "calibration", "threshold"):
        assert again[name] == card[name]


def test_folds_calibrate_a_model_that_was_trained_on_all(model, data, tmp_path, capsys):
    card = read_json(model)
    card["split"] = {"training": ["anna", "bert", "carl", "dora"]}
    card["threshold"] = 0.3
    write_json(model, card)
    refused = call(capsys, "calibrate", model, "--data", data)
    assert_one_sentence(refused, "calibrate", "demo was trained on bert")
    one = make_run(tmp_path / "fold-1", 5, ["bert", "carl"], ["anna", "dora"])
    two = make_run(tmp_path / "fold-2", 6, ["anna", "dora"], ["bert", "carl"])
    words = ("calibrate", model, "--data", data, "--samples", 0, "--fold", one, "--fold", two)
    assert call(capsys, *words)[0] == 0
    card = read_json(model)
    record = card["calibration"]
    assert record["patients"] == ["anna", "bert", "carl", "dora"]
    assert record["networks"] == ["fold-1", "fold-2"]
    # the threshold is the model's, not the folds'
    assert record["threshold_before"] == pytest.approx(0.3)
    odds = (0.3 / 0.7) ** (1 / card["temperature"])
    assert card["threshold"] == pytest.approx(odds / (1 + odds))
    # and once more, from where the first time has left it
    assert call(capsys, *words)[0] == 0
    again = read_json(model)
    assert again["threshold"] == pytest.approx(card["threshold"])
    assert again["temperature"] == pytest.approx(card["temperature"])


def test_what_cannot_be_calibrated_is_refused(model, run, data, tmp_path, capsys):
    without = call(capsys, "calibrate", run, "--data", data)
    assert_one_sentence(without, "calibrate", "has no card to write to", "resunet pack")
    trained = call(capsys, "calibrate", model, "--data", data, "--split", "training")
    assert_one_sentence(trained, "calibrate", "demo was trained on anna")
    gone = make_run(tmp_path / "gone", 1, ["anna"], ["zoe"])
    missing = call(capsys, "calibrate", model, "--data", data, "--fold", gone)
    assert_one_sentence(missing, "calibrate", "gone was validated on zoe")
    read_json(model)  # still whole
    assert read_json(model)["temperature"] is None


def test_uncertainty_is_evaluated_in_several_ways(run, data, tmp_path, capsys):
    other = make_run(tmp_path / "other", 7, ["anna"], ["bert"])
    words = ["evaluate", "--data", data, "--split", "validating", "--weights", run]
    words += ["--samples", 3, "--out", tmp_path / "out", "--uncertainty", "--ensemble", other]
    words += ["--way", "flip", "--way", "dropout", "--way", "ensemble"]
    code, out, _ = call(capsys, *words)
    assert code == 0
    result = read_json(tmp_path / "out" / "uncertainty.json")
    ways = result["splits"]["validating"]["ways"]
    assert {name: way["passes"] for name, way in ways.items()} == {
        "dropout": 3,
        "flip": 2,
        "ensemble": 2,
    }
    assert ways["dropout"]["convergence"]["passes"] == 3
    assert ways["flip"]["convergence"]["reason"]
    scores = read_json(tmp_path / "out" / "scores.json")["splits"]["validating"]
    mean = scores["native"]["dice_patient_mean"]
    assert ways["dropout"]["dice_patient_mean"] == pytest.approx(mean)
    rows = (tmp_path / "out" / "ways.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 4
    assert "ensemble" in out
    assert "Covered: slices whose expert's area" in out


def test_ways_need_what_they_are_made_of(run, data, tmp_path, capsys):
    words = ["evaluate", "--data", data, "--weights", run, "--out", tmp_path / "out"]
    without = call(capsys, *words, "--way", "flip")
    assert_one_sentence(without, "evaluate", "--way and --ensemble are of --uncertainty")
    alone = call(capsys, *words, "--uncertainty", "--way", "ensemble")
    assert_one_sentence(alone, "evaluate", "ensemble was given 1 network, where two or more")
    once = call(capsys, *words, "--uncertainty", "--way", "dropout-flip")
    assert_one_sentence(once, "evaluate", "samples is 0 for dropout-flip, where 2 or more")
