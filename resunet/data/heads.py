"""What a few slices of a study show of the head: levels, outlines, the ring of the skull."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.study import CONTRASTS, Study

_SLICES = 16  # looked at, evenly spaced
_SIDE = 320  # longest side looked at, in pixels; larger pictures are thinned out
_COARSE = 4  # every fourth pixel tells whether a slice holds anything

_TISSUE = 0.25  # of the tissue's median: above it a pixel is head, not air
_FEWEST = 200  # pixels above the rim's level from which a ring is told

_RAYS = 72
_STEPS = 128  # along a ray from the centre to the corner of the head's box
_DEPTHS = np.linspace(0.0, 0.5, 41)[1:]  # from the edge inwards, of the way to the centre
_SKULL_DEPTH = 0.35  # the skull's inner side: 10 to 25 mm of 70 to 95
_RIM, _DARK, _INNER = 0.4, 0.35, 0.6  # of the tissue's median: scalp, bone, brain


class Sample(NamedTuple):
    """The slices and pixels that are looked at.

    Attributes:
        contrasts: Indices of the contrasts that hold pictures; at least one.
        stored: float32 (C, S, h, w), values as stored.
        levels: The same less the background's, in units of the tissue's median.
        outlines: bool (C, S, h, w), the head as each contrast shows it, holes filled.
        thinned: Every how manieth pixel of rows and columns was taken.
        span: How many slices from the first that holds anything to the last.
    """

    contrasts: tuple[int, ...]
    stored: NDArray[np.float32]
    levels: NDArray[np.float32]
    outlines: NDArray[np.bool_]
    thinned: int
    span: int

    def head(self) -> NDArray[np.bool_]:
        """Bool (S, h, w): the outlines of all contrasts together."""
        return filled(np.asarray(self.outlines.any(axis=0)))


def look(study: Study) -> Sample | None:
    """Takes a sample of up to 16 slices; contrasts that are the same everywhere are left out.

    Args:
        study: The study.

    Returns:
        The sample; None where there is nothing to see.
    """
    coarse = study.images[:, ::_COARSE, ::_COARSE]
    held = np.flatnonzero(coarse.any(axis=(1, 2, 3)))
    if not held.size:
        return None
    places = np.linspace(0, held.size - 1, min(_SLICES, held.size)).round().astype(int)
    thinned = -(-max(study.shape[1:]) // _SIDE)
    pictures = study.images[held[places]][:, ::thinned, ::thinned]
    contrasts = tuple(c for c in range(len(CONTRASTS)) if np.ptp(pictures[..., c]) > 0)
    if not contrasts:
        return None
    stored = np.ascontiguousarray(np.moveaxis(pictures[..., contrasts], -1, 0))
    levels = np.stack([tissue_levels(picture) for picture in stored])
    span = int(held[-1] - held[0]) + 1
    return Sample(contrasts, stored, levels, filled(levels > _TISSUE), thinned, span)


def tissue_levels(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """One contrast's values less the background's, in units of the tissue's median.

    The median at the slices' edges counts as background, unless it is so bright that the picture
    must be cut to the brain: then 0 does. What lies below half of the mean above it, such as
    noise in the air, is no tissue.

    Args:
        picture: float32 (S, h, w).
    """
    edges = [picture[:, [0, -1]].ravel(), picture[:, :, [0, -1]].ravel()]
    background = float(np.median(np.concatenate(edges)))
    if background > _TISSUE * np.percentile(picture[:, ::_COARSE, ::_COARSE], 99):
        background = min(float(picture.min()), 0.0)
    above = picture - np.float32(background)
    values = above[above > 0]
    if not values.size:
        return np.zeros_like(above)
    unit = np.median(values[values >= 0.5 * values.mean(dtype=np.float64)])
    return (above / unit).astype(np.float32, copy=False)


def filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What lies between the first and the last pixel of its row, and of its column."""
    out = np.ones_like(mask)
    for axis in (-1, -2):
        before = np.maximum.accumulate(mask, axis)
        after = np.flip(np.maximum.accumulate(np.flip(mask, axis), axis), axis)
        out &= before & after
    return out


def ring_share(levels: NDArray[np.float32]) -> float:
    """How much of the head's edge is a bright rim round a dark ring round tissue: scalp and bone.

    From the edge towards the middle of each slice's head, in 72 directions.

    Args:
        levels: float32 (S, h, w), one contrast of `tissue_levels`.

    Returns:
        The share of directions, 0 to 1, mean over the slices by their bright pixels; 0 where
        no slice shows enough.
    """
    shares, weights = [], []
    for picture in levels:
        bright = picture > _RIM
        pixels = int(np.count_nonzero(bright))
        if pixels >= _FEWEST:
            shares.append(_ring_in(picture, bright))
            weights.append(pixels)
    return float(np.average(shares, weights=weights)) if shares else 0.0


def _ring_in(picture: NDArray[np.float32], bright: NDArray[np.bool_]) -> float:
    """The share of directions in one slice."""
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    centre = (rows[0] + rows[-1]) / 2, (columns[0] + columns[-1]) / 2
    longest = np.hypot(rows[-1] - rows[0], columns[-1] - columns[0]) / 2 + 1
    inwards = np.broadcast_to(np.linspace(longest, 0.0, _STEPS), (_RAYS, _STEPS))
    hit = _along_rays(picture, centre, inwards) > _RIM
    edge = inwards[0][hit.argmax(axis=1)]
    profile = _along_rays(picture, centre, edge[:, None] * (1.0 - _DEPTHS))
    dark = (profile < _DARK) & (_DEPTHS <= _SKULL_DEPTH)
    # the brightest that is still to come, further in
    behind = np.flip(np.maximum.accumulate(np.flip(profile, 1), 1), 1)
    return float(((dark & (behind > _INNER)).any(axis=1) & hit.any(axis=1)).mean())


def _along_rays(
    picture: NDArray[np.float32], centre: tuple[float, float], distances: NDArray[np.float64]
) -> NDArray[np.float32]:
    """The nearest pixels at distances (rays, steps) from the centre; 0 beyond the picture."""
    angles = np.arange(_RAYS)[:, None] * (2 * np.pi / _RAYS)
    rows = np.rint(centre[0] + np.sin(angles) * distances).astype(int)
    columns = np.rint(centre[1] + np.cos(angles) * distances).astype(int)
    height, width = picture.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return np.where(inside, picture[rows.clip(0, height - 1), columns.clip(0, width - 1)], 0)
