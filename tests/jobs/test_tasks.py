"""Commands in processes of their own, and what becomes of them."""

import os
import signal
import time

import psutil
import pytest

from resunet.jobs import tasks
from resunet.jobs.process import Identity, child_process
from resunet.jobs.tasks import Task
from resunet.storage import read_json, write_json

END_SECONDS = 120


@pytest.fixture
def task(tmp_path):
    return Task(tmp_path / "task")


def wait(task):
    """Until its process is gone."""
    identity = Identity.of(read_json(task.folder / "task.json"))
    end = time.monotonic() + END_SECONDS
    while identity.is_alive:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_folder_without_a_task_has_none(task):
    assert (task.state, task.result, task.message) == ("none", None, "")
    assert task.stop()


def test_a_commands_result_is_picked_up(task, tmp_path):
    task.start(["phantom", "--out", str(tmp_path / "made"), "--patients", "1", "--seed", "4"])
    wait(task)
    assert task.state == "finished", task.message
    assert task.result["schema"] == 1
    # whoever comes later finds the same
    assert Task(task.folder).result == task.result


def test_a_command_that_fails_says_why(task):
    task.start(["evaluate", "--data", "/nowhere", "--out", "/nowhere/out"])
    wait(task)
    assert task.state == "failed"
    assert task.message == "/nowhere is not a folder; a data folder is accepted."
    assert task.result is None


def test_the_next_start_forgets_the_last_result(task, tmp_path):
    write_json(task.folder / "result.json", {"schema": 1})
    write_json(task.folder / "task.json", Identity(2**22 + 1, 0.0, os.uname().nodename)._asdict())
    assert task.state == "finished"
    task.start(["evaluate", "--data", "/nowhere", "--out", "/nowhere/out"])
    wait(task)
    assert task.state == "failed"


def test_a_running_task_is_not_started_twice_and_can_be_stopped(task, begin):
    process, _ = begin("import time\nprint('here', flush=True)\ntime.sleep(1000)")
    started = psutil.Process(process.pid).create_time()
    identity = Identity(process.pid, started, os.uname().nodename)
    write_json(task.folder / "task.json", identity._asdict())
    assert task.state == "running"
    task.start(["info"])
    assert read_json(task.folder / "task.json")["pid"] == process.pid
    assert task.stop()
    assert process.wait(END_SECONDS) == -signal.SIGTERM
    assert task.state == "failed"


def test_of_several_at_once_one_starts_it(task, sleepers, at_once):
    assert set(at_once(lambda: task.start(["info"]))) == {None}
    (process,) = sleepers
    assert read_json(task.folder / "task.json")["pid"] == process.pid


def test_no_process_is_left_that_the_record_does_not_name(task, sleepers, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tasks, "write_json", full)
    with pytest.raises(OSError, match="No space left"):
        task.start(["info"])
    assert not child_process(sleepers[0].pid).is_alive
    assert task.state == "none"


def test_a_task_that_does_not_listen_is_killed(task, begin):
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print('here', flush=True); input()"
    process, _ = begin(deaf)
    write_json(task.folder / "task.json", child_process(process.pid)._asdict())
    assert task.stop(polite_seconds=0.0)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("content", ["", "[]", '{"pid": "x"}'])
def test_a_damaged_record_is_a_failed_task(task, content):
    task.folder.mkdir()
    (task.folder / "task.json").write_text(content)
    assert task.state == "failed"
