"""The strip of a report: tumour area and uncertainty over the slices, drawn as lines."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from resunet.export.report.sheet import INNER, MARGIN, RIGHT, RULE, Point, Sheet
from resunet.export.report.text import FAINT, INK, QUIET, Style, width_of
from resunet.study import Prediction, Study

# The colours of `resunet.figures.colours`, darker, since here they are lines on white.
_PREDICTION, _TRUTH, _DOUBT = "#1f6fd6", "#d92b2b", "#0f8a3c"
_BAND = "#cfe2fa"
_DASH = (2.0, 1.5)

_TICK = Style(size=6.5, leading=8, colour=FAINT)
_LEFT = 34.0  # the room of the numbers at an axis
_HEAD, _FOOT, _GAP = 15.0, 20.0, 9.0
_TICK_ROOM = 13.0

_Known = Sequence[float | None]
_Mark = tuple[str, str, str]


class Series(NamedTuple):
    """What is drawn over the slices; None where a slice has no such value.

    Attributes:
        numbers: The slices' own numbers.
        places: Where each slice lies along the axis.
        unit: Of the areas: mm², or pixels where the spacing is unknown.
        areas: Predicted tumour.
        bounds: Its interval over the passes.
        expert: Tumour of the expert's outline.
        highest: Largest standard deviation of the slice.
        mean: Mean standard deviation in the brain of the slice.
    """

    numbers: Sequence[int]
    places: Sequence[int]
    unit: str
    areas: _Known
    bounds: Sequence[Sequence[float] | None]
    expert: _Known
    highest: _Known
    mean: _Known


class Frame(NamedTuple):
    """A chart's place on the page and the values at its ends.

    Attributes:
        left: Its left edge.
        top: Its upper edge.
        width: Its width.
        height: Its height.
        places: Places at the left and the right edge.
        ticks: Values along its height, 0 at its foot, the last at its top.
    """

    left: float
    top: float
    width: float
    height: float
    places: tuple[int, int]
    ticks: list[float]

    def x(self, place: float) -> float:
        """Across the page; a single slice lies in the middle."""
        first, last = self.places
        share = 0.5 if last == first else (place - first) / (last - first)
        return self.left + self.width * share

    def y(self, value: float) -> float:
        """Down the page."""
        return self.top + self.height * (1 - value / self.ticks[-1])


def series(study: Study, prediction: Prediction, values: Mapping[str, Any]) -> Series:
    """Collects what the strip shows.

    Args:
        study: The study.
        prediction: Its prediction.
        values: As `resunet.export.report.write_report` takes them.
    """
    entries = values["slices"]
    suffix = "mm2" if values["spacing_mm"] else "px"
    numbers = [entry["number"] for entry in entries]
    rising = all(before < after for before, after in itertools.pairwise(numbers))
    return Series(
        numbers=numbers,
        places=numbers if rising else range(len(numbers)),
        unit="mm²" if suffix == "mm2" else "pixels",
        areas=[entry[f"area_{suffix}"] for entry in entries],
        bounds=[entry[f"area_{suffix}_interval"] for entry in entries],
        expert=[entry[f"expert_area_{suffix}"] for entry in entries],
        highest=[entry["std_max"] for entry in entries],
        mean=[
            None if entry["std_max"] is None else mean_std(study, prediction, index)
            for index, entry in enumerate(entries)
        ],
    )


def mean_std(study: Study, prediction: Prediction, index: int) -> float:
    """Mean standard deviation in the brain of one slice; 0 without brain."""
    brain = np.any(study.images[index], axis=-1)
    return float(prediction.std[index][brain].mean()) if brain.any() else 0.0


def ticks(largest: float, most: int) -> list[float]:
    """Round values from 0 to the first that is not below the largest.

    Args:
        largest: Of what is drawn, 0 or more.
        most: How many steps there may be at most.

    Returns:
        Multiples of 1, 2 or 5 times a power of ten, at least two; 0 and 1 of nothing.
    """
    if largest <= 0:
        return [0.0, 1.0]
    decade = 10.0 ** math.floor(math.log10(largest / most))
    enough = largest * (1 - 1e-9)  # a tenth of the largest is rounded
    step = next(s * decade for s in (1, 2, 5, 10, 20) if s * decade * most >= enough)
    return [step * index for index in range(math.ceil(enough / step) + 1)]


def draw_strip(sheet: Sheet, shown: Series, key_slice: int, height: float) -> None:
    """Draws the areas and, where there is uncertainty, its course beneath them.

    Args:
        sheet: The page; it moves on below the strip.
        shown: Of `series`.
        key_slice: Index of the slice marked.
        height: Of all of it.
    """
    highest = [value for value in shown.highest if value is not None]
    room = height - _HEAD - _FOOT - (_HEAD + _GAP if highest else 0.0)
    upper = _frame(sheet.y + _HEAD, room * (0.62 if highest else 1.0), shown, _areas(shown))
    _legend(sheet, sheet.y + 8, f"Tumour area, {shown.unit}", _area_marks(shown))
    _axis(sheet, upper)
    _band(sheet, upper, shown)
    _line(sheet, upper, shown, shown.expert, _TRUTH)
    _line(sheet, upper, shown, shown.areas, _PREDICTION)
    frames = [upper]
    if highest:
        top = upper.top + upper.height + _GAP
        lower = _frame(top + _HEAD, room * 0.38, shown, highest)
        marks = [("line", _DOUBT, "highest in the slice"), ("dash", _DOUBT, "mean in its brain")]
        _legend(sheet, top + 8, "Uncertainty, standard deviation", marks)
        _axis(sheet, lower)
        _line(sheet, lower, shown, shown.highest, _DOUBT)
        _line(sheet, lower, shown, shown.mean, _DOUBT, dash=_DASH)
        frames.append(lower)
    _slices(sheet, frames, shown, key_slice)
    sheet.y += height


def _frame(top: float, height: float, shown: Series, drawn: Sequence[float]) -> Frame:
    places = (shown.places[0], shown.places[-1])
    steps = ticks(max(drawn, default=0.0), min(max(int(height / _TICK_ROOM), 1), 5))
    return Frame(MARGIN + _LEFT, top, INNER - _LEFT - 4, height, places, steps)


def _areas(shown: Series) -> list[float]:
    """Every area drawn."""
    highest = [bounds[1] for bounds in shown.bounds if bounds is not None]
    return [value for value in (*shown.areas, *shown.expert, *highest) if value is not None]


def _area_marks(shown: Series) -> list[_Mark]:
    marks = [("line", _PREDICTION, "prediction")]
    if any(bounds is not None for bounds in shown.bounds):
        marks.append(("band", _BAND, "interval over the passes"))
    if any(value is not None for value in shown.expert):
        marks.append(("line", _TRUTH, "expert outline"))
    return marks


def _band(sheet: Sheet, frame: Frame, shown: Series) -> None:
    for run in _runs(shown, shown.bounds):
        low: list[Point] = []
        high: list[Point] = []
        for index in run:
            x, bounds = frame.x(shown.places[index]), shown.bounds[index] or (0.0, 0.0)
            # a slice without neighbours takes a bar of some width
            for place in (x - 2, x + 2) if len(run) == 1 else (x,):
                low.append((place, frame.y(bounds[0])))
                high.append((place, frame.y(bounds[1])))
        sheet.fill([*low, *reversed(high)], _BAND)


def _line(
    sheet: Sheet,
    frame: Frame,
    shown: Series,
    values: _Known,
    colour: str,
    *,
    dash: Sequence[float] = (),
) -> None:
    """Joins the values of neighbouring slices; one without neighbours is a dot."""
    for run in _runs(shown, values):
        points = [(frame.x(shown.places[i]), frame.y(values[i] or 0.0)) for i in run]
        if len(points) == 1:
            sheet.dot(points[0], 1.6, colour)
        else:
            sheet.stroke(points, colour, thickness=1.0, dash=dash)


def _runs(shown: Series, values: Sequence[Any]) -> Iterator[list[int]]:
    """Indices of neighbouring slices that have a value."""
    run: list[int] = []
    for index, value in enumerate(values):
        apart = index and abs(shown.numbers[index] - shown.numbers[index - 1]) != 1
        if run and (value is None or apart):
            yield run
            run = []
        if value is not None:
            run.append(index)
    if run:
        yield run


def _axis(sheet: Sheet, frame: Frame) -> None:
    for value in frame.ticks:
        y = frame.y(value)
        ends = [(frame.left, y), (frame.left + frame.width, y)]
        sheet.stroke(ends, RULE if value else FAINT, thickness=0.3 if value else 0.5)
        sheet.write((frame.left - 5, y + 2.3), f"{value:g}", _TICK, align="right")


def _slices(sheet: Sheet, frames: Sequence[Frame], shown: Series, key_slice: int) -> None:
    """The numbers beneath the lower chart, and the mark of the slice shown large."""
    last = frames[-1]
    bottom = last.top + last.height
    for place, text in _slice_ticks(shown):
        sheet.write((last.x(place), bottom + 8.5), text, _TICK, align="middle")
    at = (last.left + last.width / 2, bottom + 16.5)
    sheet.write(at, "slice, from inferior to superior", _TICK, align="middle")
    x = last.x(shown.places[key_slice])
    for frame in frames:
        ends = [(x, frame.top), (x, frame.top + frame.height)]
        sheet.stroke(ends, INK, thickness=0.4, dash=(1, 2))


def _slice_ticks(shown: Series) -> list[tuple[int, str]]:
    if shown.places is shown.numbers and len(shown.numbers) > 1:
        first, last = shown.numbers[0], shown.numbers[-1]
        step = max(1, int(ticks(last - first, 10)[1]))
        start = math.ceil(first / step) * step
        return [(number, str(number)) for number in range(start, last + 1, step)]
    chosen = np.linspace(0, len(shown.places) - 1, min(len(shown.places), 8)).round()
    return [(shown.places[int(i)], str(shown.numbers[int(i)])) for i in chosen]


def _legend(sheet: Sheet, baseline: float, title: str, marks: Sequence[_Mark]) -> None:
    """A chart's title at the left and what its lines mean at the right."""
    sheet.write((MARGIN, baseline), title, QUIET)
    x = RIGHT
    for kind, colour, text in reversed(marks):
        sheet.write((x, baseline), text, QUIET, align="right")
        x -= width_of(text, QUIET) + 17
        if kind == "band":
            sheet.box((x, baseline - 5.5), 13, 6, colour)
        else:
            ends = [(x, baseline - 2.5), (x + 13, baseline - 2.5)]
            sheet.stroke(ends, colour, thickness=1.2, dash=_DASH if kind == "dash" else ())
        x -= 12
