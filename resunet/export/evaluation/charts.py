"""Charts of an evaluation as SVG in the page: no script, colours by the style sheet."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from resunet.export.comparison.markup import Html, element

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 44, 14, 12, 40
_ROW = 78  # pixels a row of the strip plot is high
_DOT = 4.2


class Dot(NamedTuple):
    """One patient.

    Attributes:
        x: Its place along the horizontal axis.
        y: Its place along the vertical one.
        text: What is shown when the pointer rests on it.
        class_: What the style sheet calls it.
    """

    x: float
    y: float
    text: str
    class_: str


class Strip(NamedTuple):
    """One row of the strip plot.

    Attributes:
        name: What it is called.
        values: Each patient's name and Dice.
        mean: Their mean; None where there is none.
        interval: Its interval; None where there is none.
        class_: What the style sheet calls it.
    """

    name: str
    values: Mapping[str, float]
    mean: float | None
    interval: tuple[float, float] | None
    class_: str


class Curve(NamedTuple):
    """One line of a chart; None interrupts it.

    Attributes:
        points: x and y.
        class_: What the style sheet calls it.
    """

    points: Sequence[tuple[float, float | None]]
    class_: str


@dataclass(frozen=True)
class _Axis:
    """From values to pixels.

    Attributes:
        low: The value at the beginning.
        high: The value at the end, above ``low``.
        begin: Its pixel.
        end: The other's.
        log: Whether equal ratios are equally long.
    """

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value; at the edge where it lies beyond."""
        turn: Callable[[float], float] = math.log if self.log else float
        low, high = turn(self.low), turn(self.high)
        share = (turn(min(max(value, self.low), self.high)) - low) / (high - low)
        return round(self.begin + share * (self.end - self.begin), 1)


def strip_plot(strips: Sequence[Strip]) -> Html:
    """Every patient's Dice as a dot, a row for each split; the mean with its interval below.

    Args:
        strips: The rows, from above.
    """
    height = _TOP + _ROW * len(strips) + _BOTTOM
    axis = _Axis(0.0, 1.0, 110, _WIDTH - _RIGHT)
    parts = _columns(axis, _tenths(2), _TOP, height - _BOTTOM, "Dice, native")
    for at, strip in enumerate(strips):
        middle = _TOP + _ROW * at + _ROW * 0.42
        parts.append(_text(100, middle + 4, strip.name, "end"))
        for (name, dice), lift in zip(
            strip.values.items(), _lifts(map(axis.at, strip.values.values())), strict=True
        ):
            dot = Dot(axis.at(dice), middle + lift, f"{name}: {dice:.3f}", strip.class_)
            parts.append(_dot(dot))
        if strip.mean is not None:
            parts += _mean(strip, axis, middle + _ROW * 0.42)
    return _svg(parts, height, "Dice of every patient: " + "; ".join(map(_strip_words, strips)))


def size_plot(dots: Sequence[Dot], label: str, words: str) -> Html:
    """Dice against size, whose axis is logarithmic.

    Args:
        dots: Patients; x is the size, above 0, and y the Dice.
        label: What the size is, and its unit.
        words: The chart in words.
    """
    height = 340
    sizes = [dot.x for dot in dots]
    x = _Axis(_floor(min(sizes)), _ceil(max(sizes)), _LEFT, _WIDTH - _RIGHT, log=True)
    y = _Axis(0.0, 1.0, height - _BOTTOM, _TOP)
    parts = _columns(x, _round_sizes(x.low, x.high), _TOP, height - _BOTTOM, label)
    parts += _rows(y, _tenths(2))
    parts += [_dot(dot._replace(x=x.at(dot.x), y=y.at(dot.y))) for dot in dots]
    return _svg(parts, height, words)


def sweep_plot(curves: Sequence[Curve], threshold: float, words: str) -> Html:
    """Dice at every threshold.

    Args:
        curves: The lines.
        threshold: The model's, which is marked.
        words: The chart in words.
    """
    height = 300
    x = _Axis(0.0, 1.0, _LEFT, _WIDTH - _RIGHT)
    y = _Axis(0.0, 1.0, height - _BOTTOM, _TOP)
    parts = _columns(x, _tenths(1), _TOP, height - _BOTTOM, "threshold")
    parts += _rows(y, _tenths(2))
    at = f"{x.at(threshold):g}"
    parts.append(element("line", x1=at, x2=at, y1=_TOP, y2=height - _BOTTOM, class_="threshold"))
    for curve in curves:
        for piece in _pieces(curve.points):
            points = " ".join(f"{x.at(a):g},{y.at(b):g}" for a, b in piece)
            parts.append(element("polyline", points=points, class_=f"curve {curve.class_}"))
    return _svg(parts, height, words)


def _svg(parts: Iterable[str], height: float, words: str) -> Html:
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {_WIDTH} {height:g}",
        class_="chart",
        role="img",
        aria_label=words,
    )


def _columns(
    axis: _Axis, ticks: Sequence[float], top: float, bottom: float, label: str
) -> list[Html]:
    """Upright lines with their values below, and what they are."""
    parts = []
    for tick in ticks:
        x = f"{axis.at(tick):g}"
        parts.append(element("line", x1=x, x2=x, y1=f"{top:g}", y2=f"{bottom:g}", class_="axis"))
        parts.append(_text(axis.at(tick), bottom + 16, f"{tick:g}", "middle"))
    return [*parts, _text((axis.begin + axis.end) / 2, bottom + 34, label, "middle")]


def _rows(axis: _Axis, ticks: Sequence[float]) -> list[Html]:
    parts = []
    for tick in ticks:
        y = f"{axis.at(tick):g}"
        parts.append(element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="axis"))
        parts.append(_text(_LEFT - 7, axis.at(tick) + 4, f"{tick:g}", "end"))
    return parts


def _text(x: float, y: float, words: str, anchor: str) -> Html:
    return element("text", words, x=f"{x:g}", y=f"{y:g}", text_anchor=anchor)


def _dot(dot: Dot) -> Html:
    title = element("title", dot.text)
    place = {"cx": f"{dot.x:g}", "cy": f"{dot.y:g}", "r": f"{_DOT:g}"}
    return element("circle", title, class_=dot.class_, **place)


def _mean(strip: Strip, axis: _Axis, y: float) -> list[Html]:
    parts = []
    if strip.interval is not None:
        ends = {"x1": f"{axis.at(strip.interval[0]):g}", "x2": f"{axis.at(strip.interval[1]):g}"}
        line = {"y1": f"{y:g}", "y2": f"{y:g}"}
        parts.append(element("line", class_=f"interval-line {strip.class_}", **ends, **line))
    words = _strip_words(strip)
    parts.append(_dot(Dot(axis.at(strip.mean or 0.0), y, words, f"mean {strip.class_}")))
    return parts


def _strip_words(strip: Strip) -> str:
    if strip.mean is None:
        return f"{strip.name}: no patient has a Dice"
    ends = strip.interval
    told = "" if ends is None else f", 95 % interval {ends[0]:.3f} to {ends[1]:.3f}"
    return f"{strip.name}: mean {strip.mean:.3f}{told}"


def _lifts(places: Iterable[float]) -> list[float]:
    """How far each dot is moved up or down so that none hides another: 0, up, down, and so on."""
    taken: dict[int, list[float]] = {}
    lifts = []
    for x in places:
        level = 0
        while any(abs(x - other) < 2 * _DOT for other in taken.get(level, ())):
            level += 1
        taken.setdefault(level, []).append(x)
        step = (level + 1) // 2 * (1 if level % 2 else -1)
        lifts.append(max(-24.0, min(24.0, step * 2 * _DOT)))
    return lifts


def _pieces(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """A line's parts between what is undefined."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            pieces.append([])
        else:
            pieces[-1].append((x, y))
    return [piece for piece in pieces if piece]


def _tenths(step: int) -> list[float]:
    return [tenth / 10 for tenth in range(0, 11, step)]


def _floor(value: float) -> float:
    """The power of ten below, or half or a fifth of it above."""
    return max(each for each in _round_around(value) if each <= value)


def _ceil(value: float) -> float:
    return min(each for each in _round_around(value) if each > value)


def _round_around(value: float) -> list[float]:
    power = math.floor(math.log10(value))
    return [digit * 10.0**p for p in (power, power + 1) for digit in (1, 2, 5)]


def _round_sizes(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, … between two sizes."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    sizes = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    return [size for size in sizes if low * 0.999 <= size <= high * 1.001]
