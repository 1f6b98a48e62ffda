"""One quantity in several sets: every patient a point, with quartiles and the mean's interval."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from plotly.graph_objects import Box, Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label
from resunet.figures.log_axis import log_ticks

_ROW_PX, _AROUND_PX = 92, 66
_MOST_POINTS = 2000
"""Patients of a set drawn as points; of more the box alone is drawn."""


class Group(NamedTuple):
    """A set's patients.

    Attributes:
        name: The set's name.
        patients: Their names.
        values: float64, as many; NaN where a patient has none.
        mean: Over those who have one; None where nobody has.
        ci: Its 95 % interval, or None.
    """

    name: str
    patients: Sequence[str]
    values: NDArray[np.float64]
    mean: float | None
    ci: Sequence[float] | None


def fig_patients(
    groups: Sequence[Group],
    *,
    title: str,
    is_share: bool = False,
    log: bool = False,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """A quantity by set.

    Args:
        groups: At least one set.
        title: The quantity, with its unit.
        is_share: Whether values are written in percent.
        log: Whether the axis is logarithmic; it is not where a value is 0 or less.
        limits: Where the axis begins and ends; by default the values decide.

    Returns:
        A row for each set: points that name their patient when hovered, a box from the first to
        the third quartile with the median, and the mean with its interval as a diamond.

    Raises:
        InputError: If there is no set, or a set has more names than values.
    """
    if not groups:
        raise InputError("groups is empty, where at least one set is accepted.")
    figure = Figure()
    form = ".1%" if is_share else ",.4~g"
    for index, group in enumerate(groups):
        if len(group.patients) != len(group.values):
            raise InputError(
                f"{group.name} has {len(group.patients)} patients and {len(group.values)} values, "
                "where as many are accepted."
            )
        figure.add_trace(_box(index, group, form))
        if group.mean is not None:
            figure.add_trace(_mean(index, group, form))
    _lay_out(figure, groups, title, is_share)
    drawn = _drawn(groups)
    if log and len(drawn) and drawn.min() > 0:
        low, high = float(drawn.min()) / 1.15, float(drawn.max()) * 1.15
        values, texts = log_ticks(low, high)
        figure.update_xaxes(
            type="log", tickvals=values, ticktext=texts, range=[np.log10(low), np.log10(high)]
        )
    elif limits is not None:
        room = 0.02 * (limits[1] - limits[0])
        figure.update_xaxes(range=[limits[0] - room, limits[1] + room])
    return figure


def _box(index: int, group: Group, form: str) -> Box:
    known = np.isfinite(group.values)
    colour = colours.qualitative(index)
    red, green, blue = colours.rgb(colour)
    return Box(
        x=group.values[known],
        y0=index,
        orientation="h",
        text=[label(name) for name, there in zip(group.patients, known, strict=True) if there],
        boxpoints="all" if known.sum() <= _MOST_POINTS else False,
        jitter=0.7,
        pointpos=0,
        hoveron="points",
        hovertemplate=f"%{{text}}<br>%{{x:{form}}}<extra></extra>",
        width=0.62,
        line={"color": f"rgba({red}, {green}, {blue}, 0.75)", "width": 1},
        fillcolor=f"rgba({red}, {green}, {blue}, 0.14)",
        marker={"color": colour, "size": 7, "opacity": 0.8},
        showlegend=False,
    )


def _mean(index: int, group: Group, form: str) -> Scatter:
    mean = group.mean or 0.0
    error, words = None, ""
    if group.ci is not None:
        low, high = group.ci
        words = f"<br>95 % interval {_written(low, form)} to {_written(high, form)}"
        error = {
            "type": "data",
            "symmetric": False,
            "array": [max(high - mean, 0.0)],
            "arrayminus": [max(mean - low, 0.0)],
            "thickness": 2.5,
            "width": 6,
        }
    return Scatter(
        x=[mean],
        y=[index - 0.42],
        error_x=error,
        mode="markers",
        marker={"symbol": "diamond", "size": 11, "color": colours.qualitative(index)},
        hovertemplate=f"Mean of {label(group.name)}: %{{x:{form}}}{words}<extra></extra>",
        showlegend=False,
    )


def _drawn(groups: Sequence[Group]) -> NDArray[np.float64]:
    """All numbers that find their place on the axis."""
    ends = [[group.mean, *(group.ci or ())] for group in groups if group.mean is not None]
    numbers = np.concatenate([*(group.values for group in groups), *ends])
    return numbers[np.isfinite(numbers)]


def _written(value: float, form: str) -> str:
    return f"{value:{form}}" if form.endswith("%") else f"{value:,.4g}"


def _lay_out(figure: Figure, groups: Sequence[Group], title: str, is_share: bool) -> None:
    count = len(groups)
    figure.update_xaxes(
        title=title,
        title_standoff=6,
        tickformat=".0%" if is_share else None,
        gridcolor=colours.GRID,
        zeroline=False,
    )
    figure.update_yaxes(
        range=[count - 0.5, -0.6],
        tickvals=list(range(count)),
        ticktext=[label(group.name, 18) for group in groups],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision=title,
        height=_AROUND_PX + _ROW_PX * count,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        hovermode="closest",
    )
