"""What Pillow pictures are put together from: panels, outlines, blends, text, colour bars."""

import math
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from resunet.figures import colours

Size = tuple[int, int]
"""Width and height in screen pixels, as Pillow has it."""

# Pillow's own font, always there, knows little beyond ASCII and draws boxes for the rest.
_SPELLED = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "×": "x", "²": "2", "³": "3", "·": "-", "σ": "s", "µ": "u"}
    | {"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "→": "->", "≤": "<=", "≥": ">="}
)


@cache
def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's built-in font in the given height."""
    return ImageFont.load_default(size=size_px)


def legible(text: str) -> str:
    """The text in characters the built-in font can draw; others become ``?``."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED))
    kept = (mark for mark in plain if not unicodedata.combining(mark))
    return "".join(mark if " " <= mark <= "~" else "?" for mark in kept)


def wrap(text: str, size_px: int, width_px: int) -> list[str]:
    """Breaks a text into lines that fit; a single word too long is cut with dots.

    Returns:
        The lines, none for an empty text.
    """
    lines: list[str] = []
    for word in legible(text).split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font(size_px).getlength(joined) <= width_px:
            lines[-1] = joined
        else:
            lines.append(shorten(word, size_px, width_px))
    return lines


def shorten(text: str, size_px: int, width_px: int) -> str:
    """The text, cut with dots at its end where it is wider than the given width."""
    text = legible(text)
    if font(size_px).getlength(text) <= width_px:
        return text
    while text and font(size_px).getlength(text + "...") > width_px:
        text = text[:-1]
    return text + "..."


def write(
    image: Image.Image,
    xy: tuple[float, float],
    text: str,
    *,
    size_px: int,
    colour: str,
    anchor: str = "la",
    halo: str | None = None,
) -> None:
    """Draws one line of text.

    Args:
        image: The RGB image drawn on.
        xy: The point the text is anchored to.
        text: What to write; see `legible`.
        size_px: The text's height.
        colour: Hexadecimal.
        anchor: Pillow's anchor; ``"la"`` is the text's top left.
        halo: The colour of a thin rim that keeps text legible on a picture, or None.
    """
    pen = ImageDraw.Draw(image)
    pen.text(
        xy,
        legible(text),
        font=font(size_px),
        fill=colour,
        anchor=anchor,
        stroke_width=2 if halo else 0,
        stroke_fill=halo,
    )


def grey(pixels: NDArray[np.floating], window: tuple[float, float], size: Size) -> Image.Image:
    """A contrast in grey, enlarged by Lanczos's kernel.

    Args:
        pixels: (H, W), finite.
        window: The values drawn black and white; where they are equal all is black.
        size: Width and height to draw.

    Returns:
        An RGB image.
    """
    low, high = window
    scale = 255.0 / (high - low) if high > low else 0.0
    shades = np.clip((pixels - low) * scale, 0, 255).astype(np.uint8)
    return Image.fromarray(shades).resize(size, Image.Resampling.LANCZOS).convert("RGB")


def enlarge(values: NDArray[np.floating], size: Size) -> NDArray[np.float32]:
    """A map (H, W) drawn at another size, bilinear; float32 (height, width)."""
    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR))


def cover(mask: NDArray[np.bool_], size: Size) -> NDArray[np.float32]:
    """How far each screen pixel is covered by a mask, its steps smoothed.

    Args:
        mask: bool (H, W).
        size: Width and height to draw.

    Returns:
        float32 (height, width) in [0, 1], 0 and 1 but for the edge.
    """
    return _shrink(_double(mask, size), size)


def outline(mask: NDArray[np.bool_], size: Size, *, width_px: int = 2) -> NDArray[np.float32]:
    """How far each screen pixel is covered by a mask's outline, drawn inside the mask.

    Args:
        mask: bool (H, W).
        size: Width and height to draw.
        width_px: The line's width on the screen.

    Returns:
        float32 (height, width) in [0, 1]; all 0 for an empty mask.
    """
    filled = np.asarray(_double(mask, size))
    line = filled - _eroded(filled, 2 * width_px)
    return _shrink(Image.fromarray(line), size)


def blend(image: Image.Image, colour: str, alpha: NDArray[np.floating]) -> Image.Image:
    """Lays a colour over an image, each pixel by its own opacity.

    Args:
        image: An RGB image.
        colour: Hexadecimal.
        alpha: (height, width) in [0, 1].
    """
    shares = Image.fromarray((np.clip(alpha, 0, 1) * 255).round().astype(np.uint8))
    return Image.composite(Image.new("RGB", image.size, colour), image, shares)


def write_sides(image: Image.Image, *, size_px: int, colour: str) -> None:
    """Marks the patient's right on the viewer's left, and the left on the right."""
    for x, letter, anchor in ((6, "R", "lm"), (image.width - 6, "L", "rm")):
        write(
            image,
            (x, image.height / 2),
            letter,
            size_px=size_px,
            colour=colour,
            anchor=anchor,
            halo=colours.DARK_PAPER,
        )


def write_ends(image: Image.Image, *, size_px: int, colour: str) -> None:
    """Marks the patient's front (A) at the top and the back (P) at the bottom.

    A picture too low for four letters to stand apart keeps only those of `write_sides`.
    """
    if image.height < 4 * size_px:
        return
    for y, letter, anchor in ((6, "A", "ma"), (image.height - 6, "P", "ms")):
        write(
            image,
            (image.width / 2, y),
            letter,
            size_px=size_px,
            colour=colour,
            anchor=anchor,
            halo=colours.DARK_PAPER,
        )


def bar_length_mm(width_mm: float) -> float:
    """The round length of a scale bar: a sixth to a third of a picture's width.

    Args:
        width_mm: The picture's width, above 0.

    Returns:
        1, 2 or 5 times a power of ten, in mm; 3 times where none of those fits.
    """
    # slightly wider than the limits, since thirds and tenths are rounded
    least, most = width_mm / 6 * (1 - 1e-9), width_mm / 3 * (1 + 1e-9)
    decade = 10.0 ** math.floor(math.log10(most))
    return next(s * decade for s in (5, 2, 1, 3) if least <= s * decade <= most)


def write_bar(image: Image.Image, width_mm: float, *, size_px: int, colour: str) -> None:
    """Draws a scale bar with its length, at the lower left.

    Args:
        image: The RGB image drawn on.
        width_mm: What the image's width measures.
        size_px: The height of its text.
        colour: Hexadecimal.
    """
    length_mm = bar_length_mm(width_mm)
    length_px = round(length_mm / width_mm * image.width)
    left, bottom = 10, image.height - 10
    pen = ImageDraw.Draw(image)
    pen.rectangle(
        (left - 1, bottom - 4, left + length_px, bottom), fill=colours.DARK_PAPER, outline=None
    )
    pen.rectangle((left, bottom - 3, left + length_px - 1, bottom - 1), fill=colour)
    write(
        image,
        (left, bottom - 7),
        f"{length_mm:g} mm",
        size_px=size_px,
        colour=colour,
        anchor="ls",
        halo=colours.DARK_PAPER,
    )


def colour_bar(size: Size, scale: Sequence[str]) -> Image.Image:
    """A bar of evenly spaced colours, the first at the bottom."""
    values = np.linspace(1.0, 0.0, size[1])[:, None].repeat(size[0], axis=1)
    return Image.fromarray(colours.ramp(values, scale))


def _double(mask: NDArray[np.bool_], size: Size) -> Image.Image:
    """The mask at twice the size, 0 or 255, its pixels' steps smoothed by interpolation."""
    soft = enlarge(mask.astype(np.float32), (2 * size[0], 2 * size[1]))
    return Image.fromarray(np.where(soft >= 0.5, 255, 0).astype(np.uint8))


def _eroded(shades: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    """The least shade within a square of 2 × reach + 1; what lies outside counts as 0.

    So a tumour cut by the picture's edge is closed there.
    """
    least = np.pad(shades, reach)
    for _ in range(2):  # along the columns, then along the rows
        window = 1
        while window < 2 * reach + 1:
            step = min(window, 2 * reach + 1 - window)
            least = np.minimum(least[:-step], least[step:])
            window += step
        least = least.T
    return least


def _shrink(image: Image.Image, size: Size) -> NDArray[np.float32]:
    return np.asarray(image.resize(size, Image.Resampling.BOX), np.float32) / np.float32(255)
