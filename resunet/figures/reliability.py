"""Reliability: whether of the pixels given 70 % seven in ten are tumour."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from plotly.graph_objects import Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label
from resunet.figures.unit_axes import diagonal, lay_out_shares

_HEIGHT = 400


class Bin(NamedTuple):
    """Pixels of like probability.

    Attributes:
        probability: Their mean probability.
        tumour: The share of them that is tumour by the expert.
        pixels: How many.
    """

    probability: float
    tumour: float
    pixels: int


def fig_reliability(curves: Mapping[str, Sequence[Bin]]) -> Figure:
    """The share of tumour by probability, one line for each way.

    Args:
        curves: Name → bins that hold pixels, by rising probability.

    Returns:
        The figure; on the diagonal a probability is what it says, below it the network is too
        sure that there is tumour.

    Raises:
        InputError: If there is no line.
    """
    if not curves:
        raise InputError("curves is empty, where at least one line is accepted.")
    figure = Figure([diagonal()])
    for index, (name, bins) in enumerate(curves.items()):
        colour = colours.qualitative(index)
        figure.add_trace(
            Scatter(
                x=[each.probability for each in bins],
                y=[each.tumour for each in bins],
                customdata=[each.pixels for each in bins],
                mode="lines+markers",
                name=label(name, 48),
                line={"color": colour, "width": 2},
                marker={"color": colour, "size": 7},
                hovertemplate="Of %{customdata:,} pixels given %{x:.0%} in the mean, %{y:.0%} are "
                "tumour<extra></extra>",
            )
        )
    lay_out_shares(
        figure, x="Probability", y="Share that is tumour", height=_HEIGHT, of="reliability"
    )
    return figure
