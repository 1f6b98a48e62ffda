"""Commands of the program in processes of their own, whose results are picked up later.

A task is a folder: who computes (``task.json``), what it wrote for people (``output.txt``) and
its result (``result.json``, what the command prints with ``--json``). Whoever started it may be
gone meanwhile.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from resunet.errors import InputError
from resunet.jobs.launch import ended_unless_noted, start_detached
from resunet.jobs.process import POLITE_SECONDS, Identity, child_process
from resunet.storage import read_json, write_json

_NAME = re.compile(r"^resunet \w+: ")

State = Literal["none", "running", "finished", "failed"]


@dataclass(frozen=True)
class Task:
    """One command and its outcome.

    Attributes:
        folder: Where its files lie; it need not exist yet.
    """

    folder: Path

    def start(self, words: Sequence[str]) -> None:
        """Starts it, unless it runs already, or somebody else does so at the same time.

        Args:
            words: Command and arguments after ``python -m resunet``; ``--json`` is added.

        Raises:
            OSError: If the folder cannot be written to; no process is left then.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / "start.lock", thread_local=False):
            if self.state == "running":
                return
            self._task_file.unlink(missing_ok=True)
            with open(self.result_file, "wb") as result, open(self._output_file, "wb") as output:
                pid = start_detached([*words, "--json"], result, output)
            process = child_process(pid)
            with ended_unless_noted(process):
                write_json(self._task_file, process._asdict())

    @property
    def state(self) -> State:
        """How it stands."""
        if not self._task_file.is_file():
            return "none"
        identity = self._process
        if identity is not None and identity.is_alive:
            return "running"
        return "failed" if self.result is None else "finished"

    @property
    def result(self) -> dict[str, Any] | None:
        """What the command printed; None where it has not, or not in whole."""
        try:
            result = read_json(self.result_file)
        except InputError:
            return None
        return result if isinstance(result, dict) else None

    @property
    def message(self) -> str:
        """The last line that it wrote for people, its name taken off; empty where there is none."""
        try:
            lines = self._output_file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return _NAME.sub("", last)

    def stop(self, polite_seconds: float = POLITE_SECONDS) -> bool:
        """Ends it, where it runs on this machine, by force where it does not in time.

        Args:
            polite_seconds: How long it may take to end by itself.

        Returns:
            Whether it is gone.

        Raises:
            InputError: If it is another user's.
        """
        identity = self._process
        return identity is None or identity.end(polite_seconds)

    @property
    def _process(self) -> Identity | None:
        try:
            return Identity.of(read_json(self._task_file))
        except (InputError, AttributeError):
            return None

    @property
    def _task_file(self) -> Path:
        return self.folder / "task.json"

    @property
    def result_file(self) -> Path:
        """What the command printed, once it is done."""
        return self.folder / "result.json"

    @property
    def _output_file(self) -> Path:
        return self.folder / "output.txt"


def tasks_in(folder: Path) -> list[Task]:
    """The tasks whose folders lie directly in a folder, by name.

    Raises:
        OSError: If it cannot be read.
    """
    tasks = (Task(path) for path in sorted(folder.iterdir()) if path.is_dir())
    return [task for task in tasks if task.state != "none"]
