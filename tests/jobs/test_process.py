"""Processes told from each other."""

import os
import signal
import subprocess
import sys
import time

import pytest

from resunet.errors import InputError
from resunet.jobs.process import Identity, this_process


@pytest.fixture
def other():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()
    process.stdin.close()


def identity_of(process, started=None):
    import psutil

    begun = psutil.Process(process.pid).create_time() if started is None else started
    return this_process()._replace(pid=process.pid, process_started=begun)


def test_this_process_is_alive_and_began_before_now():
    own = this_process()
    assert own.pid == os.getpid()
    assert own.is_alive
    assert 0 <= time.time() - own.process_started < 24 * 3600


def test_a_process_is_alive_until_it_ends(other):
    identity = identity_of(other)
    assert identity.is_alive
    other.kill()
    other.wait()
    assert not identity.is_alive


def test_a_process_that_ended_but_is_listed_still_is_gone(other):
    identity = identity_of(other)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # ended, and nobody has taken note
    assert not identity.is_alive


def test_a_later_process_of_the_same_number_is_another(other):
    assert not identity_of(other, started=time.time() - 3600).is_alive


def test_of_another_machine_nothing_is_known_here(other):
    away = identity_of(other)._replace(host="elsewhere")
    assert not away.is_here
    assert not away.is_alive


def test_a_record_comes_back():
    own = this_process()
    assert Identity.of({"state": "running", **own._asdict()}) == own


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"pid": 1, "host": "h"},
        {"pid": "1", "process_started": 1.0, "host": "h"},
        {"pid": True, "process_started": 1.0, "host": "h"},
        {"pid": 0, "process_started": 1.0, "host": "h"},
        {"pid": 1, "process_started": "x", "host": "h"},
    ],
)
def test_what_names_no_process_is_none(values):
    assert Identity.of(values) is None


def test_another_users_process_is_left_to_them(other, monkeypatch):
    def denied(*_):
        raise PermissionError(1, "Operation not permitted")

    words = f"Process {other.pid} is another user's, who alone can stop it, or an administrator"
    identity = identity_of(other)
    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", denied)  # which is what psutil calls
        with pytest.raises(InputError, match=words):
            identity.end()


def test_to_end_what_has_ended_is_no_more_than_to_look(other):
    identity = identity_of(other)
    other.kill()
    other.wait()
    assert identity.end()


def test_who_does_not_listen_is_killed():
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        process.stdout.readline()
        assert identity_of(process).end(polite_seconds=0.0)
        assert process.wait() == -signal.SIGKILL
