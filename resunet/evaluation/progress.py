"""How far an evaluation is, as a file in its result folder, for whoever watches it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from resunet.errors import InputError
from resunet.storage import SCHEMA, read_json, write_json

FILE = "progress.json"
"""In the result folder, while patients are scored."""


def part_name(split: str, way: str = "") -> str:
    """What patients of a split are called who are scored in a way; without one in the usual."""
    return ", ".join(filter(None, (split or "all patients", way)))


class Part(NamedTuple):
    """Patients that are scored in one way.

    Attributes:
        what: The split, and the way where there are several.
        done: How many patients are scored.
        total: Of how many.
    """

    what: str
    done: int
    total: int


class Progress:
    """Written after each patient.

    Args:
        folder: The result folder; it is there.
        totals: What is scored → how many patients.

    Raises:
        OSError: If the file cannot be written.
    """

    def __init__(self, folder: Path, totals: Mapping[str, int]) -> None:
        self._file = folder / FILE
        self._parts = {what: Part(what, 0, total) for what, total in totals.items()}
        self._write()

    def counting(self, what: str, also: Callable[[object], None]) -> Callable[[object], None]:
        """A callback that counts one patient more, whatever it is told.

        Args:
            what: What the patient is of.
            also: Called besides.
        """

        def count(told: object) -> None:
            part = self._parts[what]
            self._parts[what] = part._replace(done=part.done + 1)
            self._write()
            also(told)  # last: it may end the work

        return count

    def end(self) -> None:
        """Takes the file away: there is nothing to wait for any more."""
        self._file.unlink(missing_ok=True)

    def _write(self) -> None:
        parts = [part._asdict() for part in self._parts.values()]
        write_json(self._file, {"schema": SCHEMA, "parts": parts})


def read_progress(folder: Path) -> list[Part]:
    """How far the evaluation in a folder is; empty where that is not known."""
    try:
        values: Any = read_json(folder / FILE)
        return [
            Part(str(each["what"]), int(each["done"]), int(each["total"]))
            for each in values["parts"]
        ]
    except (InputError, LookupError, TypeError, ValueError):
        return []
