"""Panels of one slice: input and truth, prediction, uncertainty, outlines on any contrast."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resunet.errors import InputError
from resunet.figures import colours, raster
from resunet.study import CONTRASTS, Prediction, Study

WINDOW_PERCENT = (1.0, 99.0)
"""The percentiles of the brain's values that are drawn black and white."""

_BOX_MARGIN = 0.04
_SIDE_PX = 360
_LARGEST_PX = 4096


class Sample(NamedTuple):
    """One slice to draw.

    Attributes:
        study: The study.
        prediction: Its prediction, on the study's grid; it may be unfinished.
        slice_index: Which slice, 0 to S − 1.
    """

    study: Study
    prediction: Prediction
    slice_index: int


class Look(NamedTuple):
    """How slices are drawn.

    Attributes:
        opacity: Of the predicted area, 0 to 1; the largest uncertainty is drawn twice as
            opaque, at most 1.
        contrast: Which of `resunet.study.CONTRASTS` lies beneath.
        upscale: Screen pixels for each pixel along its shorter side, above 0 and at most
            16; None fits the panel into 360 screen pixels.
        window: The values drawn black and white; None takes `slice_window`.
        line_px: Width of the outlines on the screen.
    """

    opacity: float = 0.4
    contrast: str = "flair"
    upscale: float | None = None
    window: tuple[float, float] | None = None
    line_px: int = 2


class Box(NamedTuple):
    """A part of every slice, in pixels; the ends lie outside.

    Attributes:
        top: The first row.
        bottom: The row after the last.
        left: The first column.
        right: The column after the last.
    """

    top: int
    bottom: int
    left: int
    right: int


class Panel(NamedTuple):
    """One drawn panel.

    Attributes:
        image: RGB.
        note: What is missing in it, to be written beneath the brain; empty if nothing is.
    """

    image: Image.Image
    note: str = ""


def slice_window(study: Study, slice_index: int, contrast: str) -> tuple[float, float]:
    """The 1st and 99th percentile of a contrast in the brain of one slice.

    Returns:
        (low, high) in the contrast's own unit; (0, 1) for a slice without brain.
    """
    images = study.images[slice_index]
    return window_of(images[..., CONTRASTS.index(contrast)][(images != 0).any(axis=-1)])


def window_of(values: NDArray[np.float32]) -> tuple[float, float]:
    """The 1st and 99th percentile of values, what is drawn black and white; (0, 1) of none."""
    if values.size == 0:
        return 0.0, 1.0
    low, high = np.percentile(values, WINDOW_PERCENT)
    return float(low), float(high)


def base_contrast(study: Study) -> str:
    """FLAIR, or the first contrast there is where it is missing."""
    return next(name for name in ("flair", *CONTRASTS) if name not in study.missing)


def panel_size(sample: Sample, look: Look) -> raster.Size:
    """Width and height of each panel, a pixel's sides as its spacing; square if unknown."""
    rows, columns = sample.study.shape[1:]
    row_mm, column_mm = sample.study.spacing_mm or (1.0, 1.0)
    shorter_mm = min(row_mm, column_mm)
    tall, wide = rows * row_mm / shorter_mm, columns * column_mm / shorter_mm
    scale = _SIDE_PX / max(tall, wide) if look.upscale is None else look.upscale
    return max(1, round(wide * scale)), max(1, round(tall * scale))


def box_of(study: Study, prediction: Prediction, aspect: float) -> Box:
    """The part of all slices worth showing: brain, tumour and the highest uncertainty.

    Args:
        study: The study.
        prediction: Its prediction, on the study's grid.
        aspect: Width over height, in mm, the box is widened to as far as the slices reach.

    Returns:
        The box with a narrow margin; the whole slice where there is nothing to show.
    """
    shown = np.any(study.images.any(axis=0), axis=-1) | prediction.mask.any(axis=0)
    if study.labels is not None:
        shown = shown | study.labels.any(axis=0)
    for spread in prediction.std:
        shown |= (spread == spread.max()) & (spread > 0)
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not rows.size:
        return Box(0, shown.shape[0], 0, shown.shape[1])
    row_mm, column_mm = study.spacing_mm or (1.0, 1.0)
    tall = (rows[-1] - rows[0] + 1) * (1 + 2 * _BOX_MARGIN)
    wide = (columns[-1] - columns[0] + 1) * (1 + 2 * _BOX_MARGIN)
    stretch = aspect * row_mm / column_mm  # columns for each row of a box of this aspect
    top, bottom = _span(rows[0] + rows[-1] + 1, max(tall, wide / stretch), shown.shape[0])
    left, right = _span(columns[0] + columns[-1] + 1, max(wide, tall * stretch), shown.shape[1])
    return Box(top, bottom, left, right)


def cropped(sample: Sample, box: Box) -> Sample:
    """The slice alone, cut to a box; the statistics of its window stay where it holds the brain."""
    study, prediction, index = sample
    one = np.s_[index : index + 1]
    part = np.s_[index : index + 1, box.top : box.bottom, box.left : box.right]
    positions, correction = study.slice_positions_mm, prediction.correction
    return Sample(
        replace(
            study,
            images=study.images[part],
            labels=None if study.labels is None else study.labels[part],
            slice_positions_mm=None if positions is None else positions[one],
            slice_numbers=study.slice_numbers[one],
            grid=None,
        ),
        replace(
            prediction,
            probability=prediction.probability[part],
            std=prediction.std[part],
            entropy=prediction.entropy[part],
            mutual_information=prediction.mutual_information[part],
            done=prediction.done[one],
            area_px_samples=prediction.area_px_samples[:, one],
            correction=None if correction is None else correction[part],
        ),
        0,
    )


def check(sample: Sample, look: Look) -> None:
    """Refuses what cannot be drawn.

    Raises:
        InputError: If an argument is out of range, or the prediction lies on another grid.
    """
    slices = sample.study.shape[0]
    if sample.prediction.probability.shape != sample.study.shape:
        raise InputError(
            f"prediction has shape {sample.prediction.probability.shape}, "
            f"where the study's shape {sample.study.shape} is accepted."
        )
    if not 0 <= sample.slice_index < slices:
        raise InputError(
            f"slice_index is {sample.slice_index}, where 0 to {slices - 1} is accepted."
        )
    if look.contrast not in CONTRASTS:
        raise InputError(
            f'contrast is "{look.contrast}", where one of {", ".join(CONTRASTS)} is accepted.'
        )
    if not 0.0 <= look.opacity <= 1.0:
        raise InputError(f"opacity is {look.opacity}, where 0 to 1 is accepted.")
    if look.upscale is not None and not 0.0 < look.upscale <= 16.0:
        raise InputError(f"upscale is {look.upscale}, where above 0 and at most 16 is accepted.")
    side_px = max(panel_size(sample, look))
    if side_px > _LARGEST_PX:
        raise InputError(
            f"upscale is {look.upscale}, which draws panels of {side_px} pixels, "
            f"where at most {_LARGEST_PX} is accepted."
        )


def truth_panel(sample: Sample, look: Look, size: raster.Size) -> Panel:
    """The input with the expert's outline in red, or a note why there is none."""
    panel = _base(sample, look, size)
    if sample.study.labels is None:
        return Panel(panel, "no expert outline")
    mask = sample.study.labels[sample.slice_index] > 0
    if not mask.any():
        return Panel(panel, "expert: no tumour in this slice")
    return Panel(_outlined(panel, colours.TRUTH, mask, look))


def prediction_panel(sample: Sample, look: Look, size: raster.Size) -> Panel:
    """The predicted tumour in blue, or a note why there is none."""
    panel = _base(sample, look, size)
    if not _is_done(sample):
        return _not_computed(panel)
    mask = _mask_pred(sample)
    if not mask.any():
        return Panel(panel, "no tumour predicted in this slice")
    panel = raster.blend(panel, colours.PREDICTION, look.opacity * raster.cover(mask, size))
    return Panel(_outlined(panel, colours.PREDICTION, mask, look))


def doubt_panel(sample: Sample, look: Look, size: raster.Size) -> Panel:
    """The standard deviation over its maximum in green, or a note why there is none."""
    panel = _base(sample, look, size)
    if not _is_done(sample):
        return _not_computed(panel)
    if sample.prediction.samples < 2:
        return Panel(panel, "one pass only: no uncertainty")
    largest = doubt_max(sample)
    if largest == 0:
        return Panel(panel, "all passes agree in this slice")
    shares = raster.enlarge(sample.prediction.std[sample.slice_index] / largest, size)
    return Panel(raster.blend(panel, colours.DOUBT, min(2 * look.opacity, 1.0) * shares))


def outlines_panel(sample: Sample, look: Look, size: raster.Size) -> Panel:
    """A contrast with the predicted outline in blue and the expert's in red over it.

    A contrast that the source lacks stays black, and the note says so.
    """
    if look.contrast in sample.study.missing:
        return Panel(Image.new("RGB", size), f"{look.contrast.upper()} is missing")
    panel = _base(sample, look, size)
    if _is_done(sample):
        panel = _outlined(panel, colours.PREDICTION, _mask_pred(sample), look)
    if sample.study.labels is not None:
        panel = _outlined(panel, colours.TRUTH, sample.study.labels[sample.slice_index] > 0, look)
    return Panel(panel)


def plain_panel(sample: Sample, look: Look, size: raster.Size) -> Panel:
    """A contrast with nothing laid over it."""
    return Panel(_base(sample, look, size))


def doubt_max(sample: Sample) -> float:
    """The slice's largest standard deviation; 0 where there is none to draw."""
    if not _is_done(sample) or sample.prediction.samples < 2:
        return 0.0
    return float(sample.prediction.std[sample.slice_index].max())


def _base(sample: Sample, look: Look, size: raster.Size) -> Image.Image:
    pixels = sample.study.images[sample.slice_index, ..., CONTRASTS.index(look.contrast)]
    window = look.window or slice_window(sample.study, sample.slice_index, look.contrast)
    return raster.grey(pixels, window, size)


def _outlined(panel: Image.Image, colour: str, mask: NDArray[np.bool_], look: Look) -> Image.Image:
    line = raster.outline(mask, panel.size, width_px=look.line_px)
    return raster.blend(panel, colour, line)


def _mask_pred(sample: Sample) -> NDArray[np.bool_]:
    return sample.prediction.mask_of(sample.slice_index)


def _span(middle_doubled: int, length: float, limit: int) -> tuple[int, int]:
    """The pixels of a length about a middle, moved and cut so that they lie in 0 to limit."""
    whole = min(max(round(length), 2), limit)
    start = min(max(round(middle_doubled / 2 - whole / 2), 0), limit - whole)
    return int(start), int(start + whole)


def _not_computed(panel: Image.Image) -> Panel:
    # Darkened, so that it is not mistaken for a slice in which nothing was found.
    return Panel(panel.point(lambda shade: shade // 3), "not computed")


def _is_done(sample: Sample) -> bool:
    return bool(sample.prediction.done[sample.slice_index])
