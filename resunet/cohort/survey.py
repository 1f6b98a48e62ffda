"""Sets of patients surveyed: every slice is read once, and of each only numbers are kept."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from resunet.cohort.common_grid import SIDE
from resunet.cohort.counts import CaseSurvey, PatientCounts
from resunet.cohort.distributions import MaskDistribution
from resunet.cohort.reading import survey_case
from resunet.cohort.sets import PatientSet
from resunet.cohort.survey_cache import cached_survey, keep_survey
from resunet.cohort.workers import LocalWorkers, Workers
from resunet.data.cases import Case


@dataclass(frozen=True, eq=False)
class SetSurvey:
    """One set in numbers; `+` joins two parts of a set, whoever counted them.

    Attributes:
        name: The set's name.
        hits: int64 (SIDE, SIDE), in how many slices each pixel of the common grid holds tumour.
        patients: The patients in numbers, by name.
    """

    name: str
    hits: NDArray[np.int64] = field(repr=False)
    patients: dict[str, PatientCounts] = field(repr=False)

    def __add__(self, other: "SetSurvey") -> "SetSurvey":
        """Both parts under the first one's name; a patient in both has the slices of both."""
        joined = dict(self.patients)
        for name, counts in other.patients.items():
            joined[name] = joined[name] + counts if name in joined else counts
        return SetSurvey(self.name, self.hits + other.hits, dict(sorted(joined.items())))

    @property
    def distribution(self) -> MaskDistribution | None:
        """Where the tumours lie; None where no slice has an outline."""
        areas = [counts.measure("area_px") for counts in self.patients.values()]
        known = [area[np.isfinite(area)] for area in areas]
        slices = sum(map(len, known))
        if not slices:
            return None
        tumour = sum(int(np.count_nonzero(area)) for area in known)
        patients = frozenset(
            name for name, area in zip(self.patients, known, strict=True) if len(area)
        )
        return MaskDistribution(self.name, self.hits.copy(), slices, tumour, patients)


class _Task(NamedTuple):
    """What a worker needs to know."""

    case: Case
    checked: bool


def survey_sets(
    sets: Sequence[PatientSet],
    *,
    checked: bool,
    workers: Workers | None = None,
    folder: Path | None = None,
    on_case: Callable[[Case], None] = lambda case: None,
) -> list[SetSurvey]:
    """Surveys sets in one pass; patients who were read before come from the cache.

    Args:
        sets: The sets, of different names.
        checked: Whether to look for what broken slices are known by, which takes longer than
            all else.
        workers: Who reads; processes of this machine by default.
        folder: Where surveys are kept, as for `cached_survey`.
        on_case: Called after each patient.

    Returns:
        The sets in numbers, in the order given, each with its patients by name.
    """
    hits = {each.name: np.zeros((SIDE, SIDE), np.int64) for each in sets}
    patients: dict[str, dict[str, PatientCounts]] = {each.name: {} for each in sets}
    for name, case, survey in _surveys(sets, checked, workers or LocalWorkers(), folder):
        hits[name] += survey.hits
        found, patient = patients[name], case.patient
        found[patient] = found[patient] + survey.counts if patient in found else survey.counts
        on_case(case)
    return [
        SetSurvey(name, total, dict(sorted(patients[name].items()))) for name, total in hits.items()
    ]


def _surveys(
    sets: Sequence[PatientSet], checked: bool, workers: Workers, folder: Path | None
) -> Iterator[tuple[str, Case, CaseSurvey]]:
    """(set's name, patient, survey) of each, the cached ones first."""
    names, tasks = [], []
    for each in sets:
        for case in each.cases:
            known = cached_survey(case, checked=checked, folder=folder)
            if known is not None:
                yield each.name, case, known
                continue
            names.append(each.name)
            tasks.append(_Task(case, checked))
    for index, survey in workers.map(_survey, tasks):
        task = tasks[index]
        keep_survey(survey, task.case, folder=folder)
        yield names[index], task.case, survey


def _survey(task: _Task) -> CaseSurvey:
    # products of matrices this small gain nothing from threads, which wait by spinning and so
    # cost eight times the work where other processes want the cores
    with threadpool_limits(limits=1):
        return survey_case(task.case, checked=task.checked)
