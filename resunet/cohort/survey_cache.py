"""Surveys of patients kept on disk, so that a data set is read once.

A survey is found again by what went into it: the patient's files, their sizes and times, and the
program's way of counting. Some kilobytes a slice.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from resunet.cohort.corruption.traits import TRAITS
from resunet.cohort.counts import CaseSurvey
from resunet.data.cases import Case
from resunet.data.named_slices import patient_name
from resunet.data.stamps import stamps_of
from resunet.errors import InputError
from resunet.storage import cache_dir, write_npz

_VERSION = 1  # raise it when counting changes, so that old surveys are not taken


def cached_survey(case: Case, *, checked: bool, folder: Path | None = None) -> CaseSurvey | None:
    """The survey of a patient, where it was kept.

    Args:
        case: The patient.
        checked: Whether it must hold what broken slices are known by.
        folder: Where surveys are kept; the program's cache folder by default.

    Returns:
        None where there is none, or one that cannot be read.
    """
    try:
        file = survey_file(case, folder=folder)
    except (InputError, OSError):
        return None
    return read_survey(file, checked=checked)


def read_survey(file: Path, *, checked: bool) -> CaseSurvey | None:
    """The survey in a file of `survey_file`; None as for `cached_survey`."""
    try:
        with open(file, "rb") as stream:
            survey = CaseSurvey.from_arrays(np.load(stream, allow_pickle=False))
    # a damaged file makes zipfile and NumPy raise nearly every kind of exception; it is made anew
    except Exception:
        return None
    return survey if survey.counts.traits.shape[1] == len(TRAITS) or not checked else None


def keep_survey(survey: CaseSurvey, case: Case, *, folder: Path | None = None) -> None:
    """Keeps a survey; the arguments are those of `cached_survey`."""
    place = survey_file(case, folder=folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_npz(place, survey.to_arrays())


def survey_file(case: Case, *, folder: Path | None = None) -> Path:
    """The file in which a patient's survey is kept; the arguments are those of `cached_survey`.

    Raises:
        InputError: If a file of the patient is gone.
    """
    key = json.dumps([_VERSION, TRAITS, patient_name(case), stamps_of(case)])
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    return (folder or cache_dir() / "surveys") / f"{name}.npz"
