"""Areas of slices, the volume of a stack, their intervals, and why one is not given.

A volume is given for gap-free stacks only (`Study.slice_step_mm`); otherwise the areas
stand alone and the reason is said.
"""

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.study import Prediction, Study

INTERVAL_PERCENT = (5.0, 95.0)
"""The percentiles over the stochastic passes that bound every interval."""

NO_SPACING = "The pixel spacing is unknown."
NO_POSITIONS = "The positions of the slices are unknown."
NO_OUTLINE = "There is no expert outline."


def pixel_area_mm2(study: Study) -> float | None:
    """The area of one pixel in mm², or None where the spacing is unknown."""
    if study.spacing_mm is None:
        return None
    row_mm, column_mm = study.spacing_mm
    return float(row_mm * column_mm)


def voxel_ml(study: Study) -> float | None:
    """The volume of one voxel in millilitres, or None where `volume_reason` gives a reason."""
    pixel_mm2, step_mm = pixel_area_mm2(study), study.slice_step_mm
    if pixel_mm2 is None or step_mm is None:
        return None
    return pixel_mm2 * step_mm / 1000.0


def area_px(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Tumour pixels of each slice.

    Args:
        mask: bool (S, H, W).

    Returns:
        int64 (S,), 0 for an empty slice.
    """
    return np.count_nonzero(mask, axis=(1, 2)).astype(np.int64)


def key_slice(study: Study, prediction: Prediction) -> int:
    """The slice to look at first.

    Returns:
        The index of the one with most predicted tumour; without any that with most of the
        expert's; else the middle one. Of equal ones the lowest.
    """
    for mask in (prediction.mask, study.mask):
        if mask is not None and mask.any():
            return int(area_px(mask).argmax())
    return study.shape[0] // 2


def stack_reason(study: Study) -> str | None:
    """Why the slices are no gap-free stack, in one sentence; None where they are."""
    if study.shape[0] < 2:
        return "A single slice has no volume."
    if study.slice_positions_mm is None:
        return NO_POSITIONS
    if study.slice_step_mm is None:
        return "The stack of slices has gaps or uneven steps."
    return None


def unfinished_reason(done: NDArray[np.bool_] | None) -> str | None:
    """Says how many slices are computed while some are not; else None.

    Args:
        done: bool (S,), the slices computed so far; None means all.
    """
    if done is None or done.all():
        return None
    return f"Only {int(done.sum())} of {done.size} slices are computed."


def volume_reason(study: Study, done: NDArray[np.bool_] | None = None) -> str | None:
    """Why no volume can be given, in one sentence; None where it can.

    Args:
        study: The study measured.
        done: bool (S,), the slices computed so far; None asks of the expert's outline,
            which always covers all slices.
    """
    if study.spacing_mm is None:
        return NO_SPACING
    return stack_reason(study) or unfinished_reason(done)


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
    check_shape(study, mask)
    one_ml = voxel_ml(study)
    return None if one_ml is None else int(np.count_nonzero(mask)) * one_ml


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


def check_shape(study: Study, mask: NDArray) -> None:
    """Refuses a mask that does not lie on the study's grid.

    Raises:
        InputError: If the mask's shape is not the study's.
    """
    if mask.shape != study.shape:
        raise InputError(f"mask has shape {mask.shape}, where {study.shape} is accepted.")
