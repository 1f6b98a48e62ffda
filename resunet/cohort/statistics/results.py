"""What a comparison of sets found: frozen records, and their form in ``comparison.json``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from resunet.cohort.statistics.intervals import Interval
from resunet.cohort.statistics.maps import MapDifference
from resunet.cohort.statistics.sites import SiteComparison
from resunet.cohort.units import MAP_SIDE


@dataclass(frozen=True)
class QuantitySummary:
    """A quantity in one set.

    Attributes:
        mean: Over the patients who have a value; None where nobody has one.
        ci: 95 % interval of the mean; None with fewer than two patients.
        patients: How many have a value.
    """

    mean: float | None
    ci: Interval | None
    patients: int


@dataclass(frozen=True)
class QuadrantMass:
    """The tumour of one quadrant in one set.

    Attributes:
        mean: Tumour pixels per slice, the mean over patients; None where unknown.
        ci: Its 95 % interval.
        share: The part of all quadrants' mean, in [0, 1]; None without tumour.
        share_ci: Its 95 % interval.
    """

    mean: float | None
    ci: Interval | None
    share: float | None
    share_ci: Interval | None


@dataclass(frozen=True)
class SetSummary:
    """One set of patients.

    Attributes:
        name: The set's name.
        patients: How many.
        quadrant_mass: Quadrant → its tumour.
        quantities: Name → its mean, for all `QUANTITIES`.
        sites: Site → patients, for those whose name carries one.
    """

    name: str
    patients: int
    quadrant_mass: Mapping[str, QuadrantMass]
    quantities: Mapping[str, QuantitySummary]
    sites: Mapping[str, int]


@dataclass(frozen=True)
class QuantityDifference:
    """A quantity in two sets.

    Attributes:
        a: Mean of the set a; None where nobody has a value.
        b: Mean of the set b.
        difference: b − a, in the quantity's unit.
        ci: 95 % interval of the difference.
        g: Hedges' g, positive where b has more; None without spread.
        g_ci: Its 95 % interval.
        superiority: How probable it is that a patient of b has more than one of a, in [0, 1].
        p: Of this quantity alone.
        p_adjusted: Allowed for all quantities of the pair.
        reason: Why p is None; empty where it is not.
    """

    a: float | None
    b: float | None
    difference: float | None
    ci: Interval | None
    g: float | None
    g_ci: Interval | None
    superiority: float | None
    p: float | None
    p_adjusted: float | None
    reason: str = ""


@dataclass(frozen=True)
class FamilyTest:
    """One question about two sets, such as where tumours lie.

    Attributes:
        p: Allowed for the quantities of the family; None where none can be compared.
        p_adjusted: Allowed for all families.
    """

    p: float | None
    p_adjusted: float | None


@dataclass(frozen=True, eq=False)
class PairResult:
    """Two sets compared.

    Attributes:
        a: Name of one set.
        b: Name of the other one; differences are b − a.
        patients: Of a and of b.
        p: That the sets differ by chance alone, all quantities and maps together; None where
            nothing can be compared.
        p_holm: Allowed for the number of pairs.
        differs: `p_holm` is at most α.
        families: Name → test, for all `FAMILIES`.
        quantities: Name → difference, for all `QUANTITIES`.
        map_p: p of the whole maps, alone and allowed for all quantities; Nones as above.
        map: Cell by cell.
        smallest_detectable_g: What a single test finds four times out of five; None where a set
            has fewer than two patients.
        smallest_detectable_g_adjusted: The same at the level that allows for all families.
        smallest_p: The smallest p that so many patients can give.
        exact: All ways to deal the patients out were gone through.
        sites: Where the patients come from.
        summary: What was found in sentences, the most important first.
    """

    a: str
    b: str
    patients: tuple[int, int]
    p: float | None
    p_holm: float | None
    differs: bool
    families: Mapping[str, FamilyTest]
    quantities: Mapping[str, QuantityDifference]
    map_p: FamilyTest
    map: MapDifference = field(repr=False)
    smallest_detectable_g: float | None
    smallest_detectable_g_adjusted: float | None
    smallest_p: float
    exact: bool
    sites: SiteComparison
    summary: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several sets and every pair of them.

    Attributes:
        sets: Name → summary, in the order given.
        pairs: Every two of them.
        alpha: The level of all tests.
        permutations: How many labellings are drawn where there are too many for all.
        bootstraps: How many times patients are drawn again for an interval.
        seed: Of both.
    """

    sets: Mapping[str, SetSummary]
    pairs: tuple[PairResult, ...]
    alpha: float
    permutations: int
    bootstraps: int
    seed: int


def to_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison in plain numbers, ready for JSON.

    Returns:
        ``{"alpha", "permutations", "bootstraps", "seed", "sets": {name: …}, "pairs": […]}`` with
        the records' own names; shares are 0–1, what is undefined is None, with the reason under
        the key followed by ``_reason``. The maps are arrays and are left out; of them the
        numbers of cells and the largest difference stay.
    """
    return {
        "alpha": comparison.alpha,
        "permutations": comparison.permutations,
        "bootstraps": comparison.bootstraps,
        "seed": comparison.seed,
        "sets": {name: _set(each) for name, each in comparison.sets.items()},
        "pairs": [_pair(each) for each in comparison.pairs],
    }


_TOO_FEW = "Fewer than two patients have a value."
_NONE = "No patient has a value."
_NO_SPREAD = "The values have no spread, or too few patients have one."


def _set(each: SetSummary) -> dict[str, Any]:
    return {
        "patients": each.patients,
        "quadrant_mass": {
            name: {
                **_value("mean", mass.mean, _NONE),
                **_value("ci", mass.ci, _TOO_FEW),
                **_value("share", mass.share, "The set has no tumour."),
                **_value("share_ci", mass.share_ci, "Fewer than two patients, or no tumour."),
            }
            for name, mass in each.quadrant_mass.items()
        },
        "quantities": {
            name: {
                **_value("mean", item.mean, _NONE),
                **_value("ci", item.ci, _TOO_FEW),
                "patients": item.patients,
            }
            for name, item in each.quantities.items()
        },
        "sites": dict(each.sites),
    }


def _pair(pair: PairResult) -> dict[str, Any]:
    few = "A set has fewer than two patients."
    nothing = "No quantity has a value in two patients of each set."
    return {
        "a": pair.a,
        "b": pair.b,
        "patients": list(pair.patients),
        **_value("p", pair.p, nothing),
        **_value("p_holm", pair.p_holm, nothing),
        "differs": pair.differs,
        "families": {name: _family(item, nothing) for name, item in pair.families.items()},
        "quantities": {name: _quantity(item) for name, item in pair.quantities.items()},
        "map": _map(pair),
        **_value("smallest_detectable_g", pair.smallest_detectable_g, few),
        **_value("smallest_detectable_g_adjusted", pair.smallest_detectable_g_adjusted, few),
        "smallest_p": pair.smallest_p,
        "exact": pair.exact,
        "sites": {
            "a": dict(pair.sites.counts_a),
            "b": dict(pair.sites.counts_b),
            "unknown": list(pair.sites.unknown),
            **_value("p", pair.sites.p, pair.sites.reason),
        },
        "summary": list(pair.summary),
    }


def _family(item: FamilyTest, reason: str) -> dict[str, Any]:
    return {**_value("p", item.p, reason), **_value("p_adjusted", item.p_adjusted, reason)}


def _quantity(item: QuantityDifference) -> dict[str, Any]:
    return {
        **_value("a", item.a, _NONE),
        **_value("b", item.b, _NONE),
        **_value("difference", item.difference, _NONE),
        **_value("ci", item.ci, _TOO_FEW),
        **_value("g", item.g, _NO_SPREAD),
        **_value("g_ci", item.g_ci, _NO_SPREAD),
        **_value("superiority", item.superiority, _NONE),
        **_value("p", item.p, item.reason),
        **_value("p_adjusted", item.p_adjusted, item.reason),
    }


def _map(pair: PairResult) -> dict[str, Any]:
    found, reason = pair.map, pair.map.reason
    place = found.largest
    whole = reason or "Fewer than two patients of a set have tumour."
    return {
        "cells": [MAP_SIDE, MAP_SIDE],
        "tested_cells": found.tested_cells,
        "significant_cells": found.significant_cells,
        **_value(
            "largest_difference", None if place is None else float(found.difference[place]), reason
        ),
        **_value("largest_difference_cell", place, reason),
        **_family(pair.map_p, whole),
    }


def _value(name: str, value: Any, reason: str) -> dict[str, Any]:
    """One key; undefined, it is None with its reason beside it."""
    if value is None:
        return {name: None, f"{name}_reason": reason}
    return {name: list(value) if isinstance(value, tuple) else value}
