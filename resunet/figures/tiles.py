"""Many small pictures in one: slices, and the feature maps of a block."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resunet.errors import InputError
from resunet.figures import colours, raster

MOST_MAPS = 64
"""More feature maps than these in one picture are too small to be looked at."""

_GAP = 6


def picture_slice(
    pixels: NDArray[np.floating],
    window: tuple[float, float],
    side_px: int,
    *,
    truth: NDArray[np.bool_] | None = None,
    probability: NDArray[np.floating] | None = None,
    threshold: float = 0.5,
) -> Image.Image:
    """One contrast of a prepared slice, with what there is to lay over it.

    Args:
        pixels: (n, n).
        window: The values drawn black and white.
        side_px: Side of the picture on the screen.
        truth: The expert's outline, drawn in red.
        probability: (n, n), drawn as a blue veil, the denser the likelier.
        threshold: Where the outline of the probability is drawn, in blue.

    Returns:
        An RGB image.
    """
    size = (side_px, side_px)
    image = raster.grey(pixels, window, size)
    if probability is not None:
        veil = 0.45 * raster.enlarge(probability, size)
        image = raster.blend(image, colours.PREDICTION, veil)
        line = raster.outline(probability > threshold, size)
        image = raster.blend(image, colours.PREDICTION, line)
    if truth is not None:
        image = raster.blend(image, colours.TRUTH, raster.outline(truth, size))
    return image


def picture_labelled(image: Image.Image, text: str) -> Image.Image:
    """A picture with a few words in its upper left corner; the picture itself stays as it is."""
    labelled = image.copy()
    raster.write(
        labelled,
        (7, 5),
        text,
        size_px=14,
        colour=colours.DARK_INK,
        halo=colours.DARK_PAPER,
    )
    return labelled


def picture_tiles(tiles: Sequence[Image.Image], *, columns: int) -> Image.Image:
    """Puts pictures of one size side by side, row after row.

    Args:
        tiles: RGB images of one size.
        columns: How many stand in a row.

    Returns:
        An RGB image.

    Raises:
        InputError: If there is no picture, they differ in size, or columns is below 1.
    """
    sizes = {tile.size for tile in tiles}
    if len(sizes) != 1 or columns < 1:
        raise InputError(
            f"tiles have sizes {sorted(sizes)} in {columns} columns, "
            "where one size and 1 or more columns are accepted."
        )
    width, height = sizes.pop()
    rows = math.ceil(len(tiles) / columns)
    image = Image.new(
        "RGB",
        (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP),
        colours.DARK_PAPER,
    )
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        image.paste(tile, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    return image


class FeatureMaps(NamedTuple):
    """The picture of a block's feature maps.

    Attributes:
        image: RGB.
        shown: How many maps it holds.
        silent: How many of all the block's maps are the same everywhere in this slice.
    """

    image: Image.Image
    shown: int
    silent: int


def picture_feature_maps(
    maps: NDArray[np.floating], *, by_activity: bool, side_px: int = 1080
) -> FeatureMaps:
    """The feature maps of a block as grey tiles, each from its lowest to its highest value.

    Args:
        maps: (rows, columns, C).
        by_activity: Whether those with the largest mean of absolute values come first,
            instead of in their own order.
        side_px: About the picture's width.

    Returns:
        The picture of at most `MOST_MAPS` maps, each with its number; pixels are drawn as
        they are, not smoothed.
    """
    count = maps.shape[2]
    order = np.arange(count)
    if by_activity:
        order = np.argsort(-np.abs(maps).mean(axis=(0, 1)), kind="stable")
    order = order[:MOST_MAPS]
    columns = math.ceil(math.sqrt(len(order)))
    tile_px = (side_px - _GAP) // columns - _GAP
    tiles = [_tile(maps[..., number], int(number), tile_px) for number in order]
    silent = int((maps.max(axis=(0, 1)) == maps.min(axis=(0, 1))).sum())
    return FeatureMaps(picture_tiles(tiles, columns=columns), len(order), silent)


def _tile(values: NDArray[np.floating], number: int, side_px: int) -> Image.Image:
    low, high = float(values.min()), float(values.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    shades = ((values - low) * scale).round().astype(np.uint8)
    tile = Image.fromarray(shades).resize((side_px, side_px), Image.Resampling.NEAREST)
    return picture_labelled(tile.convert("RGB"), f"{number}")
