"""Reads a patient's NIfTI files, turned to the axes of a `Study`."""

import hashlib
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.imageglobals import LoggingOutputSuppressor
from numpy.typing import NDArray

from resunet.data.contrasts import LABELS, assign
from resunet.data.readers.wording import by, reason
from resunet.errors import InputError
from resunet.study import CONTRASTS, FileGrid, Source, Study

_MOST_VOXELS = 512**3


def read_nifti_folder(folder: Path, *, identifier: str | None = None) -> Study:
    """Reads one patient from a folder with one NIfTI file for each contrast.

    The array is turned by whole axes, without interpolation, to slice → superior, row →
    posterior, column → patient's left; `Study.grid` holds the way back.

    Args:
        folder: Contrasts are told by the files' names; a segmentation is optional.
        identifier: The study's identifier; part of the digest of the bytes by default.

    Raises:
        InputError: If a contrast is missing or doubled, a file cannot be read, or the
            files do not share one grid.
    """
    paths = [
        path
        for path in folder.iterdir()
        if path.name.endswith((".nii", ".nii.gz")) and not path.name.startswith(".")
    ]
    files = assign(paths, str(folder))
    volumes = {name: _load(files[name]) for name in (*CONTRASTS, LABELS) if name in files}
    first = volumes[CONTRASTS[0]]
    for name, volume in volumes.items():
        _check_same_grid(volume, first, files[name], files[CONTRASTS[0]])
    grid = _grid(first)
    shape = tuple(grid.shape[axis] for axis in grid.axes)
    if min(shape[1:]) < 2:
        raise InputError(
            f"{folder} has slices of {by(shape[1:])} pixels, where at least 2×2 is accepted."
        )
    images = np.empty((*shape, len(CONTRASTS)), np.float32)
    for index, contrast in enumerate(CONTRASTS):
        images[..., index] = grid.from_file(_data(volumes[contrast], files[contrast]))
    warnings = []
    if not (first.header["sform_code"] or first.header["qform_code"]):
        warnings.append(
            f"{files[CONTRASTS[0]].name} does not say how the patient lies: left and right, or "
            "front and back, may be exchanged."
        )
    for index, contrast in enumerate(CONTRASTS):
        if images[..., index].max() == images[..., index].min():
            warnings.append(f"{files[contrast].name} is the same everywhere.")
    labels = None
    if LABELS in volumes:
        labels = _labels(grid.from_file(_data(volumes[LABELS], files[LABELS])), files[LABELS])
    digests = [hashlib.sha256(files[name].read_bytes()).hexdigest() for name in volumes]
    sha256 = hashlib.sha256("".join(digests).encode()).hexdigest()
    steps = np.linalg.norm(grid.study_affine()[:3, :3], axis=0)
    return Study(
        images=images,
        identifier=identifier or sha256[:12],
        source=Source("nifti", sha256),
        labels=labels,
        spacing_mm=(float(steps[1]), float(steps[2])),
        slice_positions_mm=np.arange(images.shape[0], dtype=np.float64) * steps[0],
        grid=grid,
        warnings=tuple(warnings),
    )


def _load(path: Path) -> nib.Nifti1Image:
    """Opens a file; only its header is read."""
    try:
        with LoggingOutputSuppressor():
            image = nib.load(path)
    # a broken file makes nibabel and gzip raise nearly every kind of exception
    except Exception as error:
        raise InputError(f"{path} cannot be read as NIfTI: {reason(error)}.") from error
    if not isinstance(image, nib.Nifti1Image):
        raise InputError(f"{path} is {type(image).__name__}; NIfTI is accepted.")
    shape = image.shape
    if len(shape) not in (2, 3) and not (len(shape) == 4 and shape[3] == 1):
        raise InputError(f"{path} has shape {shape}, where one 3D volume is accepted.")
    if min(shape) < 1 or np.prod(shape, dtype=float) > _MOST_VOXELS:
        raise InputError(
            f"{path} has shape {shape}, where 1 to {_MOST_VOXELS} voxels are accepted."
        )
    if image.get_data_dtype().kind not in "iuf":
        raise InputError(f"{path} holds {image.get_data_dtype()}, where real numbers are accepted.")
    affine = image.affine
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise InputError(f"{path} has an affine that cannot be inverted.")
    return image


def _shape(image: nib.Nifti1Image) -> tuple[int, int, int]:
    rows, columns, *rest = image.shape
    return rows, columns, rest[0] if rest else 1


def _check_same_grid(
    image: nib.Nifti1Image, first: nib.Nifti1Image, path: Path, first_path: Path
) -> None:
    if _shape(image) != _shape(first):
        raise InputError(
            f"{path} has {by(_shape(image))} voxels and {first_path.name} {by(_shape(first))}: "
            "contrasts on one grid are accepted; register and resample them first."
        )
    corner = np.array([*_shape(first), 1.0])
    apart_mm = max(
        float(np.abs(image.affine[:, 3] - first.affine[:, 3]).max()),
        float(np.abs(image.affine @ corner - first.affine @ corner).max()),
        float(np.abs((image.affine - first.affine)[:3, :3] @ corner[:3]).max()),
    )
    if not apart_mm < 0.1:
        raise InputError(
            f"{path} and {first_path.name} lie up to {apart_mm:.1f} mm apart: contrasts on one "
            "grid are accepted; register and resample them first."
        )


def _grid(image: nib.Nifti1Image) -> FileGrid:
    affine = np.asarray(image.affine, np.float64)
    orientation = nib.io_orientation(affine)
    # io_orientation gives, for each file axis, the patient axis (R, A, S) and its sign;
    # study axes are S+, P+ (= A−) and L+ (= R−)
    axes, flipped = [], []
    for patient_axis, wanted in ((2, 1), (1, -1), (0, -1)):
        file_axis = int(np.flatnonzero(orientation[:, 0] == patient_axis)[0])
        axes.append(file_axis)
        flipped.append(bool(orientation[file_axis, 1] != wanted))
    return FileGrid(
        _shape(image), affine, (axes[0], axes[1], axes[2]), (flipped[0], flipped[1], flipped[2])
    )


def _data(image: nib.Nifti1Image, path: Path) -> NDArray[np.float32]:
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
            data = np.asanyarray(image.dataobj, dtype=np.float32)
    except Exception as error:
        raise InputError(f"{path} cannot be read to its end: {reason(error)}.") from error
    if not np.isfinite(data).all():
        raise InputError(f"{path} holds values that are not finite (NaN or infinity).")
    return data.reshape(_shape(image))


def _labels(data: NDArray[np.float32], path: Path) -> NDArray[np.uint8]:
    if ((data < 0) | (data > 255) | (data != np.round(data))).any():
        raise InputError(f"{path} holds other values than labels 0 to 255.")
    return data.astype(np.uint8)
