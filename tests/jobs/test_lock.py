"""One process at a time on a run."""

import pytest

from resunet.errors import InputError
from resunet.jobs.lock import is_held, only_one
from resunet.jobs.process import Identity
from resunet.jobs.run_folder import RunFolder

LONG_SECONDS = 120

HOLD = """
import sys
from pathlib import Path
from resunet.jobs.lock import only_one
from resunet.jobs.run_folder import RunFolder
run = RunFolder(Path(sys.argv[1]))
with only_one(run):
    run.write_status("running")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(run, begin):
    process, said = begin(HOLD, run.path)
    assert said == "held"
    return process


def test_a_second_process_is_kept_off_and_told_whom(run, holder):
    words = rf"by another process \(process {holder.pid}\)"
    with pytest.raises(InputError, match=words), only_one(run):
        raise AssertionError
    assert run.read_status()["state"] == "running"


@pytest.mark.parametrize("state", ["stopped", "finished", "failed"])
def test_of_a_training_that_has_ended_it_is_told_what_its_process_still_does(run, holder, state):
    run.write_status(state)  # as by the holder, but for the process's number
    words = f"run is {state}, but process .* still writes the card of its weights; try again"
    with pytest.raises(InputError, match=words), only_one(run):
        raise AssertionError


@pytest.mark.parametrize("state", ["stopped", "finished", "failed"])
def test_where_its_process_is_gone_it_is_not_told_that_this_one_holds_it(run, holder, state):
    run.write_status(state, pid=2**22 + 1)
    words = r"run is in use by another process; try again in a moment\.$"
    with pytest.raises(InputError, match=words), only_one(run):
        raise AssertionError


def test_whoever_has_it_for_a_moment_is_waited_for(run, holder):
    holder.stdin.close()  # upon which it lets go
    with only_one(run, wait_seconds=LONG_SECONDS):
        pass


def test_a_killed_process_holds_nothing(run, holder):
    holder.kill()
    holder.wait()
    with only_one(run):
        assert run.lock_file.exists()


def test_it_is_free_again_afterwards(run):
    for _ in range(2):
        with only_one(run):
            pass


def test_where_nothing_came_of_it_nothing_is_left(tmp_path):
    new = RunFolder(tmp_path / "new")
    with pytest.raises(InputError, match="no data"), only_one(new):
        raise InputError("no data")
    assert not new.path.exists()


def test_where_no_folder_can_be_made_a_sentence_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    run = RunFolder(tmp_path / "file" / "run")
    with (
        pytest.raises(InputError, match="run cannot be written to: Not a directory"),
        only_one(run),
    ):
        raise AssertionError


def test_where_nothing_may_be_written_a_sentence_says_so(run, monkeypatch):
    def read_only(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("filelock.FileLock.acquire", read_only)
    words = "run cannot be written to: Read-only file system; another run folder is accepted"
    with pytest.raises(InputError, match=words), only_one(run):
        raise AssertionError


def test_what_fails_within_is_passed_on(run):
    with pytest.raises(OSError, match="disk"), only_one(run):
        raise OSError(28, "disk")


def test_a_run_that_has_ended_is_held_as_long_as_its_process_holds_it(run, holder):
    status = run.read_status()
    assert not is_held(run)  # it goes on, which is another matter
    run.write_status("finished", **{name: status[name] for name in Identity._fields})
    assert is_held(run)
    holder.communicate("")
    assert not is_held(run)


def test_a_process_that_lives_on_without_the_run_does_not_hold_it(run):
    assert not is_held(run)  # without any status
    run.write_status("finished")
    assert not is_held(run)
