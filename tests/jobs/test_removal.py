"""Deleting runs."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest
from tiny import tiny_config

from resunet.errors import InputError
from resunet.jobs import lock, removal
from resunet.jobs.lock import only_one, only_starter
from resunet.jobs.process import child_process
from resunet.jobs.removal import remove
from resunet.jobs.run_folder import RunFolder, list_runs
from resunet.jobs.tasks import Task
from resunet.storage import write_json

HOLD = """
import sys
from pathlib import Path
from resunet.jobs.lock import only_one
from resunet.jobs.run_folder import RunFolder
with only_one(RunFolder(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def make_run(path):
    run = RunFolder(path)
    run.write_config(tiny_config(), {})
    run.best_weights.parent.mkdir()
    run.best_weights.write_bytes(b"best")
    return run


@pytest.fixture
def run(home):
    return make_run(home / "runs" / "one")


def names(folder):
    """All there is but the lock of whoever starts or deletes it, which stays."""
    return sorted(path.name for path in folder.rglob("*") if path.name != "launch.lock")


def test_a_run_is_gone_with_all_its_files(run):
    other = make_run(run.path.with_name("two"))
    run.write_status("finished")
    with only_one(run):
        pass
    remove(run)
    assert os.listdir(run.path.parent) == ["two"]
    assert list_runs() == [other]
    assert other.best_weights.read_bytes() == b"best"


def test_a_run_is_found_however_it_is_named(run, monkeypatch):
    monkeypatch.chdir(run.path)
    remove(RunFolder(Path(".")))
    assert os.listdir(run.path.parent) == []


@pytest.mark.parametrize("state", ["queued", "running", "stopping"])
def test_a_run_that_has_a_process_stays(run, state):
    run.write_status(state)
    before = names(run.path)
    with pytest.raises(InputError, match=f"one is {state}; stop it before it is deleted"):
        remove(run)
    assert names(run.path) == before


@pytest.mark.parametrize(
    ("state", "words"),
    [("finished", "still writes the card"), ("interrupted", "is being trained by another process")],
)
def test_a_run_stays_while_a_process_holds_it_whatever_its_status_says(run, begin, state, words):
    run.write_status(state)
    assert begin(HOLD, run.path)[1] == "held"
    before = names(run.path)
    with pytest.raises(InputError, match=words):
        remove(run)
    assert names(run.path) == before


WRITE = """
import sys
from pathlib import Path
folder = Path(sys.argv[1])
folder.mkdir()
print("here", flush=True)
while True:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scores.csv").write_text("dice")
"""


@pytest.fixture
def task(run, begin):
    """A task of the run that writes again and again, and its process."""
    folder = run.path / "evaluation"
    process, _ = begin(WRITE, folder)
    write_json(folder / "task.json", child_process(process.pid)._asdict())
    return process


def test_the_tasks_of_a_run_end_with_it(run, task):
    (run.path / "model").mkdir()
    (run.path / "model" / "task.json").write_text("{")
    remove(run)
    assert not child_process(task.pid).is_alive
    assert os.listdir(run.path.parent) == []


def test_the_tasks_of_a_linked_run_end_too(run, task, tmp_path):
    (tmp_path / "link").symlink_to(run.path)
    remove(RunFolder(tmp_path / "link"))
    assert not child_process(task.pid).is_alive
    assert run.exists()


def test_a_run_stays_whose_task_does_not_end(run, task, monkeypatch):
    monkeypatch.setattr(Task, "stop", lambda _: False)  # as where its disk does not answer
    words = "one/evaluation still has a process that does not end; end it before the run is deleted"
    with pytest.raises(InputError, match=words):
        remove(run)
    assert run.best_weights.read_bytes() == b"best"
    assert task.poll() is None


def test_a_run_stays_that_is_started_before_it_can_be_had(run, monkeypatch):
    """Its process has not taken it yet, but the status names it."""

    @contextlib.contextmanager
    def after_another(run):
        run.write_status("queued")
        with only_starter(run):
            yield

    monkeypatch.setattr(removal, "only_starter", after_another)
    with pytest.raises(InputError, match="one is queued; stop it before it is deleted"):
        remove(run)
    assert run.exists()


def test_a_run_stays_that_is_being_started(run, monkeypatch):
    monkeypatch.setattr(lock, "_LAUNCH_SECONDS", 0.0)
    words = "one is being started or deleted by another process"
    with only_starter(run), pytest.raises(InputError, match=words):
        remove(run)
    assert run.exists()


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_that_is_no_run_stays_as_it_is(tmp_path, made):
    folder = tmp_path / "pictures"
    if made:
        folder.mkdir()
        (folder / "a.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"pictures holds no run: it has no config\.json"):
        remove(RunFolder(folder))
    assert names(tmp_path) == (["a.png", "pictures"] if made else [])


def test_of_a_linked_run_the_link_alone_goes(tmp_path, home):
    elsewhere = make_run(tmp_path / "elsewhere")
    before = names(elsewhere.path)
    (home / "runs").mkdir(parents=True)
    link = home / "runs" / "one"
    link.symlink_to(elsewhere.path)
    remove(RunFolder(link))
    assert not link.is_symlink()
    assert names(elsewhere.path) == before  # no lock either


def test_what_a_link_in_the_run_leads_to_stays(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "scan").write_bytes(b"pixels")
    (run.path / "data").symlink_to(tmp_path / "data")
    remove(run)
    assert not run.path.exists()
    assert (tmp_path / "data" / "scan").read_bytes() == b"pixels"


def test_where_nothing_may_be_changed_a_sentence_says_so(run, monkeypatch):
    def read_only(*_):
        raise OSError(30, "Read-only file system")

    before = names(run.path)
    monkeypatch.setattr(Path, "rename", read_only)
    with pytest.raises(InputError, match=r"one cannot be deleted: Read-only file system\.$"):
        remove(run)
    assert names(run.path) == before


def test_a_deletion_that_breaks_off_leaves_no_half_run_and_is_finished_by_the_next(
    run, monkeypatch
):
    whole = shutil.rmtree

    def broken(path):
        (path / "config.json").rename(path / "log.txt")
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(shutil, "rmtree", broken)
    with pytest.raises(InputError, match=r"no longer listed, but .* whole: Input/output error"):
        remove(run)
    assert not run.path.exists()
    (left,) = run.path.parent.iterdir()
    assert left.name.startswith(".")
    assert list_runs() == []
    monkeypatch.setattr(shutil, "rmtree", whole)
    remove(make_run(run.path))
    assert os.listdir(run.path.parent) == []
