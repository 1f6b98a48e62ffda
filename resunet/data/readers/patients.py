"""Tells several patients' files from one patient's, where nobody says which they are."""

from pathlib import Path

from resunet.data.cases import Case, find_cases
from resunet.data.dicom_signs import SUFFIXES, is_dicom
from resunet.data.readers import nifti
from resunet.data.readers.dicom.headers import quiet, read_instance, text
from resunet.data.readers.inputs import files_in
from resunet.errors import InputError

_FEWEST_CONTRASTS = 3  # files of a patient one of whose contrasts is missing
_PACKING = "__MACOSX"  # macOS packs a shadow of each file beside it


def several_patients(folder: Path) -> list[Case]:
    """The patients in a folder that somebody packed.

    The layouts of `find_cases` are understood, also below folders that lie there alone. A folder
    for each contrast of one patient is no set of patients: folders of NIfTI files count with at
    least three contrasts, and DICOM files tell who the patient is.

    Args:
        folder: Files of one patient or of several.

    Returns:
        The patients by split and name; empty where there are not two.
    """
    while True:
        cases = _cases_in(folder)
        inside = [path for path in folder.iterdir() if not path.name.startswith((".", _PACKING))]
        if cases or len(inside) != 1 or not inside[0].is_dir():
            break
        folder = inside[0]
    found = [case for case in cases if _is_patient(case)]
    return found if len({_who(case) for case in found}) > 1 else []


def _cases_in(folder: Path) -> list[Case]:
    try:
        return [case for case in find_cases(folder) if _PACKING not in (case.split, case.patient)]
    except InputError:
        return []


def _is_patient(case: Case) -> bool:
    """Whether a case is a patient by itself, not one contrast's folder."""
    files = _nifti_in(case)
    if not files or len(files) >= _FEWEST_CONTRASTS:
        return True
    try:
        return any(len(nifti.nifti_volumes(path)) > 1 for path in files)
    except InputError:
        return False


def _nifti_in(case: Case) -> list[Path]:
    files = [] if case.folder is None else files_in(case.folder)
    return [path for path in files if path.name.lower().endswith(nifti.SUFFIXES)]


def _who(case: Case) -> tuple[str, ...]:
    """What two cases of one patient share: of DICOM files what they say of the patient."""
    name = (case.split, case.patient)
    if case.folder is None or _nifti_in(case):
        return name
    for path in files_in(case.folder):
        if not (path.suffix.lower() in SUFFIXES or is_dicom(path)):
            continue
        try:
            with quiet():
                header = read_instance(path).header
                told = text(header, "PatientID") or text(header, "StudyInstanceUID")
        except InputError:
            continue
        return ("DICOM", told)
    return name
