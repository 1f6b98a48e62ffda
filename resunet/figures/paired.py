"""Two results on the same patients: each patient's Dice in one against that in the other."""

import math
from collections.abc import Sequence

from plotly.graph_objects import Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label
from resunet.figures.unit_axes import diagonal, lay_out_shares

_HEIGHT = 430
_BETTER, _WORSE, _EQUAL = colours.QUALITATIVE[0], colours.QUALITATIVE[1], colours.NEUTRAL


def fig_paired(
    patients: Sequence[str], ours: Sequence[float], theirs: Sequence[float], *, a: str, b: str
) -> Figure:
    """A dot for each patient: above the diagonal where the first result is better.

    Args:
        patients: Their names, at least one.
        ours: Dice in the first result, in [0, 1], as many.
        theirs: Dice in the second, as many.
        a: What the first result is called.
        b: What the second is.

    Raises:
        InputError: If there is no patient, or there are more or fewer numbers than names.
    """
    if not patients or len({len(patients), len(ours), len(theirs)}) > 1:
        raise InputError(
            f"There are {len(patients)} patients with {len(ours)} and {len(theirs)} Dice, where at "
            "least one with as many is accepted."
        )
    colour = [
        _EQUAL if one == other else _BETTER if one > other else _WORSE
        for one, other in zip(ours, theirs, strict=True)
    ]
    below = math.floor(min(*ours, *theirs, 0.99) * 10) / 10
    figure = Figure(
        [
            diagonal(below, 1.0),
            Scatter(
                x=list(theirs),
                y=list(ours),
                customdata=[one - other for one, other in zip(ours, theirs, strict=True)],
                text=[label(name) for name in patients],
                mode="markers",
                marker={"color": colour, "size": 10, "opacity": 0.85},
                hovertemplate="%{text}<br>%{y:.3f} against %{x:.3f}: %{customdata:+.3f}"
                "<extra></extra>",
                showlegend=False,
            ),
        ]
    )
    lay_out_shares(
        figure,
        x=f"Dice, {label(b, 48)}",
        y=f"Dice, {label(a, 48)}",
        height=_HEIGHT,
        of="paired",
        below=below,
    )
    figure.update_xaxes(range=figure.layout.yaxis.range, dtick=0.1)
    figure.update_yaxes(dtick=0.1)
    return figure
