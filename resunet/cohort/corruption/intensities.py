"""What the values of each contrast tell: their distribution, noise, jumps, zeros and tints."""

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.corruption.frame import Frame, halve
from resunet.study import CONTRASTS

_PER_CONTRAST = (
    "log_median",
    "log_spread",
    "skew",
    "p1",
    "p5",
    "p25",
    "p75",
    "p95",
    "p99",
    "tail",
    "share_at_top",
    "share_at_mode",
    "distinct",
    "negative",
    "noise",
    "noise_coarse",
    "noise_by_coarse",
    "step_rows",
    "step_columns",
    "step_anisotropy",
    "curvature",
    "sharpness",
    "jumps",
    "largest_jump",
    "missing",
    "alone",
    "zero_square",
    "straight_edge",
    "inner_zeros",
    *(f"tint_{name}" for name in ("y", "x", "yy", "xy", "xx", "yyy", "yyx", "yxx", "xxx")),
    "untinted",
)

NAMES = tuple(f"{trait}_{contrast}" for contrast in CONTRASTS for trait in _PER_CONTRAST)

_SQUARES = (6, 8, 10, 12, 16, 20, 24, 32, 48)


def measure(frame: Frame) -> NDArray[np.float32]:
    """The traits called `NAMES`, each contrast's one after the other.

    Noise is the median of the finest diagonal wavelet coefficients (Donoho & Johnstone,
    Biometrika 81, 1994); the tint is a polynomial of the logarithm of the intensity (Wells et
    al., IEEE TMI 15, 1996).

    Returns:
        float32 (len(NAMES),); 0 where a contrast holds nothing.
    """
    inside = _inside(frame.brain)
    tints = _tints(frame)
    rows = []
    for c in range(len(CONTRASTS)):
        picture, support = frame.pictures[c], frame.support[c]
        values = frame.values[c]
        if values.size < 16:
            rows.append(np.zeros(len(_PER_CONTRAST)))
            continue
        rows.append(
            np.concatenate(
                [
                    _distribution(values),
                    _texture(picture, support, float(frame.spreads[c])),
                    _places(frame, c, inside),
                    tints[c],
                ]
            )
        )
    return np.concatenate(rows).astype(np.float32)


def _distribution(values: NDArray[np.float32]) -> list[float]:
    """Of the sorted values inside the support."""
    n = values.size
    marks = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.995])
    p1, p5, p25, p50, p75, p95, p99, p995 = values[(marks * (n - 1)).astype(int)].astype(float)
    spread = max(p95 - p5, 1e-6)
    steps = np.flatnonzero(np.diff(values))
    counts = np.diff(np.concatenate([[-1], steps, [n - 1]]))
    top = float(values[-1])
    return [
        np.log(max(abs(p50), 1e-3)),
        np.log(spread),
        (p95 + p5 - 2 * p50) / spread,
        *((p - p50) / spread for p in (p1, p5, p25, p75, p95, p99)),
        np.log1p(max(top - p995, 0) / spread),
        np.log(counts[-1] / n * 1000 + 0.1),
        np.log(counts.max() / n * 1000 + 0.1),
        np.log(counts.size / n),
        np.log(np.searchsorted(values, 0) / n * 1000 + 0.1),
    ]


def _texture(
    picture: NDArray[np.float32], support: NDArray[np.bool_], spread: float
) -> list[float]:
    """Noise on two scales, steps between neighbours, jumps, sharpness."""
    fine = _diagonal(picture, support)
    rows, columns = (length // 2 * 2 for length in picture.shape)
    half = halve(picture[:rows, :columns])
    coarse = _diagonal(half, halve(support[:rows, :columns].astype(np.float32)) == 1)
    down = np.abs(np.diff(picture, axis=0))[support[1:] & support[:-1]]
    right = np.abs(np.diff(picture, axis=1))[support[:, 1:] & support[:, :-1]]
    steps = np.concatenate([down, right]) / spread
    bend = np.abs(np.diff(picture, n=2, axis=1))[
        support[:, 2:] & support[:, 1:-1] & support[:, :-2]
    ]
    step_rows, step_columns = _log(_mean(down) / spread), _log(_mean(right) / spread)
    noise, noise_coarse = _log(fine / spread), _log(coarse / spread)
    curvature = _log(_mean(bend) / spread)
    top = np.partition(steps, -max(1, steps.size // 500))[-max(1, steps.size // 500) :]
    return [
        noise,
        noise_coarse,
        noise - noise_coarse,
        step_rows,
        step_columns,
        step_rows - step_columns,
        curvature,
        curvature - step_columns,
        np.log(float((steps > 0.7).mean()) * 1000 + 0.1) if steps.size else 0.0,
        _log(float(top.mean())) if top.size else 0.0,
    ]


def _places(frame: Frame, c: int, inside: NDArray[np.bool_]) -> list[float]:
    """Where the contrast is 0 and the others are not, and how that is shaped."""
    support, others = frame.support[c], np.delete(frame.support, c, axis=0)
    total = max(int(frame.brain.sum()), 1)
    most = others.sum(axis=0) >= 2
    zeros = inside & ~support
    area = np.zeros((zeros.shape[0] + 1, zeros.shape[1] + 1), np.int32)
    area[1:, 1:] = zeros.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
    largest = 0
    for side in _SQUARES:
        if side >= min(area.shape):
            break
        boxes = (
            area[side:, side:] - area[:-side, side:] - area[side:, :-side] + area[:-side, :-side]
        )
        if int(boxes.max()) < side * side:
            break
        largest = side
    return [
        np.log(float((most & ~support).sum()) / total * 1000 + 0.1),
        np.log(float((support & ~others.any(axis=0)).sum()) / total * 1000 + 0.1),
        float(largest),
        float(min(_longest_run(zeros), 64)),
        np.log(float(zeros.sum()) / total * 1000 + 0.1),
    ]


def _inside(brain: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where there is brain to both sides, above and below: its outline without bays."""
    across = _between(brain, 1)
    return across & _between(brain, 0)


def _between(brain: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    before = np.logical_or.accumulate(brain, axis=axis)
    after = np.flip(np.logical_or.accumulate(np.flip(brain, axis), axis=axis), axis)
    return before & after


def _longest_run(zeros: NDArray[np.bool_]) -> int:
    """The longest straight stretch of border between zeros and the rest, in pixels.

    Each pixel's run is its place less the last place where there was no border.
    """
    longest = 0
    for array in (zeros, zeros.T):
        border = np.diff(array.astype(np.int8), axis=1)
        for sign in (1, -1):
            edge = border == sign
            if not edge.any():
                continue
            place = np.arange(1, edge.shape[0] + 1, dtype=np.int32)[:, None]
            broken = np.maximum.accumulate(np.where(edge, 0, place), axis=0)
            longest = max(longest, int((place - broken).max()))
    return longest


def _tints(frame: Frame) -> NDArray[np.float64]:
    """(4, 10): polynomial of the log intensity over the brain's box, and what it leaves."""
    field, cover = halve(frame.field, 4), halve(frame.cover, 4)
    found = np.zeros((len(CONTRASTS), 10))
    rows, columns = np.nonzero(cover.max(axis=0) > 0.9)
    if rows.size < 30:
        return found
    y, x = (2 * (v - v.min()) / max(int(np.ptp(v)), 1) - 1 for v in (rows, columns))
    design = np.stack([y**0, y, x, y * y, x * y, x * x, y**3, y * y * x, y * x * x, x**3], axis=1)
    values = np.log(np.clip(field[:, rows, columns].T, 0.1, 10))
    weights = (cover[:, rows, columns].T > 0.9).astype(float)
    for c in range(len(CONTRASTS)):
        w = weights[:, c : c + 1]
        if w.sum() < 30:
            continue
        gram = design.T @ (design * w) + 1e-3 * np.eye(design.shape[1])
        solved = np.linalg.solve(gram, design.T @ (values[:, c : c + 1] * w))[:, 0]
        left = (values[:, c] - design @ solved)[w[:, 0] > 0]
        found[c] = [*solved[1:], left.std()]
    return found


def _diagonal(picture: NDArray[np.float32], support: NDArray[np.bool_]) -> float:
    """Median size of the diagonal differences of 2×2 pixels that lie inside."""
    rows, columns = (length // 2 * 2 for length in picture.shape)
    a, b, c, d = (picture[i:rows:2, j:columns:2] for i in (0, 1) for j in (0, 1))
    inside = (
        support[0:rows:2, 0:columns:2]
        & support[0:rows:2, 1:columns:2]
        & support[1:rows:2, 0:columns:2]
        & support[1:rows:2, 1:columns:2]
    )
    sizes = np.abs(a - b - c + d)[inside]
    return float(sizes.mean()) / 2 if sizes.size else 0.0


def _mean(values: NDArray[np.float32]) -> float:
    return float(values.mean()) if values.size else 0.0


def _log(value: float) -> float:
    return float(np.log(value + 1e-3))
