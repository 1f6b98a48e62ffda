"""How far the blocks of a network see: as bars, and over a slice."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from plotly.graph_objects import Bar, Figure

from resunet.figures import colours, raster

THEORY = colours.DARK_NOTICE
"""The theoretical receptive field's frame."""

INFLUENCE = colours.QUALITATIVE[1]
"""What the gradient says."""


def fig_receptive_fields(
    names: Sequence[str],
    levels: Sequence[str],
    sides_px: Sequence[int],
    *,
    input_size: int,
    chosen: int,
) -> Figure:
    """The side of each block's theoretical receptive field, in the order of computing.

    Args:
        names: The blocks, as a reader knows them.
        levels: The level of each, told once below its blocks.
        sides_px: The side of each, in pixels of the picture.
        input_size: Side of the picture, drawn as a line: beyond it, a block sees all of it.
        chosen: Index of the block to stand out.

    Returns:
        The figure, its sizes on a logarithmic scale.
    """
    figure = Figure(
        Bar(
            x=list(range(len(names))),
            y=list(sides_px),
            customdata=list(names),
            marker={
                "color": [
                    INFLUENCE if index == chosen else colours.NEUTRAL for index in range(len(names))
                ],
                "opacity": [1.0 if index == chosen else 0.55 for index in range(len(names))],
            },
            hovertemplate="<b>%{customdata}</b><br>%{y} × %{y} px<extra></extra>",
        )
    )
    figure.add_hline(
        y=input_size, line={"color": colours.QUALITATIVE[0], "dash": "dash", "width": 1.5}
    )
    figure.add_annotation(
        text=f"the whole picture, {input_size} px",
        x=0,
        xref="paper",
        xanchor="left",
        y=math.log10(input_size),  # of a logarithmic axis, annotations want the exponent
        yanchor="bottom",
        showarrow=False,
    )
    ticks = [2**power for power in range(13) if 2**power <= 2 * max(sides_px)]
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision="fields",
        height=300,
        bargap=0.25,
        margin={"l": 60, "r": 20, "t": 20, "b": 40},
    )
    places = {
        level: [index for index, each in enumerate(levels) if each == level] for level in levels
    }
    figure.update_xaxes(
        tickvals=[sum(some) / len(some) for some in places.values()],
        ticktext=list(places),
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        title="Side, px",
        type="log",
        tickvals=ticks,
        range=[0, math.log10(1.3 * max(sides_px))],
        gridcolor=colours.GRID,
        fixedrange=True,
    )
    return figure


class Rectangle(NamedTuple):
    """Rows and columns of the picture, the last ones included; it may reach beyond it."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


def picture_influence(
    slice_: Image.Image,
    influence: NDArray[np.floating] | None,
    field: Rectangle,
    point: tuple[int, int],
    *,
    pixels: int,
) -> Image.Image:
    """A slice with what a point of a block sees.

    Args:
        slice_: The slice, RGB and square.
        influence: (n, n), how much each pixel counts, drawn over the slice by the root of
            its share of the largest; or None.
        field: The theoretical receptive field, drawn as a frame as far as it lies inside.
        point: Row and column of the point, drawn as a cross.
        pixels: n, the pixels along a side.

    Returns:
        An RGB image.
    """
    image = slice_.copy()
    if influence is not None and influence.max() > 0:
        shares = np.sqrt(influence / influence.max())
        image = raster.blend(image, INFLUENCE, raster.enlarge(shares, image.size))
    scale = image.width / pixels
    pen = ImageDraw.Draw(image)
    low = [max(field.first_column, 0), max(field.first_row, 0)]
    high = [min(field.last_column + 1, pixels), min(field.last_row + 1, pixels)]
    corners = [scale * low[0], scale * low[1], scale * high[0] - 1, scale * high[1] - 1]
    pen.rectangle(corners, outline=THEORY, width=3)
    y, x = ((place + 0.5) * scale for place in point)
    for width, arm, colour in ((5, 11, colours.DARK_PAPER), (2, 9, colours.DARK_INK)):
        pen.line([x - arm, y, x + arm, y], fill=colour, width=width)
        pen.line([x, y - arm, x, y + arm], fill=colour, width=width)
    return image
