"""Finds what a data folder holds, without opening a picture.

Two layouts are understood, also side by side:

* the paper's: ``<split>/<patient>_<k>[_suffix].npz``, one axial slice a file;
* BraTS: ``[<split>/]<patient>/`` with one NIfTI file for each contrast.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from resunet.errors import InputError

_SLICE_NAME = re.compile(r"(?P<patient>.+)_(?P<number>\d+)(?P<suffix>_[A-Za-z]\w*)?\.npz")

_USUAL = ("training", "validating", "testing")


@dataclass(frozen=True, order=True)
class SliceFile:
    """One slice in the paper's layout.

    Attributes:
        number: k of ``<patient>_<k>.npz``.
        suffix: What follows k, such as ``"_corrupted"``; mostly empty.
        path: The file.
    """

    number: int
    suffix: str
    path: Path


@dataclass(frozen=True)
class Case:
    """One patient of one split.

    Attributes:
        split: Name of the folder that holds the patient; empty for the data folder itself.
        patient: The patient's name in the data set.
        slices: The slice files in slice order (paper's layout), or empty.
        folder: The folder of NIfTI files (BraTS layout), or None.
    """

    split: str
    patient: str
    slices: tuple[SliceFile, ...] = ()
    folder: Path | None = None


def parse_slice_name(name: str) -> tuple[str, int, str] | None:
    """Takes ``<patient>_<k>[_suffix].npz`` apart.

    Returns:
        (patient, k, suffix), or None if the name is of another kind. The patient is
        everything before ``_<k>``.
    """
    match = _SLICE_NAME.fullmatch(name)
    if match is None:
        return None
    return match["patient"], int(match["number"]), match["suffix"] or ""


def find_cases(root: Path) -> list[Case]:
    """Lists the patients of a data folder, by split and name.

    Args:
        root: The data folder.

    Returns:
        The cases, sorted; never empty.

    Raises:
        InputError: If the folder is missing or holds no case, or if a file of the paper's
            layout bears no slice number.
    """
    try:
        if not root.is_dir():
            raise InputError(f"{root} is not a folder; a data folder is accepted.")
        cases = _cases_in(root, "")
        for folder in _folders(root):
            cases += _cases_in(folder, folder.name)
    except OSError as error:
        raise InputError(f"{root} cannot be read: {error.strerror}.") from error
    if not cases:
        raise InputError(
            f"{root} holds no case: expected <split>/<patient>_<k>.npz, or a folder of NIfTI "
            "files for each patient."
        )
    return sorted(cases, key=lambda case: (case.split, case.patient))


def split_names(cases: Iterable[Case]) -> list[str]:
    """The splits there are: training, validating and testing first, others by name."""
    found = sorted({case.split for case in cases})
    return sorted(found, key=lambda split: _USUAL.index(split) if split in _USUAL else len(_USUAL))


def cases_of_split(cases: Iterable[Case], split: str, root: Path) -> list[Case]:
    """The cases of one split.

    Raises:
        InputError: If there are none; names the splits there are.
    """
    cases = list(cases)
    chosen = [case for case in cases if case.split == split]
    if not chosen:
        known = ", ".join(split or "(none)" for split in split_names(cases))
        raise InputError(f"{root} has no cases in a split {split!r}; it has {known}.")
    return chosen


def _cases_in(folder: Path, split: str) -> list[Case]:
    by_patient: dict[str, list[SliceFile]] = {}
    for path in sorted(folder.glob("[!.]*.npz")):
        parts = parse_slice_name(path.name)
        if parts is None:
            raise InputError(f"{path} has no slice number: <patient>_<k>.npz is accepted.")
        patient, number, suffix = parts
        by_patient.setdefault(patient, []).append(SliceFile(number, suffix, path))
    cases = [Case(split, name, tuple(sorted(files))) for name, files in by_patient.items()]
    cases += [
        Case(split, sub.name, folder=sub)
        for sub in _folders(folder)
        if any(sub.glob("*.nii")) or any(sub.glob("*.nii.gz"))
    ]
    return cases


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
