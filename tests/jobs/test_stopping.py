"""Stopping: politely, firmly, and never somebody else."""

import os
import signal
import time

import pytest

from resunet.errors import InputError
from resunet.jobs.stopping import StopRequested, StopSignal, stop
from resunet.storage import write_json

TRAIN = """
import signal, sys, time
from pathlib import Path
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.stopping import StopSignal
run, deaf = RunFolder(Path(sys.argv[1])), sys.argv[2] == "deaf"
heard = StopSignal()
heard.waits = True
with heard.heard():
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    run.write_status("running")
    print("running", flush=True)
    while not heard.came():
        time.sleep(0.01)
    run.write_status("stopped", message="Saved.")
    if sys.argv[2] == "writing":
        print("writing", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def start(run, begin):
    def process_of(kind):
        process, said = begin(TRAIN, run.path, kind)
        assert said == "running"
        return process

    return process_of


def test_a_run_that_listens_saves_and_ends(run, start):
    process = start("polite")
    assert stop(run, polite_seconds=30.0) == "stopped"
    assert process.wait() == 0
    assert run.read_status()["message"] == "Saved."


def test_a_run_that_does_not_listen_is_killed(run, start):
    process = start("deaf")
    assert stop(run, polite_seconds=0.2) == "interrupted"
    assert process.wait() == -signal.SIGKILL


def test_a_run_that_is_saved_is_left_to_write_its_card(run, start):
    process = start("writing")
    assert stop(run, polite_seconds=2.0) == "stopped"
    assert process.stdout.readline() == "writing\n"
    assert process.poll() is None
    process.stdin.close()
    assert process.wait() == 0


def test_a_later_process_of_the_same_number_is_not_touched(run, start):
    process = start("polite")
    status = run.read_status()
    write_json(run.status_file, {**status, "process_started": status["process_started"] - 3600})
    assert run.read_status()["state"] == "interrupted"
    with pytest.raises(InputError, match="is interrupted; a run that is queued or running"):
        stop(run)
    assert process.poll() is None


@pytest.mark.parametrize("state", ["stopped", "finished", "failed"])
def test_a_run_without_a_process_cannot_be_stopped(run, state):
    run.write_status(state)
    with pytest.raises(InputError, match=f"is {state}; a run that is queued or running"):
        stop(run)


def test_a_run_of_another_machine_is_stopped_there(run):
    run.write_status("running")
    write_json(run.status_file, {**run.read_status(), "host": "elsewhere"})
    with pytest.raises(InputError, match="is trained on elsewhere; stop it there"):
        stop(run)


def test_a_silent_run_of_another_machine_is_taken_for_interrupted(run):
    run.write_status("running")
    status = {**run.read_status(), "host": "elsewhere"}
    write_json(run.status_file, {**status, "heartbeat": time.time() - 599})
    assert run.read_status()["state"] == "running"
    write_json(run.status_file, {**status, "heartbeat": time.time() - 601})
    assert run.read_status()["state"] == "interrupted"


# What the training hears


def send(number):
    os.kill(os.getpid(), number)
    time.sleep(0)  # the interpreter's next moment, in which it hears


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_anything_can_be_lost_a_signal_ends_it_at_once(number):
    heard = StopSignal()
    with heard.heard(), pytest.raises(StopRequested):
        send(number)
    assert heard.came()


def test_afterwards_it_is_noted_and_a_second_ctrl_c_ends_it():
    heard = StopSignal()
    heard.waits = True
    with heard.heard():
        assert not heard.came()
        send(signal.SIGTERM)
        assert heard.came()
        send(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_signals_mean_afterwards_what_they_meant_before():
    before = signal.getsignal(signal.SIGTERM)
    with StopSignal().heard():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
