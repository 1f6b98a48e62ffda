"""``evaluate`` with a tiny network: its files, how it goes on, and how it is compared."""

import csv
import json
import math
import signal

import pytest
from command_line import assert_one_sentence, call
from synthetic import write_paper_layout
from tiny import run_python, tiny_config

from resunet.cli import evaluate
from resunet.evaluation.kept import FOLDER
from resunet.evaluation.progress import Part, Progress, read_progress
from resunet.export.evaluation import FILES
from resunet.jobs.run_folder import RunFolder
from resunet.network.resunet import build_resunet
from resunet.storage import read_json, write_json

pytestmark = pytest.mark.keras

PATIENTS = {"training": ["anna"], "validating": ["bert"], "testing": ["carl", "dora", "emil"]}

STOPPED_AFTER_THE_FIRST = """
import signal, sys
from resunet.cli import evaluate, main

def advance(bar):
    return lambda case: signal.raise_signal(signal.SIGTERM)

evaluate.advance = advance
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "data"
    write_paper_layout(root, patients=PATIENTS, slices_per_patient=3, size=32)
    return root


@pytest.fixture
def run(tmp_path, data):
    run = RunFolder(tmp_path / "run")
    config = tiny_config()
    split = {"training": ["anna"], "validating": ["bert"]}
    run.write_config(config, {"folder": str(data), **split})
    run.best_weights.parent.mkdir()
    build_resunet(config.network, seed=4).save_weights(run.best_weights)
    return run


@pytest.fixture
def words(data, run, tmp_path):
    settings = ("--weights", run.path, "--bootstraps", 50, "--threshold", 0.4)
    return ("evaluate", "--data", data, "--out", tmp_path / "out", *settings)


def kept(out):
    return sorted(path.name for path in (out / FOLDER).glob("*.json"))


def test_its_files_and_what_it_prints(words, tmp_path, capsys):
    out = tmp_path / "out"
    code, printed, err = call(capsys, *words, "--split", "testing", "--split", "training")
    assert (code, err) == (0, "")
    assert {path.name for path in out.iterdir()} == {*FILES, FOLDER}
    result = read_json(out / "scores.json")
    assert list(result["splits"]) == ["testing", "training"]
    assert (result["threshold"], result["tolerance_mm"], result["flip"]) == (0.4, 2.0, False)
    assert result["splits"]["training"]["patients_trained_on"] == 1
    weights = build_resunet(tiny_config().network).trainable_weights
    assert result["parameters"] == sum(math.prod(each.shape) for each in weights)
    mean = result["splits"]["testing"]["native"]["measures"]["dice"]["patient_mean"]["value"]
    assert f"Dice, native            {mean:.3f}" in printed
    assert "probability is above 0.4" in printed
    assert f"Written to {out}." in printed
    assert f"{mean:.3f}" in (out / "evaluation.html").read_text()
    with open(out / "patients.csv", newline="") as file:
        rows = [row["patient"] for row in csv.DictReader(file)]
    assert sorted(rows) == ["anna", "carl", "dora", "emil"]
    assert len(kept(out)) == 4
    outlines = read_json(out / "outlines.json")["splits"]
    assert {split: [*patients] for split, patients in outlines.items()} == {
        "testing": ["carl", "dora", "emil"],
        "training": ["anna"],
    }


def test_stopped_by_a_signal_it_leaves_what_is_done_and_goes_on(words, tmp_path, capsys, home):
    out = tmp_path / "out"
    arguments = [*map(str, words)]
    stopped = run_python("-c", STOPPED_AFTER_THE_FIRST, *arguments, RESUNET_HOME=str(home))
    assert stopped.returncode == 1, stopped.stderr
    assert stopped.stdout == ""
    assert f"resunet evaluate: stopped; what is done is kept in {out}" in stopped.stderr
    first = kept(out)
    assert len(first) == 1
    assert not (out / "scores.json").exists()
    assert read_progress(out) == [Part("testing", 1, 3)]
    stamp = (out / FOLDER / first[0]).stat().st_mtime_ns
    gone_on = json.loads(call(capsys, *words, "--json")[1])
    assert len(kept(out)) == 3
    assert (out / FOLDER / first[0]).stat().st_mtime_ns == stamp  # not computed again
    anew = (*words[:4], tmp_path / "other", *words[5:])
    assert json.loads(call(capsys, *anew, "--json")[1]) == gone_on


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_either_signal_stops_it(words, tmp_path, capsys, monkeypatch, number):
    monkeypatch.setattr(evaluate, "advance", lambda bar: lambda case: signal.raise_signal(number))
    before = signal.getsignal(number)
    code, out, err = call(capsys, *words)
    assert (code, out) == (1, "")
    assert "the same command goes on from there" in err
    assert len(kept(tmp_path / "out")) == 1
    assert signal.getsignal(number) is before


def test_every_way_is_counted_in_the_order_it_is_done(words, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Progress, "end", lambda progress: None)  # which takes the file away
    ways = ("--uncertainty", "--way", "flip", "--way", "deterministic")
    splits = ("--split", "testing", "--split", "training")
    assert call(capsys, *words, *splits, "--samples", 2, *ways)[0] == 0
    assert read_progress(tmp_path / "out") == [
        Part("testing", 3, 3),
        Part("training", 1, 1),
        Part("testing, flip", 3, 3),
        Part("testing, deterministic", 3, 3),
        Part("training, flip", 1, 1),
        Part("training, deterministic", 1, 1),
    ]
    found = read_json(tmp_path / "out" / "uncertainty.json")["splits"]
    assert [*found["training"]["ways"]] == ["dropout", "flip", "deterministic"]


def test_two_results_are_compared(words, tmp_path, capsys):
    assert call(capsys, *words)[0] == 0
    other = (*words[:4], tmp_path / "flipped", *words[5:], "--flip", "--against", tmp_path / "out")
    code, printed, err = call(capsys, *other)
    assert (code, err) == (0, "")
    result = read_json(tmp_path / "flipped" / "scores.json")
    assert result["flip"] is True
    against = result["against"]
    assert against["folder"] == str((tmp_path / "out").resolve())
    assert against["differs"] == {"flip": [True, False]}
    pairs = against["splits"]["testing"]
    assert pairs["patients"] == 3
    mine = result["splits"]["testing"]["native"]["dice_by_patient"]
    theirs = read_json(tmp_path / "out" / "scores.json")["splits"]["testing"]["native"]
    for each in pairs["by_patient"]:
        assert each["dice"] == mine[each["patient"]]
        assert each["other_dice"] == theirs["dice_by_patient"][each["patient"]]
    assert "points of Dice beside run@" in printed
    assert "Mind that flip differs: yes here, no there." in printed


def test_what_cannot_be_compared_is_refused_before_the_work(words, tmp_path, capsys):
    result = call(capsys, *words, "--against", tmp_path / "no")
    assert_one_sentence(result, "evaluate", tmp_path / "no", "cannot be read")
    splits = {"validating": {"native": {"dice_by_patient": {}}}}
    write_json(tmp_path / "theirs" / "scores.json", {"splits": splits})
    result = call(capsys, *words, "--against", tmp_path / "theirs")
    assert_one_sentence(result, "evaluate", "has validating, where one of testing is accepted")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--threshold", "1.5"), ("--tolerance", "-1"), ("--bootstraps", "0")]
)
def test_numbers_out_of_range_are_a_wrong_call(words, capsys, option, value):
    code, out, err = call(capsys, *words, option, value)
    assert (code, out) == (2, "")
    assert f"argument {option}: '{value}' is not a" in err
