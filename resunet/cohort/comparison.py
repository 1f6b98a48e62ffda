"""Everything that is told of sets of patients: how they differ, what they share, what is broken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resunet.cohort.broken import Broken, find_broken
from resunet.cohort.common_grid import SIDE
from resunet.cohort.distributions import MaskDistribution, summary
from resunet.cohort.leakage import Leakage, Place, find_leakage
from resunet.cohort.quantities import patient_table
from resunet.cohort.sets import choose_reference
from resunet.cohort.statistics.compare import compare_tables
from resunet.cohort.statistics.results import Comparison, to_json
from resunet.cohort.survey import SetSurvey
from resunet.cohort.units import PatientTable
from resunet.cohort.words import broken_sentences, leakage_sentences
from resunet.errors import InputError
from resunet.storage import SCHEMA


@dataclass(frozen=True, eq=False)
class SetsCompared:
    """What was found.

    Attributes:
        surveys: The sets in numbers.
        tables: Those of which slices can be read, one row a patient.
        statistics: How every two of them differ, and each by itself; None without any.
        leakage: What is there more than once.
        broken: Files that cannot be used and, where it was asked for, slices that seem broken.
        reference: The name of the set that says what is usual.
    """

    surveys: tuple[SetSurvey, ...]
    tables: tuple[PatientTable, ...]
    statistics: Comparison | None
    leakage: Leakage
    broken: Broken
    reference: str


def compare_sets(
    surveys: Sequence[SetSurvey],
    *,
    reference: str | None = None,
    checked: bool = False,
    permutations: int = 9_999,
    bootstraps: int = 2_000,
    seed: int = 0,
) -> SetsCompared:
    """Compares sets that were surveyed; no picture is opened.

    Args:
        surveys: At least one set, of different names.
        reference: The set that says what is usual, as for `choose_reference`.
        checked: Whether slices that seem broken are told; the survey must have looked for them.
        permutations: As for `compare_tables`.
        bootstraps: As for `compare_tables`.
        seed: As for `compare_tables`.

    Raises:
        InputError: If there is no set, two share a name, or none is the reference.
    """
    names = [survey.name for survey in surveys]
    if not names:
        raise InputError("surveys is empty, where at least one set is accepted.")
    if len(set(names)) < len(names):
        raise InputError(f"The sets are named {', '.join(names)}, where different names are due.")
    chosen = choose_reference(names, reference)
    found = (patient_table(survey) for survey in surveys)
    tables = tuple(table for table in found if table is not None)
    statistics = None
    if tables:
        statistics = compare_tables(
            tables, permutations=permutations, bootstraps=bootstraps, seed=seed
        )
    return SetsCompared(
        surveys=tuple(surveys),
        tables=tables,
        statistics=statistics,
        leakage=find_leakage(surveys),
        broken=find_broken(surveys, chosen, checked=checked),
        reference=chosen,
    )


def comparison_json(compared: SetsCompared) -> dict[str, Any]:
    """What was found in plain numbers, as ``comparison.json`` holds it.

    Returns:
        ``{"schema", "grid", "reference", "sets", "pairs", "leakage", "checked", "flags", …}``;
        the names are those of the records. What is undefined is None, with a reason beside it.
    """
    statistics = {} if compared.statistics is None else to_json(compared.statistics)
    of_sets, of_pairs = statistics.pop("sets", {}), statistics.pop("pairs", [])
    distributions = {survey.name: survey.distribution for survey in compared.surveys}
    return {
        "schema": SCHEMA,
        "grid": [SIDE, SIDE],
        "reference": compared.reference,
        **statistics,
        "sets": {
            survey.name: {
                **of_sets.get(survey.name, {}),
                **_set(survey, distributions[survey.name]),
                "unusable_files": sum(len(p.troubles) for p in survey.patients.values()),
            }
            for survey in compared.surveys
        },
        "pairs": [
            {**pair, **_means(distributions[pair["a"]], distributions[pair["b"]])}
            for pair in of_pairs
        ],
        "pairs_reason": None if of_pairs else "Fewer than two sets hold slices that can be read.",
        "leakage": _leakage(compared.leakage),
        **compared.broken.to_json(),
        "flags_summary": broken_sentences(
            compared.broken, {survey.name: _slices(survey) for survey in compared.surveys}
        ),
    }


def _slices(survey: SetSurvey) -> int:
    """How many slices could be read."""
    return sum(map(len, survey.patients.values()))


def _set(survey: SetSurvey, distribution: MaskDistribution | None) -> dict[str, Any]:
    known = {"patients": len(survey.patients), "slices": _slices(survey)}
    if distribution is None:
        return {**known, "mean_area_px": None, "mean_area_px_reason": "No slice has an outline."}
    return {**summary(distribution), **known, "outlined_slices": distribution.slices}


def _means(a: MaskDistribution | None, b: MaskDistribution | None) -> dict[str, Any]:
    """How far apart the two mean masks are; they describe and do not test."""
    if a is None or b is None:
        reason = "A set has no outline."
        return {"max_abs_mean_difference": None, "max_abs_mean_difference_reason": reason}
    mean_a, mean_b = a.mean, b.mean
    flat = [each.name for each in (a, b) if np.ptp(each.hits) == 0]
    correlation = None if flat else float(np.corrcoef(mean_a.ravel(), mean_b.ravel())[0, 1])
    return {
        "max_abs_mean_difference": float(np.abs(mean_a - mean_b).max()),
        "correlation_of_means": correlation,
        "correlation_of_means_reason": (
            f"The mean of {' and '.join(flat)} is constant." if flat else None
        ),
    }


def _leakage(leakage: Leakage) -> dict[str, Any]:
    def place(found: Place, kind: str) -> dict[str, str]:
        return {"set": found.group, kind: found.name}

    return {
        "summary": leakage_sentences(leakage),
        "similar": leakage.similar,
        "shared_patients": [
            {
                "a": place(pair.a, "patient"),
                "b": place(pair.b, "patient"),
                "same_name": pair.same_name,
                "similarity": pair.similarity,
                "similarity_reason": (
                    "They have no slices that can be compared." if pair.similarity is None else None
                ),
                "turn": pair.turn,
                "slices": pair.slices,
                "files": list(pair.files),
            }
            for pair in leakage.shared
        ],
        "duplicate_slices": [
            {
                "a": place(copy.a, "file"),
                "b": place(copy.b, "file"),
                "similarity": copy.similarity,
                "turn": copy.turn,
            }
            for copy in leakage.copies
        ],
    }
