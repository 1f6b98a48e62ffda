"""Where the tumours of sets lie, side by side: the paper's figure 4, for screen and paper."""

from collections.abc import Sequence, Sized
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from plotly.graph_objects import Figure, Heatmap
from plotly.subplots import make_subplots

from resunet.errors import InputError
from resunet.figures import colours, raster
from resunet.figures.crops import Crop, head_axes, shared_crop
from resunet.figures.labels import label

Scale = Literal["own", "common"]
"""``"own"``: each picture by its own maximum, as in the paper; ``"common"``: by its row's."""

_ROWS = ("mean", "std")
_TITLES = {"mean": "Mean mask", "std": "Standard deviation"}
_MARGIN, _GAP, _HEAD, _BAR = 16, 14, 58, 78


class Distribution(Protocol):
    """What is drawn of a set, such as `resunet.cohort.distributions.MaskDistribution`."""

    @property
    def name(self) -> str:
        """The set's name."""

    @property
    def slices(self) -> int:
        """How many slices were counted."""

    @property
    def patients(self) -> Sized:
        """The patients they come from."""

    @property
    def mean(self) -> NDArray[np.float64]:
        """(H, W), the share of slices with tumour at each pixel."""

    @property
    def std(self) -> NDArray[np.float64]:
        """(H, W), the masks' standard deviation at each pixel."""


def fig_mask_distributions(
    distributions: Sequence[Distribution], *, scale: Scale = "own"
) -> Figure:
    """Mean and standard deviation of the masks of several sets (the paper's figure 4).

    Args:
        distributions: At least one set; each becomes a column of two heatmaps.
        scale: ``"own"`` draws each picture up to its own maximum, which its title tells;
            ``"common"`` draws each row of pictures up to the row's maximum.

    Returns:
        A figure with row 0 on top, pixels square, and the patient's right (R) on the
        viewer's left, showing the part that holds the tumours of any set. Hovering shows
        row, column and the value itself in either scale.

    Raises:
        InputError: If there is no set, or the scale is another word.
    """
    tops = _maxima(distributions, scale)
    figure = make_subplots(
        rows=len(_ROWS),
        cols=len(distributions),
        subplot_titles=[
            _title(distribution, kind) for kind in _ROWS for distribution in distributions
        ],
        horizontal_spacing=0.04,
        vertical_spacing=0.14,
    )
    crop = shared_crop([distribution.mean for distribution in distributions])
    for row, kind in enumerate(_ROWS):
        for column, distribution in enumerate(distributions):
            bar = _bar(scale, kind, tops[kind][column]) if column == 0 else None
            heatmap = _heatmap(getattr(distribution, kind), crop, kind, tops[kind][column], bar)
            figure.add_trace(heatmap, row=row + 1, col=column + 1)
        figure.update_yaxes(title=_TITLES[kind], row=row + 1, col=1)
    _lay_out(figure, len(distributions), crop)
    return figure


def picture_mask_distributions(
    distributions: Sequence[Distribution], *, scale: Scale = "own", panel_px: int = 288
) -> Image.Image:
    """The same as `fig_mask_distributions`, as a picture for a report.

    Args:
        distributions: At least one set; each becomes a column.
        scale: As in `fig_mask_distributions`.
        panel_px: The longer side of each picture on the screen, at least 64.

    Returns:
        An RGB image on white.

    Raises:
        InputError: If there is no set, the scale is another word, or the panels are
            too small to be read.
    """
    if panel_px < 64:
        raise InputError(f"panel_px is {panel_px}, where at least 64 is accepted.")
    tops = _maxima(distributions, scale)
    sizes = [_fit(distribution.mean.shape, panel_px) for distribution in distributions]
    height = max(size[1] for size in sizes)
    lefts = np.cumsum([_MARGIN, *(size[0] + _GAP for size in sizes)]).tolist()
    image = Image.new(
        "RGB", (lefts[-1] + _BAR, 2 * (_HEAD + height) + 2 * _MARGIN), colours.LIGHT_PAPER
    )
    for row, kind in enumerate(_ROWS):
        top = _MARGIN + row * (_HEAD + height)
        for column, distribution in enumerate(distributions):
            place = (lefts[column], top)
            _paste(image, place, distribution, kind, tops[kind][column], sizes[column])
        _paste_bar(image, (lefts[-1], top + _HEAD), height, scale, tops[kind][0])
    return image


def _maxima(distributions: Sequence[Distribution], scale: Scale) -> dict[str, list[float]]:
    """For each row the value drawn brightest in each column; 1 where all is zero."""
    if scale not in ("own", "common"):
        raise InputError(f'scale is "{scale}", where "own" or "common" is accepted.')
    if not distributions:
        raise InputError("distributions is empty, where at least one set is accepted.")
    tops = {}
    for kind in _ROWS:
        own = [float(getattr(distribution, kind).max()) for distribution in distributions]
        chosen = own if scale == "own" else [max(own)] * len(own)
        tops[kind] = [top or 1.0 for top in chosen]
    return tops


def _title(distribution: Distribution, kind: str) -> str:
    # on two lines, so that many sets have room on a narrow page
    return f"{label(distribution.name, 20)}<br>max {getattr(distribution, kind).max():.3g}"


def _heatmap(
    values: NDArray[np.float64],
    crop: Crop,
    kind: str,
    top: float,
    bar: dict[str, object] | None,
) -> Heatmap:
    return Heatmap(
        # Half the bytes on their way to the browser, and still seven digits.
        z=crop.of(values).astype(np.float32),
        x0=crop.left,
        y0=crop.top,
        zmin=0.0,
        zmax=top,
        colorscale=list(colours.SEQUENTIAL),
        colorbar=bar,
        showscale=bar is not None,
        hovertemplate=f"row %{{y}}, column %{{x}}<br>{kind} %{{z:.4f}}<extra></extra>",
    )


def _bar(scale: Scale, kind: str, top: float) -> dict[str, object]:
    """The colour bar right of a row; by own maxima its numbers are shares of them."""
    place = {"len": 0.44, "y": 0.78 if kind == "mean" else 0.22, "thickness": 14}
    if scale == "common":
        return place | {"title": {"text": kind}}
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    return place | {
        "tickvals": [share * top for share in shares],
        "ticktext": [f"{share:.0%}" for share in shares],
        "title": {"text": "of max"},
    }


def _lay_out(figure: Figure, columns: int, crop: Crop) -> None:
    for index in range(len(_ROWS) * columns):
        number = "" if index == 0 else str(index + 1)
        across, down = head_axes(crop, f"x{number}")
        figure.layout[f"xaxis{number}"].update(across)
        figure.layout[f"yaxis{number}"].update(down)
    figure.update_annotations(font_size=13)
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision="distributions",
        height=620,
        margin={"l": 40, "r": 20, "t": 44, "b": 20},
    )


def _fit(shape: tuple[int, ...], side_px: int) -> raster.Size:
    """Width and height of a picture of (H, W) pixels with the given longer side."""
    rows, columns = shape[:2]
    scale = side_px / max(rows, columns)
    return max(1, round(columns * scale)), max(1, round(rows * scale))


def _paste(
    image: Image.Image,
    place: tuple[int, int],
    distribution: Distribution,
    kind: str,
    top: float,
    size: raster.Size,
) -> None:
    left, head = place
    values = getattr(distribution, kind)
    counts = f"{distribution.slices} slices, {len(distribution.patients)} patients"
    lines = (
        (f"{distribution.name}: {_TITLES[kind].lower()}", 16, colours.LIGHT_INK),
        (f"max {values.max():.3g}; {counts}", 13, colours.LIGHT_FAINT),
    )
    for index, (text, size_px, colour) in enumerate(lines):
        text = raster.shorten(text, size_px, size[0])
        raster.write(image, (left, head + 8 + 22 * index), text, size_px=size_px, colour=colour)
    panel = Image.fromarray(colours.ramp(raster.enlarge(values / top, size)))
    raster.write_sides(panel, size_px=16, colour=colours.DARK_INK)
    image.paste(panel, (left, head + _HEAD))


def _paste_bar(
    image: Image.Image, place: tuple[int, int], height: int, scale: Scale, top: float
) -> None:
    left, head = place
    image.paste(raster.colour_bar((16, height), colours.SEQUENTIAL), place)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        text = f"{share * top:.3g}" if scale == "common" else f"{share:.0%}"
        # Numbers at the ends stay inside the bar's height.
        y = min(max(head + (1 - share) * height, head + 7), head + height - 7)
        raster.write(image, (left + 24, y), text, size_px=14, colour=colours.LIGHT_INK, anchor="lm")
    if scale == "own":
        raster.write(image, (left, head - 22), "of max", size_px=13, colour=colours.LIGHT_FAINT)
