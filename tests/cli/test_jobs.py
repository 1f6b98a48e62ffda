"""Trainings as processes: detached, stopped, killed, taken up again."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest
from synthetic import write_paper_layout
from tiny import tiny_config

from resunet.jobs.process import Identity
from resunet.jobs.run_folder import ACTIVE, RunFolder

pytestmark = pytest.mark.keras

LONG_SECONDS = 240  # a loaded machine compiles the network in a minute


@pytest.fixture
def data(tmp_path, home):
    root = tmp_path / "data"
    write_paper_layout(
        root, patients={"training": ["anna", "bert"], "validating": ["carl"]}, size=32
    )
    return root


@pytest.fixture
def command(repository):
    def call(*words, **options):
        return subprocess.run(
            [sys.executable, "-m", "resunet", *map(str, words)],
            cwd=repository,
            capture_output=True,
            text=True,
            timeout=LONG_SECONDS,
            **options,
        )

    return call


def write_run(folder, data, **training):
    """A run with its settings, of so many epochs that it does not end by itself."""
    base = tiny_config()
    wanted = {"epochs": 100_000, "steps_per_epoch": 2, "early_stopping_patience": 0, **training}
    run = RunFolder(folder)
    run.write_config(
        replace(base, training=replace(base.training, **wanted)), {"folder": str(data)}
    )
    return run


def wait_until(run, condition):
    """Waits for the run's process to bring something about; fails where it ends before."""
    while not condition(status := run.read_status()):
        identity = Identity.of(status)
        assert status.get("state") in (*ACTIVE, None), (status, run.output_file.read_text())
        if identity is not None:
            with contextlib.suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
                psutil.Process(identity.pid).wait(0.05)


def steps_done(count):
    return lambda status: status.get("step", 0) >= count


def test_a_detached_training_is_stopped_and_taken_up_from_anywhere(data, tmp_path, command):
    run = write_run(tmp_path / "run", data)
    words = ("train", "--resume", "--run", run.path, "--data", data)
    started = command(*words, "--detach", "--json")
    assert started.returncode == 0, started.stderr
    pid = json.loads(started.stdout)["pid"]  # the command itself is over
    wait_until(run, steps_done(4))
    status = run.read_status()
    assert (status["state"], status["pid"]) == ("running", pid)
    assert status["device"]
    assert os.getpgid(pid) == pid  # the terminal's signals do not reach it

    refused = command(*words)
    assert refused.returncode == 1
    assert f"is being trained by another process (process {pid})" in refused.stderr

    stopped = command("stop", run.path, "--json")
    assert stopped.returncode == 0, stopped.stderr
    assert json.loads(stopped.stdout)["state"] == "stopped"
    at = run.read_status()["step"]
    with np.load(run.state_file) as state:
        assert json.loads(str(state["meta"]))["step"] == at
    again = command("stop", run.path)
    assert again.returncode == 1
    assert "is stopped; a run that is queued or running can be stopped" in again.stderr

    finished = command(*words, "--epochs", at // 2 + 1, "--json")
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["state"] == run.read_status()["state"] == "finished"
    rows = run.read_history()
    assert [row["epoch"] for row in rows] == list(range(1, at // 2 + 2))


def test_a_killed_training_is_interrupted_and_goes_on_from_the_last_epoch(data, tmp_path, command):
    run = write_run(tmp_path / "run", data)
    words = ("train", "--resume", "--run", run.path, "--data", data)
    command(*words, "--detach")
    wait_until(run, lambda status: status.get("epoch", 0) >= 2)
    os.kill(run.read_status()["pid"], signal.SIGKILL)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(run.read_status()["pid"]).wait(LONG_SECONDS)
    status = run.read_status()
    assert status["state"] == "interrupted"
    assert status["message"] == "The process is gone; the run can be resumed."
    with np.load(run.state_file) as state:
        kept = json.loads(str(state["meta"]))
    finished = command(*words, "--epochs", kept["epoch"] + 1, "--json")
    assert finished.returncode == 0, finished.stderr
    assert len(run.read_history()) == kept["epoch"] + 1


def test_two_trainings_take_turns(data, tmp_path, command):
    first, second = (write_run(tmp_path / name, data) for name in ("first", "second"))
    for run in (first, second):
        command("train", "--resume", "--run", run.path, "--data", data, "--detach")
        wait_until(run, lambda status: status.get("state") in ("queued", "running"))
        if run is first:
            wait_until(run, steps_done(1))
    wait_until(second, lambda status: status.get("message") == "Waiting for first.")
    assert second.read_status()["state"] == "queued"
    command("stop", first.path)
    wait_until(second, steps_done(1))
    command("stop", second.path)
    assert [run.read_status()["state"] for run in (first, second)] == ["stopped", "stopped"]


def test_who_waits_can_be_stopped(data, tmp_path, command):
    first, second = (write_run(tmp_path / name, data) for name in ("first", "second"))
    for run in (first, second):
        command("train", "--resume", "--run", run.path, "--data", data, "--detach")
        if run is first:
            wait_until(run, steps_done(1))
    wait_until(second, lambda status: status.get("message") == "Waiting for first.")
    command("stop", second.path)
    assert second.read_status()["state"] == "stopped"
    assert not second.state_file.exists()
    command("stop", first.path)


def test_a_detached_training_that_cannot_begin_says_why_in_its_status(data, tmp_path, command):
    run = write_run(tmp_path / "run", tmp_path / "nowhere")
    command("train", "--resume", "--run", run.path, "--data", tmp_path / "nowhere", "--detach")
    wait_until(run, lambda status: status.get("state") == "failed")
    status = run.read_status()
    assert "nowhere is not a folder" in status["message"]


def small_files_only():
    """No file may grow beyond 20 kB: to the process that is as if the disk were full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_a_full_disk_ends_it_with_a_message_and_keeps_the_last_state(data, tmp_path, command):
    run = write_run(tmp_path / "run", data, epochs=1)
    words = ("train", "--resume", "--run", run.path, "--data", data)
    assert command(*words).returncode == 0
    before = run.state_file.read_bytes()
    assert len(before) > 20_000
    full = command(*words, "--epochs", 3, preexec_fn=small_files_only)
    assert full.returncode == 1
    assert "File too large" in full.stderr
    assert "Traceback" not in full.stderr
    status = run.read_status()
    assert status["state"] == "failed"
    assert "File too large" in status["message"]
    assert run.state_file.read_bytes() == before
    assert command(*words, "--epochs", 2).returncode == 0
    assert len(run.read_history()) == 2
    assert not list(run.path.rglob(".*"))  # nothing half written is left


SAVE = """
import itertools, sys
from pathlib import Path
import numpy as np
from resunet.jobs.run_folder import RunFolder
from resunet.storage import write_npz
run = RunFolder(Path(sys.argv[1]))
for number in itertools.count(int(sys.argv[2])):
    arrays = {f"weight_{i:04d}": np.full(200_000, number, np.float32) for i in range(5)}
    write_npz(run.state_file, arrays, compressed=False)
    print(number, flush=True)
"""


def test_killed_while_saving_many_times_there_is_always_a_whole_state(tmp_path, repository):
    run, number = RunFolder(tmp_path / "run"), 0
    rng = np.random.default_rng(5)
    for _ in range(25):
        saving = subprocess.Popen(
            [sys.executable, "-c", SAVE, str(run.path), str(number + 1)],
            cwd=repository,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(rng.integers(1, 4)):
            saved = int(saving.stdout.readline())
        with pytest.raises(subprocess.TimeoutExpired):
            saving.wait(rng.uniform(0, 0.02))  # somewhere in the next one
        saving.kill()
        saving.communicate()
        with np.load(run.state_file) as state:
            found = {float(value) for name in state.files for value in np.unique(state[name])}
        assert len(found) == 1  # all of one moment
        (number,) = map(int, found)
        assert number >= saved
    assert list(run.state_file.parent.glob(".*"))  # some were cut off in the middle
    run.clear_unfinished()
    assert [path.name for path in run.state_file.parent.iterdir()] == [run.state_file.name]
