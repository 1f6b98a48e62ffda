"""Comparisons made in the test's own process: none outlives the test, and none is waited for."""

import contextlib
import io
import socket
from collections.abc import Sequence
from pathlib import Path

from resunet.cli import main
from resunet.jobs.process import Identity, this_process
from resunet.jobs.tasks import Task
from resunet.storage import demo_dir, write_json, write_text

GONE = Identity(2**22 + 1, 0.0, socket.gethostname())
"""A process that is not alive: no system gives out a higher number than 2²²."""


def start_at_once(task: Task, words: Sequence[str]) -> None:
    """Stands for `Task.start`, for the command ``compare``.

    The demo patients, whole heads, seem to be read for as long as the test goes on.
    """
    if str(demo_dir()) in words:
        note_process(task.folder, this_process())
        return
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        main([*words, "--jobs", "1", "--json"])
    write_text(task.result_file, output.getvalue())
    note_process(task.folder, GONE, errors.getvalue())


def note_process(folder: Path, process: Identity, message: str = "") -> None:
    """Leaves what a process leaves that has begun, and perhaps ended with some words."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "output.txt", message)
    write_json(folder / "task.json", process._asdict())
