"""Sets of patients compared: every quantity, the maps, the sites, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from resunet.cohort.distributions import QUADRANTS
from resunet.cohort.statistics.effects import superiority
from resunet.cohort.statistics.intervals import (
    Resampled,
    difference_intervals,
    g_intervals,
    mean_intervals,
    observed_g,
    resample,
    share_intervals,
)
from resunet.cohort.statistics.labellings import is_exact, smallest_p
from resunet.cohort.statistics.maps import map_difference
from resunet.cohort.statistics.multiplicity import AdjustedTests, adjusted_tests, holm
from resunet.cohort.statistics.permutation import permute
from resunet.cohort.statistics.pooling import pooled
from resunet.cohort.statistics.power import smallest_detectable_g
from resunet.cohort.statistics.quantities import FAMILIES, MAP, QUANTITIES, values_of
from resunet.cohort.statistics.results import (
    Comparison,
    FamilyTest,
    PairResult,
    QuadrantMass,
    QuantityDifference,
    QuantitySummary,
    SetSummary,
)
from resunet.cohort.statistics.sites import compare_sites, site_counts
from resunet.cohort.statistics.words import summarise
from resunet.cohort.units import PatientTable
from resunet.errors import InputError


def compare_tables(
    tables: Sequence[PatientTable],
    *,
    alpha: float = 0.05,
    permutations: int = 9_999,
    bootstraps: int = 2_000,
    seed: int = 0,
) -> Comparison:
    """Compares every two of some sets of patients.

    The same seed gives the same answer, whatever the order of the sets and of their patients.
    The method is in docs/comparing-sets.md.

    Args:
        tables: Sets of different names, at least one; one alone is described and makes no pair.
        alpha: The level of all tests, in (0, 1).
        permutations: How many ways to deal the patients out are drawn where there are too many
            to go through all.
        bootstraps: How many times patients are drawn again for the intervals.
        seed: Of all drawing.

    Raises:
        InputError: If there is no set, two share a name, or a number is out of range.
    """
    _check(tables, alpha, permutations, bootstraps)
    drawn = {table.name: _resampled(table, bootstraps, seed) for table in tables}
    pairs = [
        _pair(a, b, drawn, alpha=alpha, permutations=permutations, seed=seed)
        for a, b in combinations(tables, 2)
    ]
    held = holm([pair.p for pair in pairs])
    judged = [
        replace(pair, p_holm=p, differs=p is not None and p <= alpha)
        for pair, p in zip(pairs, held, strict=True)
    ]
    return Comparison(
        sets={table.name: _set(table, drawn[table.name]) for table in tables},
        pairs=tuple(replace(pair, summary=tuple(summarise(pair, alpha))) for pair in judged),
        alpha=alpha,
        permutations=permutations,
        bootstraps=bootstraps,
        seed=seed,
    )


def overall_p(
    a: PatientTable, b: PatientTable, *, permutations: int = 9_999, seed: int = 0
) -> float | None:
    """Whether two sets differ at all: `PairResult.p` without the rest.

    Args:
        a: One set.
        b: The other one.
        permutations: As in `compare_tables`.
        seed: As in `compare_tables`.
    """
    tests = _tests(a, b, permutations=permutations, seed=seed)[0]
    return tests.overall if tests else None


def _check(
    tables: Sequence[PatientTable], alpha: float, permutations: int, bootstraps: int
) -> None:
    names = [table.name for table in tables]
    if not names:
        raise InputError("tables is empty, where at least one set is accepted.")
    if len(set(names)) < len(names):
        raise InputError(f"The sets are named {', '.join(names)}, where different names are due.")
    if not 0 < alpha < 1:
        raise InputError(f"alpha is {alpha}, where a number between 0 and 1 is accepted.")
    for name, count in (("permutations", permutations), ("bootstraps", bootstraps)):
        if count < 1:
            raise InputError(f"{name} is {count}, where at least 1 is accepted.")


def _resampled(table: PatientTable, bootstraps: int, seed: int) -> Resampled:
    """The set's bootstrap: of patients in the order of their names, with a seed of its own."""
    order = np.array(sorted(range(len(table)), key=table.patients.__getitem__))
    values = {name: column[order] for name, column in values_of(table).items()}
    rng = np.random.default_rng([seed, *table.name.encode()])
    return resample(values, bootstraps=bootstraps, rng=rng)


def _set(table: PatientTable, drawn: Resampled) -> SetSummary:
    means = dict(zip(drawn.names, drawn.observed.mean.tolist(), strict=True))
    counts = dict(zip(drawn.names, drawn.observed.count.tolist(), strict=True))
    intervals = dict(zip(drawn.names, mean_intervals(drawn), strict=True))
    total = sum(means[name] for name in QUADRANTS)
    shares = share_intervals(drawn, QUADRANTS)
    return SetSummary(
        name=table.name,
        patients=len(table),
        quadrant_mass={
            name: QuadrantMass(
                mean=_known(means[name]),
                ci=intervals[name],
                share=means[name] / total if total > 0 else None,
                share_ci=interval,
            )
            for name, interval in zip(QUADRANTS, shares, strict=True)
        },
        quantities={
            name: QuantitySummary(_known(means[name]), intervals[name], int(counts[name]))
            for name in drawn.names
        },
        sites=site_counts(table.patients),
    )


def _tests(
    a: PatientTable, b: PatientTable, *, permutations: int, seed: int
) -> tuple[AdjustedTests | None, np.ndarray, Mapping[str, str]]:
    """All p-values, those of the cells, and why quantities cannot be compared."""
    sets = pooled(a, b)
    found = permute(sets, permutations=permutations, seed=seed)
    members = {name: "where" if name == MAP else QUANTITIES[name].family for name in found.names}
    return adjusted_tests(found.statistics, members), found.cell_p, sets.reasons


def _pair(
    a: PatientTable,
    b: PatientTable,
    drawn: Mapping[str, Resampled],
    *,
    alpha: float,
    permutations: int,
    seed: int,
) -> PairResult:
    tests, cell_p, reasons = _tests(a, b, permutations=permutations, seed=seed)
    none: Mapping[str, float] = {}
    families = tests.families if tests else none
    families_adjusted = tests.families_adjusted if tests else none
    own = tests.quantities if tests else none
    adjusted = tests.quantities_adjusted if tests else none
    known_families = max(len(families), 1)
    size = (len(a), len(b))
    return PairResult(
        a=a.name,
        b=b.name,
        patients=size,
        p=tests.overall if tests else None,
        p_holm=None,
        differs=False,
        families={
            name: FamilyTest(families.get(name), families_adjusted.get(name)) for name in FAMILIES
        },
        quantities=_differences(a, b, drawn, own, adjusted, reasons),
        map_p=FamilyTest(own.get(MAP), adjusted.get(MAP)),
        map=map_difference(a, b, cell_p, alpha=alpha),
        smallest_detectable_g=smallest_detectable_g(*size, alpha=alpha),
        smallest_detectable_g_adjusted=smallest_detectable_g(*size, alpha=alpha / known_families),
        smallest_p=smallest_p(*size, permutations),
        exact=is_exact(min(size), sum(size)),
        sites=compare_sites(a, b, permutations=permutations, seed=seed),
    )


def _differences(
    a: PatientTable,
    b: PatientTable,
    drawn: Mapping[str, Resampled],
    own: Mapping[str, float],
    adjusted: Mapping[str, float],
    reasons: Mapping[str, str],
) -> dict[str, QuantityDifference]:
    in_a, in_b = drawn[a.name], drawn[b.name]
    values_a, values_b = values_of(a), values_of(b)
    intervals, g_values = difference_intervals(in_a, in_b), observed_g(in_a, in_b)
    g_ranges = g_intervals(in_a, in_b)
    result = {}
    for k, name in enumerate(QUANTITIES):
        mean_a, mean_b = float(in_a.observed.mean[k]), float(in_b.observed.mean[k])
        result[name] = QuantityDifference(
            a=_known(mean_a),
            b=_known(mean_b),
            difference=_known(mean_b - mean_a),
            ci=intervals[k],
            g=_known(g_values[k]),
            g_ci=g_ranges[k] if np.isfinite(g_values[k]) else None,
            superiority=_known(superiority(values_a[name], values_b[name])),
            p=own.get(name),
            p_adjusted=adjusted.get(name),
            reason=reasons.get(name, ""),
        )
    return result


def _known(value: float) -> float | None:
    """A finite number as it is, anything else None."""
    return float(value) if np.isfinite(value) else None
