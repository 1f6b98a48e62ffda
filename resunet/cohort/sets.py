"""Which sets of patients are compared: the splits of a data folder, or several folders."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from resunet.data.cases import Case, find_cases, split_names
from resunet.errors import InputError

WHOLE = "all"
"""The name of a set of a single folder without splits."""


@dataclass(frozen=True)
class PatientSet:
    """A set of patients.

    Attributes:
        name: Its name, like no other's.
        root: The data folder.
        cases: Its patients, at least one.
    """

    name: str
    root: Path
    cases: tuple[Case, ...]


def find_sets(roots: Sequence[Path], *, whole: bool = False) -> list[PatientSet]:
    """Finds the sets in data folders, without opening a picture.

    Args:
        roots: At least one data folder, each once.
        whole: Whether a folder is one set, its splits taken together.

    Returns:
        The sets, by folder, and training first. Splits of a single folder bear their own names;
        of several folders, a folder with one set gives it its own name, and others theirs as
        ``folder/split``.

    Raises:
        InputError: If no folder is given or one is given twice, or as `find_cases`.
    """
    if not roots:
        raise InputError("No data folder was given; one or more are accepted.")
    resolved = [root.resolve() for root in roots]
    for root, place in zip(roots, resolved, strict=True):
        if resolved.count(place) > 1:
            raise InputError(f"{root} was given twice; each data folder is accepted once.")
    labels = _labels(resolved)
    sets = []
    for root, label in zip(roots, labels, strict=True):
        splits = _splits(find_cases(root), whole)
        for split, cases in splits.items():
            if len(roots) == 1:
                name = split or WHOLE
            else:
                name = label if len(splits) == 1 else f"{label}/{split or WHOLE}"
            sets.append(PatientSet(name, root, cases))
    return sets


def _splits(cases: Sequence[Case], whole: bool) -> dict[str, tuple[Case, ...]]:
    if whole:
        return {"": tuple(cases)}
    return {
        split: tuple(case for case in cases if case.split == split) for split in split_names(cases)
    }


def _labels(roots: Sequence[Path]) -> list[str]:
    """The folders' names, with the names above them where two are called alike."""
    count = Counter(root.name for root in roots)
    return [root.name if count[root.name] == 1 else root.as_posix() for root in roots]


def choose_reference(names: Iterable[str], wanted: str | None = None) -> str:
    """The set that says what is usual.

    Args:
        names: The sets' names, at least one.
        wanted: The one asked for; by default that called training, else the first.

    Raises:
        InputError: If no set bears the wanted name.
    """
    known = list(names)
    if wanted is None:
        usual = [name for name in known if name.rpartition("/")[2] in ("training", "train")]
        return (usual or known)[0]
    if wanted not in known:
        raise InputError(f"reference is {wanted!r}, where one of {', '.join(known)} is accepted.")
    return wanted
