"""What a mask tells beside its pictures: whether it lies on the lesion, and where it would."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter, uniform_filter

from resunet.cohort.corruption.frame import Frame, halve, turn_cells, upright_ways
from resunet.study import CONTRASTS

_WAYS = ("mirrored", "upside_down", "half_turn", "quarter_turn", "three_quarters")
_ON_MASK = (
    *(f"mask_level_{c}" for c in CONTRASTS),
    *(f"mask_step_{c}" for c in CONTRASTS),
    *(f"mask_border_{c}" for c in CONTRASTS),
    "mask_sorted_flair",
    "mask_sorted_t2",
    "mask_bright_share",
    "mask_dark_share",
    "mask_missed",
    "mask_fit",
    "mask_moved_gain",
    "mask_moved_by",
    *(f"mask_{way}_gain" for way in _WAYS),
    "mask_turned_gain",
)
NAMES = (
    "has_mask",
    "mask_share",
    "mask_outside",
    "mask_outside_px",
    *_ON_MASK,
    "unmasked_bright",
    "unmasked_brighter",
    "unmasked_largest",
    "unmasked_peak",
    "unmasked_lopsided",
    "flair_lopsided",
    "flair_bright",
    "flair_blob",
)

_REACH = 8  # cells of the half grid, 32 pixels of 256
_ANGLES = (-30, -20, -12, -6, 6, 12, 20, 30)


def measure(frame: Frame) -> NDArray[np.float32]:
    """The traits called `NAMES`; those of the mask are 0 where it is empty or there is none.

    Returns:
        float32 (len(NAMES),).
    """
    scores = standard_scores(frame)
    flair = scores[3]
    brain = halve(frame.cover).max(axis=0) > 0.5
    mask = np.zeros_like(flair) if frame.mask is None else halve(frame.mask)
    total = max(int(brain.sum()), 1)
    on_mask = [0.0] * len(_ON_MASK)
    if mask.max() > 0.25:
        on_mask = _on_mask(frame, scores, flair, mask, brain)
    px = max(frame.mask_px, 1)
    basics = [
        float(frame.mask is not None),
        float(np.log(float(mask.sum()) / total * 1000 + 0.1)),
        frame.outside_px / px,
        float(np.log(frame.outside_px + 1)),
    ]
    unmasked = _unmasked(flair, scores[2], mask, brain)
    if frame.mask is None:
        basics = [0.0] * len(basics)
        unmasked[:5] = [0.0] * 5
    return np.array([*basics, *on_mask, *unmasked], np.float32)


def standard_scores(frame: Frame) -> NDArray[np.float32]:
    """Each contrast on the half grid, less its median, over its spread: float32 (4, 64, 64)."""
    scale = (frame.medians / frame.spreads)[:, None, None]
    cover = halve(frame.cover)
    values = (halve(frame.field) / np.maximum(cover, 0.25) - 1) * scale
    return np.where(cover > 0.5, np.clip(values, -2, 4), 0).astype(np.float32)


def _on_mask(
    frame: Frame,
    scores: NDArray[np.float32],
    flair: NDArray[np.float32],
    mask: NDArray[np.float32],
    brain: NDArray[np.bool_],
) -> list[float]:
    """How the pictures look inside, at the border and outside of the mask."""
    inside = mask > 0.5
    if not inside.any():
        inside = mask >= mask.max()
    wide = maximum_filter(inside, 7)
    ring = wide & ~maximum_filter(inside, 3) & brain
    away = brain & ~wide
    core = minimum_filter(inside, 3)
    border = inside & ~core
    near = maximum_filter(inside, 3) & ~inside & brain
    levels = [_mean(s, inside & brain) for s in scores]
    steps = [
        level - _mean(s, ring if ring.any() else away)
        for level, s in zip(levels, scores, strict=True)
    ]
    borders = [_mean(s, border & brain) - _mean(s, near) for s in scores]
    bright, dark = flair > 0.45, flair < 0
    sorted_by = [_sorted(s, inside & brain, away) for s in (flair, scores[2])]
    missed = float((bright & wide & ~inside & brain).sum() / max(int((bright & wide).sum()), 1))
    return [
        *levels,
        *steps,
        *borders,
        *sorted_by,
        _mean(bright, inside),
        _mean(dark | ~brain, inside),
        missed,
        *_elsewhere(flair, mask, brain),
    ]


def _elsewhere(
    flair: NDArray[np.float32], mask: NDArray[np.float32], brain: NDArray[np.bool_]
) -> list[float]:
    """How well the mask fits FLAIR, and what moving, turning or mirroring it would add.

    The fit is FLAIR's mean inside the mask less that in its surroundings (a box of 11 cells),
    a correlation with the mask less its own local mean.
    """
    local = np.where(brain, flair, -0.5).astype(np.float32)
    local = local - uniform_filter(local, 11)
    size = float(mask.sum()) + 1e-6
    ways = upright_ways(mask)
    spectra = np.conj(fft.rfft2(np.stack(ways)))
    fit = fft.irfft2(fft.rfft2(local) * spectra, s=mask.shape) / size
    near = np.roll(fit, (_REACH, _REACH), axis=(1, 2))[:, : 2 * _REACH + 1, : 2 * _REACH + 1]
    row, column = np.unravel_index(int(near[0].argmax()), near[0].shape)
    here = float(fit[0, 0, 0])
    best = near.max(axis=(1, 2)) - here
    turned = max(float((turn_cells(mask, angle) * local).sum()) for angle in _ANGLES) / size
    by = float(np.hypot(row - _REACH, column - _REACH))
    return [here, float(best[0]), by, *best[1:].tolist(), turned - here]


def _unmasked(
    flair: NDArray[np.float32],
    t2: NDArray[np.float32],
    mask: NDArray[np.float32],
    brain: NDArray[np.bool_],
) -> list[float]:
    """Bright FLAIR away from the mask, and how lopsided it is."""
    free = ~maximum_filter(mask > 0, 5)
    inner = minimum_filter(brain, 3)
    smooth = gaussian_filter(flair, 1.5)
    total = max(int(brain.sum()), 1)
    open_to = smooth * (free & inner)
    both = np.minimum(open_to, gaussian_filter(t2, 1.5))
    columns = np.flatnonzero(brain.any(axis=0))
    middle = int(columns[0] + columns[-1]) if columns.size else flair.shape[1] - 1
    mirrored = np.roll(smooth[:, ::-1], middle - (flair.shape[1] - 1), axis=1)
    lopsided = (smooth - mirrored) * inner
    return [
        _log_share(open_to > 0.45, total),
        _log_share(open_to > 0.7, total),
        _log_share(uniform_filter(open_to, 5) > 0.4, total),
        float(both.max()),
        _log_share((lopsided > 0.4) & free, total),
        _log_share(lopsided > 0.4, total),
        _log_share(smooth * inner > 0.45, total),
        float(uniform_filter(smooth * inner, 5).max()),
    ]


def _sorted(
    scores: NDArray[np.float32], inside: NDArray[np.bool_], away: NDArray[np.bool_]
) -> float:
    """How often a cell of the mask is brighter than the rest's 25th, 50th and 75th centile."""
    if not inside.any() or not away.any():
        return 0.0
    marks = np.percentile(scores[away], (25, 50, 75, 90))
    return float((scores[inside][:, None] > marks).mean())


def _mean(values: NDArray, where: NDArray[np.bool_]) -> float:
    return float(values[where].mean()) if where.any() else 0.0


def _log_share(found: NDArray[np.bool_], total: int) -> float:
    return float(np.log(float(found.sum()) / total * 1000 + 0.5))
