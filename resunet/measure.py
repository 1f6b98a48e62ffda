"""What a prediction measures: areas per slice, volume and Dice, with their uncertainty.

A volume is given for gap-free stacks only (`Study.slice_step_mm`); otherwise the areas
stand alone and the reason is said. What is undefined is None, with a reason beside it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.metrics import OverlapCounts, count_overlap
from resunet.storage import SCHEMA
from resunet.study import Prediction, Study

INTERVAL_PERCENT = (5.0, 95.0)
"""The percentiles over the stochastic passes that bound every interval."""

_NO_SPACING = "The pixel spacing is unknown."
_NO_POSITIONS = "The positions of the slices are unknown."


def pixel_area_mm2(study: Study) -> float | None:
    """The area of one pixel in mm², or None where the spacing is unknown."""
    if study.spacing_mm is None:
        return None
    row_mm, column_mm = study.spacing_mm
    return float(row_mm * column_mm)


def area_px(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Tumour pixels of each slice.

    Args:
        mask: bool (S, H, W).

    Returns:
        int64 (S,), 0 for an empty slice.
    """
    return np.count_nonzero(mask, axis=(1, 2)).astype(np.int64)


def volume_reason(study: Study, done: NDArray[np.bool_] | None = None) -> str | None:
    """Why no volume can be given, in one sentence; None where it can.

    Args:
        study: The study measured.
        done: bool (S,), the slices computed so far; None asks of the expert's outline,
            which always covers all slices.
    """
    if study.spacing_mm is None:
        return _NO_SPACING
    if study.shape[0] < 2:
        return "A single slice has no volume."
    if study.slice_positions_mm is None:
        return _NO_POSITIONS
    if study.slice_step_mm is None:
        return "The stack of slices has gaps or uneven steps."
    if done is not None and not done.all():
        return f"Only {int(done.sum())} of {done.size} slices are computed."
    return None


def volume_ml(study: Study, mask: NDArray[np.bool_]) -> float | None:
    """The tumour's volume: tumour voxels × row spacing × column spacing × slice step.

    Args:
        study: The study the mask lies on.
        mask: bool (S, H, W), the study's shape.

    Returns:
        Millilitres, 0.0 for an empty mask; None where `volume_reason` gives a reason.

    Raises:
        InputError: If the mask's shape is not the study's.
    """
    if mask.shape != study.shape:
        raise InputError(f"mask has shape {mask.shape}, where {study.shape} is accepted.")
    voxel_ml = _voxel_ml(study)
    return None if voxel_ml is None else int(np.count_nonzero(mask)) * voxel_ml


def interval(samples: NDArray) -> tuple[float, float] | None:
    """The 5th to 95th percentile over the stochastic passes, linearly interpolated.

    Args:
        samples: (T,), one number for each pass.

    Returns:
        (low, high) in the samples' unit; None for fewer than two passes.
    """
    if samples.size < 2:
        return None
    low, high = np.percentile(samples, INTERVAL_PERCENT)
    return float(low), float(high)


def measures(study: Study, prediction: Prediction) -> dict[str, Any]:
    """Everything measured on one prediction, as plain values ready for JSON.

    Args:
        study: What was predicted on.
        prediction: Its prediction, on the study's grid; it may be unfinished.

    Returns:
        A dictionary with ``"schema": 1``. ``slices`` holds one entry a slice; of a slice
        that is not ``done`` nothing but its place is known. ``dice`` is pooled over the
        computed slices, ``dice_slices`` says how many. Intervals span the passes.
        ``std_max`` is the largest in the slice, tumour or not (the paper's section 5.2).

    Raises:
        InputError: If the prediction lies on another grid than the study.
    """
    if prediction.probability.shape != study.shape:
        raise InputError(
            f"prediction has shape {prediction.probability.shape}, "
            f"where the study's shape {study.shape} is accepted."
        )
    counts = _counts(study, prediction)
    return {
        "schema": SCHEMA,
        "identifier": study.identifier,
        "source": study.source._asdict(),
        "model_id": prediction.model_id,
        "engine": prediction.engine,
        "samples": prediction.samples,
        "seed": prediction.seed,
        "threshold": float(prediction.threshold),
        "interval_percent": list(INTERVAL_PERCENT),
        "spacing_mm": None if study.spacing_mm is None else [float(v) for v in study.spacing_mm],
        "slice_step_mm": study.slice_step_mm,
        **_reasons(study, prediction),
        "slices": _slices(study, prediction, counts),
        **_volume(study, prediction),
        **_pooled_dice(study, counts),
        "warnings": [*study.warnings, *prediction.warnings],
    }


def _voxel_ml(study: Study) -> float | None:
    pixel_mm2, step_mm = pixel_area_mm2(study), study.slice_step_mm
    if pixel_mm2 is None or step_mm is None:
        return None
    return pixel_mm2 * step_mm / 1000.0


def _reasons(study: Study, prediction: Prediction) -> dict[str, str | None]:
    """Why a whole column of the slices is None; None where it is not."""
    return {
        "interval_reason": (
            "A spread needs at least two stochastic passes." if prediction.samples < 2 else None
        ),
        "area_mm2_reason": None if study.spacing_mm else _NO_SPACING,
        "position_mm_reason": _NO_POSITIONS if study.slice_positions_mm is None else None,
    }


def _counts(study: Study, prediction: Prediction) -> list[OverlapCounts | None]:
    """Overlap of each slice; None where it is not computed or there is no truth."""
    mask_true, mask_pred = study.mask, prediction.mask
    return [
        count_overlap(mask_true[index], mask_pred[index])
        if mask_true is not None and done
        else None
        for index, done in enumerate(prediction.done)
    ]


def _slices(
    study: Study, prediction: Prediction, counts: list[OverlapCounts | None]
) -> list[dict[str, Any]]:
    areas = area_px(prediction.mask)
    positions = study.slice_positions_mm
    entries = []
    for index, done in enumerate(prediction.done):
        place = {
            "slice": index,
            "number": int(study.slice_numbers[index]),
            "position_mm": None if positions is None else float(positions[index]),
            "done": bool(done),
        }
        values = _slice_values(study, prediction, index, int(areas[index]))
        if not done:
            values = dict.fromkeys(values)
        score = _dice(counts[index], study, "The slice is not computed yet.")
        entries.append({**place, **values, **score})
    return entries


def _slice_values(study: Study, prediction: Prediction, index: int, area: int) -> dict[str, Any]:
    pixel_mm2 = pixel_area_mm2(study)
    spread = interval(prediction.area_px_samples[:, index])
    return {
        "area_px": area,
        "area_px_interval": None if spread is None else list(spread),
        "area_mm2": None if pixel_mm2 is None else area * pixel_mm2,
        "std_max": float(prediction.std[index].max()) if prediction.samples >= 2 else None,
    }


def _volume(study: Study, prediction: Prediction) -> dict[str, Any]:
    reason = volume_reason(study, prediction.done)
    voxel_ml = _voxel_ml(study)
    if reason is not None or voxel_ml is None:
        return {"volume_ml": None, "volume_ml_interval": None, "volume_reason": reason}
    # A pass shares its dropout masks over all slices, so its areas may be summed before
    # the percentiles are taken; summing each slice's percentiles would be too wide.
    spread = interval(prediction.area_px_samples.sum(axis=1) * voxel_ml)
    return {
        "volume_ml": volume_ml(study, prediction.mask),
        "volume_ml_interval": None if spread is None else list(spread),
        "volume_reason": None,
    }


def _pooled_dice(study: Study, counts: list[OverlapCounts | None]) -> dict[str, Any]:
    known = [count for count in counts if count is not None]
    pooled = sum(known, OverlapCounts()) if known else None
    return {**_dice(pooled, study, "No slice is computed yet."), "dice_slices": len(known)}


def _dice(count: OverlapCounts | None, study: Study, not_done: str) -> dict[str, Any]:
    if study.labels is None:
        return {"dice": None, "dice_reason": "There is no expert outline."}
    if count is None:
        return {"dice": None, "dice_reason": not_done}
    if count.true + count.pred == 0:
        return {"dice": None, "dice_reason": "Neither outline nor prediction holds tumour."}
    return {"dice": count.dice, "dice_reason": None}
