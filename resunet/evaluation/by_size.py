"""Dice by the tumour's size: of slices in fixed classes, of patients in thirds."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from resunet.evaluation.estimates import Estimates
from resunet.evaluation.patients import PatientResult
from resunet.evaluation.slices import SliceResult
from resunet.evaluation.words import NO_SPACING

SLICE_EDGES_CM2 = (0.0, 1.0, 3.0, 10.0, math.inf)
"""The expert's area in a slice: above 0 and below 1 cm², from 1 to below 3, and so on."""

THIRDS = ("smallest third", "middle third", "largest third")

_NO_SLICE = "No slice with tumour is of this size."
_NO_PATIENT = "No patient is of this size."


def slices_by_size(
    patients: Sequence[PatientResult], *, bootstraps: int, seed: int
) -> dict[str, Any]:
    """The mean Dice of slices with tumour, by the expert's area.

    Args:
        patients: What was counted.
        bootstraps: How often patients are drawn again for the intervals.
        seed: Of the drawing.

    Returns:
        ``classes``: for each class its edges in cm² (``from_cm2``, ``below_cm2``, the last one
        infinite), how many ``slices``, and the estimates ``dice`` and ``ceiling_dice``;
        ``slices_of_unknown_size`` are in none of them.
    """
    known = [each for each in patients if each.pixel_mm2 is not None]
    estimates = Estimates(bootstraps=bootstraps, seed=seed)
    counts = []
    for at, (low, high) in enumerate(pairwise(SLICE_EDGES_CM2)):
        inside = [_slices_between(each, low, high) for each in known]
        numbers = [len(slices) for slices in inside]
        counts.append(sum(numbers))
        for name in ("native", "ceiling"):
            sums = [math.fsum(getattr(s, name).dice for s in slices) for slices in inside]
            estimates.ratio(f"{at}.{name}", sums, numbers, _NO_SLICE)
    found = estimates.found()
    return {
        "classes": [
            {
                "from_cm2": low,
                "below_cm2": high,
                "slices": counts[at],
                "dice": found[f"{at}.native"],
                "ceiling_dice": found[f"{at}.ceiling"],
            }
            for at, (low, high) in enumerate(pairwise(SLICE_EDGES_CM2))
        ],
        "slices_of_unknown_size": sum(
            s.native.true > 0 for each in patients if each.pixel_mm2 is None for s in each.slices
        ),
    }


def patients_by_size(
    patients: Sequence[PatientResult], *, bootstraps: int, seed: int
) -> dict[str, Any]:
    """The mean Dice of patients with tumour, in thirds by size.

    The size is the volume where all of them have one; else the sum of the areas of all slices.
    Of a number that three does not divide the first thirds hold one more.

    Args:
        patients: What was counted.
        bootstraps: How often patients are drawn again for the intervals.
        seed: Of the drawing.

    Returns:
        ``size`` (``"volume_ml"`` or ``"summed_area_cm2"``), ``thirds``: for each its ``name``,
        the sizes ``from`` and ``to`` of its patients, how many ``patients``, and the estimates
        ``dice`` and ``ceiling_dice``. Where no patient has a size there is no third, and
        ``reason`` says why.
    """
    known = [each for each in patients if each.native.true and each.pixel_mm2 is not None]
    if not known:
        tumour = any(each.native.true for each in patients)
        return {"size": None, "thirds": [], "reason": NO_SPACING if tumour else _NO_PATIENT}
    volumes = all(each.step_mm is not None for each in known)
    sizes = [_patient_size(each, volumes=volumes) for each in known]
    order = np.argsort(sizes, kind="stable")
    thirds = []
    for name, part in zip(THIRDS, np.array_split(order, len(THIRDS)), strict=True):
        some = [known[at] for at in part]
        estimates = Estimates(bootstraps=bootstraps, seed=seed)
        estimates.mean("dice", [each.native.dice for each in some], _NO_PATIENT)
        estimates.mean("ceiling_dice", [each.ceiling.dice for each in some], _NO_PATIENT)
        thirds.append(
            {
                "name": name,
                "from": sizes[part[0]] if part.size else None,
                "to": sizes[part[-1]] if part.size else None,
                "patients": len(some),
                **estimates.found(),
            }
        )
    return {
        "size": "volume_ml" if volumes else "summed_area_cm2",
        "thirds": thirds,
        "reason": None,
    }


def _slices_between(patient: PatientResult, low_cm2: float, high_cm2: float) -> list[SliceResult]:
    """The slices with tumour whose area lies from the one up to below the other."""
    pixel_cm2 = (patient.pixel_mm2 or math.nan) / 100.0
    return [
        each
        for each in patient.slices
        if each.native.true and low_cm2 <= each.native.true * pixel_cm2 < high_cm2
    ]


def _patient_size(patient: PatientResult, *, volumes: bool) -> float:
    """Millilitres, or cm²."""
    area_mm2 = patient.native.true * (patient.pixel_mm2 or math.nan)
    return area_mm2 * (patient.step_mm or math.nan) / 1000.0 if volumes else area_mm2 / 100.0
