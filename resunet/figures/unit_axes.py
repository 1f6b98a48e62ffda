"""Charts whose axes are shares: the same room, grid and legend for all of them."""

from plotly.graph_objects import Figure, Scatter

from resunet.figures import colours

_ROOM = 0.02  # so that markers at exactly 0 and 1 are drawn whole


def lay_out_shares(
    figure: Figure, *, x: str | None, y: str, height: int, of: str, below: float = 0.0
) -> None:
    """Lays a chart out whose vertical axis, and perhaps horizontal one, runs from 0 to 1.

    Args:
        figure: The chart.
        x: Title of the horizontal axis; None leaves that axis to the caller.
        y: Title of the vertical axis.
        height: In screen pixels.
        of: What the chart is of: a reader's zoom stays while it is the same.
        below: Where the vertical axis begins.
    """
    plain = {"gridcolor": colours.GRID, "zeroline": False, "title_standoff": 14}
    if x is not None:
        figure.update_xaxes(range=[-_ROOM, 1 + _ROOM], dtick=0.2, tickformat=".1f", title=x)
    figure.update_xaxes(**plain)
    figure.update_yaxes(range=[below - _ROOM, 1 + _ROOM], dtick=0.2, tickformat=".1f", title=y)
    figure.update_yaxes(**plain)
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision=of,
        height=height,
        hovermode="closest",
        margin={"l": 60, "r": 10, "t": 34, "b": 50},
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
    )


def diagonal(low: float = 0.0, high: float = 1.0) -> Scatter:
    """The line on which both axes are equal."""
    return Scatter(
        x=[low, high],
        y=[low, high],
        mode="lines",
        line={"color": colours.NEUTRAL, "width": 1, "dash": "dash"},
        hoverinfo="skip",
        showlegend=False,
    )
