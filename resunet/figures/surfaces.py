"""The brain in three dimensions, the tumour's surface coloured by its uncertainty."""

import math
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from plotly.graph_objects import Figure, Mesh3d, Scatter3d

from resunet.errors import InputError
from resunet.figures import colours

Measure = Literal["std", "entropy", "mutual_information"]
"""The map of a `resunet.study.Prediction` that is drawn as uncertainty."""


class Surface(Protocol):
    """What is drawn of a surface, such as `resunet.measure.surfaces.Surface`."""

    @property
    def vertices_mm(self) -> NDArray[np.float32]:
        """(V, 3), towards the patient's left, posterior and superior."""

    @property
    def faces(self) -> NDArray[np.int32]:
        """(F, 3), three vertices each."""


class Palette(NamedTuple):
    """The colours of what is drawn, hexadecimal; by default the paper's."""

    prediction: str = colours.PREDICTION
    doubt: str = colours.DOUBT
    truth: str = colours.TRUTH


class _Scale(NamedTuple):
    title: str
    top: float
    ticks: tuple[float, ...]


# Up to the largest that each measure can be for many passes, so that a colour is the same value
# in every patient. The standard deviation of few passes may be larger (ddof 1); it is cut off.
_SCALES = {
    "std": _Scale("Standard deviation", 0.5, (0, 0.1, 0.2, 0.3, 0.4, 0.5)),
    "entropy": _Scale("Entropy, nats", math.log(2), (0, 0.2, 0.4, 0.6)),
    "mutual_information": _Scale("Mutual information, nats", math.log(2), (0, 0.2, 0.4, 0.6)),
}
_PAPER = Palette()
_DARKEST = 0.15  # the share of the doubt's colour where there is none
_BRAIN_COLOUR, _BRAIN_OPACITY = "#aeb4bc", 0.16
_TRUTH_OPACITY = 0.35
# Mostly light from everywhere, the rest from where the reader stands at first, together never
# brighter than the colour itself: shading must not be taken for uncertainty.
_SHADING = {
    "lighting": {"ambient": 0.6, "diffuse": 0.4, "specular": 0.0, "fresnel": 0.0},
    "lightposition": {"x": -4e4, "y": -1e5, "z": 8e4},
}
_ROOM = 0.1  # round the surfaces, in parts of their longest side; letters stand there

# Where the eye stands (left, posterior, superior) and what is up in the picture. From below is
# how axial slices are shown, the patient's left on the viewer's right; from the top it is not.
_UP, _FRONT_UP = (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)
_VIEWS = {
    "Oblique": ((-0.75, -1.2, 0.45), _UP),
    "Front": ((0.0, -1.5, 0.0), _UP),
    "Right": ((-1.5, 0.0, 0.0), _UP),
    "Left": ((1.5, 0.0, 0.0), _UP),
    "Top": ((0.0, 0.0, 1.5), _FRONT_UP),
    "Below": ((0.0, 0.0, -1.5), _FRONT_UP),
}


def fig_surfaces(
    brain: Surface | None,
    tumour: Surface | None,
    *,
    doubt: NDArray[np.floating] | None = None,
    measure: Measure = "std",
    slice_numbers: NDArray[np.integer] | None = None,
    truth: Surface | None = None,
    show_brain: bool = True,
    show_truth: bool = False,
    palette: Palette = _PAPER,
) -> Figure:
    """The brain, translucent, with the predicted tumour inside and the expert's outline.

    It opens seen from the patient's right front; buttons lead to other views, the legend shows
    and hides each surface, and letters name the patient's sides. All axes have one scale.

    Pointing at the tumour tells slice, position and uncertainty, though not through another
    surface: plotly's meshes cover what lies behind them, even with ``hoverinfo="skip"``
    (plotly.js issue 6669).

    Args:
        brain: The brain's surface, or None where there is none.
        tumour: The prediction's surface; None where nothing is predicted, which is then said.
        doubt: (V,), the uncertainty at the tumour's vertices, drawn from dark to the palette's
            colour on a scale that is the same for every patient; None draws the tumour in
            the prediction's colour.
        measure: Which measure it is.
        slice_numbers: (V,), the slice of each of the tumour's vertices, told on pointing.
        truth: The surface of the expert's outline, or None where it is not known.
        show_brain: Whether the brain is shown at first.
        show_truth: The same of the expert's outline.
        palette: The colours.

    Returns:
        The figure, on a transparent background.

    Raises:
        InputError: If the measure is another word, or ``doubt`` or ``slice_numbers`` has
            another length than the tumour's vertices.
    """
    if measure not in _SCALES:
        raise InputError(f'measure is "{measure}", where one of {", ".join(_SCALES)} is accepted.')
    figure = Figure()
    if tumour is not None:
        _check_lengths(tumour, doubt=doubt, slice_numbers=slice_numbers)
        look: dict[str, Any] = {"color": palette.prediction}
        if doubt is not None:
            look = _coloured(doubt, _SCALES[measure], palette)
        figure.add_trace(_tumour(tumour, look, slice_numbers))
    if truth is not None:
        look = _translucent(palette.truth, _TRUTH_OPACITY, shown=show_truth)
        figure.add_trace(Mesh3d(**_mesh(truth), **look, name="Expert's outline"))
    if brain is not None:
        look = _translucent(_BRAIN_COLOUR, _BRAIN_OPACITY, shown=show_brain)
        figure.add_trace(Mesh3d(**_mesh(brain), **look, name="Brain"))
    _lay_out(figure, [each for each in (brain, tumour, truth) if each is not None])
    if tumour is None:
        _say(figure, "No tumour is predicted.")
    return figure


def _tumour(
    surface: Surface, look: dict[str, Any], slice_numbers: NDArray[np.integer] | None
) -> Mesh3d:
    lines = [] if slice_numbers is None else ["slice %{customdata}"]
    lines.append("L %{x:.0f}, P %{y:.0f}, S %{z:.0f} mm")
    if "intensity" in look:
        lines.append("uncertainty %{intensity:.3f}")
    return Mesh3d(
        **_mesh(surface),
        **look,
        **_SHADING,
        name="Predicted tumour",
        showlegend=True,
        customdata=slice_numbers,
        hovertemplate="<br>".join(lines) + "<extra></extra>",
    )


def _coloured(doubt: NDArray[np.floating], scale: _Scale, palette: Palette) -> dict[str, Any]:
    return {
        "intensity": doubt.astype(np.float32),
        "cmin": 0.0,
        "cmax": scale.top,
        "colorscale": [_darkened(palette.doubt), palette.doubt],
        "colorbar": {
            "title": {"text": f"{scale.title}<br>largest here {doubt.max():.2f}", "side": "top"},
            "tickvals": list(scale.ticks),
            "len": 0.6,
            "thickness": 14,
            "outlinewidth": 0,
        },
    }


def _translucent(colour: str, opacity: float, *, shown: bool) -> dict[str, Any]:
    return {
        "color": colour,
        "opacity": opacity,
        "visible": True if shown else "legendonly",
        "showlegend": True,
        **_SHADING,
        "hoverinfo": "skip",
    }


def _mesh(surface: Surface) -> dict[str, Any]:
    x, y, z = surface.vertices_mm.T
    # Half the bytes on their way to the browser, where two a vertex number are enough.
    numbers = np.uint16 if len(surface.vertices_mm) <= 65_536 else np.uint32
    i, j, k = surface.faces.T.astype(numbers)
    return {"x": x, "y": y, "z": z, "i": i, "j": j, "k": k}


def _darkened(colour: str) -> str:
    """A little of a colour over the darkest paper."""
    dark, bright = (np.array(colours.rgb(each)) for each in (colours.DARK_PAPER, colour))
    red, green, blue = np.rint(dark + _DARKEST * (bright - dark)).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _lay_out(figure: Figure, surfaces: list[Surface]) -> None:
    scene: dict[str, Any] = {
        "aspectmode": "data",
        "bgcolor": colours.TRANSPARENT,
        "camera": _camera("Oblique"),
        "dragmode": "orbit",
    }
    scene |= {f"{name}axis": {"visible": False} for name in "xyz"}
    if surfaces:
        low = np.min([each.vertices_mm.min(axis=0) for each in surfaces], axis=0)
        high = np.max([each.vertices_mm.max(axis=0) for each in surfaces], axis=0)
        room = _ROOM * (high - low).max()
        figure.add_trace(_letters(low - room, high + room))
        # Fixed, hidden surfaces included, so that nothing moves when one is shown.
        for name, start, end in zip("xyz", low - 1.2 * room, high + 1.2 * room, strict=True):
            scene[f"{name}axis"]["range"] = [float(start), float(end)]
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        scene=scene,
        updatemenus=[_buttons()],
        uirevision="surfaces",
        height=620,
        margin={"l": 0, "r": 0, "t": 50, "b": 0},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yanchor": "bottom",
            "traceorder": "reversed",
            "font": {"size": 14},
        },
    )


def _letters(low: NDArray[np.floating], high: NDArray[np.floating]) -> Scatter3d:
    """The patient's sides, each in the middle of a side of the box."""
    places = np.tile((low + high) / 2, (6, 1))
    places[[0, 2, 4], [0, 1, 2]] = low
    places[[1, 3, 5], [0, 1, 2]] = high
    x, y, z = places.T
    return Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="text",
        text=list("RLAPIS"),
        # Two letters on one line of sight stand side by side: A over P would look like R.
        textposition=["middle left", "middle right"] * 3,
        textfont={"size": 18},
        hoverinfo="skip",
        showlegend=False,
    )


def _camera(view: str) -> dict[str, Any]:
    eye, up = _VIEWS[view]
    return {
        "eye": dict(zip("xyz", eye, strict=True)),
        "up": dict(zip("xyz", up, strict=True)),
        "center": {"x": 0.0, "y": 0.0, "z": 0.0},
    }


def _buttons() -> dict[str, Any]:
    return {
        "type": "buttons",
        "direction": "right",
        "showactive": False,
        "buttons": [
            {"label": view, "method": "relayout", "args": [{"scene.camera": _camera(view)}]}
            for view in _VIEWS
        ],
        "x": 0,
        "xanchor": "left",
        "y": 1.02,
        "yanchor": "bottom",
        "bgcolor": colours.TRANSPARENT,
        "bordercolor": colours.NEUTRAL,
        # In the theme's colour a name would vanish: under the pointer plotly turns a button white.
        "font": {"color": colours.NEUTRAL, "size": 13},
    }


def _say(figure: Figure, sentence: str) -> None:
    figure.add_annotation(
        text=sentence,
        x=0.5,
        y=0.98,
        xref="paper",
        yref="paper",
        yanchor="top",
        showarrow=False,
        font={"size": 16},
    )


def _check_lengths(surface: Surface, **arrays: NDArray | None) -> None:
    expected = len(surface.vertices_mm)
    for name, values in arrays.items():
        if values is not None and values.shape != (expected,):
            raise InputError(
                f"{name} has shape {values.shape}, where one value for each of the tumour's "
                f"{expected} vertices is accepted."
            )
