"""The part of pictures in which there is anything, so that it is drawn large."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_AROUND = 0.06  # of the longer side, free on each side


class Crop(NamedTuple):
    """Rows and columns of a picture, the last ones included.

    Attributes:
        top: First row.
        bottom: Last row.
        left: First column.
        right: Last column.
    """

    top: int
    bottom: int
    left: int
    right: int

    def of(self, picture: NDArray) -> NDArray:
        """This part of a picture (H, W)."""
        return picture[self.top : self.bottom + 1, self.left : self.right + 1]


def shared_crop(pictures: Sequence[NDArray[np.floating]]) -> Crop:
    """The smallest part that holds all that is neither 0 nor NaN in any picture, with a margin.

    Args:
        pictures: At least one, (H, W).

    Returns:
        One part for all; the whole of the first one where nothing is in them, or their shapes
        differ.
    """
    rows, columns = pictures[0].shape
    whole = Crop(0, rows - 1, 0, columns - 1)
    if len({picture.shape for picture in pictures}) > 1:
        return whole
    filled = np.any([np.nan_to_num(picture) != 0 for picture in pictures], axis=0)
    if not filled.any():
        return whole
    around = round(_AROUND * max(rows, columns))
    down, right = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    return Crop(
        max(int(down[0]) - around, 0),
        min(int(down[-1]) + around, rows - 1),
        max(int(right[0]) - around, 0),
        min(int(right[-1]) + around, columns - 1),
    )


def head_axes(crop: Crop, across: str = "x") -> tuple[dict[str, Any], dict[str, Any]]:
    """Plotly's settings of the axes of a picture of the head, with R and L and square pixels.

    Args:
        crop: What is shown.
        across: Plotly's name of the horizontal axis.

    Returns:
        Those of the horizontal and of the vertical axis.
    """
    plain = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    horizontal = {
        "range": [crop.left - 0.5, crop.right + 0.5],
        # the letters belong to the outermost columns, and leave with them in a zoom
        "tickvals": [crop.left, crop.right],
        "ticktext": ["R", "L"],
        "tickfont": {"size": 14},
    }
    vertical = {
        "range": [crop.bottom + 0.5, crop.top - 0.5],
        "scaleanchor": across,
        "showticklabels": False,
        "ticks": "",
    }
    return plain | horizontal, plain | vertical
