"""The four contrasts of one slice side by side, with the expert's outline."""

from collections.abc import Collection

from PIL import Image, ImageDraw

from resunet.figures import colours, raster
from resunet.figures.panels import slice_window
from resunet.figures.tiles import picture_labelled, picture_tiles
from resunet.study import CONTRASTS, Study

_FRAME_PX = 4


def picture_contrasts(
    study: Study,
    slice_index: int,
    *,
    marked: Collection[str] = (),
    columns: int = 4,
    side_px: int = 320,
) -> Image.Image:
    """All contrasts of a slice, each between its own percentiles.

    Args:
        study: The study.
        slice_index: Which slice, 0 to S − 1.
        marked: Contrasts that get a frame, of `resunet.study.CONTRASTS`.
        columns: How many stand in a row.
        side_px: The longer side of each picture.

    Returns:
        An RGB image; the patient's right (R) on the viewer's left, the expert's outline in red
        where there is one.
    """
    size = _size(study, side_px)
    mask = None if study.labels is None else study.labels[slice_index] > 0
    line = None if mask is None else raster.outline(mask, size)
    tiles = []
    for index, contrast in enumerate(CONTRASTS):
        window = slice_window(study, slice_index, contrast)
        tile = raster.grey(study.images[slice_index, ..., index], window, size)
        if line is not None:
            tile = raster.blend(tile, colours.TRUTH, line)
        raster.write_sides(tile, size_px=14, colour=colours.DARK_FAINT)
        tile = picture_labelled(tile, contrast.upper())
        if contrast in marked:
            pen = ImageDraw.Draw(tile)
            pen.rectangle(
                (0, 0, size[0] - 1, size[1] - 1), outline=colours.DARK_NOTICE, width=_FRAME_PX
            )
        tiles.append(tile)
    return picture_tiles(tiles, columns=columns)


def _size(study: Study, side_px: int) -> raster.Size:
    """Width and height, a pixel's sides as its spacing; square where that is unknown."""
    rows, columns = study.shape[1:]
    row_mm, column_mm = study.spacing_mm or (1.0, 1.0)
    tall, wide = rows * row_mm, columns * column_mm
    scale = side_px / max(tall, wide)
    return max(1, round(wide * scale)), max(1, round(tall * scale))
