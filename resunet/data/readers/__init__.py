"""From files to a `Study`: one function for a case of a data folder, one for any input."""

from pathlib import Path

from resunet.data.cases import Case, find_cases
from resunet.data.readers.nifti import read_nifti_folder
from resunet.data.readers.npz import read_npz_slice, read_npz_slices
from resunet.errors import InputError
from resunet.study import Study

__all__ = ["read_case", "read_input", "read_nifti_folder", "read_npz_slice", "read_npz_slices"]


def read_case(case: Case) -> Study:
    """Reads one patient found by `find_cases`.

    Raises:
        InputError: Names the first file that cannot be used, and why.
    """
    if case.folder is not None:
        return read_nifti_folder(case.folder, identifier=case.patient)
    return read_npz_slices(case.slices, patient=case.patient)


def read_input(path: Path) -> Study:
    """Reads what a user named: an npz slice, or a folder that holds one patient.

    Args:
        path: An npz file; or a folder of four NIfTI files, or of one patient's npz slices.

    Raises:
        InputError: If it is none of these, or cannot be used.
    """
    if path.is_dir():
        return _read_folder(path)
    if not path.exists():
        raise InputError(f"{path} does not exist.")
    if path.suffix == ".npz":
        return read_npz_slice(path)
    raise InputError(
        f"{path} is of no known kind: .npz, or a folder of one patient's npz or NIfTI files, is "
        "accepted."
    )


def _read_folder(folder: Path) -> Study:
    if not any(folder.glob("[!.]*.npz")):
        return read_nifti_folder(folder)
    cases = [case for case in find_cases(folder) if case.slices and not case.split]
    if len(cases) > 1:
        names = ", ".join(case.patient for case in cases[:3])
        raise InputError(f"{folder} holds slices of {names}; those of one patient are accepted.")
    return read_case(cases[0])
