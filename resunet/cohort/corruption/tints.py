"""How the brightness of each contrast changed against the slices beside it: tints and patches."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from resunet.study import CONTRASTS

_FEWEST = 20  # cells that both slices show: below, nothing is told


def measure_change(
    here: NDArray[np.float32],
    within: NDArray[np.bool_],
    there: NDArray[np.float32],
    covered: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """How the log intensity changed against the mean of the neighbours.

    Args:
        here: float32 (4, h, w), intensity over the contrast's median.
        within: bool (4, h, w), cells full of brain.
        there: float32 (n, 4, h, w), of the neighbours.
        covered: bool (n, 4, h, w), of the neighbours.

    Returns:
        float64 (6, 4): the mean change, the log of the spread of its smooth part, its slopes down
        and across, the log of the spread of patches, the largest patch; 0 where too few cells
        are shown.
    """
    logs = np.log(np.clip(here, 0.1, 10))
    count = covered.sum(axis=0)
    beside = np.where(covered, np.log(np.clip(there, 0.1, 10)), 0).sum(axis=0)
    inside = within & (count * 2 >= len(there))
    change = np.where(inside, logs - beside / np.maximum(count, 1), 0)
    weight = inside.astype(np.float32)
    wide, narrow = (
        uniform_filter(change, (1, n, n)) / np.maximum(uniform_filter(weight, (1, n, n)), least)
        for n, least in ((7, 0.05), (3, 0.1))
    )
    found = np.zeros((6, len(CONTRASTS)))
    for c in range(len(CONTRASTS)):
        rows, columns = np.nonzero(inside[c])
        if rows.size < _FEWEST:
            continue
        values = wide[c][rows, columns]
        y, x = (2 * (v - v.mean()) / max(int(np.ptp(v)), 1) for v in (rows, columns))
        fine = np.sort(narrow[c][rows, columns] - values)
        hundredth = fine.size // 100
        found[:, c] = (
            values.mean(),
            np.log(values.std() + 1e-3),
            (values * y).sum() / max((y * y).sum(), 1e-6),
            (values * x).sum() / max((x * x).sum(), 1e-6),
            np.log(fine.std() + 1e-3),
            max(-fine[hundredth], fine[-1 - hundredth]),
        )
    return found


def measure_least_change(
    here: NDArray[np.float32],
    within: NDArray[np.bool_],
    there: NDArray[np.float32],
    covered: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The smooth part of the change against the neighbour where it is least.

    The smooth part is a polynomial of second order of the log ratio. Arguments as above.

    Returns:
        float64 (2, 4): the log of its standard deviation, and its share of the change.
    """
    found = np.zeros((2, len(CONTRASTS)))
    ratios = np.log(np.clip(here, 0.1, 10)) - np.log(np.clip(there, 0.1, 10))
    for c in range(len(CONTRASTS)):
        smooth = []
        for ratio, other in zip(ratios[:, c], covered[:, c], strict=True):
            rows, columns = np.nonzero(within[c] & other)
            if rows.size < _FEWEST:
                continue
            y, x = (2 * (v - v.mean()) / max(int(np.ptp(v)), 1) for v in (rows, columns))
            design = np.stack([np.ones(y.size), y, x, y * y, x * y, x * x], axis=1)
            values = np.clip(ratio[rows, columns], -0.7, 0.7)
            gram = design.T @ design + 1e-3 * np.eye(6)
            fitted = design @ np.linalg.solve(gram, design.T @ values)
            smooth.append((float(fitted.std()), float(values.std())))
        if smooth:
            part, whole = min(smooth)
            found[:, c] = np.log(part + 1e-3), part / (whole + 1e-3)
    return found
