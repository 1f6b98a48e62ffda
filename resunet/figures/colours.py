"""The colours of every picture and chart, in one place.

Truth red, prediction blue, doubt green, as in the paper's figures 3 and A2. Everything
drawn on a chart keeps a contrast of 3:1 on white and on Streamlit's dark background.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

TRUTH = "#ff4d4d"
"""The expert's outline."""

PREDICTION = "#3d9bff"
"""What the network takes for tumour."""

DOUBT = "#2fe36b"
"""Uncertainty: the greener, the more uncertain."""

PALETTES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "paper": {"truth": TRUTH, "network": PREDICTION, "doubt": DOUBT, "both": "#ffd84d"},
        "safe": {"truth": "#ffc507", "network": "#4572ff", "doubt": "#e91764", "both": "#ffffff"},
    }
)
"""Colours of the slice view: those of the paper, and those that nobody confuses.

Expert's outline, network's outline, uncertainty, and where both outlines hold tumour. In the
paper's set red and green are 15 apart (CIELAB) to the most common colour blindness; in the safe
set any two of the first three are at least 60 apart to all three kinds (simulated after Machado
et al. 2009, doi:10.1109/TVCG.2009.113)."""

QUALITATIVE = (
    "#3b82f6",
    "#e8710a",
    "#1a9e6b",
    "#c04fc4",
    "#a88a00",
    "#e0455a",
    "#1496a6",
    "#8b6cef",
)
"""Colours for sets and runs, used in this order and repeated."""

SEQUENTIAL = (
    "#01010a",  # not #0000xx: Streamlit takes those for places to put its theme's colours
    "#1b0c41",
    "#4a0c6b",
    "#781c6d",
    "#a52c60",
    "#cf4446",
    "#ed6925",
    "#fb9b06",
    "#f7d13d",
    "#fcffa4",
)
"""Inferno of matplotlib, evenly spaced: brightness grows with the value."""

DIVERGING = (
    "#a8d4ff",
    "#4f9df0",
    "#27598f",
    "#14161b",
    "#8a3d1c",
    "#f07a35",
    "#ffd2ae",
)
"""Differences, evenly spaced: blue below zero, nearly black at it, orange above."""

NEUTRAL = "#808080"
"""Lines that mean nothing by themselves; visible on light and on dark."""

GRID = "rgba(128, 128, 128, 0.25)"
"""Grid lines of charts on a transparent background."""

TRANSPARENT = "rgba(0, 0, 0, 0)"
"""The background of every chart, so that the page's theme shows through."""

DARK_PAPER = "#101215"
DARK_INK = "#f1f3f5"
DARK_FAINT = "#9aa1a9"
DARK_NOTICE = "#ffc861"
"""Background, text, small text and warnings of pictures of slices."""

LIGHT_PAPER = "#ffffff"
LIGHT_INK = "#16181b"
LIGHT_FAINT = "#5c636b"
"""Background, text and small text of pictures for reports."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of a colour such as ``"#ff4d4d"``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def qualitative(index: int) -> str:
    """The colour of the set or run with this index; they repeat after the last."""
    return QUALITATIVE[index % len(QUALITATIVE)]


def ramp(values: NDArray[np.floating], colours: Sequence[str] = SEQUENTIAL) -> NDArray[np.uint8]:
    """Colours values on a scale of evenly spaced colours.

    Args:
        values: (...), clipped to [0, 1]; 0 takes the first colour, 1 the last.
        colours: At least two hexadecimal colours.

    Returns:
        uint8 (..., 3), red, green and blue, linearly interpolated.
    """
    stops = np.linspace(0.0, 1.0, len(colours))
    channels = np.array([rgb(colour) for colour in colours], np.float64).T
    mixed = [np.interp(values, stops, channel) for channel in channels]
    return np.stack(mixed, axis=-1).round().astype(np.uint8)
