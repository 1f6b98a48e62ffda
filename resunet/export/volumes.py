"""A prediction as arrays: NIfTI on the input's own grid, or npz where there is no grid."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resunet.data.writers import nifti_bytes
from resunet.export.provenance import provenance
from resunet.export.refusals import writing_to
from resunet.storage import dump_json, write_bytes, write_npz
from resunet.study import Prediction, Study

LAYERS = ("mask", "probability", "uncertainty")


def write_layers(study: Study, prediction: Prediction, folder: Path) -> list[Path]:
    """Writes mask, probability and uncertainty (the standard deviation).

    A study with a grid gives ``<layer>.nii.gz`` with the shape and affine of its file, its
    provenance in a header extension (comment, JSON); another gives ``<layer>.npz`` with one array
    of that name (S, H, W), the slice numbers, and ``provenance``, a JSON text.

    Args:
        study: What was predicted on.
        prediction: Its prediction.
        folder: Where to; made if missing.

    Returns:
        The files written, in the order of `LAYERS`.

    Raises:
        InputError: If the folder cannot be written to.
    """
    arrays: dict[str, NDArray] = {
        "mask": prediction.mask.astype(np.uint8),
        "probability": prediction.probability,
        "uncertainty": prediction.std,
    }
    origin = dump_json(provenance(study, prediction))
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(study, name, arrays[name], origin, folder) for name in LAYERS]


def _write(study: Study, name: str, array: NDArray, origin: str, folder: Path) -> Path:
    if study.grid is not None:
        path = folder / f"{name}.nii.gz"
        write_bytes(path, nifti_bytes(array, study.grid, comment=origin))
        return path
    path = folder / f"{name}.npz"
    numbers = np.array(study.slice_numbers)
    write_npz(path, {name: array, "slice_numbers": numbers, "provenance": np.array(origin)})
    return path
