"""The lesions of a mask and of the expert's outline, as plain values ready for JSON."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.measure.areas import (
    NO_OUTLINE,
    NO_SPACING,
    check_shape,
    stack_reason,
    unfinished_reason,
    volume_ml,
    volume_reason,
)
from resunet.measure.lesions import Lesion, find_lesions
from resunet.study import Study


def lesion_measures(
    study: Study, mask: NDArray[np.bool_], done: NDArray[np.bool_] | None = None
) -> dict[str, Any]:
    """The lesions of a mask, their counts, and the diameters of the whole.

    Args:
        study: The study the mask lies on.
        mask: bool (S, H, W), the study's shape.
        done: bool (S,), the slices computed so far; None means all. Nothing is said of a mask
            that is not complete.

    Returns:
        ``lesions`` (the largest first, each with what `Lesion` describes), ``lesions_count``
        and ``lesions_measurable``; ``lesions_dimensions`` is 3, or 2 where each slice was
        searched by itself. ``largest_diameter_mm`` is the largest of any slice,
        ``bidimensional_mm`` the two diameters of the lesion and slice with the largest
        product. Without tumour the counts are 0 and the diameters None.

    Raises:
        InputError: If the mask's shape is not the study's.
    """
    check_shape(study, mask)
    no_volume = volume_reason(study)
    unfinished = unfinished_reason(done)
    found = [] if unfinished else find_lesions(study, mask)
    unknown = unfinished or (NO_SPACING if study.spacing_mm is None else None)
    measured = [] if unknown else found
    listed = [_lesion_values(study, each, no_volume) for each in found]
    return {
        **_dimensions(study),
        "lesions_count": None if unfinished else len(found),
        "lesions_reason": unfinished,
        "lesions_measurable": None if unknown else sum(bool(each.measurable) for each in found),
        "lesions_measurable_reason": unknown,
        **_longest(study, max(measured, key=lambda each: each.largest_mm, default=None)),
        **_bidimensional(study, max(measured, key=lambda each: each.product_mm2, default=None)),
        "diameter_reason": unknown or (None if found else "No tumour is found."),
        "lesions": None if unfinished else listed,
    }


def expert_measures(study: Study) -> dict[str, Any]:
    """What the expert's outline measures; its lesions are counted, not listed.

    Args:
        study: The study.

    Returns:
        ``expert``: ``volume_ml`` and the counts and diameters of `lesion_measures`; None where
        there is no outline, and ``expert_reason``.
    """
    mask = study.mask
    if mask is None:
        return {"expert": None, "expert_reason": NO_OUTLINE}
    volume = {"volume_ml": volume_ml(study, mask), "volume_reason": volume_reason(study)}
    lesions = lesion_measures(study, mask)
    del lesions["lesions"]
    return {"expert": {**volume, **lesions}, "expert_reason": None}


def _dimensions(study: Study) -> dict[str, Any]:
    """Whether lesions are followed from slice to slice; if not, why."""
    reason = stack_reason(study)
    return {
        "lesions_dimensions": 2 if reason else 3,
        "lesions_dimensions_reason": reason and f"{reason} Each slice is searched by itself.",
    }


def _longest(study: Study, lesion: Lesion | None) -> dict[str, Any]:
    index = lesion.largest_slice if lesion else None
    return {
        "largest_diameter_mm": lesion.largest.long_mm if lesion and lesion.largest else None,
        "largest_diameter_slice": index,
        "largest_diameter_number": _number(study, index),
    }


def _bidimensional(study: Study, lesion: Lesion | None) -> dict[str, Any]:
    found = lesion.bidimensional if lesion else None
    index = lesion.bidimensional_slice if lesion else None
    return {
        "bidimensional_mm": None if found is None else [found.long_mm, found.short_mm],
        "bidimensional_product_mm2": None if found is None else found.product_mm2,
        "bidimensional_slice": index,
        "bidimensional_number": _number(study, index),
    }


def _number(study: Study, index: int | None) -> int | None:
    return None if index is None else int(study.slice_numbers[index])


def _lesion_values(study: Study, lesion: Lesion, no_volume: str | None) -> dict[str, Any]:
    ras_mm = lesion.centroid_ras_mm
    return {
        "lesion": lesion.number,
        "voxels": lesion.voxels,
        "volume_ml": lesion.volume_ml,
        "volume_reason": no_volume,
        "first_slice": lesion.first_slice,
        "last_slice": lesion.last_slice,
        "first_number": _number(study, lesion.first_slice),
        "last_number": _number(study, lesion.last_slice),
        "centroid_index": list(lesion.centroid),
        "centroid_ras_mm": None if ras_mm is None else list(ras_mm),
        "centroid_ras_mm_reason": "The source has no grid." if ras_mm is None else None,
        "side": lesion.side,
        "side_reason": "The pictures show no brain." if lesion.side is None else None,
        **_longest(study, lesion),
        **_bidimensional(study, lesion),
        "measurable": lesion.measurable,
        "diameter_reason": NO_SPACING if lesion.largest is None else None,
    }
