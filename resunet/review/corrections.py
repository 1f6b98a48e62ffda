"""Outlines that a reader corrected by hand, kept for the patients of served data folders."""

import contextlib
import io
import json
import zipfile
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
        correction: int8 (S, H, W), as `Prediction.correction`.
        origin: Where it comes from: input, model, settings, counts, verdicts, and when.
    """

    correction: NDArray[np.int8]
    origin: dict[str, Any]


def save_correction(id_: str, prediction: Prediction, origin: dict[str, Any]) -> Path:
    """Keeps a prediction's correction; one without any removes what was kept.

    Args:
        id_: The patient's opaque name (`resunet.review.addresses.opaque_id`).
        prediction: The prediction as corrected.
        origin: Where it comes from, JSON values; the time is added.

    Returns:
        The file.

    Raises:
        InputError: If the folder cannot be written to.
    """
    path = _path(id_)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        if prediction.correction is None:
            path.unlink(missing_ok=True)
            return path
        note = dump_json({"schema": SCHEMA, **origin, "corrected": now})
        write_npz(path, {"correction": prediction.correction, "origin": np.array(note)})
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error
    return path


def load_correction(id_: str, study: Study) -> SavedCorrection | None:
    """The correction that was kept of a patient.

    Args:
        id_: The patient's opaque name.
        study: The patient's pictures.

    Returns:
        The correction; None where there is none, it was made on other pictures, or its file is
        damaged, which is then set aside.
    """
    path = _path(id_)
    if not path.exists():
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            correction, origin = arrays["correction"], json.loads(str(arrays["origin"]))
        input_sha256 = origin["input_sha256"]
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".damaged"))
        return None
    if input_sha256 != study.source.sha256 or correction.shape != study.shape:
        return None
    return SavedCorrection(np.clip(correction, -1, 1).astype(np.int8), origin)


def _path(id_: str) -> Path:
    return home() / "reviews" / f"{id_}{_SUFFIX}"
