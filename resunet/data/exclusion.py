"""Lists of slices to leave out: plain text, one name a line, from the data folder on.

``testing/Patient_57.npz`` is a slice file, ``testing/Patient:57`` a slice of a volume,
``testing/Patient`` a whole patient. ``#`` begins a comment, at the line's start or after two
spaces; empty lines mean nothing. A name that a line cannot hold as it stands, as one with a line
end, stands as a JSON text in ``"``.
"""

import codecs
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from resunet.data.cases import Case
from resunet.data.named_slices import checked_name, numbered, patient_name, slice_name
from resunet.errors import InputError
from resunet.storage import write_text

_COMMENT = re.compile(r"(?:\s\s|\t)\s*#.*", re.DOTALL)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Remaining(NamedTuple):
    """What is left of some patients.

    Attributes:
        cases: The patients with something left.
        names: What was left out of them, in the list's order.
        emptied: The names of patients of whom nothing is left.
    """

    cases: list[Case]
    names: tuple[str, ...]
    emptied: tuple[str, ...]


@dataclass(frozen=True)
class Exclusion:
    """Slices and patients of a data folder to leave out.

    Attributes:
        names: Their names as the data folder has them, each once.
        unknown: Names that mean nothing in the data folder.
    """

    names: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def applied(self, cases: Iterable[Case]) -> Remaining:
        """The cases without what is to be left out; names of other patients change nothing.

        A volume keeps its slices, and `Case.left_out` says which of them are not used.
        """
        wanted = set(self.names)
        numbers: dict[str, list[int]] = {}
        for patient, number in filter(None, map(numbered, self.names)):
            numbers.setdefault(patient, []).append(number)
        left: list[Case] = []
        found: set[str] = set()
        emptied: list[str] = []
        for case in cases:
            name = patient_name(case)
            if name in wanted:
                found.add(name)
                emptied.append(name)
            elif case.folder is not None:
                out = sorted(numbers.get(name, []))
                found.update(slice_name(case, number) for number in out)
                left.append(replace(case, left_out=tuple(out)) if out else case)
            else:
                out_files = {f for f in case.slices if slice_name(case, f) in wanted}
                found.update(slice_name(case, file) for file in out_files)
                files = tuple(file for file in case.slices if file not in out_files)
                if files:
                    left.append(replace(case, slices=files) if out_files else case)
                else:
                    emptied.append(name)
        return Remaining(left, tuple(n for n in self.names if n in found), tuple(emptied))


def read_exclusion(path: Path, cases: Sequence[Case], root: Path) -> Exclusion:
    """Reads a list, which may have been written on any system.

    Args:
        path: A text file in UTF-8, or in UTF-16 with a byte order mark.
        cases: All patients of the data folder, since a list may be of several splits.
        root: The data folder, to be named in what is told.

    Returns:
        What the list means in this folder; nothing where it holds comments alone.

    Raises:
        InputError: If it cannot be read, holds a name that leads out of the folder, or none of
            its names is in the folder.
    """
    names = _names(path)
    known = {patient_name(case) for case in cases}
    known |= {slice_name(case, file) for case in cases for file in case.slices}
    volumes = {patient_name(case) for case in cases if case.folder is not None}
    meant = {name: _meant(name, known, volumes) for name in names}
    found = tuple(dict.fromkeys(each for each in meant.values() if each is not None))
    unknown = tuple(name for name, each in meant.items() if each is None)
    if unknown and not found:
        raise InputError(
            f"{path} names nothing that is in {root}; the first of its {len(names)} names is "
            f"{unknown[0]}, where names from the data folder on are accepted."
        )
    return Exclusion(found, unknown)


def write_exclusion(
    path: Path, entries: Iterable[tuple[str, str]], heading: Sequence[str] = ()
) -> None:
    """Writes a list.

    Args:
        path: The file.
        entries: A name, as of `resunet.data.named_slices.slice_name`, and why it is left out, which
            may be empty. A name that comes several times is written once, with all reasons.
        heading: Comments to begin with.
    """
    reasons: dict[str, list[str]] = {}
    for name, why in entries:
        reasons.setdefault(name, []).extend([why] if why else [])
    lines = [f"# {_one_line(text)}" for text in heading]
    for name, texts in reasons.items():
        comment = _one_line("; ".join(dict.fromkeys(texts)))
        lines.append(_quoted(name) + (f"  # {comment}" if comment else ""))
    write_text(path, "".join(f"{line}\n" for line in lines))


def told(names: Sequence[str]) -> str:
    """How many slices and patients some names are, such as ``3 slices and 1 patient``."""
    slices = sum(name.endswith(".npz") or numbered(name) is not None for name in names)
    counts = {"slice": slices, "patient": len(names) - slices}
    words = [f"{n:,} {what}{'' if n == 1 else 's'}" for what, n in counts.items() if n]
    return " and ".join(words) or "0 slices"


def _names(path: Path) -> list[str]:
    """The names that a list holds, checked, each once."""
    if path.exists() and not path.is_file():  # to read a pipe would wait for ever
        raise InputError(f"{path} is no file, where a list of slices to leave out is accepted.")
    try:
        data = path.read_bytes()
        text = data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text, where a list of names is accepted.") from error
    names: dict[str, None] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        try:
            name = _name_in(line)
            if name:
                checked_name(name)
                names[name] = None
        except InputError as error:
            raise InputError(f"{path}, line {number}: {error}") from None
    return list(names)


def _name_in(line: str) -> str:
    """The name in a line; empty where it holds none."""
    line = line.strip()
    if line.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(line)
        except ValueError:
            name, end = None, 0
        rest = line[end:].strip()
        if not isinstance(name, str) or not (rest == "" or rest.startswith("#")):
            raise InputError(f"{line} is not whole, where a text between quotes is accepted.")
        return name
    return "" if line.startswith("#") else _COMMENT.sub("", line)


def _meant(name: str, known: set[str], volumes: set[str]) -> str | None:
    """A name as the data folder has it; None where it means nothing there."""
    for spelling in (name, checked_name(name)):
        if spelling in known:
            return spelling
        parts = numbered(spelling)
        if parts is not None and parts[0] in volumes:
            return f"{parts[0]}:{parts[1]}"
    return None


def _quoted(name: str) -> str:
    """A name as a line can hold it."""
    odd = any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in name)
    if odd or name != name.strip() or name.startswith(("#", '"')) or _COMMENT.search(name):
        return json.dumps(name)
    return name


def _one_line(text: str) -> str:
    """A comment without line ends, and without what cannot be written."""
    return " ".join("".join(" " if unicodedata.category(c)[0] == "C" else c for c in text).split())
