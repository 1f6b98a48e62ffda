"""Small drawings inside tables: a value and its interval on a scale."""

from typing import NamedTuple

from resunet.export.comparison.markup import Html, element

_WIDTH, _HEIGHT, _EDGE = 120, 18, 6


class Scale(NamedTuple):
    """The values at the two ends of the drawings of one column."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Where a value lies, in pixels; at the edge where it lies beyond."""
        share = (value - self.low) / (self.high - self.low)
        return round(_EDGE + min(max(share, 0.0), 1.0) * (_WIDTH - 2 * _EDGE), 1)


def interval_mark(
    value: float | None,
    ends: tuple[float, float] | None,
    scale: Scale,
    *,
    text: str,
    class_: str = "mark",
) -> Html:
    """A dot on a line from one end of its interval to the other.

    Args:
        value: The value; without one nothing is drawn but the scale.
        ends: Its interval. Where it reaches beyond the scale, an arrow says so.
        scale: What is drawn; 0 is marked where it lies inside.
        text: The same in words.
        class_: Which colour, by the style sheet.
    """
    middle = _HEIGHT / 2
    parts = [_line(scale.low, scale.high, middle, scale, "axis")]
    if scale.low < 0 < scale.high:
        x = scale.place(0)
        parts.append(element("line", x1=f"{x:g}", x2=f"{x:g}", y1=2, y2=_HEIGHT - 2, class_="zero"))
    if ends is not None:
        parts.append(_line(*ends, middle, scale, "range"))
        parts += [_arrow(-1, middle)] if ends[0] < scale.low else []
        parts += [_arrow(1, middle)] if ends[1] > scale.high else []
    if value is not None:
        parts.append(element("circle", cx=f"{scale.place(value):g}", cy=f"{middle:g}", r=4))
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        class_=class_,
        role="img",
        aria_label=text,
    )


def _line(low: float, high: float, y: float, scale: Scale, class_: str) -> Html:
    x1, x2 = f"{scale.place(low):g}", f"{scale.place(high):g}"
    return element("line", x1=x1, x2=x2, y1=f"{y:g}", y2=f"{y:g}", class_=class_)


def _arrow(side: int, y: float) -> Html:
    """The tip of a range that goes on beyond the left (-1) or right (1) end."""
    tip = _WIDTH - 1 if side > 0 else 1
    base = tip - side * 6
    points = f"{tip},{y:g} {base},{y - 4:g} {base},{y + 4:g}"
    return element("polygon", points=points, class_="arrow")
