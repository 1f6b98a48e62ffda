"""Starting trainings as processes; that they train is tested in tests/cli/test_jobs.py."""

import subprocess
from pathlib import Path

import pytest
from tiny import tiny_config

from resunet.errors import InputError
from resunet.jobs.launch import launch
from resunet.jobs.lock import only_one
from resunet.jobs.run_folder import RunFolder
from resunet.storage import read_json


class Process:
    """What would have been started."""

    pid = 7

    def wait(self):
        return 0


@pytest.fixture
def started(monkeypatch):
    """The words of each process that would have been started."""
    words = []
    monkeypatch.setattr(subprocess, "Popen", lambda call, **_: words.append(call) or Process())
    return words


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_config(tiny_config(), {"folder": "/data"})
    return run


def test_it_goes_on_with_the_run_on_its_own_data_or_on_other(run, started):
    assert launch(run) == 7
    launch(run, Path("/other"), ["--epochs", "3"])
    assert [call[3:] for call in started] == [
        ["train", "--resume", "--run", str(run.path), "--data", "/data"],
        ["train", "--resume", "--run", str(run.path), "--data", "/other", "--epochs", "3"],
    ]


def test_from_the_start_the_run_is_its_process_and_not_of_whoever_started_it(run, started):
    run.write_status("stopped", step=12)
    launch(run)
    status = read_json(run.status_file)
    assert (status["state"], status["pid"], status["step"]) == ("queued", 7, 12)


def test_a_run_that_is_being_trained_is_refused_at_once(run, started):
    with only_one(run), pytest.raises(InputError, match="is being trained by another process"):
        launch(run)
    assert started == []
    assert not run.output_file.exists()
    assert launch(run) == 7


def test_a_run_without_a_data_folder_is_named(run, started):
    run.write_config(tiny_config(), {})
    with pytest.raises(InputError, match=r"config\.json names no data folder"):
        launch(run)
    with pytest.raises(InputError, match="holds no run"):
        launch(RunFolder(run.path / "nowhere"))
    assert started == []
