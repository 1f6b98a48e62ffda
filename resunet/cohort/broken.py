"""Which slices of some sets are broken: those that cannot be read, and those that look it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.corruption.detect import Detector
from resunet.cohort.corruption.findings import find_flags
from resunet.cohort.corruption.thresholds import fit_thresholds
from resunet.cohort.corruption.traits import TRAITS
from resunet.cohort.flags import CERTAIN, Flag
from resunet.cohort.survey import SetSurvey


@dataclass(frozen=True)
class SetFlag:
    """A finding, and the set it is in.

    Attributes:
        group: The set's name.
        flag: The finding.
    """

    group: str
    flag: Flag


@dataclass(frozen=True)
class Broken:
    """What was found.

    Attributes:
        flags: The findings, surest first in each set.
        checked: Whether pixels were looked at, or files that cannot be used alone are told.
        false_alarm_rate: The share of good slices that are told nevertheless, as expected from
            the reference; None where pixels were not looked at.
        fitted_on: Whose slices said what is usual, in words; empty where none did.
    """

    flags: tuple[SetFlag, ...]
    checked: bool
    false_alarm_rate: float | None
    fitted_on: str

    def to_json(self) -> dict[str, Any]:
        """The part of ``comparison.json`` that tells them."""
        return {
            "checked": self.checked,
            "false_alarm_rate": self.false_alarm_rate,
            "false_alarm_rate_reason": None if self.checked else "Pixels were not looked at.",
            "fitted_on": self.fitted_on,
            "flags": [{"set": each.group, **asdict(each.flag)} for each in self.flags],
        }


def find_broken(surveys: Sequence[SetSurvey], reference: str, *, checked: bool) -> Broken:
    """Tells the broken slices of some sets.

    Args:
        surveys: The sets in numbers.
        reference: The name of the set whose slices say what is usual.
        checked: Whether slices that look broken are told, besides files that cannot be used.
    """
    flags = {survey.name: _unusable(survey) for survey in surveys}
    if not checked:
        return Broken(_joined(flags), False, None, "")
    detector = Detector.load()
    rows = {survey.name: _Rows.of(survey) for survey in surveys}
    usual = rows[reference]
    thresholds = fit_thresholds(detector, usual.features, usual.patients)
    for name, each in rows.items():
        found = find_flags(detector, thresholds, *each)
        flags[name] += [SetFlag(name, flag) for flag in found]
    fitted_on = "the patients of BraTS 2018 that the detector was made with"
    if thresholds.slices:
        few = ", which are few" if thresholds.is_small else ""
        fitted_on = f"the {thresholds.slices:,} slices of {reference}{few}"
    return Broken(_joined(flags), True, thresholds.rate, fitted_on)


class _Rows(NamedTuple):
    """The slices of a set, as `find_flags` takes them."""

    files: list[str]
    patients: list[str]
    numbers: list[int]
    features: NDArray[np.float32]

    @classmethod
    def of(cls, survey: SetSurvey) -> "_Rows":
        """Those of a set that was looked at."""
        counts = survey.patients.values()
        return cls(
            [file for each in counts for file in each.files],
            [each.patient for each in counts for _ in each.files],
            [int(number) for each in counts for number in each.numbers],
            np.concatenate([np.zeros((0, len(TRAITS)), np.float32), *(c.traits for c in counts)]),
        )


def _joined(flags: dict[str, list[SetFlag]]) -> tuple[SetFlag, ...]:
    return tuple(flag for some in flags.values() for flag in some)


def _unusable(survey: SetSurvey) -> list[SetFlag]:
    """The files that cannot be used."""
    return [
        SetFlag(
            survey.name,
            Flag(trouble.file, patient, trouble.number, trouble.kind, CERTAIN, "", trouble.why),
        )
        for patient, counts in survey.patients.items()
        for trouble in counts.troubles
    ]
