"""One grid for the masks of all patients, whatever their pictures' sizes are.

The grid is `SIDE` × `SIDE` pixels, laid round the middle of each picture. Where the distance of
pixels is known, a pixel of the grid is 1 mm, as in BraTS and in the paper's files, which are
taken over pixel by pixel. Where it is unknown, pictures keep their pixels, unless they are larger
than the grid, which they fill then with their longer side.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resunet.data.resampling import area_weights

SIDE = 256
"""Rows and columns."""


def on_common_grid(
    masks: NDArray[np.bool_], spacing_mm: tuple[float, float] | None
) -> NDArray[np.bool_]:
    """Lays masks on the common grid.

    Args:
        masks: bool (N, H, W), rows → posterior, columns → patient's left.
        spacing_mm: (row, column) distance of pixels, or None where it is unknown.

    Returns:
        bool (N, SIDE, SIDE), true where a mask covers more than half of a pixel. What reaches
        beyond the grid is cut off; beyond the picture there is no tumour.
    """
    height, width = masks.shape[1:]
    row_mm, column_mm = pixel_on_grid((height, width), spacing_mm)
    if (row_mm, column_mm) == (1.0, 1.0) and not (height % 2 or width % 2):
        return _padded(masks)
    rows, columns = _weights(height, row_mm), _weights(width, column_mm)
    return np.stack([rows @ mask.astype(np.float32) @ columns.T > 0.5 for mask in masks])


def pixel_on_grid(
    shape: Sequence[int], spacing_mm: tuple[float, float] | None
) -> tuple[float, float]:
    """Height and width of a picture's pixel in pixels of the common grid.

    Args:
        shape: (H, W) of the picture.
        spacing_mm: (row, column) distance of its pixels, or None where it is unknown.
    """
    if spacing_mm is not None:
        return spacing_mm
    side = min(1.0, SIDE / max(shape))
    return side, side


def _weights(length: int, pixel_mm: float) -> NDArray[np.float32]:
    """float32 (SIDE, length)."""
    extent = SIDE / pixel_mm
    return area_weights(length, (length - extent) / 2, extent, SIDE)


def _padded(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The same pixels in the middle of the grid."""
    grid = np.zeros((len(masks), SIDE, SIDE), bool)
    height, width = masks.shape[1:]
    rows, columns = min(height, SIDE), min(width, SIDE)
    to_row, to_column = (SIDE - rows) // 2, (SIDE - columns) // 2
    row, column = (height - rows) // 2, (width - columns) // 2
    grid[:, to_row : to_row + rows, to_column : to_column + columns] = masks[
        :, row : row + rows, column : column + columns
    ]
    return grid
