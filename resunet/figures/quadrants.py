"""How much tumour lies in each quadrant of the head, set by set, with intervals."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from plotly.graph_objects import Figure, Scatter
from plotly.subplots import make_subplots

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label

_PLACES = {
    "right_anterior": (1, 1),
    "left_anterior": (1, 2),
    "right_posterior": (2, 1),
    "left_posterior": (2, 2),
}
"""Quadrant → row and column, as the head is seen: the patient's right on the left, front on top."""

_ROW_PX, _AROUND_PX = 34, 70


class Estimate(NamedTuple):
    """A mean and how sure it is.

    Attributes:
        mean: None where there is none.
        ci: Its 95 % interval; None with too few patients.
    """

    mean: float | None
    ci: Sequence[float] | None


def fig_quadrants(sets: Mapping[str, Mapping[str, Estimate]]) -> Figure:
    """Tumour pixels per slice in each quadrant, a dot and an interval for each set.

    Args:
        sets: Set → quadrant → its estimate; the quadrants are ``right_anterior``,
            ``left_anterior``, ``right_posterior`` and ``left_posterior``.

    Returns:
        Four charts, laid out as the head is seen, all with one axis from 0 on.

    Raises:
        InputError: If there is no set.
    """
    if not sets:
        raise InputError("sets is empty, where at least one set is accepted.")
    figure = make_subplots(
        rows=2,
        cols=2,
        subplot_titles=[name.replace("_", " ").capitalize() for name in _PLACES],
        horizontal_spacing=0.05,
        vertical_spacing=0.22,
        shared_yaxes=True,
        shared_xaxes=True,
    )
    for quadrant, (row, column) in _PLACES.items():
        for index, (name, estimates) in enumerate(sets.items()):
            dot = _dot(index, name, estimates[quadrant])
            figure.add_trace(dot, row=row, col=column)
    _lay_out(figure, sets)
    return figure


def _dot(index: int, name: str, estimate: Estimate) -> Scatter:
    mean, ci = estimate
    words = f"{label(name)}: no value"
    error = None
    if mean is not None:
        words = f"{label(name)}: {mean:,.0f} px per slice"
    if mean is not None and ci is not None:
        words += f"<br>95 % interval {ci[0]:,.0f} to {ci[1]:,.0f}"
        error = {
            "type": "data",
            "symmetric": False,
            "array": [max(ci[1] - mean, 0.0)],
            "arrayminus": [max(mean - ci[0], 0.0)],
            "thickness": 2,
            "width": 5,
        }
    return Scatter(
        x=[mean],
        y=[index],
        error_x=error,
        mode="markers",
        marker={"size": 11, "color": colours.qualitative(index)},
        hovertemplate=f"{words}<extra></extra>",
        showlegend=False,
    )


def _lay_out(figure: Figure, sets: Mapping[str, Mapping[str, Estimate]]) -> None:
    ends = [
        value
        for estimates in sets.values()
        for mean, ci in estimates.values()
        for value in (mean, *(ci or ()))
        if value is not None
    ]
    count = len(sets)
    figure.update_xaxes(
        range=[0, (max(ends, default=0.0) or 1.0) * 1.05],
        gridcolor=colours.GRID,
        zeroline=False,
        nticks=5,
        fixedrange=True,
    )
    figure.update_xaxes(title="px per slice", title_standoff=4, row=2)
    figure.update_yaxes(
        range=[count - 0.5, -0.5],
        tickvals=list(range(count)),
        ticktext=[label(name, 18) for name in sets],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_annotations(font_size=14)
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision="quadrants",
        height=2 * (_AROUND_PX + _ROW_PX * count),
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        hovermode="closest",
    )
