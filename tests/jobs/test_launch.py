"""Starting trainings as processes; that they train is tested in tests/cli/test_jobs.py."""

import subprocess
import threading
from pathlib import Path

import pytest
from tiny import tiny_config

from resunet.errors import InputError
from resunet.jobs import lock
from resunet.jobs.launch import launch
from resunet.jobs.lock import only_one, only_starter
from resunet.jobs.process import child_process
from resunet.jobs.run_folder import RunFolder
from resunet.storage import read_json


class Process:
    """What would have been started."""

    pid = 2**22 + 1  # beyond all there are

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
    assert launch(run) == Process.pid
    launch(run, Path("/other"), ["--epochs", "3"])
    assert [call[3:] for call in started] == [
        ["train", "--resume", "--run", str(run.path), "--data", "/data"],
        ["train", "--resume", "--run", str(run.path), "--data", "/other", "--epochs", "3"],
    ]


def test_from_the_start_the_run_is_its_process_and_not_of_whoever_started_it(run, started):
    run.write_status("stopped", step=12)
    launch(run)
    status = read_json(run.status_file)
    assert (status["state"], status["pid"], status["step"]) == ("queued", Process.pid, 12)


def test_a_run_that_is_being_trained_is_refused_at_once(run, started):
    with only_one(run), pytest.raises(InputError, match="is being trained by another process"):
        launch(run)
    assert started == []
    assert not run.output_file.exists()
    assert launch(run) == Process.pid


def test_of_several_at_once_one_starts_a_process(run, sleepers, at_once):
    outcomes = at_once(lambda: launch(run))
    (process,) = sleepers
    refused = [outcome for outcome in outcomes if outcome != process.pid]
    words = f"is being trained by another process (process {process.pid}); stop that first"
    assert len(refused) == len(outcomes) - 1
    assert all(isinstance(each, InputError) and words in str(each) for each in refused)
    assert read_json(run.status_file)["pid"] == process.pid


def test_a_process_that_has_not_taken_its_run_yet_is_not_started_again(run, sleepers):
    pid = launch(run)
    with pytest.raises(InputError, match=rf"by another process \(process {pid}\)"):
        launch(run)
    assert read_json(run.status_file)["pid"] == pid
    sleepers[0].kill()
    sleepers[0].wait()
    assert launch(run) == sleepers[1].pid


def test_a_run_of_another_machine_is_refused_by_its_name(run, started):
    run.write_status("running", pid=5, host="elsewhere")
    with pytest.raises(InputError, match=r"another process \(process 5 on elsewhere\)"):
        launch(run)
    assert started == []


def test_no_process_is_left_that_the_status_does_not_name(run, sleepers):
    run.status_file.mkdir()  # so that nothing can be written there
    with pytest.raises(OSError, match=r"status\.json"):
        launch(run)
    assert not child_process(sleepers[0].pid).is_alive


def test_no_process_is_left_that_nobody_waits_for(run, sleepers, monkeypatch):
    def full(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", full)
    with pytest.raises(OSError, match="Nobody could wait for process"):
        launch(run)
    assert not child_process(sleepers[0].pid).is_alive


def test_who_starts_or_deletes_it_keeps_others_off(run, started, monkeypatch):
    monkeypatch.setattr(lock, "_LAUNCH_SECONDS", 0.0)
    words = "run is being started or deleted by another process; try again in a moment"
    with only_starter(run), pytest.raises(InputError, match=words):
        launch(run)
    assert started == []


def test_a_run_without_a_data_folder_is_named(run, started):
    run.write_config(tiny_config(), {})
    with pytest.raises(InputError, match=r"config\.json names no data folder"):
        launch(run)
    with pytest.raises(InputError, match="holds no run"):
        launch(RunFolder(run.path / "nowhere"))
    assert started == []
