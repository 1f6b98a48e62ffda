"""How many of the pixels that are kept are wrong, where the most uncertain ones go first."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from plotly.graph_objects import Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label
from resunet.figures.unit_axes import lay_out_shares

_HEIGHT = 400


class RiskByCoverage(NamedTuple):
    """One measure of uncertainty.

    Attributes:
        coverage: The share of pixels that is kept, rising to 1.
        risk: The share of them that is wrong, as many.
        area: The area under the curve.
    """

    coverage: Sequence[float]
    risk: Sequence[float]
    area: float | None


def fig_risk_coverage(curves: Mapping[str, RiskByCoverage], *, error_rate: float | None) -> Figure:
    """Risk by coverage, one line for each measure.

    Args:
        curves: What the measure is called → its curve.
        error_rate: The share of all pixels that is wrong, which is what an order that tells
            nothing gives at every coverage; None where it is not known.

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
                x=list(each.coverage),
                y=list(each.risk),
                mode="lines",
                name=f"{label(name)}{area}",
                line={"color": colours.qualitative(index), "width": 2},
                hovertemplate="Of the surest %{x:.0%}, %{y:.1%} are wrong<extra></extra>",
            )
        )
    lay_out_shares(figure, x="Share of pixels kept", y="Share wrong", height=_HEIGHT, of="risk")
    tops = [*(max(each.risk, default=0.0) for each in curves.values()), error_rate or 0.0]
    figure.update_yaxes(range=[0, max(max(tops) * 1.08, 0.01)], dtick=None, tickformat=".0%")
    figure.update_xaxes(tickformat=".0%")
    if error_rate is not None:
        figure.add_hline(error_rate, line={"color": colours.NEUTRAL, "dash": "dash", "width": 1})
    return figure
