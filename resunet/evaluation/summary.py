"""Everything that is reported of one split, as JSON values."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from resunet.errors import InputError
from resunet.evaluation.by_size import patients_by_size, slices_by_size
from resunet.evaluation.estimates import BOOTSTRAPS, Estimates
from resunet.evaluation.measures import (
    OVERLAPS,
    REASONS,
    false_positive_px,
    near_and_surface_px,
    patient_measures,
)
from resunet.evaluation.patients import PatientResult
from resunet.evaluation.scores import RESOLUTIONS, SliceScore, summarise
from resunet.evaluation.slices import SliceResult
from resunet.evaluation.sweep import Sweep
from resunet.evaluation.words import EMPTY_BOTH, NO_FINITE, NO_SPACING, NO_TUMOUR_FREE
from resunet.metrics import OverlapCounts

SIZE_ERRORS = (
    "volume_error_ml",
    "volume_error_percent",
    "area_error_mm2",
    "area_error_percent",
)
"""Of `patient_measures`; each is averaged with its sign, and without it (``absolute``)."""

_NO_VOLUME = "No patient has both tumour in its outline and a stack without gaps."
_NO_AREA = "No patient has both tumour in its outline and a known pixel spacing."


def summarise_split(
    patients: Sequence[PatientResult], *, bootstraps: int = BOOTSTRAPS, seed: int = 0
) -> dict[str, Any]:
    """Sums up one split.

    Args:
        patients: At least one.
        bootstraps: How often patients are drawn again for the intervals.
        seed: Of the drawing.

    Returns:
        What `resunet.evaluation.scores.summarise` gives for each resolution, with ``measures``
        (name → ``patient_mean``, ``slice_mean``, ``pooled``, each an estimate with interval), and
        ``ceiling``, ``size_errors``, ``tumour_free``, ``by_slice_size``, ``by_patient_size``,
        ``sweep``, ``patients`` (of `patient_measures`, the worst first). docs/evaluation.md
        describes every key.

    Raises:
        InputError: If there is no patient.
    """
    if not patients:
        raise InputError("There are no patients to sum up; at least one is accepted.")
    listed = [patient_measures(each) for each in patients]
    estimates = Estimates(bootstraps=bootstraps, seed=seed)
    for name in RESOLUTIONS:
        _ask_overlaps(estimates, patients, name)
    _ask_ceiling(estimates, patients)
    _ask_distances(estimates, patients, listed)
    _ask_errors(estimates, listed)
    _ask_false_positives(estimates, patients)
    found = estimates.found()
    light = summarise(_slice_scores(patients))
    again = {"bootstraps": bootstraps, "seed": seed}
    return {
        **{name: {**light[name], "measures": _nested(found, name)} for name in RESOLUTIONS},
        "ceiling": _nested(found, "ceiling"),
        "size_errors": {name: found[name] for name in found if "_error_" in name},
        "tumour_free": _tumour_free(patients, found),
        "by_slice_size": slices_by_size(patients, **again),
        "by_patient_size": patients_by_size(patients, **again),
        "sweep": _sweep(patients),
        "patients": sorted(listed, key=_worst_first),
    }


def _slice_scores(patients: Sequence[PatientResult]) -> list[SliceScore]:
    return [
        SliceScore(
            patient.split, patient.patient, each.number, each.native, each.grid, each.ceiling
        )
        for patient in patients
        for each in patient.slices
    ]


def _ask_overlaps(estimates: Estimates, patients: Sequence[PatientResult], resolution: str) -> None:
    """Dice and its kin at one resolution, in all three ways."""
    for name in OVERLAPS:

        def counts_of(each: SliceResult | PatientResult) -> OverlapCounts:
            found: OverlapCounts = getattr(each, resolution)
            return found

        _ask(estimates, patients, f"{resolution}.{name}", counts_of, name, REASONS[name])


def _ask_ceiling(estimates: Estimates, patients: Sequence[PatientResult]) -> None:
    _ask(estimates, patients, "ceiling.dice", lambda each: each.ceiling, "dice", EMPTY_BOTH)


def _ask(
    estimates: Estimates,
    patients: Sequence[PatientResult],
    name: str,
    counts_of: Callable[[SliceResult | PatientResult], OverlapCounts],
    measure: str,
    undefined: str,
) -> None:
    """One measure of counts: mean of patients, mean of slices, pooled."""
    whole = [counts_of(each) for each in patients]
    estimates.mean(f"{name}.patient_mean", [getattr(each, measure) for each in whole], undefined)
    in_slices = [[getattr(counts_of(s), measure) for s in each.slices] for each in patients]
    _ask_slice_mean(estimates, name, in_slices, undefined)
    parts = [each.fractions[measure] for each in whole]
    above, below = zip(*parts, strict=True)
    estimates.ratio(f"{name}.pooled", above, below, undefined)


def _ask_slice_mean(
    estimates: Estimates, name: str, values: Sequence[Sequence[float]], undefined: str
) -> None:
    """The mean over all patients' slices of what is finite."""
    finite = [[value for value in each if math.isfinite(value)] for each in values]
    sums, counts = [math.fsum(each) for each in finite], [len(each) for each in finite]
    infinite = sum(math.isinf(value) for each in values for value in each)
    estimates.ratio(f"{name}.slice_mean", sums, counts, undefined, infinite=infinite)


def _ask_distances(
    estimates: Estimates, patients: Sequence[PatientResult], listed: Sequence[dict[str, Any]]
) -> None:
    known = any(each.pixel_mm2 is not None for each in patients)
    reason = NO_FINITE if known else NO_SPACING
    estimates.mean("native.hd95_mm.patient_mean", [each["hd95_mm"] for each in listed], reason)
    distances = [[each.hd95_mm for each in patient.slices] for patient in patients]
    _ask_slice_mean(estimates, "native.hd95_mm", distances, reason)
    reason = EMPTY_BOTH if known else NO_SPACING
    name = "native.surface_dice"
    estimates.mean(f"{name}.patient_mean", [each["surface_dice"] for each in listed], reason)
    in_slices = [[each.surface_dice for each in patient.slices] for patient in patients]
    _ask_slice_mean(estimates, name, in_slices, reason)
    near, surface = zip(*map(near_and_surface_px, patients), strict=True)
    estimates.ratio(f"{name}.pooled", near, surface, reason)


def _ask_errors(estimates: Estimates, listed: Sequence[dict[str, Any]]) -> None:
    for name in SIZE_ERRORS:
        reason = _NO_VOLUME if name.startswith("volume") else _NO_AREA
        values = [each[name] for each in listed]
        estimates.mean(name, values, reason)
        what, _, unit = name.rpartition("_")
        estimates.mean(f"{what}_absolute_{unit}", list(map(abs, values)), reason)


def _ask_false_positives(estimates: Estimates, patients: Sequence[PatientResult]) -> None:
    found = [false_positive_px(each) for each in patients]
    slices = [len(each) for each in found]
    hit = [sum(px > 0 for px in each) for each in found]
    estimates.ratio("false_positive.share", hit, slices, NO_TUMOUR_FREE)
    known = [each.pixel_mm2 is not None for each in patients]
    areas = [sum(px) * (each.pixel_mm2 or 0.0) for px, each in zip(found, patients, strict=True)]
    measured = [n if has else 0 for n, has in zip(slices, known, strict=True)]
    reason = NO_SPACING if any(slices) else NO_TUMOUR_FREE
    estimates.ratio("false_positive.mm2", areas, measured, reason)


def _tumour_free(
    patients: Sequence[PatientResult], found: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """What is predicted in slices whose outline is empty."""
    px = [(count, each.pixel_mm2) for each in patients for count in false_positive_px(each)]
    areas = [count * pixel for count, pixel in px if pixel is not None]
    reason = None if areas else NO_SPACING if px else NO_TUMOUR_FREE
    return {
        "slices": len(px),
        "with_false_positives": sum(count > 0 for count, _ in px),
        "share": found["false_positive.share"],
        "mean_mm2": found["false_positive.mm2"],
        "largest_mm2": max(areas, default=math.nan),
        "largest_mm2_reason": reason,
    }


def _sweep(patients: Sequence[PatientResult]) -> dict[str, Any]:
    """Dice at every threshold, of the mean patient and pooled."""
    sweeps = [each.sweep for each in patients]
    pooled: Sweep = sum(sweeps[1:], sweeps[0])
    dice = np.stack([each.dice for each in sweeps])
    known = np.isfinite(dice).sum(axis=0)
    means = np.where(known > 0, np.nansum(dice, axis=0) / np.maximum(known, 1), np.nan)
    best = int(np.nanargmax(means)) if known.any() else None
    thresholds = list(pooled.thresholds)
    return {
        "thresholds": thresholds,
        "dice_patient_mean": means.tolist(),
        "dice_pooled": pooled.dice.tolist(),
        "patients": known.tolist(),
        "best_threshold": None if best is None else thresholds[best],
        "best_dice_patient_mean": None if best is None else float(means[best]),
        "best_reason": EMPTY_BOTH if best is None else None,
        "undefined_reason": None if np.isfinite(means).all() else EMPTY_BOTH,
    }


def _nested(found: dict[str, dict[str, Any]], resolution: str) -> dict[str, Any]:
    """The estimates of ``resolution.measure.way``, as objects in objects."""
    nested: dict[str, Any] = {}
    for name, entry in found.items():
        parts = name.split(".")
        if parts[0] == resolution:
            nested.setdefault(parts[1], {})[parts[2]] = entry
    return nested


def _worst_first(values: dict[str, Any]) -> tuple[bool, float, str]:
    """By native Dice; those without one last."""
    dice = values["native"]["dice"]
    undefined = math.isnan(dice)
    return undefined, 0.0 if undefined else dice, values["patient"]
