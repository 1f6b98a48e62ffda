"""Dice of every patient against the size of the tumour."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from plotly.graph_objects import Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label
from resunet.figures.log_axis import log_ticks
from resunet.figures.unit_axes import lay_out_shares

_HEIGHT = 380


class SizedPatient(NamedTuple):
    """One patient with tumour.

    Attributes:
        name: The patient's name.
        size: Of the tumour by the expert, above 0.
        dice: In [0, 1].
        ceiling: The Dice of a perfect mask on the network's grid; None where it is not known.
    """

    name: str
    size: float
    dice: float
    ceiling: float | None


def fig_dice_by_size(groups: Sequence[tuple[str, Sequence[SizedPatient]]], *, title: str) -> Figure:
    """A dot for each patient, and a ring for the best that the network's grid allows.

    Args:
        groups: Name of a split and its patients; at least one patient in all.
        title: What the size is, and its unit.

    Returns:
        The figure; sizes on a logarithmic axis.

    Raises:
        InputError: If there is no patient, or a size is 0 or less.
    """
    sizes = [each.size for _, patients in groups for each in patients]
    if not sizes or min(sizes) <= 0:
        raise InputError(f"sizes are {sizes}, where at least one, all above 0, is accepted.")
    figure = Figure()
    for index, (name, patients) in enumerate(groups):
        known = [each for each in patients if each.ceiling is not None]
        figure.add_trace(_rings(name, known, colours.qualitative(index)))
        figure.add_trace(_dots(name, patients, colours.qualitative(index)))
    lay_out_shares(figure, x=None, y="Dice", height=_HEIGHT, of=title)
    low, high = min(sizes) / 1.3, max(sizes) * 1.3
    values, texts = log_ticks(low, high)
    figure.update_xaxes(
        title=title,
        type="log",
        tickvals=values,
        ticktext=texts,
        range=[np.log10(low), np.log10(high)],
    )
    return figure


def _dots(group: str, patients: Sequence[SizedPatient], colour: str) -> Scatter:
    return Scatter(
        x=[each.size for each in patients],
        y=[each.dice for each in patients],
        text=[label(each.name) for each in patients],
        mode="markers",
        name=label(group),
        legendgroup=group,
        marker={"color": colour, "size": 9, "opacity": 0.85},
        hovertemplate="%{text}<br>Dice %{y:.3f}, size %{x:,.3~g}<extra></extra>",
    )


def _rings(group: str, patients: Sequence[SizedPatient], colour: str) -> Scatter:
    return Scatter(
        x=[each.size for each in patients],
        y=[each.ceiling for each in patients],
        text=[label(each.name) for each in patients],
        mode="markers",
        legendgroup=group,
        showlegend=False,
        marker={"color": colour, "size": 8, "opacity": 0.55, "symbol": "circle-open"},
        hovertemplate="%{text}<br>ceiling %{y:.3f}<extra></extra>",
    )
