"""How far a mask lies from the expert's outline, as plain values ready for JSON.

Errors are the prediction less the expert's outline, so that one too large is positive.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.measure.areas import (
    NO_OUTLINE,
    NO_SPACING,
    check_shape,
    pixel_area_mm2,
    volume_reason,
    voxel_ml,
)
from resunet.metrics import OverlapCounts, hd95
from resunet.study import Study

NOT_COMPUTED = "The slice is not computed yet."
NEITHER = "Neither outline nor prediction holds tumour."
EMPTY_OUTLINE = "The expert's outline is empty."


def slice_hd95(
    study: Study, mask: NDArray[np.bool_], slice_index: int, done: NDArray[np.bool_] | None = None
) -> dict[str, Any]:
    """The 95 % Hausdorff distance in one slice (`resunet.metrics.hd95`).

    Args:
        study: The study the mask lies on.
        mask: bool (S, H, W), the study's shape.
        slice_index: Which slice.
        done: bool (S,), the slices computed so far; None means all.

    Returns:
        ``hd95_mm``, infinite where only one of mask and outline holds tumour; where the spacing
        is unknown ``hd95_px`` instead, the distance in pixels. What is undefined is None;
        ``hd95_reason`` says why there is none in mm.

    Raises:
        InputError: If the mask's shape is not the study's.
    """
    check_shape(study, mask)
    distance, reason = None, None
    if study.labels is None:
        reason = NO_OUTLINE
    elif done is not None and not done[slice_index]:
        reason = NOT_COMPUTED
    else:
        spacing = study.spacing_mm or (1.0, 1.0)
        distance = hd95(study.labels[slice_index], mask[slice_index], spacing)
        if math.isnan(distance):
            distance, reason = None, NEITHER
    if study.spacing_mm is None:
        return {"hd95_mm": None, "hd95_px": distance, "hd95_reason": reason or NO_SPACING}
    return {"hd95_mm": distance, "hd95_px": None, "hd95_reason": reason}


def patient_hd95(
    study: Study, mask: NDArray[np.bool_], done: NDArray[np.bool_] | None = None
) -> dict[str, Any]:
    """The 95 % Hausdorff distance in three dimensions, of all slices of a gap-free stack.

    It takes about a tenth of a second for a whole head, longer than `measures` without it.

    Args:
        study: The study the mask lies on.
        mask: bool (S, H, W), the study's shape.
        done: bool (S,), the slices computed so far; None means all.

    Returns:
        ``hd95_mm``, infinite where only one of mask and outline holds tumour; None where there
        is no outline, no volume (`volume_reason`) or no tumour, which ``hd95_reason`` says.

    Raises:
        InputError: If the mask's shape is not the study's.
    """
    check_shape(study, mask)
    if study.labels is None:
        return {"hd95_mm": None, "hd95_reason": NO_OUTLINE}
    if study.spacing_mm is None or study.slice_step_mm is None or volume_reason(study, done):
        return {"hd95_mm": None, "hd95_reason": volume_reason(study, done)}
    distance = hd95(study.labels, mask, (study.slice_step_mm, *study.spacing_mm))
    if math.isnan(distance):
        return {"hd95_mm": None, "hd95_reason": NEITHER}
    return {"hd95_mm": distance, "hd95_reason": None}


def area_error(study: Study, count: OverlapCounts | None) -> dict[str, Any]:
    """By how much the area of a slice differs from the expert's.

    Args:
        study: The study.
        count: The overlap in the slice; None where there is no outline, or no prediction yet.

    Returns:
        ``area_error_px``, ``area_error_mm2`` and ``area_error_percent`` of the expert's area.
        ``area_error_reason`` says why all, or the percentage alone, are None; mm² are None too
        where the spacing is unknown.
    """
    names = ("area_error_px", "area_error_mm2", "area_error_percent")
    if count is None:
        reason = NO_OUTLINE if study.labels is None else NOT_COMPUTED
        return {**dict.fromkeys(names), "area_error_reason": reason}
    pixel_mm2 = pixel_area_mm2(study)
    error = count.pred - count.true
    return {
        "area_error_px": error,
        "area_error_mm2": None if pixel_mm2 is None else error * pixel_mm2,
        "area_error_percent": _percent(count),
        "area_error_reason": None if count.true else EMPTY_OUTLINE,
    }


def volume_error(
    study: Study, count: OverlapCounts | None, done: NDArray[np.bool_]
) -> dict[str, Any]:
    """By how much the volume differs from the expert's.

    Args:
        study: The study.
        count: The overlap, pooled over the slices computed; None where there is no outline.
        done: bool (S,), the slices computed so far.

    Returns:
        ``volume_error_ml`` and ``volume_error_percent`` of the expert's volume.
        ``volume_error_reason`` says why both, or the percentage alone, are None.
    """
    one_ml = voxel_ml(study)
    reason = NO_OUTLINE if study.labels is None else volume_reason(study, done)
    if count is None or one_ml is None or reason is not None:
        values: dict[str, Any] = {"volume_error_ml": None, "volume_error_percent": None}
        return {**values, "volume_error_reason": reason}
    return {
        "volume_error_ml": (count.pred - count.true) * one_ml,
        "volume_error_percent": _percent(count),
        "volume_error_reason": None if count.true else EMPTY_OUTLINE,
    }


def _percent(count: OverlapCounts) -> float | None:
    """The error by the expert's size, in per cent; None where the expert sees no tumour."""
    return 100.0 * (count.pred - count.true) / count.true if count.true else None
