"""Pictures of slices for export: input and truth, prediction, uncertainty side by side.

The source is the paper's figures 3 and A2: truth red, prediction blue, uncertainty green.
Every picture carries its study's and prediction's warnings and the line `DISCLAIMER`.
"""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from resunet import DISCLAIMER
from resunet.errors import InputError
from resunet.figures import colours, raster
from resunet.figures.panels import (
    Look,
    Sample,
    check,
    doubt_max,
    doubt_panel,
    panel_size,
    prediction_panel,
    truth_panel,
)
from resunet.study import Prediction, Study

_MARGIN, _GAP, _BAR = 18, 10, 74
_CELL = 240
_HEAD, _CAPTION, _FOOT = 30, 30, 62
_TITLES = ("{contrast} and expert outline", "Prediction", "Uncertainty, scaled to its maximum")
_LEGEND = (
    (colours.TRUTH, "expert outline"),
    (colours.PREDICTION, "predicted tumour"),
    (colours.DOUBT, "standard deviation over the passes"),
)


def picture_slice(
    study: Study,
    prediction: Prediction,
    slice_index: int,
    *,
    opacity: float = 0.4,
    contrast: str = "flair",
    upscale: float | None = None,
    window: tuple[float, float] | None = None,
) -> Image.Image:
    """One slice as in the paper's figure 3.

    Args:
        study: The study.
        prediction: Its prediction, on the study's grid.
        slice_index: Which slice, 0 to S − 1.
        opacity: Of the predicted area, 0 to 1; the largest uncertainty is drawn twice as
            opaque, at most 1.
        contrast: Which of `resunet.study.CONTRASTS` lies beneath.
        upscale: Screen pixels for each pixel along its shorter side, above 0 and at most
            16; None fits the panel into 360 screen pixels.
        window: The values drawn black and white; None takes `slice_window`.

    Returns:
        An RGB image: three panels, pixels in their true aspect, patient's right on the
        viewer's left. The uncertainty is scaled to the slice's maximum, written beside its
        colour bar. What is missing (outline, prediction, spread) is said in its panel.

    Raises:
        InputError: If an argument is out of range, or the grids differ.
    """
    look = Look(opacity, contrast, upscale, window)
    return _picture([Sample(study, prediction, slice_index)], look)


def picture_samples(
    samples: Sequence[Sample],
    *,
    opacity: float = 0.4,
    contrast: str = "flair",
    upscale: float | None = None,
) -> Image.Image:
    """Several slices beneath each other, as in the paper's figure A2.

    Args:
        samples: At least one slice; each becomes a row with its own window and its own
            scale of uncertainty.
        opacity: As in `picture_slice`.
        contrast: As in `picture_slice`.
        upscale: As in `picture_slice`.

    Returns:
        An RGB image with one head, one legend, and the warnings of all samples.

    Raises:
        InputError: If there is no sample, or as in `picture_slice`.
    """
    if not samples:
        raise InputError("samples is empty, where at least one slice is accepted.")
    return _picture(samples, Look(opacity, contrast, upscale, None))


def _picture(samples: Sequence[Sample], look: Look) -> Image.Image:
    for sample in samples:
        check(sample, look)
    # Studies of different grids keep their columns beneath each other.
    cell_width = max(_CELL, *(panel_size(sample, look)[0] for sample in samples))
    rows = [_row(sample, look, cell_width) for sample in samples]
    warnings = [w for s in samples for w in (*s.study.warnings, *s.prediction.warnings)]
    width = rows[0].width + 2 * _MARGIN
    lines = [
        line
        for warning in dict.fromkeys(warnings)
        for line in raster.wrap(f"Warning: {warning}", 14, width - 2 * _MARGIN)
    ]
    height = _HEAD + sum(row.height + _GAP for row in rows) + 20 * len(lines) + _FOOT
    image = Image.new("RGB", (width, height), colours.DARK_PAPER)
    _write_titles(image, cell_width, look.contrast)
    top = _HEAD
    for row in rows:
        image.paste(row, (_MARGIN, top))
        top += row.height + _GAP
    for line in lines:
        raster.write(image, (_MARGIN, top), line, size_px=14, colour=colours.DARK_NOTICE)
        top += 20
    _write_foot(image, top)
    return image


def _row(sample: Sample, look: Look, cell_width: int) -> Image.Image:
    """A caption over three panels, each in the middle of its cell, and the colour bar."""
    size = panel_size(sample, look)
    width = 3 * (cell_width + _GAP) + _BAR
    row = Image.new("RGB", (width, _CAPTION + size[1]), colours.DARK_PAPER)
    caption = raster.shorten(_caption(sample), 14, width)
    raster.write(
        row, (0, _CAPTION - 7), caption, size_px=14, colour=colours.DARK_FAINT, anchor="ls"
    )
    for index, draw in enumerate((truth_panel, prediction_panel, doubt_panel)):
        panel = draw(sample, look, size)
        raster.write_sides(panel.image, size_px=16, colour=colours.DARK_INK)
        left = index * (cell_width + _GAP)
        row.paste(panel.image, (left + (cell_width - size[0]) // 2, _CAPTION))
        _write_note(row, left + cell_width / 2, panel.note)
    if doubt_max(sample) > 0:
        _paste_bar(row, (3 * (cell_width + _GAP), _CAPTION), size[1], doubt_max(sample))
    return row


def _write_note(row: Image.Image, middle: float, note: str) -> None:
    raster.write(
        row,
        (middle, row.height - 10),
        note,
        size_px=15,
        colour=colours.DARK_INK,
        anchor="ms",
        halo=colours.DARK_PAPER,
    )


def _caption(sample: Sample) -> str:
    study, prediction, index = sample
    parts = [study.identifier, f"slice {study.slice_numbers[index]}"]
    if study.shape[0] > 1:
        parts[-1] += f" ({index + 1} of {study.shape[0]})"
    if study.slice_positions_mm is not None:
        parts.append(f"{study.slice_positions_mm[index]:.1f} mm")
    passes = f"{prediction.samples} passes" if prediction.samples else "one pass without dropout"
    parts += [f"model {prediction.model_id}", passes, f"threshold {prediction.threshold:.2f}"]
    return ", ".join(parts)


def _write_titles(image: Image.Image, cell_width: int, contrast: str) -> None:
    for index, title in enumerate(_TITLES):
        text = raster.shorten(title.format(contrast=contrast.upper()), 17, cell_width)
        x = _MARGIN + index * (cell_width + _GAP)
        raster.write(image, (x, 10), text, size_px=17, colour=colours.DARK_INK)


def _paste_bar(row: Image.Image, place: tuple[int, int], height: int, largest: float) -> None:
    left, top = place
    row.paste(raster.colour_bar((14, height), (colours.DARK_PAPER, colours.DOUBT)), place)
    ImageDraw.Draw(row).rectangle(
        (left, top, left + 13, top + height - 1), outline=colours.DARK_FAINT
    )
    for text, y, anchor in (
        (f"{largest:.3g}", top, "la"),
        ("std", top + height / 2, "lm"),
        ("0", top + height - 1, "ls"),
    ):
        raster.write(row, (left + 20, y), text, size_px=14, colour=colours.DARK_INK, anchor=anchor)


def _write_foot(image: Image.Image, top: int) -> None:
    """The legend, and the line that stands on every picture."""
    pen = ImageDraw.Draw(image)
    x, y = float(_MARGIN), top + 16
    for colour, text in _LEGEND:
        pen.rectangle((x, y - 6, x + 13, y + 6), fill=colour)
        raster.write(image, (x + 20, y), text, size_px=14, colour=colours.DARK_INK, anchor="lm")
        x += 20 + raster.font(14).getlength(text) + 24
    raster.write(image, (_MARGIN, top + 34), DISCLAIMER, size_px=13, colour=colours.DARK_FAINT)
