"""A slice's print: a thousand small numbers by which the same picture is known again.

Brightness, noise, the frame round the head and the resolution do not matter much; the folds of
the brain do. Between slices of different patients of BraTS 2018 prints agree by at most 0.60
(cosine; 1,900 slices of 40 patients), between neighbouring slices of one patient, 1 mm apart, by
0.90 in the median.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from resunet.data.resampling import area_weights

PRINT_SIDE = 32
"""Rows and columns of a print."""

_SIGMA = 2.0  # cells of the print; coarser shapes, which all heads share, are taken out
_MOST_DEVIATIONS = 4.0
_LARGEST = 127
# T1 and T1CE are dark where T2 and FLAIR are bright, so their sum would lose the folds
_SIGNS = (-1.0, -1.0, 1.0, 1.0)


def picture_print(images: NDArray[np.float32], brain: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The print of one slice.

    Args:
        images: float32 (H, W, 4), any intensities.
        brain: bool (H, W), where any contrast differs from 0.

    Returns:
        int8 (PRINT_SIDE, PRINT_SIDE), rows → posterior, columns → patient's left; 0 everywhere
        for an empty slice. Mirroring the print is the print of the mirrored slice.
    """
    if not brain.any():
        return np.zeros((PRINT_SIDE, PRINT_SIDE), np.int8)
    rows, columns = _to_print(brain, 1), _to_print(brain, 0)
    share = rows @ brain.astype(np.float32) @ columns.T
    inside = share > 0.5
    near = np.maximum(ndimage.gaussian_filter(inside.astype(np.float32), _SIGMA), 1e-3)
    total = np.zeros((PRINT_SIDE, PRINT_SIDE), np.float32)
    for contrast, sign in enumerate(_SIGNS):
        values = rows @ images[..., contrast] @ columns.T / np.maximum(share, 1e-3)
        total += sign * _folds(values, inside, near)
    top = float(np.abs(total).max())
    scaled = total * (_LARGEST / top) if top > 0 else total
    return np.rint(scaled).astype(np.int8)


def _to_print(brain: NDArray[np.bool_], axis: int) -> NDArray[np.float32]:
    """float32 (PRINT_SIDE, length): the brain's extent along the other axis, resampled."""
    found = np.flatnonzero(brain.any(axis=axis))
    first, extent = int(found[0]), int(found[-1]) + 1 - int(found[0])
    return area_weights(brain.shape[1 - axis], first, extent, PRINT_SIDE)


def _folds(
    values: NDArray[np.float32], inside: NDArray[np.bool_], near: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What is finer than the shape of the head, of length 1; 0 for a constant contrast."""
    if not inside.any():
        return np.zeros_like(values)
    middle = np.median(values[inside])
    deviation = np.median(np.abs(values[inside] - middle))
    if not deviation > 0:
        return np.zeros_like(values)
    limited = np.clip((values - middle) / deviation, -_MOST_DEVIATIONS, _MOST_DEVIATIONS) * inside
    folds = (limited - ndimage.gaussian_filter(limited, _SIGMA) / near) * inside
    length = float(np.linalg.norm(folds))
    return folds / length if length > 0 else folds
