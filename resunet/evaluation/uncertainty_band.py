"""The pixels round the outlines: where a segmentation can be wrong at all.

Most of a slice is easy background, which makes any network look well calibrated. So calibration
and the quality of uncertainty are also told of the pixels near an outline, the expert's or the
predicted one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

WITHIN_MM = 10.0
"""How far from an outline is near, in the plane of the slice."""


def near_outlines(
    mask_true: NDArray[np.bool_],
    mask_pred: NDArray[np.bool_],
    spacing_mm: tuple[float, float] | None,
    *,
    within_mm: float = WITHIN_MM,
) -> NDArray[np.bool_]:
    """Marks the pixels near the outline of either of two masks.

    An outline runs between a mask and what is outside. A pixel within a mask lies as far from it
    as its centre from the nearest centre outside; a pixel outside as far as from the nearest
    centre within. Beyond the picture's border is nothing, so a mask that touches the border has
    no outline there.

    Args:
        mask_true: bool (H, W), the expert's.
        mask_pred: bool (H, W), the predicted one.
        spacing_mm: Distance between pixel centres, row and column; None where it is unknown:
            a pixel is then taken for 1 mm.
        within_mm: The largest distance that is near, above 0.

    Returns:
        bool (H, W); nothing where both masks are empty.

    Raises:
        InputError: If the shapes differ, or the distance is not above 0.
    """
    if mask_true.shape != mask_pred.shape:
        raise InputError(
            f"mask_pred has shape {mask_pred.shape}, where mask_true's shape {mask_true.shape} "
            "is accepted."
        )
    if not within_mm > 0:
        raise InputError(f"within_mm is {within_mm}, where a length above 0 is accepted.")
    near = np.zeros(mask_true.shape, bool)
    for mask in (mask_true, mask_pred):
        _mark(near, mask, spacing_mm or (1.0, 1.0), within_mm)
    return near


def _mark(
    near: NDArray[np.bool_], mask: NDArray[np.bool_], spacing_mm: Sequence[float], within_mm: float
) -> None:
    """Adds the pixels near the outline of one mask, looked for in the box that may hold them."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return
    from scipy import ndimage

    box = tuple(
        slice(max(int(found[0]) - reach, 0), int(found[-1]) + reach + 1)
        for found, length in zip((rows, columns), spacing_mm, strict=True)
        for reach in [int(within_mm / length) + 1]
    )
    inside = mask[box]
    distance_mm = ndimage.distance_transform_edt(~inside, sampling=spacing_mm)
    if not inside.all():  # else there is no outside, and no distance to it
        distance_mm += ndimage.distance_transform_edt(inside, sampling=spacing_mm)
    near[box] |= (distance_mm > 0) & (distance_mm <= within_mm + 1e-9)
