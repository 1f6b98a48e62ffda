"""The figures of one patient, from what was counted of it."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from resunet.evaluation.patients import PatientResult
from resunet.evaluation.slices import SliceResult
from resunet.evaluation.words import (
    EMPTY_BOTH,
    EMPTY_OUTLINE,
    EMPTY_PREDICTION,
    NO_FINITE,
    NO_SPACING,
    NO_TUMOUR_FREE,
)
from resunet.metrics import BrainCounts

OVERLAPS = ("dice", "iou", "sensitivity", "specificity", "precision")
"""Properties of `BrainCounts` that are reported."""

REASONS = {
    "dice": EMPTY_BOTH,
    "iou": EMPTY_BOTH,
    "sensitivity": EMPTY_OUTLINE,
    "specificity": "There is no brain without tumour.",
    "precision": EMPTY_PREDICTION,
}
"""Why one of `OVERLAPS` is undefined."""


def patient_measures(patient: PatientResult) -> dict[str, Any]:
    """Everything that is reported of one patient.

    Args:
        patient: What was counted of it.

    Returns:
        JSON values; NaN where undefined, with the reason beside it under the name and
        ``_reason``, or one reason for several (``distance_reason``, ``volume_reason``,
        ``area_reason``).
    """
    return {
        "patient": patient.patient,
        "slices": len(patient.slices),
        "tumour_slices": sum(each.native.true > 0 for each in patient.slices),
        "native": overlap_values(patient.native),
        "grid": overlap_values(patient.grid),
        "ceiling_dice": patient.ceiling.dice,
        "ceiling_dice_reason": None if patient.ceiling.true else EMPTY_BOTH,
        **_distances(patient),
        **_areas(patient),
        **_volumes(patient),
        **_false_positives(patient),
    }


def overlap_values(counts: BrainCounts) -> dict[str, Any]:
    """All of `OVERLAPS`, each with the reason where it is undefined."""
    values: dict[str, Any] = {name: getattr(counts, name) for name in OVERLAPS}
    undefined = [name for name, value in values.items() if math.isnan(value)]
    return {**values, **{f"{name}_reason": REASONS[name] for name in undefined}}


def false_positive_px(patient: PatientResult) -> list[int]:
    """Of each slice without tumour in its outline the pixels predicted all the same."""
    return [each.native.pred for each in patient.slices if not each.native.true]


def near_and_surface_px(patient: PatientResult) -> tuple[int, int]:
    """Surface pixels within the tolerance, and all: of the volume, else over all slices."""
    if patient.surface is not None:
        return patient.surface.near_px, patient.surface.surface_px
    return _sum(patient, lambda each: each.near_px), _sum(patient, lambda each: each.surface_px)


def finite_mean(values: Iterable[float]) -> float:
    """Mean of what is finite; NaN where nothing is."""
    known = [value for value in values if math.isfinite(value)]
    return math.fsum(known) / len(known) if known else math.nan


def _distances(patient: PatientResult) -> dict[str, Any]:
    """HD95 and surface Dice: of the volume, else of its slices."""
    in_slices = [each.hd95_mm for each in patient.slices]
    near, surface = near_and_surface_px(patient)
    whole = patient.surface
    distance = finite_mean(in_slices) if whole is None else whole.hd95_mm
    reason = None
    if patient.pixel_mm2 is None:
        reason = NO_SPACING
    elif not surface:
        reason = EMPTY_BOTH
    elif math.isnan(distance):
        reason = NO_FINITE
    return {
        "distance_dimensions": 2 if whole is None else 3,
        "hd95_mm": distance,
        "hd95_slice_mean_mm": finite_mean(in_slices),
        "hd95_infinite_slices": sum(map(math.isinf, in_slices)),
        "surface_dice": near / surface if surface else math.nan,
        "distance_reason": reason,
    }


def _areas(patient: PatientResult) -> dict[str, Any]:
    """The areas of all slices summed up, and by how much the prediction's differs."""
    counts, pixel = patient.native, patient.pixel_mm2
    known = math.nan if pixel is None else pixel
    return {
        "summed_area_mm2": counts.true * known,
        "pred_summed_area_mm2": counts.pred * known,
        "area_error_mm2": (counts.pred - counts.true) * known,
        "area_error_percent": _percent(counts),
        "area_reason": NO_SPACING if pixel is None else None if counts.true else EMPTY_OUTLINE,
    }


def _volumes(patient: PatientResult) -> dict[str, Any]:
    """The same in three dimensions."""
    counts, reason = patient.native, patient.volume_reason
    one_ml = math.nan
    if reason is None and patient.pixel_mm2 is not None and patient.step_mm is not None:
        one_ml = patient.pixel_mm2 * patient.step_mm / 1000.0
    return {
        "volume_ml": counts.true * one_ml,
        "pred_volume_ml": counts.pred * one_ml,
        "volume_error_ml": (counts.pred - counts.true) * one_ml,
        "volume_error_percent": math.nan if reason else _percent(counts),
        "volume_reason": reason or (None if counts.true else EMPTY_OUTLINE),
    }


def _false_positives(patient: PatientResult) -> dict[str, Any]:
    """What is predicted in slices whose outline is empty."""
    found, pixel = false_positive_px(patient), patient.pixel_mm2
    mean_px = sum(found) / len(found) if found else math.nan
    return {
        "tumour_free_slices": len(found),
        "false_positive_slices": sum(px > 0 for px in found),
        "false_positive_mean_px": mean_px,
        "false_positive_mean_mm2": mean_px * (math.nan if pixel is None else pixel),
        "false_positive_reason": None
        if found and pixel is not None
        else NO_SPACING
        if found
        else NO_TUMOUR_FREE,
    }


def _percent(counts: BrainCounts) -> float:
    """The error of the size by the expert's, in per cent; NaN where that is 0."""
    return 100.0 * (counts.pred - counts.true) / counts.true if counts.true else math.nan


def _sum(patient: PatientResult, count: Callable[[SliceResult], int]) -> int:
    return sum(map(count, patient.slices))
