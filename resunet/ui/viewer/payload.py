"""Studies and predictions as bytes for the slice view; NumPy only.

A payload is a little-endian uint32 with the header's length, the header (UTF-8 JSON, padded
with blanks), and the layers. Every layer starts at a multiple of 8 bytes from the payload's
start, so that the browser can view it as a typed array once it has its own copy.

There are three payloads, so that the first picture need not wait for the others: the study's
with its first contrast and outline, its other contrasts', and its prediction's, which is
replaced as more slices are computed. All carry the study's key; nothing is ever drawn over
another study.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.study import CONTRASTS, Prediction, Study

FORMAT = "resunet-layers/1"
"""The format's name in the header; `shelf.js` accepts no other."""

PROBABILITY_LEVELS = 200
"""Steps of the 8-bit probability. Thresholds that are multiples of 1/200 draw exactly the
pixels of ``probability > threshold``; others draw those of the nearest multiple."""

_OFFERED = ("flair", "t1ce", "t2", "t1")
"""The contrasts as the slice view offers them; the first travels with the study."""

_ALIGNMENT = 8
_SAMPLED_PIXELS = 200_000
_SPIKE_SPANS = 15

Measure = Literal["std", "entropy", "mutual_information"]
Box = tuple[int, int, int, int]


class _Layer(NamedTuple):
    spec: dict[str, Any]
    data: bytes


def pack_study(study: Study) -> bytes:
    """What the first picture needs: FLAIR (16 bits) and the expert's outline (1 bit).

    Whole numbers within 16 bits arrive exactly. Other values are rounded to 65,536 even steps
    over their range; where single spikes stretch that range far beyond the brain's, they are
    cut off, so that the brain keeps at least 2,000 steps.

    Args:
        study: The study.

    Returns:
        The payload. Its header names all contrasts there will be (``"contrasts"``) and the
        payload that brings the others (``"others"``, its id).
    """
    layers = _contrast_layers(study, _OFFERED[:1])
    mask = study.mask
    if mask is not None:
        layers.append(_truth_layer(mask))
    positions = study.slice_positions_mm
    header = {
        "kind": "study",
        "study": _study_key(study),
        "shape": study.shape,
        "box": layers[0].spec["box"],
        "contrasts": _OFFERED,
        "others": _others_id(study),
        "spacing_mm": None if study.spacing_mm is None else [float(v) for v in study.spacing_mm],
        "slice_numbers": [int(number) for number in study.slice_numbers],
        "slice_positions_mm": None if positions is None else [float(mm) for mm in positions],
    }
    return _payload(header, layers)


def pack_contrasts(study: Study) -> bytes:
    """The contrasts that `pack_study` leaves out, in the same manner and on the same frame.

    Args:
        study: The study.

    Returns:
        The payload.
    """
    header = {
        "kind": "contrasts",
        "study": _study_key(study),
        "shape": study.shape,
        "id": _others_id(study),
    }
    return _payload(header, _contrast_layers(study, _OFFERED[1:]))


def pack_prediction(study: Study, prediction: Prediction, *, measure: Measure = "std") -> bytes:
    """Probability and uncertainty of the slices computed so far (8 bits) as one payload.

    Uncertainty is relative to each slice's own maximum, as the paper draws it; the maxima
    themselves stand in the header.

    Args:
        study: The study that was predicted.
        prediction: What the network says of it.
        measure: The map shown as uncertainty.

    Returns:
        The payload.

    Raises:
        InputError: If the prediction is not on the study's grid.
    """
    if prediction.probability.shape != study.shape:
        raise InputError(
            f"The prediction's maps are {prediction.probability.shape}, "
            f"where the study's {study.shape} is accepted."
        )
    done = prediction.done
    levels = _probability_levels(prediction.probability[done])
    relative, maxima = _relative_levels(getattr(prediction, measure)[done])
    header = {
        "kind": "prediction",
        "study": _study_key(study),
        "shape": study.shape,
        "done": np.flatnonzero(done).tolist(),
        "samples": prediction.samples,
        "threshold": float(prediction.threshold),
        "probability_levels": PROBABILITY_LEVELS,
        "measure": measure,
        "maxima": maxima.tolist(),
        "maximum": float(maxima.max(initial=0.0)),
    }
    return _payload(
        header, [_byte_layer("probability", levels), _byte_layer("uncertainty", relative)]
    )


def read_header(payload: bytes) -> dict[str, Any]:
    """The header of a payload made by one of this module's functions.

    Args:
        payload: The bytes.

    Returns:
        The header; ``"id"`` stands for the whole payload.

    Raises:
        InputError: If the bytes are no such payload.
    """
    length = int.from_bytes(payload[:4], "little")
    try:
        header = json.loads(payload[4 : 4 + length])
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise InputError(f"The layers' header is not readable, where {FORMAT} is accepted.")
    return header


def _contrast_layers(study: Study, names: Sequence[str]) -> list[_Layer]:
    brain = study.brain
    box = _bounding_box(brain)
    return [
        _contrast_layer(name, study.images[..., CONTRASTS.index(name)], brain, box)
        for name in names
    ]


def _contrast_layer(
    name: str, image: NDArray[np.float32], brain: NDArray[np.bool_], box: Box
) -> _Layer:
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
        "window": _auto_window(sample),
    }
    return _Layer(spec, np.clip(levels, 0, 65535).astype("<u2").tobytes())


def _without_spikes(low: float, high: float, sample: NDArray[np.float32]) -> tuple[float, float]:
    """The range to be kept: at most `_SPIKE_SPANS` spans of the brain beyond its values."""
    if sample.size == 0:
        return low, high
    centre_low, centre_high = (float(v) for v in np.percentile(sample, (0.1, 99.9)))
    reach = _SPIKE_SPANS * (centre_high - centre_low)
    if reach <= 0:
        return low, high
    return max(low, centre_low - reach), min(high, centre_high + reach)


def _auto_window(sample: NDArray[np.float32]) -> tuple[float, float]:
    """From the 1st to the 99.5th percentile of the brain; never of zero width.

    A large lesion is brighter than 99 % of the brain: a window that ended there would show
    it as one white patch.
    """
    if sample.size == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(sample, (1, 99.5)))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _truth_layer(mask: NDArray[np.bool_]) -> _Layer:
    box = _bounding_box(mask)
    spec = {"name": "truth", "type": "bits", "box": box}
    return _Layer(spec, np.packbits(_cropped(mask, box)).tobytes())


def _byte_layer(name: str, levels: NDArray[np.uint8]) -> _Layer:
    box = _bounding_box(levels != 0)
    return _Layer({"name": name, "type": "uint8", "box": box}, _cropped(levels, box).tobytes())


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


def _relative_levels(
    maps: NDArray[np.float32],
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    maxima = maps.max(axis=(1, 2), initial=0.0).astype(np.float64)
    scale = np.divide(255.0, maxima, out=np.zeros_like(maxima), where=maxima > 0)
    return np.rint(maps * scale[:, None, None]).astype(np.uint8), maxima


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


def _study_key(study: Study) -> str:
    text = json.dumps([study.identifier, study.source.sha256, study.shape, study.slice_numbers])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _others_id(study: Study) -> str:
    """Known before the other contrasts are packed; the key's SHA-256 settles their pixels."""
    return f"{_study_key(study)}-others"


def _payload(header: dict[str, Any], layers: Sequence[_Layer]) -> bytes:
    """The bytes. A header without an id is given a digest of all of them."""
    offset = 0
    specs, parts = [], []
    for layer in layers:
        specs.append({**layer.spec, "offset": offset})
        padding = -len(layer.data) % _ALIGNMENT
        parts += [layer.data, bytes(padding)]
        offset += len(layer.data) + padding
    content = {"format": FORMAT, **header, "layers": specs}
    if "id" not in content:
        content["id"] = _digest(content, layers)
    text = json.dumps(content).encode()
    text += b" " * (-(4 + len(text)) % _ALIGNMENT)
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])


def _digest(content: dict[str, Any], layers: Sequence[_Layer]) -> str:
    digest = hashlib.blake2b(json.dumps(content).encode(), digest_size=12)
    for layer in layers:
        digest.update(layer.data)
    return digest.hexdigest()
