"""Where the masks of two sets differ, as a picture for a report."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resunet.errors import InputError
from resunet.figures import colours, raster

_MARGIN, _HEAD, _BAR = 12, 74, 92
_LEAST_PX = 64


def picture_difference(
    difference: NDArray[np.floating],
    significant: NDArray[np.bool_],
    *,
    a: str,
    b: str,
    panel_px: int = 288,
) -> Image.Image:
    """The difference of two sets' mean masks, what is significant in it outlined in white.

    Args:
        difference: (H, W), b − a, shares of slices with tumour; NaN where undefined, drawn as 0.
            Rows → posterior, columns → the patient's left.
        significant: bool (H, W).
        a: Name of one set.
        b: Name of the other one.
        panel_px: The longer side on the screen, at least 64.

    Returns:
        An RGB image on white; the patient's right (R) on the viewer's left. The colours' scale
        reaches as far up as down.

    Raises:
        InputError: If the shapes differ or the picture is too small to be read.
    """
    if difference.shape != significant.shape:
        raise InputError(
            f"significant has shape {significant.shape}, where {difference.shape} is accepted."
        )
    if panel_px < _LEAST_PX:
        raise InputError(f"panel_px is {panel_px}, where at least {_LEAST_PX} is accepted.")
    known = np.nan_to_num(difference.astype(np.float64), nan=0.0)
    top = float(np.abs(known).max()) or 1.0
    scale = panel_px / max(difference.shape)
    width, height = (max(1, round(side * scale)) for side in reversed(difference.shape))
    panel = Image.fromarray(
        colours.ramp(raster.enlarge((known / top + 1.0) / 2.0, (width, height)), colours.DIVERGING)
    )
    panel = raster.blend(panel, colours.DARK_INK, raster.outline(significant, (width, height)))
    raster.write_sides(panel, size_px=16, colour=colours.DARK_INK)
    image = Image.new(
        "RGB", (2 * _MARGIN + width + _BAR, 2 * _MARGIN + _HEAD + height), colours.LIGHT_PAPER
    )
    _write_head(image, a, b, int(significant.sum()), width + _BAR)
    image.paste(panel, (_MARGIN, _MARGIN + _HEAD))
    _paste_bar(image, (2 * _MARGIN + width, _MARGIN + _HEAD), height, top)
    return image


def _write_head(image: Image.Image, a: str, b: str, cells: int, width_px: int) -> None:
    counted = (
        f"{cells} place{'' if cells == 1 else 's'} significant" if cells else "none significant"
    )
    lines = (
        (f"{b} less {a}", 16, colours.LIGHT_INK),
        (f"orange: more often tumour in {b}", 13, colours.LIGHT_FAINT),
        (f"blue: in {a}; {counted}", 13, colours.LIGHT_FAINT),
    )
    for index, (text, size_px, colour) in enumerate(lines):
        place = (_MARGIN, _MARGIN + 8 + 20 * index)
        shortened = raster.shorten(text, size_px, width_px)
        raster.write(image, place, shortened, size_px=size_px, colour=colour)


def _paste_bar(image: Image.Image, place: tuple[int, int], height: int, top: float) -> None:
    left, head = place
    image.paste(raster.colour_bar((16, height), colours.DIVERGING), place)
    for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
        y = min(max(head + (1 - share) / 2 * height, head + 7), head + height - 7)
        text = f"{share * top:+.1%}" if share else "0"
        raster.write(image, (left + 24, y), text, size_px=13, colour=colours.LIGHT_INK, anchor="lm")
