"""The network as a U: the paper's figure A3, block by block."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from plotly.graph_objects import Bar, Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours

KINDS = {
    "residual_conv": ("Residual conv block", colours.QUALITATIVE[0]),
    "residual_linear": ("Residual linear block", colours.QUALITATIVE[7]),
    "conv": ("Conv block", colours.QUALITATIVE[3]),
    "pool": ("Max pooling", colours.QUALITATIVE[5]),
    "up_convolution": ("Up-convolution", colours.QUALITATIVE[2]),
    "skip": ("Skip joined, layer norm", colours.QUALITATIVE[4]),
    "upsample": ("Bilinear ×2, 1×1 conv", colours.QUALITATIVE[6]),
    "input": ("Input", colours.NEUTRAL),
    "output": ("Output", colours.QUALITATIVE[1]),
}
"""The kinds of boxes: what the legend calls them, and their colours."""

_GAP = 0.3  # between two boxes of a row; the widest box is 1 wide
_INDENT = 0.3  # each row begins so much nearer to the middle than the one above
_MIDDLE = 0.9  # between encoder and decoder in their deepest row
_LABEL = 1.0  # room right of the last box for the labels of the decoder
_ROW_GAP_PX = 58
_INK = (
    "#000037"  # for which Streamlit puts its theme's text colour, dark on light and light on dark
)


class Box(NamedTuple):
    """One block of a network, as it is drawn.

    Attributes:
        name: Its own, which `sources` refer to.
        kind: One of `KINDS`.
        level: Boxes of one level stand side by side; those of ``"encoder_…"`` and
            ``"input"`` on the left, the others on the right.
        shape: (rows, columns, feature maps) of its output.
        sources: Names of the boxes it takes its input from.
        parameters: How many it has.
        details: Lines told when pointed at, the first one its title.
    """

    name: str
    kind: str
    level: str
    shape: tuple[int, int, int]
    sources: tuple[str, ...]
    parameters: int
    details: tuple[str, ...]


class _Place(NamedTuple):
    """A box's rectangle: x in widths of the widest box, y in pixels, upwards."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def top(self) -> float:
        return self.bottom + self.height

    @property
    def centre(self) -> float:
        return self.bottom + self.height / 2


def fig_architecture(boxes: Sequence[Box]) -> Figure:
    """Draws a U-shaped network (the paper's figure A3).

    A row holds one resolution, the highest on top: the encoder's boxes on the left, the
    decoder's on the right. A box is the wider the more feature maps it gives (their number
    stands in it), and the taller the finer its resolution. Dotted arrows are the skips.

    Args:
        boxes: The blocks in the order of computing; the deepest row has one pooling.

    Returns:
        The figure; pointing at a box tells its details.

    Raises:
        InputError: If there is no box, or one is of a kind that is not in `KINDS`.
    """
    if not boxes:
        raise InputError("boxes is empty, where the blocks of a network are accepted.")
    unknown = {box.kind for box in boxes} - KINDS.keys()
    if unknown:
        raise InputError(
            f"A box is of kind {sorted(unknown)[0]}, where one of {', '.join(KINDS)} is accepted."
        )
    places = _places(boxes)
    figure = Figure()
    for trace in (*_flows(boxes, places), *_bars(boxes, places), _numbers(boxes, places)):
        figure.add_trace(trace)
    _add_labels(figure, boxes, places)
    _lay_out(figure, places)
    return figure


def _places(boxes: Sequence[Box]) -> dict[str, _Place]:
    """Where each box stands."""
    rows = _rows(boxes)
    deepest = len(rows) - 1
    most = max(box.shape[2] for box in boxes)
    widths = {box.name: _width(box.shape[2], most) for box in boxes}
    ends = [
        _INDENT * row + sum(widths[box.name] + _GAP for box in some if _is_left(box)) - _GAP
        for row, some in enumerate(rows[:deepest])
    ]
    middle = max(ends) + _MIDDLE / 2
    places: dict[str, _Place] = {}
    top = 0.0
    for row, some in enumerate(rows):
        height = 22.0 + 8.0 * math.log2(some[0].shape[0])
        left, right = _INDENT * row, middle + _MIDDLE / 2 + _INDENT * (deepest - 1 - row)
        if row == deepest:  # the bottleneck, below the gap between the two sides
            left = middle - widths[some[0].name] / 2
        for box in some:
            x = left if _is_left(box) else right
            places[box.name] = _Place(x, top - height, widths[box.name], height)
            if _is_left(box):
                left += widths[box.name] + _GAP
            else:
                right += widths[box.name] + _GAP
        top -= height + _ROW_GAP_PX
    return places


def _rows(boxes: Sequence[Box]) -> list[list[Box]]:
    """The boxes of each resolution, the finest first."""
    sides = sorted({box.shape[0] for box in boxes}, reverse=True)
    return [[box for box in boxes if box.shape[0] == side] for side in sides]


def _is_left(box: Box) -> bool:
    return box.level == "input" or box.level.startswith("encoder")


def _width(channels: int, most: int) -> float:
    return 0.4 + 0.6 * math.log2(channels) / max(math.log2(most), 1.0)


def _bars(boxes: Sequence[Box], places: Mapping[str, _Place]) -> Iterable[Bar]:
    """The boxes, one trace a kind, so that the legend explains their colours."""
    for kind, (title, colour) in KINDS.items():
        some = [box for box in boxes if box.kind == kind]
        if not some:
            continue
        at = [places[box.name] for box in some]
        red, green, blue = colours.rgb(colour)
        yield Bar(
            x=[place.middle for place in at],
            y=[place.height for place in at],
            base=[place.bottom for place in at],
            width=[place.width for place in at],
            name=title,
            marker={
                "color": f"rgba({red}, {green}, {blue}, 0.22)",
                "line": {"color": colour, "width": 1.5},
                "cornerradius": 5,
            },
            customdata=[
                "<br>".join((f"<b>{box.details[0]}</b>", *box.details[1:])) for box in some
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )


def _numbers(boxes: Sequence[Box], places: Mapping[str, _Place]) -> Scatter:
    """The number of feature maps in each box."""
    return Scatter(
        x=[places[box.name].middle for box in boxes],
        y=[places[box.name].centre for box in boxes],
        text=[f"{box.shape[2]}" for box in boxes],
        mode="text",
        textfont={"size": 13, "color": _INK},
        hoverinfo="skip",
        showlegend=False,
    )


def _flows(boxes: Sequence[Box], places: Mapping[str, _Place]) -> tuple[Scatter, Scatter]:
    """The arrows between boxes: solid from one to the next, dotted over the skips."""
    steps: list[tuple[float | None, float | None]] = []
    skips: list[tuple[float | None, float | None]] = []
    for place, box in enumerate(boxes):
        for source in box.sources:
            is_skip = source != boxes[place - 1].name
            path = (_skip if is_skip else _step)(places[source], places[box.name])
            (skips if is_skip else steps).extend([*path, (None, None)])
    return _arrows(steps, "solid"), _arrows(skips, "dot")


def _step(start: _Place, end: _Place) -> list[tuple[float, float]]:
    """From one box to the next: along the row, or over to the row below or above."""
    if start.bottom == end.bottom:
        return [(start.right, start.centre), (end.left, end.centre)]
    if end.bottom < start.bottom:
        # a pooling's arrow comes in left of its middle, where its skip does not go out
        x, lane = end.left + 0.3 * end.width, start.bottom - 0.35 * _ROW_GAP_PX
        return [(start.middle, start.bottom), (start.middle, lane), (x, lane), (x, end.top)]
    lane, out, into = end.bottom - 0.35 * _ROW_GAP_PX, start.middle, end.middle
    return [(out, start.top), (out, lane), (into, lane), (into, end.bottom)]


def _skip(start: _Place, end: _Place) -> list[tuple[float, float]]:
    x, lane = start.left + 0.7 * start.width, start.top + 0.42 * _ROW_GAP_PX
    return [(x, start.top), (x, lane), (end.middle, lane), (end.middle, end.top)]


def _arrows(path: list[tuple[float | None, float | None]], dash: str) -> Scatter:
    ends = [index + 1 < len(path) and path[index + 1][0] is None for index in range(len(path))]
    return Scatter(
        x=[x for x, _ in path],
        y=[y for _, y in path],
        mode="lines+markers",
        line={"color": colours.NEUTRAL, "width": 1.5, "dash": dash},
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "color": colours.NEUTRAL,
            "size": [9 if end else 0 for end in ends],
        },
        name="Skip",
        hoverinfo="skip",
        showlegend=dash == "dot",
    )


def _add_labels(figure: Figure, boxes: Sequence[Box], places: Mapping[str, _Place]) -> None:
    for level in dict.fromkeys(box.level for box in boxes if box.kind != "input"):
        some = [box for box in boxes if box.level == level]
        count = f"{sum(box.parameters for box in some):,}"
        title = level.replace("_", " ").capitalize()
        if level.startswith("decoder"):
            last = places[some[-1].name]
            _write(figure, last.right + 0.15, last.centre, f"<b>{title}</b><br>{count}", "middle")
        else:
            # above the boxes; for the encoder beside the pooling, from which the skip goes up
            first = places[some[0].name]
            _write(figure, first.left, first.top + 2, f"<b>{title}</b>  {count}", "bottom")
    for row in _rows(boxes):
        place = places[row[0].name]
        rows, columns, _ = row[0].shape
        figure.add_annotation(
            x=0,
            xref="paper",
            xanchor="right",
            xshift=-10,
            y=place.centre,
            text=f"{rows}×{columns}",
            showarrow=False,
            font={"color": _INK},
        )
    lowest = min(places.values(), key=lambda place: place.bottom)
    _write(figure, lowest.right + 0.15, lowest.centre, "<b>Bottleneck</b>", "middle")


def _write(figure: Figure, x: float, y: float, text: str, anchor: str) -> None:
    figure.add_annotation(
        x=x,
        y=y,
        text=text,
        xanchor="left",
        yanchor=anchor,
        align="left",
        showarrow=False,
        font={"size": 11, "color": _INK},
    )


def _lay_out(figure: Figure, places: Mapping[str, _Place]) -> None:
    right = max(place.right for place in places.values())
    lowest = min(place.bottom for place in places.values())
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        barmode="overlay",
        height=round(-lowest) + 130,
        margin={"l": 56, "r": 8, "t": 10, "b": 90},
        legend={"orientation": "h", "x": 0.5, "xanchor": "center", "y": -0.03, "yanchor": "top"},
        hoverlabel={"align": "left", "font": {"color": _INK}},
        dragmode=False,
    )
    figure.update_xaxes(visible=False, fixedrange=True, range=[-0.1, right + _LABEL])
    figure.update_yaxes(visible=False, fixedrange=True, range=[lowest - 6, 24])
