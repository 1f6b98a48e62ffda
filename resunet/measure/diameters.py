"""The two diameters of a lesion in one slice: the longest, and the longest across it.

A lesion's outline is that of its pixels, not of their centres: one pixel of 1 mm has a
diameter of √2 mm. Both diameters are taken on the convex hull of the pixels' corners, so in
a hollow or divided lesion they may cross what is not tumour, as a reader's ruler does.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.metrics import as_mask

Point = tuple[float, float]
"""(row, column) in pixels; whole numbers are pixel centres, so corners lie at halves."""

_TIE = 1e-9  # relative; lengths of equal lines differ by rounding only


@dataclass(frozen=True)
class Diameters:
    """The longest diameter and the longest chord perpendicular to it.

    Attributes:
        long_mm: Largest distance between two points of the hull, in mm.
        short_mm: Length of the longest chord of the hull perpendicular to it, in mm.
        long_ends: The ends of the longest diameter, for drawing.
        short_ends: The ends of the perpendicular chord.
    """

    long_mm: float
    short_mm: float
    long_ends: tuple[Point, Point]
    short_ends: tuple[Point, Point]

    @property
    def product_mm2(self) -> float:
        """RANO's bidimensional product in mm² (Wen et al. 2010)."""
        return self.long_mm * self.short_mm


def diameters(
    mask: NDArray[np.bool_],
    spacing_mm: tuple[float, float],
    *,
    origin: tuple[int, int] = (0, 0),
) -> Diameters | None:
    """Measures everything in one slice, as one lesion.

    Exact: the hull is found in whole numbers, its longest diameter joins two corners, and the
    chord's length is concave and piecewise linear along the diameter, so that its maximum lies
    at a corner. Of equally long diameters the one with the longer chord counts; of equally
    long chords the middle one. So a mirrored or turned lesion has the same diameters.

    Args:
        mask: bool (H, W).
        spacing_mm: (row, column) distance between pixel centres in mm.
        origin: (row, column) of the mask's first pixel, where the mask is part of a slice;
            added to the ends.

    Returns:
        The diameters; None for an empty mask.

    Raises:
        InputError: As `hull_corners`.
    """
    corners = hull_corners(mask)
    if not len(corners):
        return None
    # from the first corner: a lesion moved by whole pixels has the same diameters to the bit
    points_mm = (corners - corners[0]) * np.array(spacing_mm, np.float64)
    best: tuple[float, int, int, NDArray[np.float64]] | None = None
    for first, second in _farthest_pairs(points_mm):
        short_mm, ends_mm = _longest_chord(points_mm, first, second)
        if best is None or short_mm > best[0] * (1 + _TIE):
            best = short_mm, first, second, ends_mm
    if best is None:
        return None
    short_mm, first, second, ends_mm = best
    long_ends_mm = points_mm[[first, second]]
    start = corners[0] + np.array(origin) - 0.5
    return Diameters(
        long_mm=math.dist(*long_ends_mm.tolist()),
        short_mm=short_mm,
        long_ends=_ends(long_ends_mm, spacing_mm, start),
        short_ends=_ends(ends_mm, spacing_mm, start),
    )


def hull_corners(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The corners of the convex hull of a mask's pixels, by Andrew's monotone chain.

    Args:
        mask: bool (H, W).

    Returns:
        int64 (V, 2), (row, column) of pixel corners counted from the array's own corner (the
        pixel of row 0 lies between 0 and 1), once round, none on a straight line between its
        neighbours; V ≥ 4, or 0 for an empty mask.

    Raises:
        InputError: If the mask has not two dimensions, or is neither bool nor integer.
    """
    mask = as_mask(mask, "mask")
    if mask.ndim != 2:
        raise InputError(f"mask has shape {mask.shape}, where (rows, columns) is accepted.")
    rows = np.flatnonzero(mask.any(axis=1))
    filled = mask[rows]
    width = mask.shape[1]
    # a row of pixels has corners on the line above it and on the line below it
    left = np.full(mask.shape[0] + 1, width)
    right = np.full(mask.shape[0] + 1, -1)
    for line in (rows, rows + 1):
        left[line] = np.minimum(left[line], filled.argmax(axis=1))
        right[line] = np.maximum(right[line], width - filled[:, ::-1].argmax(axis=1))
    lines = np.flatnonzero(right >= 0)
    down = _lower_chain(lines.tolist(), left[lines].tolist())
    up = _lower_chain(lines.tolist(), (-right[lines]).tolist())[::-1]
    corners = [*down, *((line, -column) for line, column in up)]
    return np.array(corners, np.int64).reshape(-1, 2)


def _lower_chain(lines: list[int], columns: list[int]) -> list[tuple[int, int]]:
    """The lower convex hull of points whose lines ascend."""
    chain: list[tuple[int, int]] = []
    for line, column in zip(lines, columns, strict=True):
        while len(chain) >= 2:
            (line_0, column_0), (line_1, column_1) = chain[-2:]
            turn = (line_1 - line_0) * (column - column_0) - (column_1 - column_0) * (line - line_0)
            if turn > 0:
                break
            chain.pop()
        chain.append((line, column))
    return chain


def _farthest_pairs(points_mm: NDArray[np.float64]) -> list[tuple[int, int]]:
    """All pairs (i < j) of points (V, 2) that are farthest apart."""
    apart = points_mm[:, None] - points_mm[None]
    squares = np.triu((apart**2).sum(axis=-1))
    pairs = np.argwhere(squares >= squares.max() * (1 - _TIE))
    return [(int(first), int(second)) for first, second in pairs]


def _longest_chord(
    points_mm: NDArray[np.float64], first: int, second: int
) -> tuple[float, NDArray[np.float64]]:
    """The longest chord of a convex polygon perpendicular to its diameter.

    Args:
        points_mm: float64 (V, 2), the polygon once round.
        first: One end of the diameter, the smaller index.
        second: The other end.

    Returns:
        Its length in mm and its ends, float64 (2, 2).
    """
    offsets = points_mm - points_mm[first]
    axis = offsets[second] / math.hypot(*offsets[second])
    sideways = np.array([-axis[1], axis[0]])
    along, across = offsets @ axis, offsets @ sideways
    # the diameter cuts the polygon into two chains, on each of which ``along`` ascends
    there = slice(first, second + 1)
    back = np.append(np.arange(second, len(along)), np.arange(first + 1))[::-1]
    one_side = np.interp(along, along[there], across[there])
    other_side = np.interp(along, along[back], across[back])
    lengths = np.abs(one_side - other_side)
    # equal chords lie side by side between two straight edges: the one halfway is as long
    longest = np.flatnonzero(lengths >= lengths.max() * (1 - _TIE))
    between = longest[[along[longest].argmin(), along[longest].argmax()]]
    middle = points_mm[first] + along[between].mean() * axis
    ends = [middle + side[between].mean() * sideways for side in (one_side, other_side)]
    return float(lengths.max()), np.array(ends)


def _ends(
    ends_mm: NDArray[np.float64], spacing_mm: tuple[float, float], start: NDArray[np.float64]
) -> tuple[Point, Point]:
    """From mm after a starting point to pixels of the slice, the upper end first."""
    one, other = sorted((ends_mm / np.array(spacing_mm) + start).tolist())
    return (one[0], one[1]), (other[0], other[1])
