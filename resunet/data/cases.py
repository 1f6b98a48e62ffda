"""Finds what a data folder holds, without opening a picture.

Three layouts are understood, also side by side:

* the paper's: ``<split>/<patient>_<k>[_suffix].npz``, one axial slice a file;
* BraTS: ``[<split>/]<patient>/`` with one NIfTI file for each contrast;
* DICOM: ``[<split>/]<patient>/`` with the files themselves, or in folders of series or of
  examinations with series, whatever these are called.

Of DICOM, only a name can tell a split of patients from a patient of series. So a folder of the
data folder is a split of DICOM patients if it is called like one (``training``, ``test``, …) or
holds patients in another layout; any other is a patient.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from resunet.data import dicom_signs
from resunet.errors import InputError

_SLICE_NAME = re.compile(r"(?P<patient>.+)_(?P<number>\d+)(?P<suffix>_[A-Za-z]\w*)?\.npz")

_USUAL = ("training", "validating", "testing")

_SPLITS = {*_USUAL, "train", "valid", "val", "validation", "test", "dev", "holdout"}
"""What folders of patients are called, in small letters."""

_NO_DICOM = (".npz", ".npy", ".nii", ".gz", ".png", ".json", ".csv", ".txt", ".xml", ".pdf")
_OPENED = 4  # files of a folder at most
_LOOKED_INTO = 8  # folders of a folder at most
_DEEPEST = 3  # below a patient: examinations and series, one in reserve


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
        folder: The folder of NIfTI or DICOM files, or None.
        left_out: Numbers of a volume's slices that are neither trained on nor scored.
    """

    split: str
    patient: str
    slices: tuple[SliceFile, ...] = ()
    folder: Path | None = None
    left_out: tuple[int, ...] = ()

    @property
    def places(self) -> list[Path]:
        """The patient's files, or the folder that holds them."""
        return [file.path for file in self.slices] if self.folder is None else [self.folder]


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
        known = {case.folder for case in cases}
        for folder in _folders(root):
            found = _cases_in(folder, folder.name)
            cases += found
            if folder in known:
                continue
            if found or folder.name.lower() in _SPLITS:
                known.update(case.folder for case in found)
                others = [sub for sub in _folders(folder) if sub not in known and _dicom(sub)]
                cases += [Case(folder.name, sub.name, folder=sub) for sub in others]
            elif _dicom(folder):
                cases.append(Case("", folder.name, folder=folder))
    except OSError as error:
        raise InputError(f"{root} cannot be read: {error.strerror}.") from error
    if not cases:
        raise InputError(
            f"{root} holds no case: expected <split>/<patient>_<k>.npz, or a folder of NIfTI or "
            "DICOM files for each patient."
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


def _dicom(folder: Path, deeper: int = _DEEPEST) -> bool:
    """Whether a patient's folder, or one of the first few below it, holds DICOM files."""
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if not entry.name.startswith(".")]
        folders = [folder / e.name for e in found if e.is_dir(follow_symlinks=False)]
        names = [e.name for e in found if not e.is_dir()]
    except OSError:  # somebody else's folder
        return False
    if any(name.lower().endswith(dicom_signs.SUFFIXES) for name in names):
        return True
    unclear = [name for name in sorted(names) if not name.lower().endswith(_NO_DICOM)]
    if any(_has_mark(folder / name) for name in unclear[:_OPENED]):
        return True
    return deeper > 0 and any(_dicom(sub, deeper - 1) for sub in sorted(folders)[:_LOOKED_INTO])


def _has_mark(path: Path) -> bool:
    """Whether a file bears DICOM's mark; one that cannot be read does not."""
    if not os.path.isfile(path):  # to open a pipe would wait for ever
        return False
    try:
        with path.open("rb") as file:
            return dicom_signs.has_mark(file.read(dicom_signs.MARK_END))
    except OSError:
        return False
