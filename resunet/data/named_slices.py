"""How a slice of a data folder is called in lists and findings, and the way back to its picture."""

import re
from pathlib import Path

from resunet.data.cases import Case, SliceFile
from resunet.data.readers import read_folder, read_npz_slice
from resunet.errors import InputError
from resunet.study import Study

_DRIVE = re.compile(r"[A-Za-z]:/")
_NUMBERED = re.compile(r"(?P<patient>.+):(?P<number>[0-9]{1,9})", re.DOTALL)


def patient_name(case: Case) -> str:
    """A patient's name from the data folder on, such as ``testing/Patient``."""
    return f"{case.split}/{case.patient}" if case.split else case.patient


def slice_name(case: Case, of: SliceFile | int) -> str:
    """A slice's name from the data folder on.

    Args:
        case: Its patient.
        of: One of the patient's slice files; of a volume the slice's number.

    Returns:
        The file, such as ``testing/Patient_57_corrupted.npz``, or the patient's folder and the
        number, ``testing/Patient:57``.
    """
    if isinstance(of, int):
        return f"{patient_name(case)}:{of}"
    return f"{case.split}/{of.path.name}" if case.split else of.path.name


def numbered(name: str) -> tuple[str, int] | None:
    """Takes ``testing/Patient:57`` apart; None where a name is of another kind."""
    match = _NUMBERED.fullmatch(name)
    return None if match is None else (match["patient"], int(match["number"]))


def checked_name(name: str) -> str:
    """A name with ``/`` between its parts, whatever system wrote it.

    Raises:
        InputError: If it is empty, absolute, or leads up out of its folder.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    is_absolute = name.startswith(("/", "\\")) or _DRIVE.match(name.replace("\\", "/"))
    if not parts or is_absolute or ".." in parts or "\0" in name:
        raise InputError(
            f"{name!r} is no name of a slice, where names from the data folder on are accepted, "
            "such as testing/Patient_57.npz."
        )
    return "/".join(parts)


def read_named_slice(root: Path, name: str) -> Study:
    """Reads the one slice that a name means.

    Args:
        root: The data folder.
        name: As of `slice_name`.

    Raises:
        InputError: If the name means no slice of the folder, also where it is a link that leads
            out of it, or if the slice cannot be read.
    """
    name = checked_name(name)
    if name.endswith(".npz"):
        return read_npz_slice(_inside(root, name))
    parts = numbered(name)
    if parts is None:
        raise InputError(
            f"{name} is no slice, where <split>/<patient>_<k>.npz or <split>/<patient>:<k> is "
            "accepted."
        )
    patient, number = parts
    folder = _inside(root, patient)
    study = read_folder(folder, identifier=folder.name)
    if number not in study.slice_numbers:
        first, last = study.slice_numbers[0], study.slice_numbers[-1]
        raise InputError(f"{name} is not there; slices {first} to {last} are accepted.")
    return single_slice(study, study.slice_numbers.index(number))


def single_slice(study: Study, index: int) -> Study:
    """One slice of a study as a study; the file's grid, which holds more, is not kept.

    Args:
        study: The study.
        index: Which slice, from 0 on.
    """
    chosen, positions = slice(index, index + 1), study.slice_positions_mm
    return Study(
        images=study.images[chosen],
        identifier=study.identifier,
        source=study.source,
        labels=None if study.labels is None else study.labels[chosen],
        spacing_mm=study.spacing_mm,
        slice_positions_mm=None if positions is None else positions[chosen],
        slice_numbers=study.slice_numbers[chosen],
        missing=study.missing,
        warnings=study.warnings,
    )


def _inside(root: Path, name: str) -> Path:
    """The file or folder of a name, which must lie in the data folder."""
    path = root / name
    try:
        real, home = path.resolve(strict=True), root.resolve()
    except (OSError, RuntimeError) as error:  # not there, or links in a circle
        raise InputError(f"{name} is not in {root}, where names of its slices are accepted.") from (
            error
        )
    if not real.is_relative_to(home):
        raise InputError(f"{name} leads out of {root}, where names of its slices are accepted.")
    return path
