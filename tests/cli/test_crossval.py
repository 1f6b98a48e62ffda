"""``crossval``; the trainings run in this process, but for one test of real ones."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from synthetic import write_paper_layout
from tiny import python_environment, tiny_config

from resunet.cli import main
from resunet.config import to_dict
from resunet.data.cases import find_cases
from resunet.data.folds import Fold, split_by_fold
from resunet.jobs import folds
from resunet.jobs.run_folder import RunFolder
from resunet.storage import read_json, write_json

CONFIG = tiny_config(epochs=1, steps_per_epoch=1, select="last")


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "patients"
    patients = {"training": ["anna", "bert"], "validating": ["carl"], "testing": ["dora"]}
    write_paper_layout(root, patients=patients, size=32)
    return root


@pytest.fixture
def words(data, tmp_path):
    write_json(tmp_path / "tiny.json", to_dict(CONFIG))
    options = {"data": data, "config": tmp_path / "tiny.json", "folds": 2, "out": tmp_path / "out"}
    return ["crossval", *(str(word) for name in options for word in (f"--{name}", options[name]))]


class Process:
    """What a process is to its parent, for a command that is run in this process."""

    def __init__(self, code):
        self.code = code

    def wait(self):
        return self.code


def run_by(monkeypatch, begin):
    """Lets ``begin``, from words to exit code, stand for a process."""

    def popen(words, **_):
        return Process(begin(words[words.index("train") :]))

    fake = SimpleNamespace(Popen=popen, DEVNULL=subprocess.DEVNULL)
    monkeypatch.setattr(folds, "subprocess", fake)


@pytest.fixture
def here(monkeypatch):
    """The trainings that were begun, in words; they run in this process."""
    begun = []

    def begin(words):
        begun.append(words)
        return main(words)

    run_by(monkeypatch, begin)
    return begun


def held_out(data, number):
    return {case.patient for case in split_by_fold(find_cases(data), Fold(number, 2))["validating"]}


def test_every_patient_is_scored_by_the_network_that_never_saw_it(words, data, tmp_path, here):
    """Part by part, since tracing a step takes seconds: what is done is not done again."""
    out = tmp_path / "out"
    assert main([*words, "--only", "2", "--threshold", "0.2"]) == 0
    assert read_json(out / "scores.json")["threshold"] == 0.2
    assert main(words) == 0
    assert read_json(out / "scores.json")["threshold"] == 0.5
    assert [call[call.index("--fold") + 1] for call in here] == ["2/2", "1/2"]
    result = read_json(out / "scores.json")
    summary = result["splits"]["held out"]
    assert {each["patient"] for each in summary["patients"]} == {"anna", "bert", "carl", "dora"}
    assert summary["patients_trained_on"] == 0
    assert summary["patients_chosen_on"] == 0  # the last epoch is kept, whatever it scores
    for number, part in enumerate(result["folds"], 1):
        assert part["fold"] == f"{number}/2"
        assert set(part["patients"]) == held_out(data, number)
        _, record = RunFolder(out / f"fold-{number}-of-2").read_config()
        assert record["fold"] == f"{number}/2"
        assert set(record["validating"]) == held_out(data, number)
        assert not set(record["training"]) & held_out(data, number)
        assert len(record["training"]) == 2

    RunFolder(out / "fold-1-of-2").change_status("stopped", "Stopped.")
    assert main([*words, "--uncertainty", "--way", "flip", "--bootstraps", "20"]) == 0
    assert "--resume" in here[2]
    assert len(here) == 3
    quality = read_json(out / "uncertainty.json")["splits"]["held out"]["ways"]
    again = read_json(out / "scores.json")["splits"]["held out"]
    own = quality["deterministic"]["dice_patient_mean"]
    assert own == pytest.approx(again["native"]["dice_patient_mean"])
    assert {name: way["passes"] for name, way in quality.items()} == {"deterministic": 1, "flip": 2}
    assert {way["patients"] for way in quality.values()} == {4}


def test_other_settings_are_refused(words, tmp_path, here, capsys):
    folds.keep_settings(tmp_path / "out", CONFIG)
    write_json(tmp_path / "tiny.json", to_dict(tiny_config(learning_rate=0.5)))
    assert main(words) == 1
    error = capsys.readouterr().err
    assert "training.learning_rate is 0.5" in error
    assert "another folder is accepted" in error
    assert not here


def test_a_part_that_is_not_there_is_refused(words, here, capsys):
    assert main([*words, "--only", "3"]) == 1
    assert "--only is 3, where a part from 1 to 2 is accepted" in capsys.readouterr().err


def test_ways_are_of_the_uncertainty(words, here, capsys):
    assert main([*words, "--way", "flip"]) == 1
    assert "--way and --ensemble are of --uncertainty" in capsys.readouterr().err
    assert main([*words, "--uncertainty", "--way", "dropout-flip"]) == 1
    assert "samples is 0 for dropout-flip, where 2 or more" in capsys.readouterr().err
    assert not here


def test_a_training_that_fails_is_told(words, tmp_path, monkeypatch, capsys):
    run_by(monkeypatch, lambda words: 1)
    assert main(words) == 1
    assert "fold-1-of-2 is not begun; its log.txt says why." in capsys.readouterr().err


@pytest.mark.slow
def test_stopped_it_saves_and_goes_on(words, data, tmp_path):
    endless = tiny_config(epochs=100_000, steps_per_epoch=2, early_stopping_patience=0)
    write_json(tmp_path / "tiny.json", to_dict(endless))
    process = subprocess.Popen(
        [sys.executable, "-m", "resunet", *words],
        env=python_environment(RESUNET_HOME=os.environ["RESUNET_HOME"]),
        stderr=subprocess.PIPE,
        text=True,
    )
    run = RunFolder(tmp_path / "out" / "fold-1-of-2")
    while not run.state_file.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 1
    assert "stopped; what is done is kept" in process.stderr.read()
    assert run.read_status()["state"] == "stopped"
