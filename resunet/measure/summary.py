"""Everything measured on one prediction, as plain values ready for JSON.

What is undefined is None, with a reason beside it: ``<name>_reason``, or that of the group it
belongs to. Names end in their unit; ``…_slice`` is an index, ``…_number`` the source's number.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.measure.agreement import (
    NEITHER,
    NOT_COMPUTED,
    area_error,
    patient_hd95,
    slice_hd95,
    volume_error,
)
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
from resunet.measure.corrections import (
    CORRECTED,
    changed_px,
    correction_counts,
)
from resunet.measure.lesion_values import expert_measures, lesion_measures
from resunet.measure.reliability import exported_warnings
from resunet.metrics import OverlapCounts, count_overlap
from resunet.storage import SCHEMA
from resunet.study import Prediction, Study


def measures(
    study: Study, prediction: Prediction, *, lesions: bool = False, surfaces: bool = False
) -> dict[str, Any]:
    """Everything measured on one prediction.

    Args:
        study: What was predicted on.
        prediction: Its prediction, on the study's grid; it may be unfinished.
        lesions: Whether to add `lesion_measures` of the prediction, and ``expert``: the volume
            and the same counts and diameters of the expert's outline.
        surfaces: Whether to add `slice_hd95` to each slice, and `patient_hd95`. Lesions and
            surfaces take longer than the rest; a screen that is drawn again and again does
            without.

    Returns:
        A dictionary with ``"schema": 1``. ``slices`` holds one entry a slice; of a slice
        that is not ``done`` nothing but its place is known. ``dice`` is pooled over the
        computed slices, ``dice_slices`` says how many; errors are those of `area_error` and
        `volume_error`. Intervals span the passes, and are known at the threshold at which these
        were counted, and not where the outline was corrected by hand: ``correction`` holds
        `correction_counts`. ``std_max`` is the largest in the slice, tumour or not (the paper's
        section 5.2). An infinite distance is a float, ``"inf"`` in the program's JSON files.

    Raises:
        InputError: If the prediction lies on another grid than the study.
    """
    if prediction.probability.shape != study.shape:
        raise InputError(
            f"prediction has shape {prediction.probability.shape}, "
            f"where the study's shape {study.shape} is accepted."
        )
    mask, done = prediction.mask, prediction.done
    counts = _counts(study, mask, done)
    pooled = _pooled(counts)
    values = {
        **_settings(study, prediction),
        "correction": correction_counts(prediction),
        **_reasons(study, prediction),
        "slices": _slices(study, prediction, mask, counts),
        **_volume(study, prediction, mask),
        **volume_error(study, pooled, done),
        **_dice(pooled, study, "No slice is computed yet."),
        "dice_slices": sum(count is not None for count in counts),
        "warnings": exported_warnings(study, prediction),
    }
    if lesions:
        values |= lesion_measures(study, mask, done)
        values |= expert_measures(study)
    if surfaces:
        for entry in values["slices"]:
            entry |= slice_hd95(study, mask, entry["slice"], done)
        values |= patient_hd95(study, mask, done)
    return values


def _settings(study: Study, prediction: Prediction) -> dict[str, Any]:
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
    }


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


def _counts(
    study: Study, mask: NDArray[np.bool_], done: NDArray[np.bool_]
) -> list[OverlapCounts | None]:
    """Overlap of each slice; None where it is not computed or there is no truth."""
    mask_true = study.mask
    return [
        count_overlap(mask_true[index], mask[index]) if mask_true is not None and is_done else None
        for index, is_done in enumerate(done)
    ]


def _pooled(counts: list[OverlapCounts | None]) -> OverlapCounts | None:
    known = [count for count in counts if count is not None]
    return sum(known, OverlapCounts()) if known else None


def _slices(
    study: Study,
    prediction: Prediction,
    mask: NDArray[np.bool_],
    counts: list[OverlapCounts | None],
) -> list[dict[str, Any]]:
    areas, changed = area_px(mask), changed_px(prediction).sum(axis=0)
    positions = study.slice_positions_mm
    entries = []
    for index, done in enumerate(prediction.done):
        place = {
            "slice": index,
            "number": int(study.slice_numbers[index]),
            "position_mm": None if positions is None else float(positions[index]),
            "done": bool(done),
        }
        reason = _interval_reason(prediction) or (CORRECTED if changed[index] else None)
        spread = None if reason else interval(prediction.area_px_samples[:, index])
        values = {
            **_areas(study, int(areas[index]), spread),
            "area_interval_reason": reason,
            "std_max": float(prediction.std[index].max()) if prediction.samples >= 2 else None,
            **_expert_area(study, counts[index]),
        }
        if not done:
            values = dict.fromkeys(values)
        values |= area_error(study, counts[index])
        entries.append({**place, **values, **_dice(counts[index], study, NOT_COMPUTED)})
    return entries


def _areas(study: Study, area: int, spread: tuple[float, float] | None) -> dict[str, Any]:
    pixel_mm2 = pixel_area_mm2(study)
    return {
        "area_px": area,
        "area_px_interval": None if spread is None else list(spread),
        "area_mm2": None if pixel_mm2 is None else area * pixel_mm2,
        "area_mm2_interval": (
            None if pixel_mm2 is None or spread is None else [px * pixel_mm2 for px in spread]
        ),
    }


def _expert_area(study: Study, count: OverlapCounts | None) -> dict[str, Any]:
    if count is None:
        return {"expert_area_px": None, "expert_area_mm2": None}
    pixel_mm2 = pixel_area_mm2(study)
    return {
        "expert_area_px": count.true,
        "expert_area_mm2": None if pixel_mm2 is None else count.true * pixel_mm2,
    }


def _volume(study: Study, prediction: Prediction, mask: NDArray[np.bool_]) -> dict[str, Any]:
    reason, one_ml = volume_reason(study, prediction.done), voxel_ml(study)
    no_spread = reason or _interval_reason(prediction)
    if no_spread is None and changed_px(prediction).any():
        no_spread = CORRECTED
    spread = None
    if one_ml is not None and no_spread is None:
        # A pass shares its dropout masks over all slices, so its areas may be summed before
        # the percentiles are taken; summing each slice's percentiles would be too wide.
        spread = interval(prediction.area_px_samples.sum(axis=1) * one_ml)
    return {
        "volume_ml": None if reason else volume_ml(study, mask),
        "volume_ml_interval": None if spread is None else list(spread),
        "volume_ml_interval_reason": no_spread,
        "volume_reason": reason,
    }


def _dice(count: OverlapCounts | None, study: Study, not_done: str) -> dict[str, Any]:
    if study.labels is None:
        return {"dice": None, "dice_reason": NO_OUTLINE}
    if count is None:
        return {"dice": None, "dice_reason": not_done}
    if count.true + count.pred == 0:
        return {"dice": None, "dice_reason": NEITHER}
    return {"dice": count.dice, "dice_reason": None}
