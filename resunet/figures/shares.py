"""Histograms of several sets over each other, as shares, so that large and small sets compare."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from plotly.graph_objects import Figure, Scatter
from plotly.subplots import make_subplots

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label
from resunet.figures.log_axis import log_ticks

_PANEL_PX, _AROUND_PX = 210, 60


class Histogram(NamedTuple):
    """One quantity, counted in several sets.

    Attributes:
        title: What was counted, with its unit.
        edges: (B + 1,), rising: where the bins begin and end.
        counts: Set → (B,), how many fell into each bin.
    """

    title: str
    edges: NDArray[np.floating]
    counts: Mapping[str, NDArray]


def fig_shares(
    histograms: Sequence[Histogram],
    *,
    of: str,
    columns: int = 2,
    log: bool = False,
) -> Figure:
    """Histograms as steps, one colour a set, each set's shares summing to 1.

    Args:
        histograms: At least one; all of the same sets.
        of: What is counted, such as ``slices``.
        columns: How many stand side by side.
        log: Whether the bins are even by logarithm; only those are drawn that hold anything.

    Returns:
        The figure; sets of which nothing was counted are left out of a chart.

    Raises:
        InputError: If there is no histogram, or bins and counts do not go together.
    """
    if not histograms:
        raise InputError("histograms is empty, where at least one is accepted.")
    rows = -(-len(histograms) // columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[each.title for each in histograms],
        horizontal_spacing=0.08,
        vertical_spacing=0.3 / rows,
    )
    for index, each in enumerate(histograms):
        place = {"row": index // columns + 1, "col": index % columns + 1}
        for number, (name, counts) in enumerate(each.counts.items()):
            if len(counts) != len(each.edges) - 1:
                raise InputError(
                    f"{each.title} has {len(each.edges)} edges and {len(counts)} counts of {name}, "
                    "where one edge more is accepted."
                )
            if counts.sum():
                steps = _steps(each, name, counts, number, of=of, is_first=index == 0)
                figure.add_trace(steps, **place)
        if log:
            low, high = _span(each)
            values, texts = log_ticks(low, high)
            ends = [math.log10(low), math.log10(high)]
            figure.update_xaxes(type="log", range=ends, tickvals=values, ticktext=texts, **place)
    _lay_out(figure, rows)
    return figure


def _steps(
    each: Histogram, name: str, counts: NDArray, number: int, *, of: str, is_first: bool
) -> Scatter:
    shares = counts / counts.sum()
    kept = np.ones(len(shares), bool)
    beyond = np.flatnonzero(shares)
    # beyond the outermost counts a line on the axis would say nothing
    kept[: max(beyond[0] - 1, 0)] = False
    kept[beyond[-1] + 2 :] = False
    colour = colours.qualitative(number)
    red, green, blue = colours.rgb(colour)
    begin, end = each.edges[:-1][kept], each.edges[1:][kept]
    return Scatter(
        x=begin,
        y=shares[kept],
        customdata=np.stack([begin, end], axis=1),
        mode="lines",
        line={"color": colour, "width": 2, "shape": "hv"},
        fill="tozeroy",
        fillcolor=f"rgba({red}, {green}, {blue}, 0.08)",
        name=label(name),
        legendgroup=name,
        showlegend=is_first,
        hovertemplate=(
            f"{label(name)}: %{{y:.1%}} of {of}<br>"
            "%{customdata[0]:,.3~g} to %{customdata[1]:,.3~g}<extra></extra>"
        ),
    )


def _span(each: Histogram) -> tuple[float, float]:
    """Between which edges nearly everything was counted."""
    total = np.sum([*each.counts.values()], axis=0)
    filled = np.flatnonzero(total)
    if not len(filled):
        return float(each.edges[0]), float(each.edges[-1])
    # a thousandth of the pixels on either side would else fill half of the axis
    below = np.cumsum(total) / total.sum()
    first = int(np.searchsorted(below, 0.001))
    last = int(np.searchsorted(below, 0.999))
    return float(each.edges[first]), float(each.edges[last + 1])


def _lay_out(figure: Figure, rows: int) -> None:
    figure.update_xaxes(gridcolor=colours.GRID, zeroline=False)
    figure.update_yaxes(
        gridcolor=colours.GRID, rangemode="tozero", tickformat=".0%", zeroline=False, nticks=5
    )
    figure.update_annotations(font_size=14)
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision="shares",
        height=_AROUND_PX + (_PANEL_PX + 30) * rows,
        margin={"l": 10, "r": 10, "t": 60, "b": 10},
        hovermode="closest",
        legend={"orientation": "h", "y": 1.0, "yref": "container", "yanchor": "top", "x": 0},
    )
