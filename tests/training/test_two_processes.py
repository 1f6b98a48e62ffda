"""Two processes on this machine train one network, through the real command and ``TF_CONFIG``."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from synthetic import write_paper_layout
from tiny import ROOT, python_environment, tiny_config

from resunet.jobs.process import Identity
from resunet.jobs.run_folder import ACTIVE, RunFolder
from resunet.presets import preset

pytestmark = pytest.mark.keras

LONG_SECONDS = 400  # a loaded machine compiles two networks in two minutes


def write_run(folder, data, **training):
    plan = {"optimizer": "adamw", "learning_rate": 1e-4, "early_stopping_patience": 0}
    config = tiny_config(augment=preset("small-data").augment, **plan, **training)
    RunFolder(folder).write_config(config, {"folder": str(data)})
    return RunFolder(folder)


def free_addresses(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


class Pair:
    """The processes of one command; ended with the block."""

    def __init__(self, run, data, count):
        self.addresses, self.processes = free_addresses(count), []
        words = ("train", "--json", "--resume", "--run", str(run.path), "--data", str(data))
        for index in range(count):
            cluster = {"worker": self.addresses}
            task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
            changes = {"TF_CONFIG": json.dumps(task)} if count > 1 else {}
            process = subprocess.Popen(
                [sys.executable, "-m", "resunet", *words],
                cwd=ROOT,
                env=python_environment(**changes),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self.processes.append(process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.communicate()

    def results(self, *which):
        """Exit code and answer of each process, once it has ended."""
        found = []
        for index in which or range(len(self.processes)):
            out, _ = self.processes[index].communicate(timeout=LONG_SECONDS)
            found.append((self.processes[index].returncode, json.loads(out)))
        return found


def wait_until(run, pair, condition):
    while not condition(status := run.read_status()):
        assert status.get("state") in (*ACTIVE, "interrupted", "stopped", None), status
        with contextlib.suppress(subprocess.TimeoutExpired):
            pair.processes[0].wait(0.1)
            pytest.fail(str(run.read_status()))


def is_of(pair, steps):
    def condition(status):
        mine = Identity.of(status) is not None and status["pid"] == pair.processes[0].pid
        return mine and status["state"] == "running" and status.get("step", 0) >= steps

    return condition


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_paper_layout(
        root, patients={"training": ["anna", "bert"], "validating": ["carl"]}, size=32
    )
    return root


@pytest.mark.slow
def test_two_processes_follow_one_over_fifty_steps(data, tmp_path, home):
    plan = {"epochs": 10, "steps_per_epoch": 5}
    one, two = (write_run(tmp_path / name, data, **plan) for name in ("one", "two"))
    for run, count in ((one, 1), (two, 2)):
        with Pair(run, data, count) as pair:
            results = pair.results()
        assert [(code, result["state"]) for code, result in results] == [(0, "finished")] * count
    assert two.read_status()["device"] == "CPU in each of 2 processes"
    alone, together = one.read_history(), two.read_history()
    assert [row["step"] for row in together] == list(range(5, 51, 5))
    for column in ("loss", "val_loss"):
        expected = [row[column] for row in alone]
        assert [row[column] for row in together] == pytest.approx(expected, abs=1e-5, rel=0)
        assert max(expected) - min(expected) > 1e-3  # it was trained
    assert results[1][1]["worker"] == 1


def test_a_lost_worker_interrupts_and_a_stop_ends_both(data, tmp_path, home):
    run = write_run(tmp_path / "run", data, epochs=100_000, steps_per_epoch=2)
    with Pair(run, data, 2) as pair:
        wait_until(run, pair, lambda status: status.get("epoch", 0) >= 1)
        pair.processes[1].send_signal(signal.SIGKILL)
        ((code, result),) = pair.results(0)
    status = run.read_status()
    assert (code, result["state"], status["state"]) == (1, "interrupted", "interrupted")
    assert status["message"] == (
        f"Worker 1 ({pair.addresses[1]}) is lost. The run can be resumed from its last saved state."
    )
    with np.load(run.state_file) as state:
        kept = json.loads(str(state["meta"]))
    assert len(run.read_history()) == kept["epoch"] >= 1

    with Pair(run, data, 2) as pair:
        wait_until(run, pair, is_of(pair, kept["step"] + 3))
        os.kill(pair.processes[0].pid, signal.SIGTERM)
        results = pair.results()
    assert [(code, result["state"]) for code, result in results] == [(0, "stopped")] * 2
    assert results[0][1]["message"] == results[1][1]["message"]  # after the same step
    assert run.read_status()["state"] == "stopped"
    assert run.read_status()["step"] > kept["step"]
    assert run.log_file.read_text().count("training on") == 2  # one of the two wrote, each time


@pytest.mark.slow
def test_a_lost_chief_ends_the_worker(data, tmp_path, home):
    run = write_run(tmp_path / "run", data, epochs=100_000, steps_per_epoch=2)
    with Pair(run, data, 2) as pair:
        wait_until(run, pair, is_of(pair, 1))
        pair.processes[0].kill()
        ((code, result),) = pair.results(1)
    assert (code, result["state"]) == (1, "interrupted")
    assert result["message"] == f"The chief ({pair.addresses[0]}) is lost."
    assert run.read_status()["state"] == "interrupted"


@pytest.mark.slow
def test_killed_after_three_epochs_is_bit_equal_to_six_straight_through(data, tmp_path, home):
    plan = {"epochs": 6, "steps_per_epoch": 40, "deterministic": True}
    straight, killed = (write_run(tmp_path / name, data, **plan) for name in ("a", "b"))
    with Pair(straight, data, 1) as pair:
        assert pair.results()[0][0] == 0
    with Pair(killed, data, 1) as pair:
        wait_until(killed, pair, lambda status: status.get("epoch", 0) >= 3)
        pair.processes[0].kill()  # somewhere in the fourth epoch
    with np.load(killed.state_file) as state:
        assert 3 <= json.loads(str(state["meta"]))["epoch"] < 6
    with Pair(killed, data, 1) as pair:
        assert pair.results()[0][0] == 0
    with np.load(straight.state_file) as one, np.load(killed.state_file) as two:
        assert set(one.files) == set(two.files)
        for name in set(one.files) - {"meta"}:
            np.testing.assert_array_equal(one[name], two[name], err_msg=name)
    rows = [[{**row, "seconds": 0} for row in run.read_history()] for run in (straight, killed)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 6


def test_processes_of_other_settings_are_refused(data, tmp_path, home):
    run = write_run(tmp_path / "run", data, epochs=1)
    other = replace(run.read_config()[0], seed=9)
    addresses = free_addresses(2)
    folders = (run, RunFolder(tmp_path / "other"))
    folders[1].write_config(other, {"folder": str(data)})
    processes = []
    for index, folder in enumerate(folders):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        words = ("train", "--resume", "--run", str(folder.path), "--data", str(data))
        processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "resunet", *words],
                cwd=ROOT,
                env=python_environment(TF_CONFIG=json.dumps(task)),
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    try:
        for process in processes:
            _, err = process.communicate(timeout=LONG_SECONDS)
            assert process.returncode == 1
            assert f"worker 1 ({addresses[1]}) has other settings or slices than the chief" in err
    finally:
        for process in processes:
            process.kill()
    assert run.read_status()["state"] == "failed"
    assert not folders[1].status_file.exists()
