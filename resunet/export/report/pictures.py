"""The pictures of a report: panels of slices, with letters, scale bars and captions as text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from PIL import Image

from resunet.export.report.sheet import INNER, MARGIN, Point, Sheet
from resunet.export.report.text import FAINT, Style, width_of, wrap
from resunet.figures import colours, panels
from resunet.figures.panels import Box, Look, Panel, Sample, base_contrast
from resunet.figures.raster import Size, bar_length_mm
from resunet.measure.corrections import changed_px
from resunet.measure.lesions import find_lesions
from resunet.study import CONTRASTS, Prediction, Study

NAMES = {"t1": "T1", "t1ce": "T1 with contrast", "t2": "T2", "flair": "FLAIR"}
GAP = 6.0
CAPTION = 24.0
"""What stands beneath a row of pictures."""

_DENSITY = 4.0  # screen pixels for each point: 288 an inch
_BLACK = "#000000"
_UNSCALED = "pixels: spacing unknown"
_RULER = "#ffd23f"
_TITLE = Style(font="Helvetica-Bold", size=7.5, leading=9)
_UNDER = Style(size=7, leading=8.5, colour=FAINT)
_LETTER = Style(font="Helvetica-Bold", size=7, leading=8, colour="#ffffff")
_NOTE = Style(size=7, leading=8, colour="#ffffff")

_Draw = Callable[[Sample, Look, Size], Panel]


class Tile(NamedTuple):
    """A picture to be drawn.

    Attributes:
        title: What it shows.
        words: More of it, in a second line.
        draw: A panel of `resunet.figures.panels`.
        sample: The slice, cut to the part shown.
        look: How.
        swatches: Colours before the second line.
        largest: The uncertainty drawn greenest; 0 for no colour scale.
        rulers: Lines drawn over it, (row, column) of their ends in pixels of the part shown.
    """

    title: str
    words: str
    draw: _Draw
    sample: Sample
    look: Look
    swatches: tuple[str, ...] = ()
    largest: float = 0.0
    rulers: tuple[tuple[Point, Point], ...] = ()


def large_tiles(study: Study, prediction: Prediction, index: int, box: Box) -> list[Tile]:
    """One slice as in the paper's figure 3: input and truth, prediction, uncertainty."""
    sample = panels.cropped(Sample(study, prediction, index), box)
    look = Look(contrast=base_contrast(study), line_px=4)
    expert = study.labels is not None
    above = f"probability above {prediction.threshold:g}"
    corrected = changed_px(prediction)[:, index].any()
    words = f"{above}, corrected by hand" if corrected else f"predicted tumour: {above}"
    return [
        Tile(
            NAMES[look.contrast],
            "expert outline" if expert else "no expert outline",
            panels.truth_panel,
            sample,
            look,
            (colours.TRUTH,) if expert else (),
        ),
        Tile("Prediction", words, panels.prediction_panel, sample, look, (colours.PREDICTION,)),
        _doubt_tile("Uncertainty", "standard deviation", sample, look),
    ]


def small_tiles(
    study: Study, prediction: Prediction, values: Mapping[str, Any], index: int, box: Box
) -> list[Tile]:
    """Other contrasts of the same slice, where diameters were taken, the highest uncertainty.

    Args:
        study: The study.
        prediction: Its prediction.
        values: As `resunet.export.report.write_report` takes them.
        index: The slice shown large.
        box: The part shown.
    """
    sample = panels.cropped(Sample(study, prediction, index), box)
    base = base_contrast(study)
    lines = (colours.TRUTH,) if study.labels is not None else ()
    if prediction.done[index]:
        lines = (*lines, colours.PREDICTION)
    tiles = [
        Tile(
            NAMES[name],
            "outlines" if lines else "",
            panels.outlines_panel,
            sample,
            Look(contrast=name, line_px=3),
            lines,
        )
        for name in CONTRASTS
        if name != base
    ]
    tiles += _measured_tile(study, prediction, values, box)
    known = [entry for entry in values["slices"] if entry["std_max"] is not None]
    if not known:
        plain_look = Look(contrast=base)
        return [*tiles, Tile(NAMES[base], "as it is", panels.plain_panel, sample, plain_look)]
    highest = max(known, key=lambda entry: entry["std_max"])
    doubted = panels.cropped(Sample(study, prediction, highest["slice"]), box)
    words = f"slice {highest['number']},"
    return [*tiles, _doubt_tile("Highest uncertainty", words, doubted, Look(contrast=base))]


def draw_row(sheet: Sheet, tiles: Sequence[Tile], height: float) -> None:
    """Draws pictures side by side over the page's width and moves on below their captions.

    Args:
        sheet: The page.
        tiles: At least one; the first carries the scale bar.
        height: Of the pictures, without `CAPTION`.
    """
    width = slot_width(len(tiles))
    for number, tile in enumerate(tiles):
        left = MARGIN + number * (width + GAP)
        _draw_tile(sheet, tile, (left, sheet.y), (width, height), scaled=number == 0)
        _write_caption(sheet, tile, left, sheet.y + height, width)
    sheet.y += height + CAPTION


def slot_width(count: int) -> float:
    """The width of each of so many pictures in a row."""
    return (INNER - (count - 1) * GAP) / count


def _doubt_tile(title: str, words: str, sample: Sample, look: Look) -> Tile:
    largest = panels.doubt_max(sample)
    words = words if largest else words.rstrip(",")
    return Tile(title, words, panels.doubt_panel, sample, look, (), largest)


def _measured_tile(
    study: Study, prediction: Prediction, values: Mapping[str, Any], box: Box
) -> list[Tile]:
    """The slice of the bidimensional diameters with both drawn, where they are known."""
    if not values["bidimensional_mm"]:
        return []
    lesions = [each for each in find_lesions(study, prediction.mask) if each.bidimensional]
    lesion = max(lesions, key=lambda each: each.product_mm2)
    index, found = lesion.bidimensional_slice, lesion.bidimensional
    if index is None or found is None:
        return []
    (a, b), (c, d) = found.long_ends, found.short_ends
    corner = (box.top, box.left)
    rulers = ((_less(a, corner), _less(b, corner)), (_less(c, corner), _less(d, corner)))
    return [
        Tile(
            "Diameters (RANO)",
            f"slice {study.slice_numbers[index]}",
            panels.prediction_panel,
            panels.cropped(Sample(study, prediction, index), box),
            Look(contrast=base_contrast(study), line_px=3, opacity=0.0),
            (colours.PREDICTION,),
            rulers=rulers,
        )
    ]


def _less(point: Point, corner: Point) -> Point:
    return point[0] - corner[0], point[1] - corner[1]


def _draw_tile(
    sheet: Sheet, tile: Tile, at: Point, slot: tuple[float, float], *, scaled: bool
) -> None:
    _, rows, columns = tile.sample.study.shape
    row_mm, column_mm = tile.sample.study.spacing_mm or (1.0, 1.0)
    fit = min(slot[0] / (columns * column_mm), slot[1] / (rows * row_mm))
    width, height = columns * column_mm * fit, rows * row_mm * fit
    left, top = at[0] + (slot[0] - width) / 2, at[1] + (slot[1] - height) / 2
    size = (max(round(width * _DENSITY), 1), max(round(height * _DENSITY), 1))
    panel = tile.draw(tile.sample, tile.look, size)
    sheet.box(at, *slot, _BLACK)
    sheet.picture(panel.image, (left, top), width, height)
    for ends in tile.rulers:
        points = [
            (left + (column + 0.5) * column_mm * fit, top + (row + 0.5) * row_mm * fit)
            for row, column in ends
        ]
        sheet.stroke(points, _BLACK, thickness=1.4)
        sheet.stroke(points, _RULER, thickness=0.7)
    _write_letters(sheet, at, slot)
    if scaled:
        _draw_bar(sheet, at, slot, fit if tile.sample.study.spacing_mm else None)
    if panel.note:
        _write_note(sheet, panel.note, at, slot)


def _write_letters(sheet: Sheet, at: Point, slot: tuple[float, float]) -> None:
    (left, top), (width, height) = at, slot
    for letter, x, y in (
        ("R", left + 6, top + height / 2),
        ("L", left + width - 6, top + height / 2),
        ("A", left + width / 2, top + 7),
        ("P", left + width / 2, top + height - 7),
    ):
        _chip(sheet, letter, _LETTER, (x, y))


def _write_note(sheet: Sheet, note: str, at: Point, slot: tuple[float, float]) -> None:
    """What is missing, above the P and the scale bar."""
    lines = wrap(note, _NOTE, slot[0] - 12)
    for number, line in enumerate(reversed(lines)):
        middle = at[1] + slot[1] - 27 - number * _NOTE.leading
        _chip(sheet, line, _NOTE, (at[0] + slot[0] / 2, middle))


def _draw_bar(
    sheet: Sheet, at: Point, slot: tuple[float, float], points_per_mm: float | None
) -> None:
    """The scale bar, or that there is none, at the lower left."""
    x, y = at[0] + 6, at[1] + slot[1] - 6
    if points_per_mm is None:
        _chip(sheet, _UNSCALED, _NOTE, (x + width_of(_UNSCALED, _NOTE) / 2, y - 11))
        return
    length_mm = bar_length_mm(slot[0] / points_per_mm)
    length = length_mm * points_per_mm
    text = f"{length_mm:g} mm"
    box = (max(length, width_of(text, _NOTE)) + 4, 14.0)
    sheet.box((x - 2, y - 11), *box, _BLACK, opacity=0.5)
    sheet.box((x, y - 0.6), length, 1.2, _NOTE.colour)
    sheet.write((x, y - 3), text, _NOTE)


def _chip(sheet: Sheet, text: str, style: Style, middle: Point) -> None:
    """Text on a dark veil, legible on any picture."""
    x, y = middle
    half = width_of(text, style) / 2 + 1.8
    sheet.box((x - half, y - 4.2), 2 * half, 8.4, _BLACK, opacity=0.55)
    sheet.write((x, y + 0.35 * style.size), text, style, align="middle")


def _write_caption(sheet: Sheet, tile: Tile, left: float, bottom: float, width: float) -> None:
    sheet.write((left, bottom + 9.5), tile.title, _TITLE)
    x, y = left, bottom + 18.5
    for colour in tile.swatches:
        sheet.box((x, y - 5), 5.5, 5.5, colour)
        x += 8
    sheet.write((x, y), tile.words, _UNDER)
    if tile.largest > 0:
        x += width_of(tile.words, _UNDER) + 4
        end = f"{tile.largest:.3f}"
        room = left + width - x - width_of(f"0{end}", _UNDER) - 6
        sheet.write((x, y), "0", _UNDER)
        x += width_of("0", _UNDER) + 3
        _draw_scale(sheet, (x, y - 5), min(room, 60.0))
        sheet.write((x + min(room, 60.0) + 3, y), end, _UNDER)


def _draw_scale(sheet: Sheet, at: Point, width: float) -> None:
    ramp = Image.linear_gradient("L").rotate(90).resize((256, 8))
    green = Image.new("RGB", ramp.size, colours.DOUBT)
    black = Image.new("RGB", ramp.size, _BLACK)
    sheet.picture(Image.composite(green, black, ramp), at, width, 5.5)
