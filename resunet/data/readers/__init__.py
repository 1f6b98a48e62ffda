"""From files to a `Study`: one entry for a case of a data folder, one for whatever a user has."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from resunet.data.cases import Case
from resunet.data.checks import check_study
from resunet.data.readers.assemble import assemble
from resunet.data.readers.inputs import (
    ACCEPTED,
    holds_slices,
    opened,
    printable,
    read_npz,
    volumes_of,
)
from resunet.data.readers.npz import read_npz_slice, read_npz_slices
from resunet.data.readers.volumes import (
    Candidate,
    DicomStack,
    GridsDiffer,
    Reading,
    ReadOptions,
)
from resunet.errors import InputError
from resunet.study import Study

__all__ = [
    "ACCEPTED",
    "Candidate",
    "DicomStack",
    "GridsDiffer",
    "ReadOptions",
    "Reading",
    "open_case",
    "open_input",
    "read_case",
    "read_folder",
    "read_input",
    "read_npz_slice",
    "read_npz_slices",
]


def open_input(
    paths: Path | Sequence[Path],
    options: ReadOptions | None = None,
    *,
    identifier: str | None = None,
) -> Reading:
    """Reads one patient, whatever the files are, and checks what was read.

    Args:
        paths: Files, folders or zips that hold one patient together (`ACCEPTED`).
        options: What the user decided.
        identifier: The study's identifier; by default npz slices' patient, else part of the
            digest of the bytes.

    Returns:
        The study, its warnings including those of `resunet.data.checks`, and how it was found.

    Raises:
        InputError: Names the file and what is wrong with it; `UnclearContrasts` where a choice
            of contrasts (`ReadOptions.contrasts`) would help.
    """
    reading = _read([paths] if isinstance(paths, Path) else list(paths), options, identifier)
    study = reading.study
    warnings = (*study.warnings, *check_study(study))
    return replace(reading, study=replace(study, warnings=tuple(dict.fromkeys(warnings))))


def open_case(case: Case, options: ReadOptions | None = None) -> Reading:
    """Reads one patient found by `find_cases`, as `open_input` does.

    Raises:
        InputError: As `open_input`.
    """
    return open_input(case.places, options, identifier=case.patient)


def read_input(paths: Path | Sequence[Path], options: ReadOptions | None = None) -> Study:
    """The study alone of `open_input`."""
    return open_input(paths, options).study


def read_case(case: Case) -> Study:
    """Reads one patient found by `find_cases`, for computing: without `check_study`.

    Raises:
        InputError: Names the first file that cannot be used, and why.
    """
    if case.folder is not None:
        return read_folder(case.folder, identifier=case.patient)
    return read_npz_slices(case.slices, patient=case.patient)


def read_folder(folder: Path, *, identifier: str | None = None) -> Study:
    """Reads the patient in a folder, for computing: without `check_study`.

    Args:
        folder: One patient's files.
        identifier: As for `open_input`.

    Raises:
        InputError: As `open_input`.
    """
    return _read([folder], None, identifier).study


def _read(paths: list[Path], options: ReadOptions | None, identifier: str | None) -> Reading:
    options = options or ReadOptions()
    where = str(paths[0]) if len(paths) == 1 else "The input"
    try:
        with opened(paths) as files:
            if holds_slices(files):
                return Reading(read_npz(files, printable(where), options))
            volumes = volumes_of(files)
            if not volumes:
                found = f", but {' and '.join(sorted(files.instead))}" if files.instead else ""
                raise InputError(f"{where} holds no picture{found}; accepted are {ACCEPTED}.")
            return assemble(volumes, where, options, identifier=identifier)
    except InputError as error:
        error.args = (printable(str(error)),)
        raise
