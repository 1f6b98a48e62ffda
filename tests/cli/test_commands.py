"""The command line as far as it needs no TensorFlow."""

import subprocess
import sys

import pytest
from command_line import assert_one_sentence, call
from synthetic import write_paper_layout

from resunet import __version__, cli
from resunet.cli import COMMANDS, compare
from resunet.errors import InputError

# Help and wrong calls


def test_help_names_every_command(capsys):
    code, out, _ = call(capsys, "--help")
    assert code == 0
    assert "not a medical device" in out
    for name, summary in COMMANDS.items():
        assert name in out
        assert summary.split(",")[0] in out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(capsys, command):
    code, out, err = call(capsys, command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: python -m resunet {command}")
    assert "--json" in out


def test_version(capsys):
    assert call(capsys, "--version")[:2] == (0, f"resunet {__version__}\n")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("fly",),
        ("compare",),
        ("compare", "--data", "x"),
        ("compare", "--data", "x", "--out", "y", "--colour"),
        ("predict", "--out", "x"),
        ("predict", "in.npz", "--out", "x", "--samples", "-1"),
        ("predict", "in.npz", "--out", "x", "--seed", "a"),
        ("train", "--data", "x", "--epochs", "0"),
        ("train", "--data", "x", "--preset", "nonesuch"),
        ("summary", "--preset", "nonesuch"),
        ("bench", "--data", "x", "--steps", "0.5"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_2_and_tells_the_usage(capsys, words):
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert "usage: python -m resunet" in err
    assert "error: " in err


def test_numbers_out_of_range_are_told_as_given(capsys):
    err = call(capsys, "predict", "in.npz", "--out", "x", "--samples", "2.5")[2]
    assert "--samples: '2.5' is not a whole number from 0 up" in err


def test_the_module_runs_as_a_program(tmp_path, repository):
    result = subprocess.run(
        [sys.executable, "-m", "resunet", "compare", "--data", "nowhere", "--out", "x"],
        capture_output=True,
        text=True,
        cwd=repository,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        "resunet compare: nowhere is not a folder; a data folder is accepted.\n"
    )


# Failures in one sentence


def test_a_missing_data_folder(capsys, tmp_path):
    for command in ("compare", "evaluate", "train"):
        words = [command, "--data", tmp_path / "no"]
        words += ["--out", tmp_path / "out"] if command != "train" else []
        assert_one_sentence(call(capsys, *words), command, tmp_path / "no", "is not a folder")


def test_an_empty_data_folder(capsys, tmp_path):
    result = call(capsys, "compare", "--data", tmp_path, "--out", tmp_path / "out")
    assert_one_sentence(result, "compare", tmp_path, "holds no case")


def test_an_unknown_split(capsys, data, tmp_path):
    words = ("--data", data, "--split", "tests", "--out", tmp_path / "out")
    assert_one_sentence(
        call(capsys, "evaluate", *words),
        "evaluate",
        "no cases in a split 'tests'; it has training, validating, testing",
    )


def test_no_model_yet(capsys, data, tmp_path, home):
    result = call(capsys, "evaluate", "--data", data, "--out", tmp_path / "out")
    assert_one_sentence(result, "evaluate", home / "models", "python -m resunet train")


def test_an_unknown_model(capsys, tmp_path):
    result = call(capsys, "predict", "a.npz", "--weights", "nonesuch", "--out", tmp_path / "out")
    assert_one_sentence(result, "predict", "nonesuch is neither a weights file")


def test_training_needs_its_splits(capsys, tmp_path):
    write_paper_layout(tmp_path / "data", patients={"training": ["a"]}, slices_per_patient=2)
    result = call(capsys, "train", "--data", tmp_path / "data", "--run", tmp_path / "run")
    assert_one_sentence(result, "train", "no cases in a split 'validating'")


def test_a_patient_in_training_and_validating_is_refused(capsys, data, tmp_path):
    write_paper_layout(data, patients={"validating": ["b"]}, slices_per_patient=2, size=32)
    result = call(capsys, "train", "--data", data, "--run", tmp_path / "run")
    assert_one_sentence(result, "train", "has b both in training and in validating")
    assert not (tmp_path / "run").exists()


def test_resuming_needs_a_run(capsys, data, tmp_path):
    assert_one_sentence(call(capsys, "train", "--data", data, "--resume"), "train", "needs --run")
    words = ("--data", data, "--resume", "--run", tmp_path / "no")
    assert_one_sentence(call(capsys, "train", *words), "train", tmp_path / "no", "holds no run")


def test_a_bad_training_file_is_named(capsys, data, tmp_path):
    (data / "training/a_9.npz").write_bytes(b"bad")
    result = call(capsys, "train", "--data", data, "--run", tmp_path / "run")
    assert_one_sentence(result, "train", data / "training/a_9.npz", "cannot be read as npz")


def test_a_result_folder_that_cannot_be_made(capsys, data, tmp_path):
    (tmp_path / "out").write_text("a file")
    result = call(capsys, "compare", "--data", data, "--out", tmp_path / "out")
    assert_one_sentence(result, "compare", tmp_path / "out")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("x.npz is bad."), "x.npz is bad."),
        (OSError(28, "No space left on device", "/x/y"), "/x/y: No space left on device."),
        (OSError("strange"), "strange."),
        (KeyboardInterrupt(), "interrupted."),
    ],
)
def test_every_failure_is_1_and_one_sentence(capsys, monkeypatch, error, sentence):
    def fail(_):
        raise error

    monkeypatch.setattr(compare, "run", fail)
    result = call(capsys, "compare", "--data", "x", "--out", "y")
    assert result == (1, "", f"resunet compare: {sentence}\n")


def test_mistakes_of_the_program_are_not_hidden(monkeypatch):
    def fail(_):
        raise ZeroDivisionError

    monkeypatch.setattr(compare, "run", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main(["compare", "--data", "x", "--out", "y"])
