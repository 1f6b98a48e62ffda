"""Outlines that a reader corrected by hand, kept for the patients of served data folders."""

import contextlib
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.storage import SCHEMA, dump_json, home, write_npz
from resunet.study import Prediction, Study

_SUFFIX = ".correction.npz"


@dataclass(frozen=True)
class SavedCorrection:
    """A correction as it was saved.

    Attributes:
        correction: int8 (S, H, W), as `Prediction.correction`; None where lesions were judged and
            nothing was changed.
        origin: Where it comes from: input, model, settings, counts, verdicts, and when.
    """

    correction: NDArray[np.int8] | None
    origin: dict[str, Any]

    @property
    def when(self) -> str:
        """When it was saved, ISO 8601 in UTC."""
        return str(self.origin.get("corrected", ""))

    def threshold_of(self, model: str) -> float | None:
        """The threshold at which it was saved; None where that was another model's outline."""
        threshold = self.origin.get("threshold")
        is_same = str(self.origin.get("model_id")).rpartition("@")[0] == model
        is_known = isinstance(threshold, float) and 0 <= threshold <= 1
        return threshold if is_same and is_known else None

    def sentence(self, shown: Prediction | None) -> str:
        """That an outline begins with this, and whether it is the one that was meant.

        Args:
            shown: The prediction on screen, or None while there is none.
        """
        said = f"The outline begins as a reader corrected and saved it on {self.when[:10]}."
        if shown is None:
            return said
        origin, other = self.origin, ""
        if origin.get("model_sha256") != shown.model_sha256:
            other = f"over the outline of {origin.get('model_id')}"
        elif origin.get("threshold") != shown.threshold:
            other = f"at a threshold of {origin.get('threshold')}"
        elif (origin.get("samples"), origin.get("seed")) != (shown.samples, shown.seed):
            other = f"with {origin.get('samples')} passes and seed {origin.get('seed')}"
        return f"{said} It was saved {other}: what is on screen may differ." if other else said


def save_correction(id_: str, prediction: Prediction, origin: dict[str, Any]) -> Path:
    """Keeps a prediction's correction, and the corrected mask with it.

    One without correction and verdicts removes what was kept.

    Args:
        id_: The patient's opaque name (`resunet.review.addresses.opaque_id`).
        prediction: The prediction as corrected, of all slices.
        origin: Where it comes from, JSON values, with the ``verdicts`` on lesions; the time is
            added.

    Returns:
        The file.

    Raises:
        InputError: If slices are not predicted, or the folder cannot be written to.
    """
    if not prediction.done.all():
        raise InputError("A correction is kept once all slices are predicted.")
    path = _path(id_)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    try:
        if prediction.correction is None and not origin.get("verdicts"):
            path.unlink(missing_ok=True)
            return path
        note = dump_json({"schema": SCHEMA, **origin, "corrected": now})
        correction = prediction.correction
        if correction is None:
            correction = np.zeros(prediction.probability.shape, np.int8)
        arrays = {"correction": correction, "mask": prediction.mask, "origin": np.array(note)}
        write_npz(path, arrays)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error
    return path


def load_correction(id_: str, study: Study) -> SavedCorrection | None:
    """The correction that was kept of a patient.

    Args:
        id_: The patient's opaque name.
        study: The patient's pictures.

    Returns:
        The correction; None where there is none, or it was made on other pictures.

    Raises:
        InputError: If its file cannot be read now, or is damaged; that is then set aside.
    """
    path = _path(id_)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            correction, origin = arrays["correction"], json.loads(str(arrays["origin"]))
        input_sha256 = origin["input_sha256"]
        correction = np.clip(correction, -1, 1).astype(np.int8)
    # a broken archive makes NumPy and zipfile raise nearly every kind of exception
    except Exception as error:
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".damaged"))
        raise InputError(
            f"The correction that was saved of this patient is damaged; it lies aside as "
            f"{path.with_suffix('.damaged')}."
        ) from error
    if input_sha256 != study.source.sha256 or correction.shape != study.shape:
        return None
    return SavedCorrection(correction if correction.any() else None, origin)


def saved_when(id_: str, study: Study) -> str:
    """When a correction of these pictures was saved last; empty where there is none to be read."""
    try:
        saved = load_correction(id_, study)
    except InputError:
        return ""
    return "" if saved is None else saved.when


def _path(id_: str) -> Path:
    return home() / "reviews" / f"{id_}{_SUFFIX}"
