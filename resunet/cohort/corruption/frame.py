"""A slice laid out for measuring: cropped to the brain, and on one grid for every size."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

FIELD = 128
"""Side of the grid on which contrasts, masks and slices are compared."""

_LARGEST = 384  # pictures beyond it are averaged by whole factors first: time, not precision
_FILLED = 0.85  # a picture padded to a multiple of the grid shall fill so much of it


@dataclass(frozen=True, eq=False)
class Frame:
    """One slice, laid out.

    Attributes:
        pictures: float32 (4, h, w), raw, cropped to the brain.
        support: bool (4, h, w), where a contrast is not 0.
        brain: bool (h, w), where any is.
        values: Of each contrast its values inside the support, sorted.
        medians: float32 (4,), of a contrast inside its support; 1 where it is empty.
        spreads: float32 (4,), between the 5th and the 95th centile; 1 where that is 0.
        field: float32 (4, `FIELD`, `FIELD`), mean raw intensity over the median, whole array.
        cover: float32 (4, `FIELD`, `FIELD`) in [0, 1], the share of a contrast's support.
        mask: float32 (`FIELD`, `FIELD`) in [0, 1], the mask's share; None without a mask.
        mask_px: Pixels of the mask, in pixels of the array; 0 without one.
        outside_px: Those of them outside the brain.
    """

    pictures: NDArray[np.float32]
    support: NDArray[np.bool_]
    brain: NDArray[np.bool_]
    values: tuple[NDArray[np.float32], ...]
    medians: NDArray[np.float32]
    spreads: NDArray[np.float32]
    field: NDArray[np.float32]
    cover: NDArray[np.float32]
    mask: NDArray[np.float32] | None
    mask_px: int
    outside_px: int


def make_frame(images: NDArray[np.float32], mask: NDArray | None) -> Frame:
    """Lays a slice out.

    Args:
        images: float32 (H, W, 4), finite, raw intensities, 0 outside the brain; from 2×2 on.
        mask: (H, W) mask or labels, not 0 in tumour; None for a slice without a mask.

    Raises:
        InputError: The shapes do not fit.
    """
    if images.ndim != 3 or images.shape[-1] != 4 or min(images.shape[:2]) < 2:
        raise InputError(
            f"images has shape {images.shape}, where (rows, columns, 4) from 2×2 on is accepted."
        )
    if mask is not None and mask.shape != images.shape[:2]:
        raise InputError(
            f"mask has shape {mask.shape}, where that of the images, {images.shape[:2]}, "
            "is accepted."
        )
    pictures = np.ascontiguousarray(np.moveaxis(images, -1, 0), np.float32)
    tumour = None if mask is None else mask != 0
    outside = 0 if tumour is None else int((tumour & ~(pictures != 0).any(axis=0)).sum())
    count = 0 if tumour is None else int(tumour.sum())
    if max(pictures.shape[1:]) > _LARGEST:
        factor = -(-max(pictures.shape[1:]) // _LARGEST)
        pictures = _thin(pictures, factor)
        tumour = None if tumour is None else _thin(tumour[None].astype(np.float32), factor)[0] > 0.5
    support = pictures != 0
    brain = support.any(axis=0)
    values = tuple(np.sort(p[s]) for p, s in zip(pictures, support, strict=True))
    levels = [
        v[np.array([5, 50, 95]) * (v.size - 1) // 100] if v.size else (0, 0, 0) for v in values
    ]
    low, medians, high = np.array(levels, np.float32).T
    medians = np.where(np.abs(medians) > 0, np.abs(medians), 1).astype(np.float32)
    spreads = np.where(high > low, high - low, 1).astype(np.float32)
    box = _box(brain)
    return Frame(
        pictures=np.ascontiguousarray(pictures[:, *box]),
        support=np.ascontiguousarray(support[:, *box]),
        brain=np.ascontiguousarray(brain[box]),
        values=values,
        medians=medians,
        spreads=spreads,
        field=to_field(pictures) / medians[:, None, None],
        cover=to_field(support.astype(np.float32)),
        mask=None if tumour is None else to_field(tumour[None].astype(np.float32))[0],
        mask_px=count,
        outside_px=outside,
    )


def to_field(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Area means on the common grid; the picture stands in the middle of a square.

    Args:
        pictures: float32 (n, H, W).

    Returns:
        float32 (n, `FIELD`, `FIELD`).
    """
    side = max(pictures.shape[1:])
    whole = -(-side // FIELD) * FIELD
    if side >= _FILLED * whole:
        side = whole
    above, left = ((side - length) // 2 for length in pictures.shape[1:])
    square = np.zeros((len(pictures), side, side), np.float32)
    square[:, above : above + pictures.shape[1], left : left + pictures.shape[2]] = pictures
    if side % FIELD == 0:
        return halve(square, side // FIELD)
    weights = _area_weights(side)
    return weights @ square @ weights.T


def halve(pictures: NDArray, factor: int = 2) -> NDArray:
    """Means of blocks of pixels; the last two axes must be multiples of the factor."""
    total = pictures[..., ::factor, :].copy()
    for start in range(1, factor):
        total += pictures[..., start::factor, :]
    wide = total[..., ::factor].copy()
    for start in range(1, factor):
        wide += total[..., start::factor]
    return wide / np.float32(factor * factor)


@lru_cache(maxsize=8)
def _area_weights(length: int) -> NDArray[np.float32]:
    """(`FIELD`, length): how much each pixel counts for each cell of the grid."""
    edges = np.linspace(0, length, FIELD + 1)
    start, end = edges[:-1, None], edges[1:, None]
    pixel = np.arange(length)
    overlap = np.clip(np.minimum(end, pixel + 1) - np.maximum(start, pixel), 0, None)
    return (overlap / (end - start)).astype(np.float32)


@lru_cache(maxsize=64)
def turning(side: int, degrees: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Turns a square grid about its middle, nearest cell.

    Args:
        side: Cells of a side.
        degrees: Against the clock.

    Returns:
        (side, side) each: the place in the flat array where a cell comes from (0 where that is
        outside), and whether it is inside.
    """
    angle, middle = np.deg2rad(degrees), (side - 1) / 2
    y, x = np.mgrid[:side, :side] - middle
    row = np.rint(y * np.cos(angle) + x * np.sin(angle) + middle).astype(int)
    column = np.rint(-y * np.sin(angle) + x * np.cos(angle) + middle).astype(int)
    inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
    return np.where(inside, row * side + column, 0), inside


def upright_ways(cells: NDArray[np.floating]) -> tuple[NDArray[np.floating], ...]:
    """A square grid as it is, mirrored, upside down, both, and turned by a quarter either way."""
    return (
        cells,
        cells[:, ::-1],
        cells[::-1],
        cells[::-1, ::-1],
        np.rot90(cells),
        np.rot90(cells, 3),
    )


def turn_cells(cells: NDArray[np.float32], degrees: int) -> NDArray[np.float32]:
    """A square grid turned about its middle, 0 where nothing comes from."""
    place, inside = turning(cells.shape[0], degrees)
    return np.where(inside, cells.ravel()[place], 0)


def _thin(pictures: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means of blocks; rows and columns that do not fill a block are left out."""
    rows, columns = (length // factor * factor for length in pictures.shape[1:])
    return halve(np.ascontiguousarray(pictures[:, :rows, :columns]), factor)


def _box(brain: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of the brain, at least 8 of each where the picture has them."""
    ranges = []
    for axis, length in enumerate(brain.shape):
        found = np.flatnonzero(brain.any(axis=1 - axis))
        first, last = (int(found[0]), int(found[-1]) + 1) if found.size else (0, length)
        first = max(0, min(first, length - 8))
        ranges.append(slice(first, min(length, max(last, first + 8))))
    return ranges[0], ranges[1]
