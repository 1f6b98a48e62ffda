"""One pass over some patients, each by itself, that can be stopped and goes on where it was.

Memory is that of one patient. What is done is kept at once (`resunet.evaluation.kept`), so that
who stops it, by raising from a callback or by a signal, loses the patient in work at most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resunet.data.cases import Case
from resunet.data.usable import studies_of
from resunet.errors import InputError
from resunet.evaluation.kept import CaseResult, case_key, keep, read_kept
from resunet.evaluation.patients import Counters, PatientResult, measure_patient
from resunet.evaluation.seen import SeenSlice, Way

TOLERANCE_MM = 2.0
"""Of the surface Dice, unless another is asked for."""


@dataclass(frozen=True, eq=False)
class Plan:
    """How patients are evaluated.

    Attributes:
        way: How to predict.
        tolerance_mm: Of the surface Dice.
        skip_bad: Whether files that cannot be used are left out and listed, instead of refused.
        counters: What else to count.
    """

    way: Way
    tolerance_mm: float = TOLERANCE_MM
    skip_bad: bool = False
    counters: Counters = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        """What results are kept by, besides the patient's files."""
        return {
            "way": dict(self.way.key),
            "tolerance_mm": self.tolerance_mm,
            "skip_bad": self.skip_bad,
            "counters": sorted(self.counters),
        }


@dataclass(frozen=True)
class Evaluated:
    """What came of some patients.

    Attributes:
        patients: Of those that can be scored, in the order asked for.
        skipped: A sentence for each file that was left out.
        reused: How many patients were found done.
    """

    patients: tuple[PatientResult, ...]
    skipped: tuple[str, ...]
    reused: int


def evaluate_cases(
    cases: Sequence[Case],
    plan: Plan,
    folder: Path | None = None,
    *,
    on_case: Callable[[Case], None] = lambda case: None,
    on_slice: Callable[[SeenSlice], None] = lambda seen: None,
) -> Evaluated:
    """Evaluates patients whose truth is known.

    Args:
        cases: The patients.
        plan: How.
        folder: The result folder, in which patients are kept and found; None keeps nothing.
        on_case: Called after each patient, those found done included.
        on_slice: Called after each slice that is computed; what either raises ends the work.

    Raises:
        InputError: If a case cannot be read or has no outline, or all are left out.
    """
    found: list[CaseResult] = []
    reused = 0
    for case in cases:
        key = "" if folder is None else case_key(case, plan.settings)
        kept = None if folder is None else read_kept(folder, key)
        found.append(kept or _evaluate(case, plan, on_slice))
        if kept is not None:
            reused += 1
        elif folder is not None:
            keep(folder, key, case, found[-1])
        on_case(case)
    skipped = tuple(sentence for each in found for sentence in each.skipped)
    patients = tuple(each.result for each in found if each.result is not None)
    if skipped and not patients:
        raise InputError(f"None of {len(cases)} cases can be scored; the first: {skipped[0]}")
    return Evaluated(patients, skipped, reused)


def _evaluate(case: Case, plan: Plan, on_slice: Callable[[SeenSlice], None]) -> CaseResult:
    skipped: list[str] = []
    for study in studies_of(case, skipped if plan.skip_bad else None):
        result = measure_patient(
            case,
            study,
            plan.way,
            tolerance_mm=plan.tolerance_mm,
            counters=plan.counters,
            on_slice=on_slice,
        )
        return CaseResult(result, tuple(skipped))
    return CaseResult(None, tuple(skipped))
