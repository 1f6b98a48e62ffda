"""The quality of uncertainty over some patients, as JSON values for ``uncertainty.json``."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from resunet.errors import InputError
from resunet.evaluation.calibration import CalibrationCounts
from resunet.evaluation.review_order import (
    BAD_DICE,
    Level,
    first_values,
    level_of,
    likely_bad_level,
    order_entry,
)
from resunet.evaluation.temperature import TemperatureCounts, fit_temperature
from resunet.evaluation.uncertainty import REGIONS, PatientFacts
from resunet.evaluation.uncertainty_band import WITHIN_MM
from resunet.evaluation.uncertainty_convergence import ConvergenceCounts
from resunet.evaluation.uncertainty_errors import ErrorCounts
from resunet.evaluation.uncertainty_intervals import IntervalCounts, count_interval
from resunet.measure.uncertainty import MEASURES, Uncertainty

Facts = Mapping[str, PatientFacts]
"""A patient's name → what was counted."""

ORDERS: Mapping[str, Callable[[Uncertainty], float | None]] = MappingProxyType(
    {
        "doubt": lambda one: one.doubt,
        **{f"{name}_inside": partial(Uncertainty.mean, measure=name) for name in MEASURES},
        "size_variation": lambda one: None if one.spread is None else one.spread.variation,
        "smallness": lambda one: -float(one.area_px) if one.area_px else None,
    }
)
"""What slices and patients may be ordered by; the last asks nothing of any uncertainty."""

_FEW = "Fewer than two patients: none is left to fit on."


def summarise_uncertainty(facts: Facts, *, drawn: bool = True) -> dict[str, Any]:
    """Sums up what was counted of some patients.

    Args:
        facts: At least one patient's, all predicted in one way.
        drawn: Whether the passes were drawn alike, as dropout's are: others do not converge.

    Returns:
        JSON values, described in docs/uncertainty.md; NaN where undefined, with a reason.

    Raises:
        InputError: If there is no patient, or their numbers of passes differ.
    """
    if not facts:
        raise InputError("There are no patients to sum up; at least one is accepted.")
    some = list(facts.values())
    if len({each.passes for each in some}) > 1:
        raise InputError("Patients of several numbers of passes are given, where one is accepted.")
    return {
        "patients": len(some),
        "slices": sum(len(each.slices) for each in some),
        "passes": some[0].passes,
        "within_mm": WITHIN_MM,
        "bad_dice": BAD_DICE,
        "dice_patient_mean": _mean([each.overlap.dice for each in some]),
        "calibration": {
            name: sum((each.calibration[name] for each in some), CalibrationCounts()).to_dict()
            for name in REGIONS
        },
        "temperature": temperature_entry(facts),
        "errors": {measure: _errors_entry(facts, measure) for measure in MEASURES},
        "review_first": review_entry(facts),
        "doubt_level": level_entry(facts),
        "intervals": _intervals_entry(facts),
        "convergence": sum(
            (each.convergence for each in some if drawn), ConvergenceCounts()
        ).to_dict(),
    }


def temperature_entry(facts: Facts, region: str = "brain") -> dict[str, Any]:
    """A temperature for these patients, and what one fitted on the others does to each.

    Args:
        facts: The patients.
        region: One of `REGIONS`: where the temperature is fitted. Far from any outline the
            network is right and sure, and near them it is too sure; one temperature cannot serve
            both. Fitted near the outlines, it made the brain as a whole less calibrated than no
            temperature at all (docs/uncertainty.md).

    Returns:
        ``fitted`` on all of them (a factor beside the one the engine applied); ``crossed``:
        region → calibration, each patient's scaled by the temperature fitted on all others, the
        nearest of `TEMPERATURES`; ``by_patient``: those temperatures.
    """
    total = _temperatures(facts, region)
    if not total.pixels:
        reason = "There are no pixels to fit it to."
        return {"fitted": None, "reason": reason, "crossed": None, "crossed_reason": reason}
    crossed, by_patient = {name: CalibrationCounts() for name in REGIONS}, {}
    for name, each in facts.items():
        others = _temperatures({key: one for key, one in facts.items() if key != name}, region)
        if others.pixels:
            by_patient[name] = fit_temperature(others)
            for where in REGIONS:
                crossed[where] += each.temperatures[where].at(by_patient[name])
    return {
        "fitted": fit_temperature(total),
        "reason": None,
        "region": region,
        "crossed": {name: one.to_dict() for name, one in crossed.items()} if by_patient else None,
        "crossed_reason": None if by_patient else _FEW,
        "by_patient": by_patient,
    }


def _temperatures(facts: Facts, region: str) -> TemperatureCounts:
    return sum((each.temperatures[region] for each in facts.values()), TemperatureCounts())


def review_entry(facts: Facts) -> dict[str, Any]:
    """How often the worst stand first, by each of `ORDERS`.

    Returns:
        ``slices`` (in which something is outlined), ``patients`` (likewise), and ``list``: all
        slices as the work list orders them, where both empty counts as Dice 1.
    """
    slices = [(name, one) for name, each in facts.items() for one in each.slices]
    outlined = [(name, one) for name, one in slices if one.overlap.pred]
    patients = [(name, each) for name, each in facts.items() if each.overlap.pred]
    every = [1.0 if math.isnan(one.overlap.dice) else one.overlap.dice for _, one in slices]
    return {
        "slices": _orders(
            [one.uncertainty for _, one in outlined],
            [one.overlap.dice for _, one in outlined],
            [name for name, _ in outlined],
        ),
        "patients": _orders(
            [each.uncertainty for _, each in patients],
            [each.overlap.dice for _, each in patients],
            [name for name, _ in patients],
        ),
        "list": order_entry(
            first_values(
                [one.uncertainty.doubt for _, one in slices],
                [one.uncertainty.expected_px for _, one in slices],
            ),
            np.array(every),
            [name for name, _ in slices],
        ),
    }


def level_entry(facts: Facts) -> dict[str, Any]:
    """The doubt of a slice above which its Dice is more likely below 0.7 than not.

    Returns:
        ``value`` found on all these patients, null where nothing is outlined or no level is, and
        what it flags; ``crossed``: each patient's slices held against the level of all others.
    """
    by_patient = {
        name: (
            np.array([one.uncertainty.doubt for one in each.slices if one.overlap.pred]),
            np.array([one.overlap.dice < BAD_DICE for one in each.slices if one.overlap.pred]),
        )
        for name, each in facts.items()
        if each.overlap.pred
    }
    if not by_patient:
        return {"value": None, "reason": "Nothing is outlined.", "crossed": None}
    level = likely_bad_level(*_joined(list(by_patient.values())))
    crossed = [
        level_of(likely_bad_level(*_joined(others)).value, values, bad)
        for name, (values, bad) in by_patient.items()
        if (others := [each for key, each in by_patient.items() if key != name])
    ]
    found = math.isfinite(level.value)
    return {
        "value": level.value if found else None,
        "reason": None if found else "No doubt tells bad slices from good ones.",
        **_flags(level),
        "crossed": _flags(_added(crossed)) if crossed else None,
        "crossed_reason": None if crossed else _FEW,
    }


def _orders(
    records: Sequence[Uncertainty], dice: Sequence[float], groups: Sequence[str]
) -> dict[str, Any]:
    """An entry for each order that is defined for all."""
    entries: dict[str, Any] = {}
    for name, value_of in ORDERS.items():
        values = [value_of(one) for one in records]
        known = [value for value in values if value is not None]
        if known and len(known) == len(values):
            entries[name] = order_entry(np.array(known, np.float64), np.array(dice), groups)
    return entries


def _errors_entry(facts: Facts, measure: str) -> dict[str, Any]:
    """Overlap with errors and risk over all patients, near the outlines; QU-BraTS of each."""
    near = sum((each.errors["band"][measure] for each in facts.values()), ErrorCounts())
    overlap, level = near.overlap()
    coverage, risk = near.risk_coverage()
    filtered = [each.errors["brain"][measure].filtered() for each in facts.values()]
    areas = np.array([each.areas for each in filtered]).mean(axis=0)
    return {
        "overlap": {"dice": overlap, "at": level},
        "risk_coverage": {
            "area": near.risk_area(),
            "area_least": near.least_risk_area(),
            "error_rate": near.error_rate,
            "coverage": coverage.tolist(),
            "risk": risk.tolist(),
        },
        "qu_brats": {
            "auc_dice": float(areas[0]),
            "auc_filtered_true_positives": float(areas[1]),
            "auc_filtered_true_negatives": float(areas[2]),
            "score": float(np.mean([each.score for each in filtered])),
            "curves": {
                name: np.mean([getattr(each, name) for each in filtered], axis=0).tolist()
                for name in ("dice", "true_positives", "true_negatives")
            },
        },
    }


def _intervals_entry(facts: Facts) -> dict[str, Any]:
    """Coverage: slices in which either outline holds tumour, and patients (summed areas)."""
    slices, patients = IntervalCounts(), IntervalCounts()
    for each in facts.values():
        patients += count_interval(each.uncertainty.area_px_samples, each.overlap.true)
        for one in each.slices:
            if one.overlap.true or one.overlap.pred:
                slices += count_interval(one.uncertainty.area_px_samples, one.overlap.true)
    return {"slices": slices.to_dict(), "patients": patients.to_dict()}


def _joined(parts: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    values, bad = zip(*parts, strict=True)
    return np.concatenate(values).astype(np.float64), np.concatenate(bad)


def _added(levels: Sequence[Level]) -> Level:
    return Level(
        math.nan,
        sum(each.flagged for each in levels),
        sum(each.flagged_bad for each in levels),
        sum(each.bad for each in levels),
        sum(each.total for each in levels),
    )


def _flags(level: Level) -> dict[str, Any]:
    return {
        "flagged": level.flagged,
        "flagged_bad": level.flagged_bad,
        "bad": level.bad,
        "outlined": level.total,
    }


def _mean(values: Sequence[float]) -> float:
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
