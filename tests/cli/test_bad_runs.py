"""What ``train`` says to bad data and bad run folders, and that nothing is lost by it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from synthetic import write_paper_layout
from tiny import tiny_config

from resunet.cli import main
from resunet.config import to_dict
from resunet.jobs.lock import only_one
from resunet.jobs.run_folder import RunFolder
from resunet.storage import write_json

CONFIG = tiny_config(epochs=1, steps_per_epoch=1)
PATIENTS = {"training": ["anna", "bert"], "validating": ["carl"]}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A file of settings."""
    file = tmp_path_factory.mktemp("settings") / "my.json"
    write_json(file, to_dict(CONFIG))
    return file


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "patients"
    write_paper_layout(root, patients=PATIENTS, size=32)
    return root


@pytest.fixture
def run(tmp_path, data):
    """A run of this data, never begun; with weights that must not be lost."""
    run = RunFolder(tmp_path / "run")
    run.write_config(CONFIG, {"folder": str(data), **PATIENTS})
    run.best_weights.parent.mkdir()
    run.best_weights.write_bytes(b"best")
    return run


def call(capsys, *words):
    code = main(["train", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def assert_refused(result, *words):
    code, out, err = result
    assert (code, out) == (1, "")
    assert err.startswith("resunet train: ")
    assert err.count("\n") == 1
    for word in words:
        assert str(word) in err


def contents(folder):
    """Every file with its bytes, but the locks."""
    paths = (path for path in folder.rglob("*") if path.name not in ("lock", "launch.lock"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}


# Data


def nowhere(data):
    return data / "nowhere", "nowhere is not a folder; a data folder is accepted"


def under_a_file(data):
    return data / "file" / "data", "data is not a folder; a data folder is accepted"


def a_file(data):
    return data / "file", "file is not a folder; a data folder is accepted"


def empty(data):
    (data / "empty").mkdir()
    return data / "empty", "empty holds no case: expected"


def without_validating(data):
    shutil.rmtree(data / "validating")
    return data, "has no cases in a split 'validating'; it has training"


def without_training(data):
    shutil.rmtree(data / "training")
    return data, "has no cases in a split 'training'; it has validating"


def with_an_empty_validating(data):
    for path in (data / "validating").iterdir():
        path.unlink()
    return data, "has no cases in a split 'validating'; it has training"


def with_a_bad_validating(data):
    for path in (data / "validating").iterdir():
        path.write_bytes(b"nothing")
    return data, "carl"


def with_one_patient_in_both(data):
    for path in (data / "training").glob("anna*"):
        shutil.copy(path, data / "validating")
    return data, "has anna both in training and in validating"


def with_a_file_without_number(data):
    (data / "validating" / "carl.npz").write_bytes(b"")
    return data, "carl.npz has no slice number"


BAD_DATA = [
    nowhere,
    under_a_file,
    a_file,
    empty,
    without_validating,
    without_training,
    with_an_empty_validating,
    with_a_bad_validating,
    with_one_patient_in_both,
    with_a_file_without_number,
]


@pytest.mark.parametrize("make", BAD_DATA)
def test_bad_data_leaves_no_new_run(make, data, settings, tmp_path, capsys):
    (data / "file").write_text("")
    folder, told = make(data)
    words = ("--data", folder, "--config", settings, "--run", tmp_path / "new")
    assert_refused(call(capsys, *words), told)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("make", BAD_DATA)
def test_bad_data_leaves_a_run_as_it_was_and_its_status_says_why(make, data, run, capsys):
    (data / "file").write_text("")
    folder, told = make(data)
    before = contents(run.path)
    assert_refused(call(capsys, "--data", folder, "--run", run.path, "--resume"), told)
    status = run.read_status()
    assert status["state"] == "failed"
    assert told in status["message"]
    after = contents(run.path)
    after.pop("status.json")
    assert after == before


def test_where_all_of_a_split_is_left_out_the_first_file_is_named(data, settings, tmp_path, capsys):
    with_a_bad_validating(data)
    words = ("--data", data, "--config", settings, "--run", tmp_path / "new", "--skip-bad")
    assert_refused(call(capsys, *words), "None of 1 cases can be used; the first: ", "carl_")
    assert not (tmp_path / "new").exists()


def test_data_that_may_not_be_read_is_named(data, settings, tmp_path, capsys, monkeypatch):
    listed = Path.iterdir

    def forbidden(folder):
        if folder == data:
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", forbidden)
    words = ("--data", data, "--config", settings, "--run", tmp_path / "new")
    assert_refused(call(capsys, *words), f"{data} cannot be read: Permission denied")
    assert not (tmp_path / "new").exists()


# The run folder


@pytest.mark.parametrize("more", [(), ("--detach",)])
def test_a_run_folder_that_cannot_be_made_is_named(data, settings, tmp_path, capsys, more):
    (tmp_path / "file").write_text("")
    words = ("--data", data, "--config", settings, "--run", tmp_path / "file" / "run", *more)
    assert_refused(call(capsys, *words), "run cannot be written to: Not a directory")


@pytest.mark.parametrize("more", [(), ("--detach",)])
def test_a_run_folder_that_is_read_only_is_named(data, run, capsys, monkeypatch, more):
    def read_only(*_, **__):
        raise OSError(30, "Read-only file system")

    before = contents(run.path)
    monkeypatch.setattr("filelock.FileLock.acquire", read_only)
    words = ("--data", data, "--run", run.path, "--resume", *more)
    assert_refused(call(capsys, *words), f"{run.path} cannot be written to: Read-only file system")
    assert contents(run.path) == before


def test_a_run_folder_that_becomes_read_only_is_named(data, run, capsys, monkeypatch):
    def read_only(*_):
        raise OSError(30, "Read-only file system")

    before = contents(run.path)
    monkeypatch.setattr(os, "replace", read_only)
    words = ("--data", data, "--run", run.path, "--resume")
    assert_refused(call(capsys, *words), "Read-only file system")
    assert contents(run.path) == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "is not valid JSON"),
        ({"schema": 2}, "schema is 2, where 1 is accepted: a newer version of the program"),
        ({"data": 3}, "data is 3, where an object is accepted"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--detach",)])
def test_a_run_of_settings_that_cannot_be_understood_is_left_alone(
    data, run, capsys, content, told, more
):
    if content is None:
        run.config_file.write_bytes(run.config_file.read_bytes()[:100])
    else:
        write_json(run.config_file, {**to_dict(CONFIG), **content})
    before = contents(run.path)
    words = ("--data", data, "--run", run.path, "--resume", *more)
    assert_refused(call(capsys, *words), run.config_file, told)
    assert contents(run.path) == before


def test_to_detach_what_is_being_trained_is_refused_at_once(data, run, capsys, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)  # nothing is started
    before = contents(run.path)
    with only_one(run):
        result = call(capsys, "--data", data, "--run", run.path, "--resume", "--detach")
        assert_refused(result, f"{run.path} is being trained by another process")
    assert contents(run.path) == before


# A damaged state


@pytest.fixture(scope="module")
def trained(tmp_path_factory, settings):
    """A run of one epoch, and its data."""
    folder = tmp_path_factory.mktemp("trained")
    write_paper_layout(folder / "patients", patients=PATIENTS, size=32)
    words = ("--data", folder / "patients", "--config", settings, "--run", folder / "run")
    assert main(["train", *map(str, words)]) == 0
    return RunFolder(folder / "run"), folder / "patients"


@pytest.fixture
def words(trained, tmp_path):
    """A copy of the trained run, and the words that go on with it."""
    run = RunFolder(shutil.copytree(trained[0].path, tmp_path / "copy"))
    return run, ("--data", trained[1], "--run", run.path, "--resume", "--epochs", 2)


@pytest.mark.keras
@pytest.mark.parametrize("damage", ["cut", "empty", "nonsense", "array", "counters"])
def test_a_damaged_state_is_told_and_the_best_weights_stay(words, capsys, damage):
    import numpy as np

    run, resume = words
    content = run.state_file.read_bytes()
    if damage == "array":
        with open(run.state_file, "wb") as file:
            np.save(file, np.zeros(3))
    elif damage == "counters":
        with np.load(run.state_file) as file:
            np.savez(run.state_file, **{**file, "meta": np.array("7")})
    else:
        whole = {"cut": content[: len(content) // 2], "empty": b"", "nonsense": b"x" * 99}
        run.state_file.write_bytes(whole[damage])
    before = contents(run.path)
    assert_refused(call(capsys, *resume), f"{run.state_file} cannot be read: ")
    status = run.read_status()
    assert status["state"] == "failed"
    assert "last.state.npz cannot be read" in status["message"]
    after = contents(run.path)
    for name in ("status.json", "log.txt", "config.json"):
        before.pop(name)
        after.pop(name)
    assert after == before  # weights, history, state


@pytest.mark.keras
@pytest.mark.parametrize("content", [b'{"state": "fini', b"", b'{"schema": 2, "state": 5}'])
def test_with_a_damaged_or_newer_status_and_history_a_run_goes_on(words, capsys, content):
    run, resume = words
    run.status_file.write_bytes(content)
    run.history_file.write_bytes(b"epoch,loss\n1,")
    code, out, err = call(capsys, *resume, "--json")
    assert code == 0, err
    assert [row["epoch"] for row in json.loads(out)["history"]] == [1, 2]
    assert [row["epoch"] for row in run.read_history()] == [1, 2]
    assert run.read_status()["state"] == "finished"
