"""Everything measured on one prediction, as plain values ready for JSON.

What is undefined is None, with a reason beside it: ``<name>_reason``, or that of the group it
belongs to. Names end in their unit; ``…_slice`` is an index, ``…_number`` the source's number.
"""

from typing import Any

from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.measure.areas import (
    INTERVAL_PERCENT,
    NO_OUTLINE,
    NO_POSITIONS,
    NO_SPACING,
    area_px,
    interval,
    pixel_area_mm2,
    volume_ml,
    volume_reason,
    voxel_ml,
)
from resunet.measure.lesion_values import expert_measures, lesion_measures
from resunet.metrics import OverlapCounts, count_overlap
from resunet.storage import SCHEMA
from resunet.study import Prediction, Study


def measures(study: Study, prediction: Prediction, *, lesions: bool = False) -> dict[str, Any]:
    """Everything measured on one prediction.

    Args:
        study: What was predicted on.
        prediction: Its prediction, on the study's grid; it may be unfinished.
        lesions: Whether to add `lesion_measures` of the prediction, and ``expert``: the volume
            and the same counts and diameters of the expert's outline. They take longer than
            the rest; a screen that is drawn again and again does without.

    Returns:
        A dictionary with ``"schema": 1``. ``slices`` holds one entry a slice; of a slice
        that is not ``done`` nothing but its place is known. ``dice`` is pooled over the
        computed slices, ``dice_slices`` says how many. Intervals span the passes, and are
        known at the threshold at which these were counted.
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
    values = {
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
    if lesions:
        values |= lesion_measures(study, prediction.mask, prediction.done)
        values |= expert_measures(study)
    return values


def _reasons(study: Study, prediction: Prediction) -> dict[str, str | None]:
    """Why a whole column of the slices is None; None where it is not."""
    return {
        "interval_reason": _interval_reason(prediction),
        "area_mm2_reason": None if study.spacing_mm else NO_SPACING,
        "position_mm_reason": NO_POSITIONS if study.slice_positions_mm is None else None,
        "expert_area_reason": NO_OUTLINE if study.labels is None else None,
    }


def _interval_reason(prediction: Prediction) -> str | None:
    if prediction.samples < 2:
        return "A spread needs at least two stochastic passes."
    if prediction.area_threshold != prediction.threshold:
        return f"The passes were counted at the threshold {prediction.area_threshold:g} only."
    return None


def _interval(prediction: Prediction, samples: NDArray) -> list[float] | None:
    """The interval over the passes; None where `_interval_reason` gives a reason."""
    spread = None if _interval_reason(prediction) else interval(samples)
    return None if spread is None else list(spread)


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
        values |= _expert_area(study, counts[index])
        if not done:
            values = dict.fromkeys(values)
        score = _dice(counts[index], study, "The slice is not computed yet.")
        entries.append({**place, **values, **score})
    return entries


def _slice_values(study: Study, prediction: Prediction, index: int, area: int) -> dict[str, Any]:
    pixel_mm2 = pixel_area_mm2(study)
    spread = _interval(prediction, prediction.area_px_samples[:, index])
    return {
        "area_px": area,
        "area_px_interval": spread,
        "area_mm2": None if pixel_mm2 is None else area * pixel_mm2,
        "area_mm2_interval": (
            None if pixel_mm2 is None or spread is None else [px * pixel_mm2 for px in spread]
        ),
        "std_max": float(prediction.std[index].max()) if prediction.samples >= 2 else None,
    }


def _expert_area(study: Study, count: OverlapCounts | None) -> dict[str, Any]:
    if count is None:
        return {"expert_area_px": None, "expert_area_mm2": None}
    pixel_mm2 = pixel_area_mm2(study)
    return {
        "expert_area_px": count.true,
        "expert_area_mm2": None if pixel_mm2 is None else count.true * pixel_mm2,
    }


def _volume(study: Study, prediction: Prediction) -> dict[str, Any]:
    reason = volume_reason(study, prediction.done)
    one_ml = voxel_ml(study)
    if reason is not None or one_ml is None:
        return {"volume_ml": None, "volume_ml_interval": None, "volume_reason": reason}
    # A pass shares its dropout masks over all slices, so its areas may be summed before
    # the percentiles are taken; summing each slice's percentiles would be too wide.
    volumes_ml = prediction.area_px_samples.sum(axis=1) * one_ml
    return {
        "volume_ml": volume_ml(study, prediction.mask),
        "volume_ml_interval": _interval(prediction, volumes_ml),
        "volume_reason": None,
    }


def _pooled_dice(study: Study, counts: list[OverlapCounts | None]) -> dict[str, Any]:
    known = [count for count in counts if count is not None]
    pooled = sum(known, OverlapCounts()) if known else None
    return {**_dice(pooled, study, "No slice is computed yet."), "dice_slices": len(known)}


def _dice(count: OverlapCounts | None, study: Study, not_done: str) -> dict[str, Any]:
    if study.labels is None:
        return {"dice": None, "dice_reason": NO_OUTLINE}
    if count is None:
        return {"dice": None, "dice_reason": not_done}
    if count.true + count.pred == 0:
        return {"dice": None, "dice_reason": "Neither outline nor prediction holds tumour."}
    return {"dice": count.dice, "dice_reason": None}
