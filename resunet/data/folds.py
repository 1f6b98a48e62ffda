"""Parts of a cross-validation: patients whole in one part, sites shared out over all of them."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from resunet.data.cases import Case
from resunet.data.sites import site_of
from resunet.errors import InputError

_WRITTEN = re.compile(r"(?P<number>\d{1,3}|all)/(?P<count>\d{1,3})")


@dataclass(frozen=True)
class Fold:
    """Which part of the patients validates; all others train, whatever split they lie in.

    Attributes:
        number: The part, from 1; None where all patients train, those of part 1 being looked at
            besides, which says nothing of how good the network is.
        count: How many parts there are, 2 or more.
    """

    number: int | None
    count: int

    def __str__(self) -> str:
        """As `read_fold` reads it."""
        return f"{self.number or 'all'}/{self.count}"


def read_fold(text: str) -> Fold:
    """Reads ``2/5``, the second of five parts, or ``all/5``.

    Raises:
        InputError: If it is of another kind.
    """
    match = _WRITTEN.fullmatch(text)
    if match is not None:
        number = None if match["number"] == "all" else int(match["number"])
        fold = Fold(number, int(match["count"]))
        if fold.count >= 2 and (number is None or 1 <= number <= fold.count):
            return fold
    raise InputError(
        f"The fold is {text!r}, where a part such as 2/5, of two parts or more, or all/5 is "
        "accepted."
    )


def parts_of(patients: Iterable[str], count: int) -> dict[str, int]:
    """Deals patients out: the same set of names gives the same parts, in whatever order.

    Sites, as far as the names tell them, are shared out as evenly as can be; within a site the
    order is that of the names' SHA-256.

    Args:
        patients: Their names; twice the same is one patient.
        count: How many parts, 2 or more.

    Returns:
        Patient → part, from 1 to ``count``; the parts' sizes differ by one at most.

    Raises:
        InputError: If there are fewer patients than parts.
    """
    names = sorted(set(patients), key=_place)
    if len(names) < count:
        raise InputError(
            f"{len(names)} patients are to be dealt out to {count} parts, where as many patients "
            "as parts, or more, are accepted."
        )
    return {name: 1 + index % count for index, name in enumerate(names)}


def split_by_fold(cases: Sequence[Case], fold: Fold) -> dict[str, list[Case]]:
    """The patients who train and who validate.

    Args:
        cases: All patients of a data folder, of all its splits.
        fold: Which part validates.

    Returns:
        "training" and "validating" → cases, in the order given.

    Raises:
        InputError: If a patient lies in two splits, or there are too few.
    """
    seen: dict[str, str] = {}
    for case in cases:
        if seen.setdefault(case.patient, case.split) != case.split:
            raise InputError(
                f"{case.patient} lies in {seen[case.patient]} and in {case.split}, where patients "
                "that lie in one split are accepted."
            )
    parts = parts_of(seen, fold.count)
    held = [case for case in cases if parts[case.patient] == (fold.number or 1)]
    if fold.number is None:
        return {"training": list(cases), "validating": held}
    return {
        "training": [case for case in cases if parts[case.patient] != fold.number],
        "validating": held,
    }


def _place(patient: str) -> tuple[str, str]:
    return site_of(patient) or "", hashlib.sha256(patient.encode()).hexdigest()
