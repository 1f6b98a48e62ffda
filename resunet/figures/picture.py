"""Pictures of slices for export: input and truth, prediction, uncertainty side by side.

The source is the paper's figures 3 and A2: truth red, prediction blue, uncertainty green.
Every picture carries its study's and prediction's warnings, the patient's sides, a scale bar
or the words that the spacing is unknown, and the line `DISCLAIMER`.
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
_UNSCALED = "pixels: spacing unknown"
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
    notes: Sequence[str] = (),
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
        notes: Lines for the foot, in small letters, such as where the picture comes from.

    Returns:
        An RGB image: three panels, pixels in their true aspect, patient's right on the
        viewer's left. The uncertainty is scaled to the slice's maximum, written beside its
        colour bar. What is missing (outline, prediction, spread) is said in its panel.

    Raises:
        InputError: If an argument is out of range, or the grids differ.
    """
    look = Look(opacity, contrast, upscale, window)
    return _picture([Sample(study, prediction, slice_index)], look, notes)


def picture_samples(
    samples: Sequence[Sample],
    *,
    opacity: float = 0.4,
    contrast: str = "flair",
    upscale: float | None = None,
    notes: Sequence[str] = (),
) -> Image.Image:
    """Several slices beneath each other, as in the paper's figure A2.

    Args:
        samples: At least one slice; each becomes a row with its own window and its own
            scale of uncertainty.
        opacity: As in `picture_slice`.
        contrast: As in `picture_slice`.
        upscale: As in `picture_slice`.
        notes: As in `picture_slice`.

    Returns:
        An RGB image with one head, one legend, and the warnings of all samples.

    Raises:
        InputError: If there is no sample, or as in `picture_slice`.
    """
    if not samples:
        raise InputError("samples is empty, where at least one slice is accepted.")
    return _picture(samples, Look(opacity, contrast, upscale, None), notes)


def _picture(samples: Sequence[Sample], look: Look, notes: Sequence[str]) -> Image.Image:
    for sample in samples:
        check(sample, look)
    # Studies of different grids keep their columns beneath each other.
    cell_width = max(_CELL, *(panel_size(sample, look)[0] for sample in samples))
    rows = [_row(sample, look, cell_width) for sample in samples]
    size = (rows[0].width + 2 * _MARGIN, _HEAD + sum(row.height + _GAP for row in rows))
    image = Image.new("RGB", size, colours.DARK_PAPER)
    _write_titles(image, cell_width, look.contrast)
    top = _HEAD
    for row in rows:
        image.paste(row, (_MARGIN, top))
        top += row.height + _GAP
    return _with_foot(image, samples, notes)


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
        _write_orientation(panel.image, sample if index == 0 else None)
        left = index * (cell_width + _GAP)
        row.paste(panel.image, (left + (cell_width - size[0]) // 2, _CAPTION))
        _write_note(row, left + cell_width / 2, size[0], panel.note)
    if doubt_max(sample) > 0:
        _paste_bar(row, (3 * (cell_width + _GAP), _CAPTION), size[1], doubt_max(sample))
    return row


def _write_orientation(panel: Image.Image, scaled: Sample | None) -> None:
    """The four letters; of a sample also the scale bar, where its spacing is known."""
    raster.write_sides(panel, size_px=16, colour=colours.DARK_INK)
    raster.write_ends(panel, size_px=16, colour=colours.DARK_INK)
    if scaled is not None and scaled.study.spacing_mm is not None:
        width_mm = scaled.study.shape[2] * scaled.study.spacing_mm[1]
        raster.write_bar(panel, width_mm, size_px=14, colour=colours.DARK_INK)


def _write_note(row: Image.Image, middle: float, panel_width: int, note: str) -> None:
    # above the P; where a narrow panel brings it near the scale bar, above its length too
    beside = panel_width - raster.font(15).getlength(note) > 150
    raster.write(
        row,
        (middle, row.height - (25 if beside else 38)),
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


def _with_foot(
    picture: Image.Image, samples: Sequence[Sample], notes: Sequence[str]
) -> Image.Image:
    """Adds the warnings, the legend, the line that stands on every picture, and the notes."""
    width = picture.width - 2 * _MARGIN
    warnings = [w for s in samples for w in (*s.study.warnings, *s.prediction.warnings)]
    loud = _wrapped([f"Warning: {warning}" for warning in dict.fromkeys(warnings)], 14, width)
    quiet = _wrapped(notes, 12, width)
    height = picture.height + 20 * len(loud) + _FOOT + 16 * len(quiet)
    image = Image.new("RGB", (picture.width, height), colours.DARK_PAPER)
    image.paste(picture)
    top = picture.height
    for line in loud:
        raster.write(image, (_MARGIN, top), line, size_px=14, colour=colours.DARK_NOTICE)
        top += 20
    _write_legend(image, top + 16)
    unscaled = any(sample.study.spacing_mm is None for sample in samples)
    for x, text, anchor in (
        (_MARGIN, DISCLAIMER, "la"),
        (image.width - _MARGIN, _UNSCALED if unscaled else "", "ra"),
    ):
        raster.write(
            image, (x, top + 34), text, size_px=13, colour=colours.DARK_FAINT, anchor=anchor
        )
    top += 54
    for line in quiet:
        raster.write(image, (_MARGIN, top), line, size_px=12, colour=colours.DARK_FAINT)
        top += 16
    return image


def _wrapped(texts: Sequence[str], size_px: int, width_px: int) -> list[str]:
    return [line for text in texts for line in raster.wrap(text, size_px, width_px)]


def _write_legend(image: Image.Image, y: float) -> None:
    pen = ImageDraw.Draw(image)
    x = float(_MARGIN)
    for colour, text in _LEGEND:
        pen.rectangle((x, y - 6, x + 13, y + 6), fill=colour)
        raster.write(image, (x + 20, y), text, size_px=14, colour=colours.DARK_INK, anchor="lm")
        x += 20 + raster.font(14).getlength(text) + 24
