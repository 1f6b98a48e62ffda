"""Pictures, masks and maps as the small numbers that the slice view is sent; NumPy only."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.study import CONTRASTS, Study

PROBABILITY_LEVELS = 200
"""Steps of the 8-bit probability. Thresholds that are multiples of 1/200 draw exactly the
pixels of ``probability > threshold``; others draw those of the nearest multiple."""

_SAMPLED_PIXELS = 200_000
_SPIKE_SPANS = 15

Box = tuple[int, int, int, int]


class Layer(NamedTuple):
    """What the header says of a layer, and its bytes."""

    spec: dict[str, Any]
    data: bytes


def contrast_layers(study: Study, names: Sequence[str]) -> list[Layer]:
    """Contrasts in 16 bits, cut to the box that holds anything, with their windows."""
    brain = study.brain
    box = _bounding_box(brain)
    return [
        _contrast_layer(name, study.images[..., CONTRASTS.index(name)], brain, box)
        for name in names
    ]


def _contrast_layer(
    name: str, image: NDArray[np.float32], brain: NDArray[np.bool_], box: Box
) -> Layer:
    values = _cropped(image, box)
    inside = image[brain]
    # Percentiles of a few hundred thousand pixels are the volume's to within a grey level.
    sample = inside[:: max(1, inside.size // _SAMPLED_PIXELS)]
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    whole = high - low <= 65535 and bool((values == np.rint(values)).all())
    scale, intercept, clipped = 1.0, low, False
    if not whole:
        kept_low, kept_high = _without_spikes(low, high, sample)
        clipped = (kept_low, kept_high) != (low, high)
        intercept = kept_low
        scale = (kept_high - kept_low) / 65535
    levels = np.rint((values.astype(np.float64) - intercept) / scale)
    spec = {
        "name": name,
        "type": "uint16",
        "box": box,
        "scale": scale,
        "intercept": intercept,
        "clipped": clipped,
        "maximum": high,
        "windows": _windows(low, high, sample),
    }
    return Layer(spec, np.clip(levels, 0, 65535).astype("<u2").tobytes())


def _without_spikes(low: float, high: float, sample: NDArray[np.float32]) -> tuple[float, float]:
    """The range to be kept: at most `_SPIKE_SPANS` spans of the brain beyond its values."""
    if sample.size == 0:
        return low, high
    centre_low, centre_high = (float(v) for v in np.percentile(sample, (0.1, 99.9)))
    reach = _SPIKE_SPANS * (centre_high - centre_low)
    if reach <= 0:
        return low, high
    return max(low, centre_low - reach), min(high, centre_high + reach)


def _windows(
    low: float, high: float, sample: NDArray[np.float32]
) -> dict[str, tuple[float, float]]:
    """The presets of the grey levels: low and high of each, never of zero width.

    ``auto`` is the 1st to 99.5th percentile of the brain: a large lesion is brighter than 99 %
    of it, and a window that ended there would show it as one white patch. ``percentile`` is
    the 10th to 99th, with more contrast between tissues; ``full`` is everything there is.
    """
    brain = sample if sample.size else np.zeros(1, np.float32)
    percent = np.percentile(brain, (1, 99.5, 10, 99))
    first, last, inner_first, inner_last = (float(value) for value in percent)
    pairs = {"auto": (first, last), "percentile": (inner_first, inner_last), "full": (low, high)}
    return {
        name: (low, high) if high > low else (low - 0.5, low + 0.5)
        for name, (low, high) in pairs.items()
    }


def truth_layer(mask: NDArray[np.bool_]) -> Layer:
    """A mask as bits."""
    box = _bounding_box(mask)
    spec = {"name": "truth", "type": "bits", "box": box}
    return Layer(spec, np.packbits(_cropped(mask, box)).tobytes())


def byte_layer(name: str, levels: NDArray[np.uint8]) -> Layer:
    """Levels of 8 bits, cut to the box of those that are not 0."""
    return _in_box(name, levels, (0, 0))


def _in_box(name: str, levels: NDArray[np.uint8], corner: tuple[int, int]) -> Layer:
    """Levels whose first row and column are those of ``corner``, cut to what is not 0."""
    box = _bounding_box(levels != 0)
    top, bottom, left, right = box
    row, column = corner if any(box) else (0, 0)
    place = (top + row, bottom + row, left + column, right + column)
    spec = {"name": name, "type": "uint8", "box": place}
    return Layer(spec, _cropped(levels, box).tobytes())


def probability_layer(probability: NDArray[np.float32]) -> Layer:
    """Probabilities by `PROBABILITY_LEVELS`, cut to the box of those that are not 0."""
    box = _bounding_box(probability > 0)
    levels = _probability_levels(_cropped(probability, box))
    return _in_box("probability", levels, (box[0], box[2]))


def _probability_levels(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    """How many of the thresholds 1/200, 2/200, … a probability exceeds: 0 … 199.

    Compared in float32, as `Prediction.mask` compares.
    """
    thresholds = (np.arange(PROBABILITY_LEVELS + 1) / PROBABILITY_LEVELS).astype(np.float32)
    levels = np.clip(np.ceil(probability * PROBABILITY_LEVELS) - 1, 0, 199).astype(np.uint8)
    # The product rounds; one step either way is put right against the thresholds themselves.
    levels -= (levels > 0) & (probability <= thresholds[levels])
    levels += (levels < 199) & (probability > thresholds[levels + 1])
    return levels


def doubt_layer(maps: NDArray[np.float32]) -> tuple[Layer, NDArray[np.float64]]:
    """Each slice's values as parts of 255 of its own maximum, and these maxima."""
    box = _bounding_box(maps != 0)
    values = _cropped(maps, box)
    maxima = values.max(axis=(1, 2), initial=0.0)
    scale = np.divide(np.float32(255), maxima, out=np.zeros_like(maxima), where=maxima > 0)
    levels = np.rint(values * scale[:, None, None]).astype(np.uint8)
    return _in_box("uncertainty", levels, (box[0], box[2])), maxima.astype(np.float64)


def _bounding_box(mask: NDArray[np.bool_]) -> Box:
    """(top, bottom, left, right), the ends excluded, over all slices; all 0 for an empty mask."""
    rows = np.flatnonzero(mask.any(axis=(0, 2)))
    columns = np.flatnonzero(mask.any(axis=(0, 1)))
    if rows.size == 0:
        return 0, 0, 0, 0
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _cropped(stack: NDArray[Any], box: Box) -> NDArray[Any]:
    top, bottom, left, right = box
    return stack[:, top:bottom, left:right]
