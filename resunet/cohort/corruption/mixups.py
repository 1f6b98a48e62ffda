"""What goes wrong when slices and masks are put together: turned, mirrored, moved, mixed up.

Every function is pure and keeps a picture's size. Pictures are float32 (H, W), masks bool (H, W).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, rotate, shift


def mirror(array: NDArray, axis: int, *, centre: float | None = None) -> NDArray:
    """Mirrors a picture or a mask; what leaves it is lost, what is new is 0.

    Args:
        array: (H, W).
        axis: 0 turns it upside down, 1 left to right.
        centre: The row or column mirrored about; None for the array's middle, so that mirroring
            twice changes nothing.

    Returns:
        The same shape and type.
    """
    flipped = np.flip(array, axis)
    if centre is None:
        return flipped.copy()
    by = [0, 0]
    by[axis] = round(2 * centre - (array.shape[axis] - 1))
    return move(flipped, (by[0], by[1]))


def turn(array: NDArray, degrees: float) -> NDArray:
    """Turns a picture (linear interpolation) or a mask (nearest pixel) about the array's middle.

    Args:
        array: (H, W); whole quarter turns of a square one are exact.
        degrees: Against the clock.

    Returns:
        The same shape and type; pictures with whole numbers.
    """
    if degrees % 90 == 0 and array.shape[0] == array.shape[1]:
        return np.rot90(array, round(degrees / 90)).copy()
    if array.dtype == bool:
        return rotate(array.astype(np.uint8), degrees, reshape=False, order=0).astype(bool)
    inside = rotate((array != 0).astype(np.float32), degrees, reshape=False, order=1) > 0.5
    turned = np.rint(rotate(array, degrees, reshape=False, order=1))
    return np.where(inside, turned, 0).astype(array.dtype)


def move(array: NDArray, by: tuple[int, int]) -> NDArray:
    """Moves a picture or mask by whole pixels; what leaves it is lost, what is new is 0.

    Args:
        array: (H, W).
        by: Rows down and columns right.

    Returns:
        The same shape and type.
    """
    if array.dtype == bool:
        return shift(array.astype(np.uint8), by, order=0).astype(bool)
    return shift(array, by, order=0)


def push_out(
    mask: NDArray[np.bool_], brain: NDArray[np.bool_], share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Moves a mask until a share of it lies outside the brain.

    Args:
        mask: bool (H, W), not empty.
        brain: bool (H, W).
        share: The least share outside, in (0, 1].
        rng: Draws the direction.

    Returns:
        bool (H, W); where the picture's border comes first, the mask that is most outside.
    """
    angle = rng.uniform(0, 2 * np.pi)
    best, most = mask, 0.0
    for distance in range(1, max(mask.shape), 2):
        by = (round(distance * np.sin(angle)), round(distance * np.cos(angle)))
        moved = move(mask, by)
        if moved.sum() < 0.5 * mask.sum():
            break
        outside = float((moved & ~brain).sum() / moved.sum())
        if outside > most:
            best, most = moved, outside
        if outside >= share:
            break
    return best


def fit_onto(
    picture: NDArray[np.float32], model: NDArray[np.float32], *, centred: bool
) -> NDArray[np.float32]:
    """Gives a picture the outline and the median of another: what is left tells most quietly.

    Args:
        picture: float32 (H, W).
        model: float32 (H, W), whose outline and median are taken.
        centred: Whether the picture's brain is moved and stretched onto the model's first.

    Returns:
        float32 (H, W), whole numbers.
    """
    there, here = picture != 0, model != 0
    if not there.any() or not here.any():
        return picture.copy()
    fitted = picture
    if centred:
        boxes = [[(np.flatnonzero(a.any(1 - k))[[0, -1]]) for k in (0, 1)] for a in (there, here)]
        spans = [[float(ends[1] - ends[0] + 1) for ends in box] for box in boxes]
        zoom = [spans[0][k] / spans[1][k] for k in (0, 1)]
        offset = [boxes[0][k][0] - zoom[k] * boxes[1][k][0] for k in (0, 1)]
        fitted = affine_transform(picture, zoom, offset, order=1)
    inside = fitted[here & (fitted != 0)]
    if not inside.size:
        return picture.copy()
    scale = np.median(model[here]) / max(float(np.median(inside)), 1e-6)
    filled = np.where(fitted != 0, fitted * scale, np.median(model[here]))
    return np.where(here, np.maximum(np.rint(filled), 1), 0).astype(np.float32)
