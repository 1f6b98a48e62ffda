"""The focal loss of a pixel over its probability: equation 3, as meant and as printed."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from plotly.graph_objects import Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours

Variant = Literal["lin", "printed"]
"""As `resunet.config.LossConfig.focal_variant`."""

_LOWEST = 0.01  # the logarithm has no end; the charts begin here


def focal(
    p: NDArray[np.float64], *, alpha: float, gamma: float, variant: Variant = "lin"
) -> NDArray[np.float64]:
    """The focal loss of pixels, for drawing; `resunet.network.losses.focal_loss` trains.

    Args:
        p: Probability given to the class that is right, above 0 and at most 1.
        alpha: Factor of the whole.
        gamma: Focusing exponent, 0 or more.
        variant: ``"lin"``: −α (1 − p)^γ log p; ``"printed"``: −α p^γ log p.

    Returns:
        The loss, of p's shape.

    Raises:
        InputError: If the variant is another word.
    """
    if variant not in ("lin", "printed"):
        raise InputError(f'variant is "{variant}", where "lin" or "printed" is accepted.')
    return -alpha * (1.0 - p if variant == "lin" else p) ** gamma * np.log(p)


def turning_point(gamma: float) -> float:
    """Below this probability the printed form rewards being more wrong: e^(−1/γ), 0 for γ = 0."""
    return math.exp(-1.0 / gamma) if gamma > 0 else 0.0


def fig_focal_loss(
    gammas: Sequence[float], *, chosen: float, alpha: float, variant: Variant, top: float
) -> Figure:
    """The focal loss over p, one curve for each γ.

    Args:
        gammas: Exponents to compare, 0 or more.
        chosen: The exponent in use, drawn thick; a curve of its own where it is not among
            ``gammas``. For the printed form the probabilities are shaded where its slope
            points the wrong way.
        alpha: Factor of the whole.
        variant: As in `focal`.
        top: Upper end of the loss axis, so that two charts can share it.

    Returns:
        The figure.

    Raises:
        InputError: As `focal`.
    """
    p = np.linspace(_LOWEST, 1.0, 200)
    figure = Figure()
    for index, gamma in enumerate(sorted({*gammas, chosen})):
        own = gamma == chosen
        loss = focal(p, alpha=alpha, gamma=gamma, variant=variant)
        figure.add_trace(
            Scatter(
                x=p,
                y=loss,
                name=f"γ = {gamma:g}",
                mode="lines",
                line={"color": colours.qualitative(index), "width": 4 if own else 1.5},
                hovertemplate=f"γ = {gamma:g}<br>p %{{x:.2f}}<br>loss %{{y:.4f}}<extra></extra>",
            )
        )
    if variant == "printed" and chosen > 0:
        red, green, blue = colours.rgb(colours.TRUTH)
        end = turning_point(chosen)
        figure.add_vrect(
            x0=0,
            x1=end,
            fillcolor=f"rgba({red}, {green}, {blue}, 0.14)",
            line_width=0,
            layer="below",
        )
        # beside the shading, where no curve comes; inside it where it reaches too far
        anchor = "left" if end < 0.6 else "right"
        figure.add_annotation(
            text="← here its slope points the wrong way" if end < 0.6 else "slope the wrong way",
            x=end,
            y=top,
            xanchor=anchor,
            yanchor="top",
            showarrow=False,
        )
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision="focal",
        hovermode="closest",
        height=420,
        margin={"l": 60, "r": 20, "t": 10, "b": 110},
        legend={"orientation": "h", "x": 0, "y": -0.26, "yanchor": "top"},
    )
    figure.update_xaxes(
        title="p, probability of the right class",
        range=[0, 1],
        gridcolor=colours.GRID,
        zeroline=False,
    )
    figure.update_yaxes(title="Loss", range=[0, top], gridcolor=colours.GRID, zeroline=False)
    return figure
