"""A prediction as arrays: NIfTI on the input's own grid, or npz where there is no grid."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resunet.data.writers import nifti_bytes
from resunet.errors import InputError
from resunet.storage import write_bytes, write_npz
from resunet.study import Prediction, Study

LAYERS = ("mask", "probability", "uncertainty")


def write_layers(study: Study, prediction: Prediction, folder: Path) -> list[Path]:
    """Writes mask, probability and uncertainty (the standard deviation).

    A study read from NIfTI gives ``<layer>.nii.gz`` with the shape and affine of its file;
    another gives ``<layer>.npz`` with one array of that name (S, H, W) and the slice numbers.

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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(study, name, arrays[name], folder) for name in LAYERS]
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror or error}.") from error


def _write(study: Study, name: str, array: NDArray, folder: Path) -> Path:
    if study.grid is not None:
        path = folder / f"{name}.nii.gz"
        write_bytes(path, nifti_bytes(array, study.grid))
        return path
    path = folder / f"{name}.npz"
    write_npz(path, {name: array, "slice_numbers": np.array(study.slice_numbers)})
    return path
