"""Studies and predictions as bytes for the slice view; NumPy only.

A payload is a little-endian uint32 with the header's length, the header (UTF-8 JSON, padded
with blanks), and the layers, deflated (zlib) where the header says so: maps shrink to a sixth,
pictures hardly. Every layer starts at a multiple of 8 bytes from the first, so that the browser can
view it as a typed array once it has its own copy.

There are four payloads, so that the first picture need not wait for the others, and another
measure of uncertainty brings nothing else: the study's with its first contrast and outline, its
other contrasts', its prediction's, and that of the prediction's uncertainty. The last two are
replaced as more slices are computed. All carry the study's key; nothing is ever drawn over
another study.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.measure.uncertainty import CEILINGS
from resunet.study import Prediction, Study
from resunet.ui.viewer.edits import Verdict
from resunet.ui.viewer.layers import (
    PROBABILITY_LEVELS,
    Layer,
    byte_layer,
    contrast_layers,
    doubt_layer,
    probability_layer,
    truth_layer,
)

FORMAT = "resunet-layers/1"
"""The format's name in the header; `shelf.js` accepts no other."""

_OFFERED = ("flair", "t1ce", "t2", "t1")
"""The contrasts as the slice view offers them; the first travels with the study."""

Measure = Literal["std", "entropy", "mutual_information"]

_ALIGNMENT = 8


def pack_study(
    study: Study,
    correction: NDArray[np.int8] | None = None,
    verdicts: Sequence[Verdict] = (),
) -> bytes:
    """What the first picture needs: FLAIR (16 bits) and the expert's outline (1 bit).

    Whole numbers within 16 bits arrive exactly. Other values are rounded to 65,536 even steps
    over their range; where single spikes stretch that range far beyond the brain's, they are
    cut off, so that the brain keeps at least 2,000 steps.

    Args:
        study: The study.
        correction: As `Prediction.correction`, what the view begins with; None for nothing.
        verdicts: On lesions, with which it begins too.

    Returns:
        The payload. Its header names all contrasts there will be (``"contrasts"``) and the
        payload that brings the others (``"others"``, its id).
    """
    layers = contrast_layers(study, _OFFERED[:1])
    mask = study.mask
    if mask is not None:
        layers.append(truth_layer(mask))
    if correction is not None:
        codes = np.where(correction < 0, 2, correction).astype(np.uint8)
        layers.append(byte_layer("correction", codes))
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
        "slice_step_mm": study.slice_step_mm,
        "affine": None if study.affine is None else study.affine.tolist(),
        "verdicts": [
            {"verdict": word, "slice": index, "row": row, "column": column, "voxels": voxels}
            for word, index, row, column, voxels in verdicts
        ],
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
    return _payload(header, contrast_layers(study, _OFFERED[1:]))


def pack_prediction(
    study: Study,
    prediction: Prediction,
    *,
    spots: Sequence[Mapping[str, Any]] = (),
    cautions: Mapping[int, str] | None = None,
) -> bytes:
    """Probability (8 bits) of the slices computed so far.

    Args:
        study: The study that was predicted.
        prediction: What the network says of it.
        spots: Places that are pointed out: ``slice``, ``row``, ``column``, ``radius`` in pixels,
            and ``text``, a sentence.
        cautions: Index of a slice → a sentence that is to be minded there.

    Returns:
        The payload.

    Raises:
        InputError: If the prediction is not on the study's grid.
    """
    header = {
        **_computed(study, prediction),
        "kind": "prediction",
        "threshold": float(prediction.threshold),
        "probability_levels": PROBABILITY_LEVELS,
        "mean_by_passes": prediction.std_by_t[1:].tolist(),
        "spots": list(spots),
        "cautions": dict(cautions or {}),
    }
    probability = _done(prediction.probability, prediction)
    return _payload(header, [probability_layer(probability)], deflated=True)


def pack_doubt(study: Study, prediction: Prediction, *, measure: Measure = "std") -> bytes:
    """Uncertainty (8 bits) of the slices computed so far, relative to each slice's own maximum.

    Args:
        study: The study that was predicted.
        prediction: What the network says of it.
        measure: The map shown as uncertainty.

    Returns:
        The payload. Its header holds the slices' maxima and means over the picture.

    Raises:
        InputError: If the prediction is not on the study's grid.
    """
    maps = _done(getattr(prediction, measure), prediction)
    layer, maxima = doubt_layer(maps)
    header = {
        **_computed(study, prediction),
        "kind": "doubt",
        "measure": measure,
        "maxima": maxima.tolist(),
        "maximum": float(maxima.max(initial=0.0)),
        "ceiling": CEILINGS[measure],
        "means": maps.mean(axis=(1, 2), dtype=np.float64).tolist(),
    }
    return _payload(header, [layer], deflated=True)


def _done(maps: NDArray[np.float32], prediction: Prediction) -> NDArray[np.float32]:
    """The slices computed; no copy where that is all of them."""
    return maps if prediction.done.all() else maps[prediction.done]


def _computed(study: Study, prediction: Prediction) -> dict[str, Any]:
    """What the headers of all that is computed have in common."""
    if prediction.probability.shape != study.shape:
        raise InputError(
            f"The prediction's maps are {prediction.probability.shape}, "
            f"where the study's {study.shape} is accepted."
        )
    return {
        "study": _study_key(study),
        "shape": study.shape,
        "done": np.flatnonzero(prediction.done).tolist(),
        "samples": prediction.samples,
    }


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


def _study_key(study: Study) -> str:
    text = json.dumps([study.identifier, study.source.sha256, study.shape, study.slice_numbers])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _others_id(study: Study) -> str:
    """Known before the other contrasts are packed; the key's SHA-256 settles their pixels."""
    return f"{_study_key(study)}-others"


def _payload(header: dict[str, Any], layers: Sequence[Layer], *, deflated: bool = False) -> bytes:
    """The bytes. A header without an id is given a digest of all of them."""
    offset = 0
    specs, parts = [], []
    for layer in layers:
        specs.append({**layer.spec, "offset": offset})
        padding = -len(layer.data) % _ALIGNMENT
        parts += [layer.data, bytes(padding)]
        offset += len(layer.data) + padding
    content = {"format": FORMAT, **header, "deflated": deflated, "layers": specs}
    if "id" not in content:
        content["id"] = _digest(content, layers)
    text = json.dumps(content).encode()
    text += b" " * (-(4 + len(text)) % _ALIGNMENT)
    body = b"".join(parts)
    packed = zlib.compress(body, level=1) if deflated else body
    return b"".join([len(text).to_bytes(4, "little"), text, packed])


def _digest(content: dict[str, Any], layers: Sequence[Layer]) -> str:
    digest = hashlib.blake2b(json.dumps(content).encode(), digest_size=12)
    for layer in layers:
        digest.update(layer.data)
    return digest.hexdigest()
