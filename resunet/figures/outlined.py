"""One slice with both outlines, cut to the head, for a gallery."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resunet.errors import InputError
from resunet.figures import colours, raster
from resunet.figures.crops import shared_crop
from resunet.figures.panels import base_contrast, slice_window
from resunet.study import CONTRASTS, Study


def picture_outlined(
    study: Study, slice_index: int, predicted: NDArray[np.bool_] | None, *, side_px: int = 360
) -> Image.Image:
    """FLAIR, or the contrast that stands for it, with the expert's and the network's outline.

    Args:
        study: The study.
        slice_index: Which slice, 0 to S − 1.
        predicted: bool (H, W), what the network takes for tumour; None where it is not known.
        side_px: Side of the square picture.

    Returns:
        An RGB image: the expert red, the network blue; the patient's right on the viewer's left.

    Raises:
        InputError: If the mask has another shape than the slice.
    """
    shape = study.shape[1:]
    if predicted is not None and predicted.shape != shape:
        raise InputError(
            f"predicted has shape {predicted.shape}, where the slice's {shape} is accepted."
        )
    contrast = base_contrast(study)
    pixels = study.images[slice_index, ..., CONTRASTS.index(contrast)]
    crop = shared_crop([study.brain[slice_index].astype(np.float32)])
    size = _size(crop.of(pixels).shape, study.spacing_mm or (1.0, 1.0), side_px)
    image = raster.grey(crop.of(pixels), slice_window(study, slice_index, contrast), size)
    if predicted is not None:
        line = raster.outline(crop.of(predicted), size)
        image = raster.blend(image, colours.PREDICTION, line)
    if study.mask is not None:
        line = raster.outline(crop.of(study.mask[slice_index]), size)
        image = raster.blend(image, colours.TRUTH, line)
    tile = Image.new("RGB", (side_px, side_px))  # black, as the background of the head
    tile.paste(image, ((side_px - size[0]) // 2, (side_px - size[1]) // 2))
    raster.write_sides(tile, size_px=14, colour=colours.DARK_FAINT)
    return tile


def _size(shape: tuple[int, ...], spacing_mm: tuple[float, float], side_px: int) -> raster.Size:
    """Width and height of what fits into the square, a pixel's sides as its spacing."""
    tall, wide = shape[0] * spacing_mm[0], shape[1] * spacing_mm[1]
    scale = side_px / max(tall, wide)
    return max(1, round(wide * scale)), max(1, round(tall * scale))
