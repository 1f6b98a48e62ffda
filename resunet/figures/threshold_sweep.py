"""Dice at every threshold."""

from collections.abc import Sequence
from typing import NamedTuple

from plotly.graph_objects import Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label
from resunet.figures.unit_axes import lay_out_shares

_HEIGHT = 360


class DiceByThreshold(NamedTuple):
    """One split.

    Attributes:
        name: Its name.
        thresholds: Rising, in [0, 1].
        patient_mean: The mean of patients at each; None where no patient has a Dice.
        pooled: Over all pixels, likewise.
    """

    name: str
    thresholds: Sequence[float]
    patient_mean: Sequence[float | None]
    pooled: Sequence[float | None]


def fig_threshold_sweep(curves: Sequence[DiceByThreshold], *, threshold: float) -> Figure:
    """Two lines for each split: full for the mean of patients, dashed for pooled.

    Args:
        curves: At least one split.
        threshold: The one in use, which is marked.

    Raises:
        InputError: If there is no split, or a line has more or fewer points than thresholds.
    """
    if not curves:
        raise InputError("curves is empty, where at least one split is accepted.")
    figure = Figure()
    for index, each in enumerate(curves):
        lines = {"mean of patients": (each.patient_mean, "solid"), "pooled": (each.pooled, "dash")}
        for words, (dice, dash) in lines.items():
            if len(dice) != len(each.thresholds):
                raise InputError(
                    f"{each.name} has {len(dice)} Dice at {len(each.thresholds)} thresholds, where "
                    "as many are accepted."
                )
            figure.add_trace(
                Scatter(
                    x=list(each.thresholds),
                    y=list(dice),
                    mode="lines",
                    name=f"{label(each.name)}, {words}",
                    line={"color": colours.qualitative(index), "dash": dash, "width": 2},
                    hovertemplate="%{fullData.name}<br>Dice %{y:.3f} at %{x:.2f}<extra></extra>",
                )
            )
    figure.add_vline(threshold, line={"color": colours.NEUTRAL, "dash": "dot", "width": 1.5})
    lay_out_shares(figure, x="Threshold", y="Dice", height=_HEIGHT, of="sweep")
    return figure
