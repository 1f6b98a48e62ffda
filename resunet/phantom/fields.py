"""Smooth random fields, the stuff of everything irregular in a synthetic patient.

Only element-wise NumPy is used, so that the same generator gives the same bits however many
threads or processes there are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Volume = NDArray[np.float32]

# mean over all positions of the sum of squares of the four cubic B-spline weights, one axis
_SPLINE_POWER = 151 / 315


def smooth_noise(
    rng: np.random.Generator, shape: Sequence[int], spacing: float | Sequence[float]
) -> Volume:
    """A random field of mean 0 and standard deviation 1 that changes over a given length.

    Independent normal values on a coarse grid, interpolated by cubic B-splines: twice
    differentiable, and nearly without power above one period in two grid steps.

    Args:
        rng: Where the values come from.
        shape: Shape (S, H, W) of the result.
        spacing: Step of the coarse grid in voxels, one number or one for each axis.

    Returns:
        float32 of ``shape``.
    """
    steps = [spacing] * len(shape) if isinstance(spacing, int | float) else list(spacing)
    counts = [int(np.ceil((n - 1) / step)) + 4 for n, step in zip(shape, steps, strict=True)]
    field = rng.standard_normal(counts, np.float32)
    for axis, (n, step) in enumerate(zip(shape, steps, strict=True)):
        field = _spline(field, axis, n, step)
    return field / np.float32(_SPLINE_POWER ** (len(counts) / 2))


def smooth_step(x: Volume, width: float) -> Volume:
    """0 below, 1 above zero, with a soft edge: the share of a voxel beyond a surface.

    Args:
        x: Signed distance to the surface.
        width: Distance over which the share goes from 0.12 to 0.88, half on each side.
    """
    return (0.5 + 0.5 * np.tanh(x * np.float32(2 / width))).astype(np.float32, copy=False)


def _spline(field: Volume, axis: int, count: int, step: float) -> Volume:
    """Interpolates one axis at 0, 1/step, 2/step, … of the coarse grid."""
    place = np.arange(count) / step
    first = np.floor(place).astype(int)
    t = place - first
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    along = [1] * field.ndim
    along[axis] = count
    out: Volume | None = None
    for offset, weight in enumerate(weights):
        part = np.take(field, first + offset, axis)
        part *= (weight / 6).astype(np.float32).reshape(along)
        out = part if out is None else np.add(out, part, out=out)
    if out is None:
        raise ValueError("a spline has four weights")
    return out
