"""Matrices that resample one axis of a picture: by area downwards, linearly upwards.

A picture is resampled as ``rows @ picture @ columns.T``.
"""

import numpy as np
from numpy.typing import NDArray


def area_weights(length: int, start: float, extent: float, size: int) -> NDArray[np.float32]:
    """Each output pixel as the average of what it covers.

    Where an output pixel is smaller than an input pixel, linear between centres instead.

    Args:
        length: Pixels of the input.
        start: Where the output begins, in input pixels; 0 is the first pixel's outer edge.
        extent: How many input pixels the output covers; it may reach beyond the input, where
            all is 0.
        size: Pixels of the output.

    Returns:
        float32 (size, length).
    """
    step = extent / size
    if step < 1.0:
        centres = start + (np.arange(size) + 0.5) * step - 0.5
        return linear_weights(centres, length, -0.5, length - 0.5)
    edges = start + np.arange(size + 1) * step
    pixels = np.arange(length)
    low = np.maximum(edges[:-1, None], pixels[None])
    high = np.minimum(edges[1:, None], pixels[None] + 1)
    return (np.clip(high - low, 0.0, None) / step).astype(np.float32)


def linear_weights(
    positions: NDArray[np.floating], length: int, first: float, last: float
) -> NDArray[np.float32]:
    """Linear interpolation between pixel centres.

    Args:
        positions: Where, in indices of the input.
        length: Pixels of the input.
        first: Positions before it are outside, where all is 0.
        last: Positions behind it as well.

    Returns:
        float32 (len(positions), length).
    """
    weights = np.zeros((len(positions), length), np.float32)
    inside = np.flatnonzero((positions >= first) & (positions <= last))
    at = np.clip(positions[inside], 0, length - 1)
    left = np.minimum(at.astype(int), max(length - 2, 0))
    right_share = at - left
    weights[inside, left] = 1.0 - right_share
    if length > 1:
        weights[inside, left + 1] = right_share
    return weights
