"""Runs wait for the devices in the order in which they came."""

import time
from types import SimpleNamespace

import pytest

from resunet.jobs import queue
from resunet.jobs.process import this_process
from resunet.jobs.queue import queue_dir, turn
from resunet.storage import write_json

WAIT = """
import sys
from resunet.jobs.queue import turn
with turn(sys.argv[1], lambda sentence: print(sentence, flush=True)):
    print("turn", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def start(begin, home):
    return lambda name: begin(WAIT, name)


def tickets():
    return sorted(path.name for path in queue_dir().glob("*.json"))


def test_who_comes_first_is_first_and_the_others_are_told(start):
    first, said = start("one")
    assert said == "turn"
    second, said = start("two")
    assert said == "Waiting for one."
    third, said = start("three")
    assert said == "Waiting for one."
    first.communicate("\n")
    assert second.stdout.readline() == "turn\n"
    assert third.stdout.readline() == "Waiting for two.\n"
    second.communicate("\n")
    assert third.stdout.readline() == "turn\n"


def test_who_is_killed_holds_nobody_up(start):
    first, _ = start("one")
    second, _ = start("two")
    third, _ = start("three")
    second.kill()
    first.kill()
    assert third.stdout.readline() == "turn\n"
    third.communicate("\n")
    assert tickets() == []


def test_a_later_process_of_the_same_number_has_no_turn(home):
    gone = this_process()._replace(process_started=1.0)
    write_json(queue_dir() / "000001.json", {"name": "gone", **gone._asdict()})
    (queue_dir() / "000002.json").write_text("{")
    (queue_dir() / "000003.json").write_text("[]")
    told = []
    with turn("mine", told.append):
        assert tickets() == ["000004.json"]
    assert (told, tickets()) == ([], [])


def test_other_devices_have_a_queue_of_their_own(home, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    one = queue_dir()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    assert queue_dir() not in (one, one.parent)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "../..")
    assert queue_dir().parent == one.parent


def test_who_waits_gives_signs_of_life(home, monkeypatch):
    """In half a minute and more: the clock goes on with each look."""
    first = queue_dir() / "000001.json"
    write_json(first, {"name": "first", **this_process()._asdict()})
    clock, told, beats = [1000.0], [], []

    def look(seconds):
        clock[0] += seconds
        if clock[0] >= 1070.0:
            first.unlink(missing_ok=True)

    # for the queue alone: threads that other tests have left behind keep their own time
    own = SimpleNamespace(sleep=look, monotonic=lambda: clock[0])
    monkeypatch.setattr(queue, "time", own)
    with turn("mine", told.append, lambda sentence: beats.append((clock[0], sentence))):
        assert told == ["Waiting for first."]
        assert beats == [(1030.0, "Waiting for first."), (1060.0, "Waiting for first.")]


def test_a_queue_that_is_emptied_by_hand_is_joined_anew(home, monkeypatch):
    """Nobody waits for ever for a ticket that was deleted."""
    write_json(queue_dir() / "000001.json", {"name": "first", **this_process()._asdict()})

    emptied = []

    def empty_once(seconds):
        while not emptied:
            emptied.append([path.unlink() for path in queue_dir().glob("*.json")])

    own = SimpleNamespace(sleep=empty_once, monotonic=time.monotonic)
    monkeypatch.setattr(queue, "time", own)
    with turn("mine"):
        assert (len(emptied[0]), len(tickets())) == (2, 1)
