"""Evaluations that were asked for: each a process of its own, which writes into a folder."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from resunet.errors import InputError
from resunet.evaluation.against import FILE, read_scores
from resunet.jobs.tasks import Task
from resunet.storage import evaluations_dir, read_json, write_json
from resunet.ui.evaluation.request import Request

_ASKED = "request.json"
_STOPPED = "stopped"

State = Literal["running", "stopped", "failed", "finished"]


class Asked(NamedTuple):
    """An evaluation that was asked for.

    Attributes:
        folder: Where its result will lie, or lies.
        title: What it is of.
        words: Command and arguments, but for ``--out``.
    """

    folder: Path
    title: str
    words: tuple[str, ...]

    @property
    def task(self) -> Task:
        """Its process."""
        return Task(self.folder)

    @property
    def state(self) -> State:
        """How it stands."""
        if self.task.state == "running":
            return "running"
        if is_done(self.folder):
            return "finished"
        return "stopped" if (self.folder / _STOPPED).is_file() else "failed"


def is_done(folder: Path) -> bool:
    """Whether there is a result."""
    return (folder / FILE).is_file()


def is_whole(folder: Path) -> bool:
    """Whether there is a result that can be read."""
    try:
        read_scores(folder)
    except InputError:
        return False
    return True


def ask(request: Request) -> Asked:
    """Starts an evaluation, unless it is done or runs already.

    Raises:
        InputError: If a file of the data or the model is gone.
        OSError: If the folder cannot be written to.
    """
    title = (
        f"{request.model.name} on {request.root.name}, {', '.join(filter(None, request.splits))}"
    )
    asked = Asked(request.folder(), title.rstrip(", "), tuple(request.words))
    if not is_whole(asked.folder):
        (asked.folder / FILE).unlink(missing_ok=True)  # must not pass for the one that comes
        asked.folder.mkdir(parents=True, exist_ok=True)
        write_json(asked.folder / _ASKED, {"schema": 1, "title": asked.title, "words": asked.words})
        go_on(asked)
    return asked


def go_on(asked: Asked) -> None:
    """Starts what was stopped or has failed; patients that are done stay done.

    Raises:
        OSError: If the folder cannot be written to.
    """
    (asked.folder / _STOPPED).unlink(missing_ok=True)
    asked.task.start([*asked.words, "--out", str(asked.folder.absolute())])


def stop(asked: Asked) -> None:
    """Ends it; patients that are done stay done.

    Raises:
        InputError: If the process is another user's.
        OSError: If the folder cannot be written to.
    """
    (asked.folder / _STOPPED).touch()
    asked.task.stop()


def discard(asked: Asked) -> None:
    """Forgets an evaluation that is not done, with the patients that are."""
    if asked.state not in ("running", "finished"):
        shutil.rmtree(asked.folder, ignore_errors=True)


def unfinished() -> list[Asked]:
    """All that was asked for and is not done, by name."""
    root = evaluations_dir()
    folders = sorted(each for each in root.iterdir()) if root.is_dir() else []
    every = [asked for folder in folders if (asked := _read(folder)) is not None]
    return [asked for asked in every if asked.state != "finished"]


def _read(folder: Path) -> Asked | None:
    if not (folder / _ASKED).is_file():
        return None
    try:
        values: Mapping[str, Any] = read_json(folder / _ASKED)
        return Asked(folder, str(values["title"]), tuple(map(str, values["words"])))
    except (InputError, LookupError, TypeError):
        return None
