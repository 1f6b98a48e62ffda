"""A slice beside its neighbours: the same contrasts, the same places, the same mask."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import uniform_filter

from resunet.cohort.corruption.frame import halve, turn_cells, upright_ways
from resunet.cohort.corruption.tints import measure_change, measure_least_change
from resunet.study import CONTRASTS

MOST_NEIGHBOURS = 4
FARTHEST = 6  # slices; beyond it the anatomy is another

_PER_CONTRAST = (
    "like_itself",
    "like_another",
    "like_another_more",
    "like_mirrored_more",
    "like_upside_down_more",
    "like_half_turn_more",
    "outline_changed",
    "outline_lost",
    "difference",
    "brightness_gain",
    "tint_change",
    "tint_change_y",
    "tint_change_x",
    "local_change",
    "local_change_most",
    "tint_least",
    "tint_least_share",
)
_PER_MASK = (
    "mask_like",
    "mask_mirrored_more",
    "mask_upside_down_more",
    "mask_half_turn_more",
    "mask_quarter_turn_more",
    "mask_three_quarters_more",
    "mask_turned_more",
    "mask_moved_more",
    "mask_moved_cells",
    "mask_centre_moved",
    "mask_grown",
    "mask_expected",
    "mask_neighbours_least",
    "mask_lesion_kept",
    "mask_flair_in_expected",
    "mask_flair_gap",
    "mask_new_share",
    "mask_lost_share",
    "mask_new_level",
    "mask_lost_level",
)
NAMES = (
    "neighbours",
    *(f"{trait}_{contrast}" for contrast in CONTRASTS for trait in _PER_CONTRAST),
    *(f"like_{i}_as_{j}" for i in CONTRASTS for j in CONTRASTS),
    *_PER_MASK,
)

_COMPUTED = (
    *_PER_CONTRAST[:6],
    "difference",
    "outline_changed",
    "outline_lost",
    *_PER_CONTRAST[9:],
)
_FULL = 0.97  # of a cell

Cells = tuple[NDArray[np.float16], NDArray[np.uint8], NDArray[np.uint8] | None]
_REACH = 8
_ANGLES = (-30, -20, -12, -6, 6, 12, 20, 30)


def nearest(numbers: NDArray[np.integer], index: int) -> list[int]:
    """The slices to compare with: up to two on either side, more on one where the other has fewer.

    Args:
        numbers: int (N,), the slices' numbers.
        index: The slice in question.

    Returns:
        Indices, nearest first; empty where no slice lies within `FARTHEST`.
    """
    away = np.abs(numbers - numbers[index])
    near = [k for k in np.argsort(away, kind="stable") if k != index and 0 < away[k] <= FARTHEST]
    below = [k for k in near if numbers[k] < numbers[index]]
    above = [k for k in near if numbers[k] > numbers[index]]
    half = MOST_NEIGHBOURS // 2
    chosen = [*below[:half], *above[:half]]
    chosen += [k for k in near if k not in chosen][: MOST_NEIGHBOURS - len(chosen)]
    return [int(k) for k in sorted(chosen, key=lambda k: away[k])]


def compare(
    thumbs: NDArray[np.float16],
    covers: NDArray[np.uint8],
    mask: NDArray[np.uint8] | None,
    neighbours: Sequence[Cells],
) -> NDArray[np.float32]:
    """The traits called `NAMES`, all 0 without neighbours.

    Every comparison is the median over the neighbours, so that one broken neighbour among three
    or four does not accuse a clean slice.

    Args:
        thumbs: float16 (4, h, w).
        covers: uint8 (4, h, w).
        mask: uint8 (h, w), or None.
        neighbours: The same of the neighbours.

    Returns:
        float32 (len(NAMES),).
    """
    if not neighbours:
        return np.zeros(len(NAMES), np.float32)
    here = halve(thumbs.astype(np.float32))
    there = halve(np.stack([other[0] for other in neighbours]).astype(np.float32))
    now = covers.astype(np.float32) / 255
    then = np.stack([other[1] for other in neighbours]).astype(np.float32) / 255
    within, covered = halve(now) > _FULL, halve(then) > _FULL
    like = _likeness(here, within, there, covered)
    pictures = np.concatenate(
        [
            _look(here, there, like),
            _outlines(now, then),
            measure_change(here, within, there, covered),
            measure_least_change(here, within, there, covered),
        ]
    )
    order = [_COMPUTED.index(name) for name in _PER_CONTRAST]
    found = [float(len(neighbours)), *pictures[order].T.ravel(), *like.ravel()]
    with_mask = [other for other in neighbours if other[2] is not None]
    if mask is None or not with_mask:
        found += [0.0] * len(_PER_MASK)
    else:
        found += _mask(thumbs[3].astype(np.float32), mask.astype(np.float32) / 255, with_mask)
    return np.array(found, np.float32)


def _likeness(
    here: NDArray[np.float32],
    within: NDArray[np.bool_],
    there: NDArray[np.float32],
    covered: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(4, 4): correlation of each contrast with each of the neighbours', median over them."""
    found = []
    for k in range(len(there)):
        inside = within.sum(axis=0) + covered[k].sum(axis=0) >= 6
        a, b = _standard(here[:, inside]), _standard(there[k][:, inside])
        found.append(a @ b.T)
    return np.median(found, axis=0)


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows less their mean, of size 1; values far off are drawn in first."""
    clipped = np.clip(values, 0, 4)
    centred = clipped - clipped.mean(axis=1, keepdims=True) if clipped.size else clipped
    return centred / np.maximum(np.sqrt((centred**2).sum(axis=1, keepdims=True)), 1e-6)


def _look(
    here: NDArray[np.float32], there: NDArray[np.float32], like: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(7, 4): how each contrast looks beside itself, the others, and itself mirrored."""
    own = np.diag(like)
    others = np.where(np.eye(4, dtype=bool), -2, like).max(axis=1)
    ways = np.stack([here, here[:, :, ::-1], here[:, ::-1], here[:, ::-1, ::-1]])
    cells = here[0].size
    rows = _standard(ways.reshape(-1, cells)).reshape(4, 4, cells)
    beside = _standard(there.reshape(-1, cells)).reshape(len(there), 4, cells)
    agreement = np.median(np.einsum("wcp,ncp->nwc", rows, beside, optimize=False), axis=0)
    difference = np.median(np.abs(rows[0] - beside).sum(axis=2), axis=0)
    return np.stack([own, others, others - own, *(agreement[1:] - agreement[0]), difference])


def _outlines(now: NDArray[np.floating], then: NDArray[np.floating]) -> NDArray[np.float64]:
    """(2, 4): how much the outline changed, and the most that is missing in one place."""
    changed = np.abs(now - then).sum(axis=(2, 3)) / np.maximum(then.sum(axis=(2, 3)), 1)
    lost = uniform_filter(np.median(then, axis=0) - now, (1, 3, 3)).max(axis=(1, 2))
    return np.stack([np.log(np.median(changed, axis=0) + 1e-3), lost])


def _mask(
    flair: NDArray[np.float32], mask: NDArray[np.floating], neighbours: Sequence[Cells]
) -> list[float]:
    """The mask beside the neighbours' masks."""
    masks = np.stack([other[2] for other in neighbours if other[2] is not None]) / np.float32(255)
    flairs = np.stack([other[0][3] for other in neighbours]).astype(np.float32)
    mean = masks.mean(axis=0)
    expected = np.asarray(np.median(masks, axis=0), np.float32) if len(masks) > 2 else mean
    sizes = masks.sum(axis=(1, 2))
    size, usual = float(mask.sum()), float(np.median(sizes))
    lesion = float((flair * expected).sum() / (expected.sum() + 1e-3))
    lesion_there = np.median([(f * expected).sum() for f in flairs]) / (expected.sum() + 1e-3)
    head = [
        float(np.log(usual + 0.5)),
        float(np.log(sizes.min() + 0.5)),
        lesion / max(float(lesion_there), 1e-3) if expected.sum() > 1 else 0.0,
        lesion,
    ]
    if size < 0.5 or usual < 0.5:
        grown = np.log(size + 0.5) - np.log(usual + 0.5)
        return [0.0] * 10 + [float(grown), *head, 0.0, *_changed(mask, expected, flair)]
    ways = upright_ways(mask)
    turned = [turn_cells(mask, angle) for angle in _ANGLES]
    overlaps = _dice(np.stack([*ways, *turned]), mean)
    moved, by = _best_move(mask, mean)
    gap = float((flair * mask).sum() / size) - lesion
    return [
        float(overlaps[0]),
        *(overlaps[1 : len(ways)] - overlaps[0]).tolist(),
        float(overlaps[len(ways) :].max() - overlaps[0]),
        moved - float(overlaps[0]),
        by,
        float(np.median([_apart(mask, other) for other in masks])),
        float(np.log(size + 0.5) - np.log(usual + 0.5)),
        *head,
        gap,
        *_changed(mask, expected, flair),
    ]


def _changed(
    mask: NDArray[np.floating], expected: NDArray[np.floating], flair: NDArray[np.floating]
) -> list[float]:
    """What the mask has that is not expected, and the other way round; FLAIR there."""
    new, lost = np.clip(mask - expected, 0, 1), np.clip(expected - mask, 0, 1)
    size = float(max(mask.sum(), expected.sum())) + 0.5
    return [
        float(new.sum()) / size,
        float(lost.sum()) / size,
        float((new * flair).sum() / (new.sum() + 0.5)),
        float((lost * flair).sum() / (lost.sum() + 0.5)),
    ]


def _dice(masks: NDArray[np.floating], usual: NDArray[np.floating]) -> NDArray[np.floating]:
    """(n,): Dice of masks (n, h, w) of shares with one (h, w)."""
    shared = np.minimum(masks, usual).sum(axis=(1, 2))
    return 2 * shared / (masks.sum(axis=(1, 2)) + usual.sum() + 1e-6)


def _apart(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Distance of two masks' centres in cells; 0 where one is empty."""
    if first.sum() < 0.5 or second.sum() < 0.5:
        return 0.0
    axis = np.arange(first.shape[0])
    centres = [
        np.array([(m.sum(axis=1 - k) * axis).sum() / m.sum() for k in (0, 1)])
        for m in (first, second)
    ]
    return float(np.hypot(*(centres[0] - centres[1])))


def _best_move(mask: NDArray[np.floating], usual: NDArray[np.floating]) -> tuple[float, float]:
    """Dice of the mask, moved to where it overlaps most, and how far that is."""
    overlap = fft.irfft2(fft.rfft2(usual) * np.conj(fft.rfft2(mask)), s=mask.shape)
    near = np.roll(overlap, (_REACH, _REACH), axis=(0, 1))[: 2 * _REACH + 1, : 2 * _REACH + 1]
    row, column = np.unravel_index(int(near.argmax()), near.shape)
    by = (int(row) - _REACH, int(column) - _REACH)
    return float(_dice(np.roll(mask, by, axis=(0, 1))[None], usual)[0]), float(np.hypot(*by))
