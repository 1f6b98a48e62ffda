"""What the contrasts tell of each other: whether they show one place, and whether one is a copy."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import minimum_filter

from resunet.cohort.corruption.frame import Frame, halve, turning
from resunet.study import CONTRASTS

_PAIRS = tuple(combinations(range(len(CONTRASTS)), 2))
_TURNS = ("mirrored", "upside_down", "half_turn", "quarter_turn", "three_quarters")
_ANGLES = (-20, -15, -10, -5, 5, 10, 15, 20)  # degrees
_PER_PAIR = ("alike", "alike_fine", "alike_finest", "edges", "outline")
_PER_CONTRAST = (
    "edges_here", "edges_moved_gain", "edges_moved_by", "edges_turned_gain",
    *(f"edges_{name}_gain" for name in _TURNS),
    "edge_content",
)  # fmt: skip
NAMES = (
    *(
        f"{trait}_{CONTRASTS[i]}_{CONTRASTS[j]}"
        for i, j in _PAIRS
        for trait in _PER_PAIR
    ),
    *(f"{trait}_{contrast}" for contrast in CONTRASTS for trait in _PER_CONTRAST),
)  # fmt: skip

_REACH = 6  # cells of the half grid, 24 pixels of 256


def measure(frame: Frame) -> NDArray[np.float32]:
    """The traits called `NAMES`.

    Edges are compared by their direction, whatever is brighter (normalised gradient fields: Haber
    & Modersitzki, MICCAI 2006), inside the brain only. A contrast's agreement with the three
    others is in [−1, 1]; its gains are what moving, turning or mirroring it would add.

    Returns:
        float32 (len(NAMES),).
    """
    edges = halve(edge_field(frame.field, frame.cover))
    flat = edges.reshape(len(edges), -1)
    sizes = np.sqrt((np.abs(flat) ** 2).sum(axis=1)) + 1e-6
    agreement = (flat @ np.conj(flat.T)).real / np.outer(sizes, sizes)
    alike = _likeness(frame)
    pairs = [
        value
        for i, j in _PAIRS
        for value in (*(each[i, j] for each in alike), agreement[i, j], _outline(frame, i, j))
    ]
    others = edges.sum(axis=0) - edges
    turned = _turned(edges, others)
    single = [v for c in range(len(edges)) for v in _single(edges[c], others[c], turned[c])]
    return np.array(pairs + single, np.float32)


def edge_field(field: NDArray[np.float32], cover: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Edges as complex numbers, their angle twice the edge's: (n, h, w), size below 1.

    Args:
        field: float32 (n, h, w), intensity over the median.
        cover: float32 (n, h, w), share of the support; only the inside of full cells counts.
    """
    inside = minimum_filter(cover, (1, 5, 5)) > 0.99
    gy = np.zeros_like(field)
    gx = np.zeros_like(field)
    gy[:, 1:-1] = field[:, 2:] - field[:, :-2]
    gx[:, :, 1:-1] = field[:, :, 2:] - field[:, :, :-2]
    size = gx * gx + gy * gy
    usual = np.array(
        [np.median(s[i]) if i.any() else 1.0 for s, i in zip(size, inside, strict=True)]
    )
    weight = inside / (size + usual[:, None, None].astype(np.float32) + 1e-8)
    return ((gx + 1j * gy) ** 2 * weight).astype(np.complex64)


def _likeness(frame: Frame) -> list[NDArray[np.float32]]:
    """Three (4, 4) of correlations: as they are, in their detail, in their finest detail."""
    half, cover = halve(frame.field), halve(frame.cover)
    inside = np.logical_and.reduce(cover > 0.99)
    detail = half[:, 1:, 1:] - half[:, :-1, 1:] - half[:, 1:, :-1] + half[:, :-1, :-1]
    within = minimum_filter(inside, 2, origin=0)[1:, 1:]
    all_four = np.logical_and.reduce(frame.support)
    rows, columns = (length // 2 * 2 for length in all_four.shape)
    a, b, c, d = (frame.pictures[:, k:rows:2, m:columns:2] for k in (0, 1) for m in (0, 1))
    e, f, g, h = (all_four[k:rows:2, m:columns:2] for k in (0, 1) for m in (0, 1))
    finest = a - b - c + d
    return [
        _correlations(half[:, inside]),
        _correlations(detail[:, within]),
        _correlations(finest[:, e & f & g & h]),
    ]


def _outline(frame: Frame, i: int, j: int) -> float:
    """The log of the share of two outlines that is not shared."""
    shared = int((frame.support[i] & frame.support[j]).sum())
    either = int((frame.support[i] | frame.support[j]).sum())
    return float(np.log(1.001 - shared / max(either, 1)))


def _single(
    edges: NDArray[np.complex64], others: NDArray[np.complex64], turned: float
) -> list[float]:
    """A contrast's edges against the others', as they are and in every other way."""
    size = np.sqrt(float((np.abs(edges) ** 2).sum() * (np.abs(others) ** 2).sum())) + 1e-6
    best, places, here = _best_moves(np.stack([edges, *_mirrored(edges)]), others)
    gains = (np.array([best[0], turned, *best[1:]]) - here) / size
    content = float(np.abs(edges).sum() / max(int((edges != 0).sum()), 1))
    return [here / size, float(gains[0]), float(places[0]), *gains[1:].tolist(), content]


def _best_moves(
    ways: NDArray[np.complex64], others: NDArray[np.complex64]
) -> tuple[NDArray[np.float32], NDArray[np.float64], float]:
    """Of each way: its agreement at the best move within reach, how far that is; the first's here.

    Args:
        ways: complex64 (n, h, w).
        others: complex64 (h, w), what they shall agree with.
    """
    agreement = fft.ifft2(fft.fft2(ways) * np.conj(fft.fft2(others))).real
    near = np.roll(agreement, (_REACH, _REACH), axis=(1, 2))
    near = near[:, : 2 * _REACH + 1, : 2 * _REACH + 1].reshape(len(ways), -1)
    at = near.argmax(axis=1)
    rows, columns = np.divmod(at, 2 * _REACH + 1)
    away = np.hypot(rows - _REACH, columns - _REACH)
    return near[np.arange(len(ways)), at], away, float(agreement[0, 0, 0])


def _mirrored(edges: NDArray[np.complex64]) -> tuple[NDArray[np.complex64], ...]:
    """The edges mirrored and turned in the ways of `_TURNS`; the directions turn too.

    A mirrored direction θ becomes −θ, so its double angle's number its conjugate; a quarter turn
    adds 90°, so the number changes its sign.
    """
    flat = np.conj(edges)
    return (
        flat[:, ::-1],
        flat[::-1],
        edges[::-1, ::-1],
        -np.rot90(edges),
        -np.rot90(edges, 3),
    )


def _turned(edges: NDArray[np.complex64], others: NDArray[np.complex64]) -> NDArray[np.float32]:
    """(4,): the best agreement of each contrast's edges, turned by one of `_ANGLES`."""
    best = np.full(len(edges), -np.inf, np.float32)
    flat, target = edges.reshape(len(edges), -1), np.conj(others.reshape(len(others), -1))
    for degrees in _ANGLES:
        place, inside = turning(edges.shape[1], degrees)
        moved = flat[:, place[inside]] * target[:, inside.ravel()]
        turned = moved.sum(axis=1) * np.exp(-2j * np.deg2rad(degrees))
        best = np.maximum(best, turned.real)
    return best


def _correlations(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(4, 4) of Pearson's; 0 where either is constant or fewer than 16 values are given."""
    if values.shape[1] < 16:
        return np.zeros((len(values), len(values)), np.float32)
    centred = values - values.mean(axis=1, keepdims=True)
    sizes = np.sqrt((centred * centred).sum(axis=1, keepdims=True))
    standard = np.where(sizes > 0, centred / np.maximum(sizes, 1e-12), 0)
    return standard @ standard.T
