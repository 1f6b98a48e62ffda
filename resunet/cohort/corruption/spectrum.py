"""What the frequencies of each contrast tell: stripes, echoes, sharpness."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import maximum_filter1d, minimum_filter, uniform_filter

from resunet.cohort.corruption.frame import Frame
from resunet.study import CONTRASTS

_PER_CONTRAST = (
    "stripes",
    "stripes_only",
    "stripes_second",
    "echo_rows",
    "echo_rows_only",
    "echo_columns",
    "echo_columns_only",
    *(f"band_{k}" for k in range(5)),
    "band_anisotropy",
)
NAMES = tuple(f"{trait}_{contrast}" for contrast in CONTRASTS for trait in _PER_CONTRAST)

_SIDES = (64, 128, 192, 256, 320, 384)
_BANDS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5)  # cycles a pixel
_HIGH_PASS_PX = 9


def measure(frame: Frame) -> NDArray[np.float32]:
    """The traits called `NAMES`, of what is finer than `_HIGH_PASS_PX` inside the brain.

    Stripes: how far the strongest frequency stands above its ring's mean, in log power. Echoes:
    how far the autocorrelation of the whitened picture along an axis stands out of chance, in
    standard deviations; a ghost at some distance is a point at that distance. ``only``: how much
    more so than in the other contrasts, which show the same anatomy.

    Returns:
        float32 (len(NAMES),).
    """
    rows, columns = (min(length, _SIDES[-1]) for length in frame.brain.shape)
    side = next(s for s in _SIDES if s >= max(rows, columns))
    fine, inside = _fine(frame)
    inside = inside[:rows, :columns]
    canvas = np.zeros((len(CONTRASTS), side, side), np.float32)
    canvas[:, :rows, :columns] = fine[:, :rows, :columns]
    wave = fft.rfft2(canvas)
    power = wave.real**2 + wave.imag**2
    ring, radius, steep = _rings(side)
    counts = np.maximum(np.bincount(ring.ravel()), 1)
    usual = np.stack([np.bincount(ring.ravel(), p.ravel()) for p in power]) / counts + 1e-6
    expected = usual[:, ring].astype(np.float32)
    even = fft.irfft2(wave / np.sqrt(expected), s=(side, side))[:, :rows, :columns] * inside
    bands = np.log(power + np.float32(1e-2))
    high = radius > _BANDS[2]
    found = [
        *_stripes(power / expected, radius),
        *(line for axis in (1, 2) for line in _echoes(even, inside, axis)),
        *(bands[:, (radius >= low) & (radius < end)].mean(axis=1) for low, end in pairwise(_BANDS)),
        bands[:, steep & high].mean(axis=1) - bands[:, ~steep & high].mean(axis=1),
    ]
    return np.stack(found, axis=1).astype(np.float32).ravel()


def _fine(frame: Frame) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """What is finer than `_HIGH_PASS_PX`, less extreme values, and where all contrasts show brain.

    Returns:
        float32 (4, h, w), over the contrast's median, 0 elsewhere; bool (h, w).
    """
    shown = frame.support.all(axis=0)
    inside = minimum_filter(shown, 5)
    scaled = np.clip(frame.pictures / frame.medians[:, None, None], -1, 5) * shown
    share = uniform_filter(shown.astype(np.float32), _HIGH_PASS_PX)
    local = uniform_filter(scaled, (1, _HIGH_PASS_PX, _HIGH_PASS_PX)) / np.maximum(share, 0.05)
    fine = (scaled - local) * inside
    limit = 4 * np.abs(fine).sum(axis=(1, 2), keepdims=True) / max(int(inside.sum()), 1)
    return np.clip(fine, -limit, limit), inside


@lru_cache(maxsize=8)
def _rings(
    side: int,
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.bool_]]:
    """Of the half plane of frequencies: its ring, its radius, whether it runs more down."""
    vertical = np.abs(fft.fftfreq(side))[:, None]
    horizontal = fft.rfftfreq(side)[None]
    radius = np.hypot(vertical, horizontal)
    return np.rint(radius * 128).astype(int), radius, vertical > horizontal


def _stripes(
    white: NDArray[np.float32], radius: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """(4,) each: the strongest frequency, above the others' there, above the 30th strongest."""
    smooth = uniform_filter(white, (1, 3, 3), mode="wrap")
    smooth = np.log(smooth * ((radius > 0.04) & (radius < 0.55)) + 0.05)
    flat = smooth.reshape(len(smooth), -1)
    top, places = flat.max(axis=1), np.divmod(flat.argmax(axis=1), smooth.shape[2])
    others = np.empty_like(top)
    for c, (row, column) in enumerate(zip(*places, strict=True)):
        rows, columns = np.arange(row - 1, row + 2), np.arange(column - 1, column + 2)
        near = smooth.take(rows, axis=1, mode="wrap").take(columns, axis=2, mode="wrap")
        others[c] = np.delete(near.max(axis=(1, 2)), c).max()
    thirtieth = np.partition(flat, -30, axis=1)[:, -30]
    return top, top - others, top - thirtieth


def _echoes(
    even: NDArray[np.float32], inside: NDArray[np.bool_], axis: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(4,) each: the log of the largest autocorrelation along an axis, and above the others'.

    In standard deviations of chance, which grow as fewer pixels overlap; 0 in tiny pictures.
    """
    length = even.shape[axis]
    first, last = max(length // 14, 2), int(0.8 * length)
    if last - first < 8:
        return np.zeros(len(even), np.float32), np.zeros(len(even), np.float32)
    size = fft.next_fast_len(2 * length)
    along = 3 - axis
    line, room = (
        fft.irfft((np.abs(fft.rfft(a, size, axis=axis)) ** 2).sum(axis=along), size, axis=1)
        for a in (even, inside[None].astype(np.float32))
    )
    whole = room[0, 0]
    enough = room[0, first:last] > 0.1 * whole
    z = line[:, first:last] / np.maximum(line[:, :1], 1e-9) * whole
    z = np.abs(np.where(enough, z / np.sqrt(np.maximum(room[0, first:last], 1)), 0))
    near = maximum_filter1d(z, 3, axis=1)
    at = z.argmax(axis=1)
    own = np.log(z.max(axis=1) + 0.5)
    others = [np.delete(near[:, a], c).max() for c, a in enumerate(at)]
    return own, own - np.log(np.array(others) + 0.5)
