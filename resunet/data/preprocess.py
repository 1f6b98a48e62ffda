"""From a `Study` to the network's grid, and from the network's grid back.

The way there: intensities are scaled, a square is framed, and the square is averaged down to
n×n pixels. The way back is bilinear between the same pixel centres, so that what the network
finds lands where it was seen (section 3.1.1 of the paper; which of the variants is used is
part of a model, see `PreparationConfig`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.config import PreparationConfig
from resunet.data.resampling import area_weights, linear_weights
from resunet.errors import InputError
from resunet.study import CONTRASTS, Study

PERCENTILES = (1.0, 99.0)
"""Where the brain's intensities are cut for `percentile` and `standardise`."""

_INTENSITY_RANGE = {
    "maximum": (0.0, 1.0),
    "percentile": (0.0, 1.0),
    "standardise": (-3.0, 8.0),
}


def intensity_range(scaling: str) -> tuple[float, float]:
    """(background, ceiling) of prepared intensities.

    Pixels outside the brain hold the background value exactly, and no pixel lies outside
    the range; `standardise` cuts the brain's intensities to it, in standard deviations.
    """
    return _INTENSITY_RANGE[scaling]


class Frame(NamedTuple):
    """The part of a slice that the network sees, in pixels of the study.

    Edges, not centres: the whole of a slice with H rows runs from 0 to H. A frame may
    reach beyond the slice; there is background.

    Attributes:
        row: Upper edge.
        column: Left edge.
        rows: Height.
        columns: Width; the same length in mm as the height.
    """

    row: float
    column: float
    rows: float
    columns: float


@dataclass(frozen=True, eq=False)
class Prepared:
    """A study on the network's grid.

    Attributes:
        images: float32 (S, n, n, 4).
        mask: bool (S, n, n), whole tumour where it covers more than half of a pixel; None
            where the study has no labels.
        share: float32 (S, n, n), the share of each pixel that whole tumour covers, 0 to 1; None
            where the study has no labels.
        frames: What each slice shows, S entries.
    """

    images: NDArray[np.float32]
    mask: NDArray[np.bool_] | None
    share: NDArray[np.float32] | None
    frames: tuple[Frame, ...]


class Preparer:
    """Prepares slices of one study; statistics over the whole study are taken once.

    A contrast that the study lacks is background everywhere, as in the training of models that
    do without (`AugmentConfig.contrast_dropout`).

    Args:
        study: The study.
        config: How to scale and frame.
        size: n, the side of the network's input in pixels.

    Attributes:
        brain: bool (S, H, W), `Study.brain`.
    """

    def __init__(self, study: Study, config: PreparationConfig, size: int) -> None:
        self.study = study
        self.config = config
        self.size = size
        self.brain = study.brain
        self._missing = [CONTRASTS.index(contrast) for contrast in study.missing]
        self._shared: tuple[Frame, _Scale] | None = None
        if config.scope == "study":
            frame = _frame(study, np.asarray(self.brain.any(axis=0)), config)
            self._shared = frame, _scale_of(study.images, self.brain, config)

    def __call__(self, slices: Sequence[int] | NDArray[np.integer]) -> Prepared:
        """Prepares the slices of these indices, in this order."""
        study, size = self.study, self.size
        background, ceiling = intensity_range(self.config.scaling)
        images = np.empty((len(slices), size, size, len(CONTRASTS)), np.float32)
        share = None if study.labels is None else np.empty((len(slices), size, size), np.float32)
        frames = []
        for out, index in enumerate(slices):
            picture, inside = study.images[index], self.brain[index]
            frame, scale = self._shared or (
                _frame(study, inside, self.config),
                _scale_of(picture, inside, self.config),
            )
            # with the background at 0, what the frame shows beyond the slice is background
            scaled = _apply_scale(picture, inside, scale, self.config) - background
            scaled[..., self._missing] = 0.0
            rows = area_weights(study.shape[1], frame.row, frame.rows, size)
            columns = area_weights(study.shape[2], frame.column, frame.columns, size)
            for contrast in range(len(CONTRASTS)):
                images[out, ..., contrast] = rows @ scaled[..., contrast] @ columns.T
            images[out] += background
            np.clip(images[out], background, ceiling, out=images[out])  # off by rounding
            if share is not None and study.labels is not None:
                share[out] = rows @ (study.labels[index] > 0).astype(np.float32) @ columns.T
            frames.append(frame)
        return Prepared(images, None if share is None else share > 0.5, share, tuple(frames))


def prepare(study: Study, config: PreparationConfig, size: int) -> Prepared:
    """Prepares all slices of a study (see `Preparer`)."""
    return Preparer(study, config, size)(range(study.shape[0]))


def restore(maps: NDArray[np.float32], frame: Frame, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Brings maps of one slice from the network's grid back to the study's.

    Bilinear between pixel centres; half a pixel round the frame's edge the nearest centre
    counts, and outside the frame is 0.

    Args:
        maps: float32 (..., n, n).
        frame: The frame that `prepare` gave for this slice.
        shape: (H, W) of the study.

    Returns:
        float32 (..., H, W).
    """
    size = maps.shape[-1]
    rows = _interpolation(shape[0], frame.row, frame.rows, size)
    columns = _interpolation(shape[1], frame.column, frame.columns, size)
    return (rows @ maps @ columns.T).astype(np.float32, copy=False)


def _frame(study: Study, brain: NDArray[np.bool_], config: PreparationConfig) -> Frame:
    """The square (in mm) round the brain, or round the whole slice."""
    height, width = study.shape[1:]
    row_mm, column_mm = study.spacing_mm or (1.0, 1.0)
    first_row, last_row, first_column, last_column = 0, height, 0, width
    if config.framing == "crop" and brain.any():
        rows, columns = np.flatnonzero(brain.any(axis=1)), np.flatnonzero(brain.any(axis=0))
        first_row, last_row = int(rows[0]), int(rows[-1]) + 1
        first_column, last_column = int(columns[0]), int(columns[-1]) + 1
    side_mm = max((last_row - first_row) * row_mm, (last_column - first_column) * column_mm)
    if config.framing == "crop":
        side_mm *= 1.0 + 2.0 * config.margin
    tall, wide = side_mm / row_mm, side_mm / column_mm
    return Frame(
        (first_row + last_row - tall) / 2, (first_column + last_column - wide) / 2, tall, wide
    )


class _Scale(NamedTuple):
    """Each contrast's line from stored to prepared intensity: (value − zero) / unit."""

    zero: tuple[float, ...]
    unit: tuple[float, ...]


def _scale_of(
    images: NDArray[np.float32], brain: NDArray[np.bool_], config: PreparationConfig
) -> _Scale:
    """Statistics inside the brain, over one slice (H, W, 4) or a study (S, H, W, 4)."""
    lines = [
        intensity_line(values, config.scaling)
        for values in _brain_values(images, brain, config.scaling)
    ]
    return _Scale(tuple(zero for zero, _ in lines), tuple(unit for _, unit in lines))


def _brain_values(
    images: NDArray[np.float32], brain: NDArray[np.bool_], scaling: str
) -> Iterator[NDArray[np.float32]]:
    for index in range(len(CONTRASTS)):
        contrast = images[..., index]
        yield contrast.reshape(-1) if scaling == "maximum" else contrast[brain]


def intensity_line(values: NDArray[np.float32], scaling: str) -> tuple[float, float]:
    """The line from stored to prepared intensity, (value − zero) / unit, of one contrast.

    Args:
        values: The values it is taken from: the brain's, or for ``"maximum"`` all.
        scaling: As `PreparationConfig.scaling`.

    Returns:
        (zero, unit); an empty brain or a constant contrast has unit 1.
    """
    if values.size == 0:
        return 0.0, 1.0
    if scaling == "maximum":
        highest = float(values.max())
        return 0.0, highest if highest > 0 else 1.0
    low, high = np.percentile(values, PERCENTILES)
    if scaling == "percentile":
        return float(low), float(high - low) if high > low else 1.0
    inner = values[(values >= low) & (values <= high)].astype(np.float64)
    deviation = float(inner.std())
    return float(inner.mean()), deviation if deviation > 0 else 1.0


def _apply_scale(
    picture: NDArray[np.float32],
    brain: NDArray[np.bool_],
    scale: _Scale,
    config: PreparationConfig,
) -> NDArray[np.float32]:
    """Scales one slice (H, W, 4); outside the brain is background."""
    background, ceiling = intensity_range(config.scaling)
    zero, unit = np.array(scale.zero, np.float32), np.array(scale.unit, np.float32)
    scaled = np.clip((picture - zero) / unit, background, ceiling)
    scaled[~brain] = background
    return scaled


def _interpolation(length: int, start: float, extent: float, size: int) -> NDArray[np.float32]:
    """float32 (length, size): each input pixel from the two nearest output centres."""
    step = extent / size
    if step <= 0:
        raise InputError(f"A frame of extent {extent} was given, where above 0 is accepted.")
    centres = (np.arange(length) + 0.5 - start) / step - 0.5
    return linear_weights(centres, size, -0.5, size - 0.5)
