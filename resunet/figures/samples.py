"""Predictions of the same slices, epoch by epoch, as they come closer to the expert's outline."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resunet.figures.tiles import picture_labelled, picture_slice, picture_tiles

_BLACK_TO_WHITE = (0.0, 255.0)


def picture_samples(
    images: NDArray[np.uint8],
    masks: NDArray[np.bool_],
    names: Sequence[str],
    epochs: Sequence[int],
    probabilities: NDArray[np.uint8],
    *,
    columns: int = 8,
    side_px: int = 200,
) -> Image.Image:
    """A row for each slice: the expert's outline alone, then with the network's of some epochs.

    Args:
        images: (K, n, n), grey levels.
        masks: (K, n, n), the expert's.
        names: K, what the slices are called.
        epochs: E numbers, rising.
        probabilities: (E, K, n, n), 255 is 1.
        columns: How many pictures stand in a row; of more epochs those are drawn that lie evenly
            between the first and the newest, both among them.
        side_px: Side of each picture.

    Returns:
        An RGB image.
    """
    chosen = np.unique(np.linspace(0, len(epochs) - 1, min(columns - 1, len(epochs))).round())
    tiles = []
    for row, (image, mask, name) in enumerate(zip(images, masks, names, strict=True)):
        picture = picture_slice(image, _BLACK_TO_WHITE, side_px, truth=mask)
        tiles.append(picture_labelled(picture, name))
        for index in chosen.astype(int):
            probability = probabilities[index, row] / 255.0
            picture = picture_slice(
                image, _BLACK_TO_WHITE, side_px, truth=mask, probability=probability
            )
            tiles.append(picture_labelled(picture, f"epoch {epochs[index]}"))
    return picture_tiles(tiles, columns=1 + len(chosen))
