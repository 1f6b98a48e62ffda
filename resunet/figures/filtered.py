"""QU-BraTS: what becomes of a segmentation whose most uncertain pixels are filtered out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from plotly.graph_objects import Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label
from resunet.figures.unit_axes import lay_out_shares

_HEIGHT = 400


class Filtered(NamedTuple):
    """One of the three curves.

    Attributes:
        values: At the thresholds 0, 1, and so on, in [0, 1].
        area: Under the curve; None where it is not known.
    """

    values: Sequence[float]
    area: float | None


def fig_filtered(curves: Mapping[str, Filtered]) -> Figure:
    """A line for each curve over the thresholds of uncertainty.

    Args:
        curves: What it is called → values.

    Raises:
        InputError: If there is no curve.
    """
    if not curves:
        raise InputError("curves is empty, where at least one curve is accepted.")
    figure = Figure()
    for index, (name, each) in enumerate(curves.items()):
        area = "" if each.area is None else f" ({each.area:.3f})"
        figure.add_trace(
            Scatter(
                x=list(range(len(each.values))),
                y=list(each.values),
                mode="lines",
                name=f"{label(name, 40)}{area}",
                line={"color": colours.qualitative(index), "width": 2},
                hovertemplate=f"{label(name, 40)}<br>%{{y:.3f}} at %{{x}}<extra></extra>",
            )
        )
    lay_out_shares(figure, x=None, y="Dice, and shares", height=_HEIGHT, of="filtered")
    most = max(len(each.values) for each in curves.values()) - 1
    figure.update_xaxes(
        title="Uncertainty above which pixels are filtered out", range=[-0.02 * most, 1.02 * most]
    )
    return figure
