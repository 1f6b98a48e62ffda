import dataclasses
import json
import math
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from resunet.config import to_dict
from resunet.errors import InputError
from resunet.jobs.run_folder import HISTORY_COLUMNS, RunFolder, list_runs, new_run
from resunet.presets import preset
from resunet.storage import write_json

CONFIG = dataclasses.replace(preset("small-data"), seed=42)
DATA = {"folder": "/data", "training": ["a", "b"], "validating": ["c"]}


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path / "runs" / "one")


def row(epoch, **changes):
    values = (epoch, 50 * epoch, 0.5, 0.6, 0.7, 0.8, 1e-3, 12.25)
    return {**dict(zip(HISTORY_COLUMNS, values, strict=True)), **changes}


def test_the_files_of_a_run(run):
    names = {
        "config_file": "config.json",
        "history_file": "history.csv",
        "log_file": "log.txt",
        "card_file": "card.json",
        "card_page": "card.md",
        "best_weights": "checkpoints/best.weights.h5",
        "last_weights": "checkpoints/last.weights.h5",
        "state_file": "checkpoints/last.state.npz",
    }
    for attribute, name in names.items():
        assert getattr(run, attribute) == run.path / name
    assert not run.path.exists()  # naming them makes nothing


# Settings


def test_settings_and_data_come_back(run):
    run.write_config(CONFIG, DATA)
    assert run.exists()
    assert run.read_config() == (CONFIG, DATA)
    assert json.loads(run.config_file.read_text())["schema"] == 1


def test_versions_stand_beside_the_settings_and_stay(run):
    run.write_config(CONFIG, DATA)
    assert run.read_versions() == {}
    versions = {"resunet": "0.1", "tensorflow": None}
    run.write_config(CONFIG, DATA, versions)
    run.write_config(CONFIG, {})
    assert run.read_versions() == json.loads(run.config_file.read_text())["versions"] == versions
    assert run.read_config() == (CONFIG, {})
    run.write_config(CONFIG, {}, {"resunet": "0.2"})
    assert run.read_versions() == {"resunet": "0.2"}


@pytest.mark.parametrize(
    ("versions", "expected"),
    [([1], {}), ("2", {}), (None, {}), ({"keras": 3, "numpy": "2", "python": [1]}, {"numpy": "2"})],
)
def test_versions_that_make_no_sense_are_left_out(run, versions, expected):
    write_json(run.config_file, {**to_dict(CONFIG), "versions": versions})
    assert run.read_versions() == expected
    assert run.read_config() == (CONFIG, {})


def test_a_folder_without_a_run_is_told(run):
    assert not run.exists()
    with pytest.raises(InputError, match=r"one holds no run: it has no config\.json"):
        run.read_config()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "config.json is not valid JSON"),
        ("[]", "config.json: The configuration is list"),
        ('{"schema": 99}', "config.json: schema is 99, where 1 is accepted: a newer version"),
        ('{"network": {"input_size": 7}}', "config.json: network.input_size is 7"),
    ],
)
def test_settings_that_cannot_be_understood_are_named(run, text, words):
    run.path.mkdir(parents=True)
    run.config_file.write_text(text)
    with pytest.raises(InputError) as caught:
        run.read_config()
    assert words in str(caught.value)
    assert str(run.path) in str(caught.value)


# Status


def test_the_status_comes_back(run):
    run.write_status("running", epoch=3, best_val_loss=math.inf, message="ä")
    status = run.read_status()
    assert status["schema"] == 1
    assert status["state"] == "running"
    assert status["pid"] == os.getpid()
    assert status["epoch"] == 3
    assert status["best_val_loss"] == math.inf
    assert status["message"] == "ä"
    assert status["heartbeat"] > 1.7e9


@pytest.mark.parametrize("content", [None, b"", b'{"state": "run', b"[]", b"\xff\xff"])
def test_an_unknown_status_is_empty(run, content):
    if content is not None:
        run.path.mkdir(parents=True)
        (run.path / "status.json").write_bytes(content)
    assert run.read_status() == {}


# History


def test_history_comes_back_with_undefined_values(run):
    rows = [
        row(1, val_dice=math.nan, dice=None),
        row(2, loss=1 / 3, learning_rate=6.25e-4, val_loss=math.inf),
        {"epoch": 3, "step": 150},
    ]
    run.write_history(rows)
    assert run.history_file.read_text().splitlines()[0] == (
        "epoch,step,loss,val_loss,dice,val_dice,learning_rate,seconds"
    )
    first, second, third = run.read_history()
    assert first == row(1, val_dice=None, dice=None)
    assert second == {
        **row(2, learning_rate=6.25e-4, val_loss=math.inf),
        "loss": pytest.approx(1 / 3, rel=1e-8),
    }
    assert third == {**dict.fromkeys(HISTORY_COLUMNS), "epoch": 3, "step": 150}


def test_numpys_numbers_are_numbers_too(run):
    run.write_history(
        [row(np.int64(1), dice=np.float32("nan"), loss=np.float32(0.25), step=np.int64(1234567891))]
    )
    assert run.read_history() == [row(1, dice=None, loss=0.25, step=1234567891)]


def test_whole_numbers_are_written_as_such(run):
    run.write_history([row(1, step=123456789012)])
    assert run.history_file.read_text().splitlines()[1].startswith("1,123456789012,0.5,")


def test_writing_again_replaces_the_history(run):
    run.write_history([row(1), row(2)])
    run.write_history([row(1)])
    assert run.read_history() == [row(1)]


def test_no_history_is_an_empty_one(run):
    assert run.read_history() == []


LAST = "2,100,0.5,0.6,0.7,0.8,0.001,12.25\n"


@pytest.mark.parametrize("length", range(1, len(LAST)))
def test_a_last_line_cut_anywhere_is_left_out(run, length):
    run.write_history([row(1)])
    with open(run.history_file, "a") as file:
        file.write(LAST[:length])
    assert run.read_history() == [row(1)]


def test_the_whole_last_line_is_read(run):
    run.write_history([row(1)])
    with open(run.history_file, "a") as file:
        file.write(LAST)
    assert run.read_history() == [row(1), row(2)]


@pytest.mark.parametrize("line", ["2,100,x,0.6,0.7,0.8,0.001,12.25", "2,100,0.5", LAST[:-1] + ",9"])
def test_lines_that_are_not_whole_are_left_out(run, line):
    run.write_history([row(1), row(3)])
    lines = run.history_file.read_text().splitlines()
    run.history_file.write_text("\n".join([*lines[:2], line, *lines[2:]]) + "\n")
    assert run.read_history() == [row(1), row(3)]


@pytest.mark.parametrize("content", [b"", b"epoch,st", b"\xff\xfe\x00", b"a,b\n1,2\n"])
def test_what_is_no_history_is_an_empty_one(run, content):
    run.path.mkdir(parents=True)
    run.history_file.write_bytes(content)
    assert run.read_history() == []


# All runs


def test_runs_are_listed_newest_first(home):
    for name, changed in (("old", 100), ("new", 300), ("middle", 200)):
        folder = RunFolder(home / "runs" / name)
        folder.write_config(CONFIG, DATA)
        os.utime(folder.config_file, (changed, changed))
    (home / "runs" / "no-run").mkdir()
    (home / "runs" / "file").write_text("")
    assert [folder.path.name for folder in list_runs()] == ["new", "middle", "old"]


def test_hidden_folders_and_unreadable_ones_are_not_listed(home, monkeypatch):
    for name in ("one", "secret", ".hidden"):
        RunFolder(home / "runs" / name).write_config(CONFIG, DATA)
    looked = RunFolder.exists

    def exists(run):
        if run.path.name == "secret":
            raise PermissionError(13, "Permission denied")
        return looked(run)

    monkeypatch.setattr(RunFolder, "exists", exists)
    assert [folder.path.name for folder in list_runs()] == ["one"]


def test_a_runs_folder_that_is_a_file_holds_no_runs(tmp_path):
    (tmp_path / "file").write_text("")
    assert list_runs(tmp_path / "file") == []


def test_no_runs_folder_is_no_runs(tmp_path):
    assert list_runs() == []
    assert list_runs(tmp_path / "nowhere") == []


def test_a_new_run_is_named_by_date_and_preset_and_not_yet_made(home, tmp_path):
    made = new_run("small-data")
    assert made.path.parent == home / "runs"
    assert made.path.name.endswith("-small-data")
    assert not made.path.exists()
    assert new_run("a/../b c", tmp_path).path.parent == tmp_path
    assert new_run("a/../b c", tmp_path).path.name.endswith("-a----b-c")


def test_runs_begun_in_the_same_second_have_names_of_their_own(home, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda form: "2026-01-02-030405-")
    names = []
    for _ in range(3):
        run = new_run("paper")
        run.path.mkdir(parents=True)
        names.append(run.path.name)
    stem = "2026-01-02-030405-paper"
    assert names == [stem, f"{stem}-2", f"{stem}-3"]


def test_a_failed_write_keeps_what_was_there(run, monkeypatch):
    run.write_history([row(1)])
    run.write_config(CONFIG, DATA)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for write in (
        lambda: run.write_history([row(1), row(2)]),
        lambda: run.write_config(preset("paper"), {}),
    ):
        with pytest.raises(OSError, match="No space"):
            write()
    monkeypatch.undo()
    assert run.read_history() == [row(1)]
    assert run.read_config() == (CONFIG, DATA)
    assert sorted(p.name for p in run.path.iterdir()) == ["config.json", "history.csv"]


def test_a_running_run_whose_process_is_gone_is_interrupted(tmp_path):
    run = RunFolder(tmp_path)
    run.write_status("running", epoch=1)
    assert run.read_status()["state"] == "running"  # this very process
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    status = json.loads((tmp_path / "status.json").read_text())
    (tmp_path / "status.json").write_text(json.dumps({**status, "pid": gone.pid}))
    assert run.read_status()["state"] == "interrupted"
    assert run.read_status()["epoch"] == 1
