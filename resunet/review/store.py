"""What readers ticked and noted: one small file for each patient, in the program's home.

A file for each patient needs no lock: writing one never touches another, and each is exchanged
whole. Of two readers who write of the same patient in the same moment the last is kept. No file
holds a name; what a reader types into a note is kept as it is.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from resunet.errors import InputError
from resunet.review.addresses import root_id
from resunet.storage import SCHEMA, home, read_json, write_json

MOST_NOTE = 2000
"""Characters of a note at most."""

_ID = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Review:
    """What a reader said of one patient.

    Attributes:
        reviewed: Whether it is ticked.
        note: A note, at most `MOST_NOTE` characters.
        when: When it was written last, ISO 8601 in UTC; empty where nothing was.
    """

    reviewed: bool = False
    note: str = ""
    when: str = ""


class Found(NamedTuple):
    """All reviews of a data folder.

    Attributes:
        reviews: Opaque name → what was said; patients without a file are not in it.
        damaged: Opaque name → why its file cannot be used, one sentence.
    """

    reviews: dict[str, Review]
    damaged: dict[str, str]


class Notebook(Protocol):
    """Where readers' ticks and notes of some patients are."""

    def read_all(self) -> Found:
        """All there are."""

    def write(self, id_: str, *, reviewed: bool | None = None, note: str | None = None) -> Review:
        """Writes a tick, a note or both; None leaves the one that is there.

        Raises:
            InputError: If the note is too long, or it cannot be written.
        """


class Jottings:
    """Reviews that nobody keeps: they last as long as this object."""

    def __init__(self) -> None:
        self._reviews: dict[str, Review] = {}

    def read_all(self) -> Found:
        """All there are."""
        return Found(dict(self._reviews), {})

    def write(self, id_: str, *, reviewed: bool | None = None, note: str | None = None) -> Review:
        """As `Notebook.write`."""
        _check_note(note)
        review = _revised(self._reviews.get(id_, Review()), reviewed, note, datetime.now(UTC))
        self._reviews[id_] = review
        return review


class Reviews:
    """The reviews of one data folder, a `Notebook`.

    Args:
        root: The data folder.

    Attributes:
        folder: Where they are kept: ``reviews/`` in the program's home, and in it the folder's
            opaque name.
    """

    def __init__(self, root: Path) -> None:
        self.folder = home() / "reviews" / root_id(root)

    def read(self, id_: str) -> Review:
        """What was said of a patient; an empty `Review` where there is no file.

        Args:
            id_: The patient's opaque name.

        Raises:
            InputError: If its file cannot be used; it stays where it is.
        """
        path = self._path(id_)
        return _from_json(read_json(path), path) if path.exists() else Review()

    def read_all(self) -> Found:
        """All there are."""
        found = Found({}, {})
        try:
            ids = sorted(path.stem for path in self.folder.glob("*.json"))
        except OSError:
            ids = []
        for id_ in filter(_ID.fullmatch, ids):
            try:
                found.reviews[id_] = self.read(id_)
            except InputError as error:
                found.damaged[id_] = str(error)
        return found

    def write(
        self,
        id_: str,
        *,
        reviewed: bool | None = None,
        note: str | None = None,
        when: datetime | None = None,
    ) -> Review:
        """Writes a tick, a note or both; None leaves the one that is there.

        A damaged file is not written over: it is set aside under a name of its own.

        Args:
            id_: The patient's opaque name.
            reviewed: The tick.
            note: The note, at most `MOST_NOTE` characters.
            when: The time, now by default.

        Raises:
            InputError: If the note is too long, or the file cannot be written.
        """
        path = self._path(id_)
        _check_note(note)
        try:
            before = self._read_or_set_aside(path)
            review = _revised(before, reviewed, note, when or datetime.now(UTC))
            write_json(path, {"schema": SCHEMA, **asdict(review)})
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error
        return review

    def _path(self, id_: str) -> Path:
        if not _ID.fullmatch(id_):
            raise InputError(f"id is {id_!r}, where 12 hexadecimal digits are accepted.")
        return self.folder / f"{id_}.json"

    def _read_or_set_aside(self, path: Path) -> Review:
        try:
            return self.read(path.stem)
        except InputError:
            os.replace(path, path.with_name(f"{path.stem}.damaged-{secrets.token_hex(4)}"))
            return Review()


def _revised(before: Review, reviewed: bool | None, note: str | None, when: datetime) -> Review:
    return Review(
        before.reviewed if reviewed is None else reviewed,
        before.note if note is None else note,
        when.astimezone(UTC).isoformat(timespec="seconds"),
    )


def _check_note(note: str | None) -> None:
    if note is not None and len(note) > MOST_NOTE:
        raise InputError(
            f"note has {len(note):,} characters, where at most {MOST_NOTE:,} are accepted."
        )


def _from_json(values: Any, path: Path) -> Review:
    if not isinstance(values, Mapping) or values.get("schema") != SCHEMA:
        raise InputError(f"{path} is no review of schema {SCHEMA}.")
    reviewed, note, when = (values.get(key) for key in ("reviewed", "note", "when"))
    if not (isinstance(reviewed, bool) and isinstance(note, str) and isinstance(when, str)):
        raise InputError(f"{path} lacks a tick, a note or a time of the right kind.")
    return Review(reviewed, note, when)
