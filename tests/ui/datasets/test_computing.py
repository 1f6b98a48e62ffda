import os

import pytest
from comparing import GONE, note_process

from resunet.jobs.process import this_process
from resunet.jobs.tasks import Task
from resunet.ui.datasets import computing
from resunet.ui.datasets.request import Request


@pytest.fixture
def request_for(tmp_path):
    return Request((tmp_path / "data",), False, "training")


@pytest.fixture
def started(monkeypatch):
    """What was started: (folder, words)."""
    calls = []
    monkeypatch.setattr(Task, "start", lambda task, words: calls.append((task.folder, words)))
    return calls


def test_the_command_names_folders_that_any_process_finds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    request = Request((tmp_path / "a", tmp_path / "a/../b"), True, "-x")
    assert request.words == [
        *("compare", "--check", "--reference=-x"),
        *("--data", str(tmp_path / "a"), str(tmp_path / "b"), "--whole"),
    ]


def test_starting_tells_where_to_write(request_for, started, tmp_path):
    folder = tmp_path / "comparisons/one"
    computing.start(request_for, folder)
    assert started == [(folder, [*request_for.words, "--out", str(folder)])]


def test_starting_again_forgets_that_it_was_stopped_and_what_was_damaged(
    request_for, started, tmp_path
):
    folder = tmp_path / "comparisons/one"
    folder.mkdir(parents=True)
    (folder / "comparison.json").write_text("{")
    computing.stop(folder)
    assert computing.is_stopped(folder)
    computing.start(request_for, folder)
    assert not computing.is_stopped(folder)
    assert not (folder / "comparison.json").exists()


def test_only_the_newest_are_kept_and_none_at_work_is_removed(request_for, started, tmp_path):
    folders = [tmp_path / f"comparisons/{number:02}" for number in range(30)]
    for number, folder in enumerate(folders):
        note_process(folder, this_process() if number == 1 else GONE)
        os.utime(folder, ns=(number, number))
    computing.start(request_for, tmp_path / "comparisons/new")
    kept = sorted(each.name for each in (tmp_path / "comparisons").iterdir())
    assert kept == ["01", *(f"{number:02}" for number in range(7, 30)), "new"]
