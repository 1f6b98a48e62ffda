"""Where in the picture two sets differ: their mean maps' difference, significant cells outlined."""

import numpy as np
from numpy.typing import NDArray
from plotly.graph_objects import Figure, Heatmap, Scatter

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.crops import Crop, head_axes, shared_crop
from resunet.figures.labels import label

_HEIGHT_PX = 460
_OUTLINE = "#ffffff"


def fig_difference(
    difference: NDArray[np.floating],
    significant: NDArray[np.bool_],
    *,
    a: str,
    b: str,
    top: float,
) -> Figure:
    """The difference of two sets' mean maps.

    Args:
        difference: (H, W), b − a, shares of slices with tumour; NaN where undefined. Rows →
            posterior, columns → the patient's left.
        significant: bool (H, W); an outline is drawn round what is.
        a: Name of one set.
        b: Name of the other one.
        top: The difference drawn brightest, either way; one for all pairs makes them comparable.

    Returns:
        A figure of the part that holds any tumour, with row 0 on top, cells square and the
        patient's right (R) on the viewer's left.

    Raises:
        InputError: If the shapes differ.
    """
    if difference.shape != significant.shape:
        raise InputError(
            f"significant has shape {significant.shape}, where {difference.shape} is accepted."
        )
    top = top if np.isfinite(top) and top > 0 else 1.0
    figure = Figure(_heatmap(difference, significant, label(a, 18), label(b, 18), top))
    x, y = outline(significant)
    if len(x):
        figure.add_trace(
            Scatter(
                x=x,
                y=y,
                mode="lines",
                line={"color": _OUTLINE, "width": 2},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    _lay_out(figure, shared_crop([difference]))
    return figure


def _heatmap(
    difference: NDArray[np.floating], significant: NDArray[np.bool_], a: str, b: str, top: float
) -> Heatmap:
    shares = (-top, -top / 2, 0.0, top / 2, top)
    return Heatmap(
        z=difference.astype(np.float32),
        zmin=-top,
        zmax=top,
        colorscale=list(colours.DIVERGING),
        customdata=np.where(significant, "significant", "not significant"),
        hovertemplate=f"{b} less {a}: %{{z:+.1%}}<br>%{{customdata}}<extra></extra>",
        colorbar={
            "orientation": "h",
            "thickness": 12,
            "y": -0.02,
            "yanchor": "top",
            "tickvals": list(shares),
            "ticktext": [_share(abs(share)) for share in shares],
            "title": {"text": f"← more in {a}    |    more in {b} →", "side": "bottom"},
        },
    )


def outline(mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The edges between what is in a mask and what is not, as lines.

    Args:
        mask: bool (H, W).

    Returns:
        x and y, float64 (3 × edges,): begin, end and a NaN for each; a pixel spans from −0.5 to
        0.5 around its index. Empty for an empty mask.
    """
    padded = np.pad(mask, 1)
    rows, columns = np.nonzero(padded[1:] != padded[:-1])  # edges along the rows
    down, right = np.nonzero(padded[:, 1:] != padded[:, :-1])  # edges along the columns
    gap = np.nan
    x = [_threes(columns - 1.5, columns - 0.5, gap), _threes(right - 0.5, right - 0.5, gap)]
    y = [_threes(rows - 0.5, rows - 0.5, gap), _threes(down - 1.5, down - 0.5, gap)]
    return np.concatenate(x), np.concatenate(y)


def _threes(begin: NDArray, end: NDArray, gap: float) -> NDArray[np.float64]:
    return np.stack([begin, end, np.full(len(begin), gap)], axis=1).ravel()


def _share(value: float) -> str:
    return "0" if not value else f"{value:.0%}" if value >= 0.1 else f"{value:.1%}"


def _lay_out(figure: Figure, crop: Crop) -> None:
    across, down = head_axes(crop)
    figure.update_xaxes(across, side="top")
    figure.update_yaxes(down)
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision="difference",
        height=_HEIGHT_PX,
        margin={"l": 10, "r": 10, "t": 26, "b": 20},
    )
