"""Reads NIfTI files as volumes: one contrast or segmentation each, or four contrasts in 4-D."""

import hashlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.imageglobals import LoggingOutputSuppressor
from nibabel.openers import ImageOpener
from numpy.typing import NDArray

from resunet.data.contrasts import Guess, guess_from_name
from resunet.data.grids import grid_of
from resunet.data.readers.volumes import Volume
from resunet.data.readers.wording import reason
from resunet.errors import InputError

SUFFIXES = (".nii", ".nii.gz")
"""How the names of NIfTI files end."""

DECATHLON = ("flair", "t1", "t1ce", "t2")
"""The contrasts of a 4-D file in the order of the Medical Segmentation Decathlon's Task01."""

_MOST_VOXELS = 512**3
# what of a header says where the voxels lie
_GEOMETRY = (
    *("pixdim", "xyzt_units", "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d"),
    *("qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z"),
)


def nifti_volumes(path: Path, name: str | None = None) -> list[Volume]:
    """The volumes of a file; only its header is read.

    Args:
        path: A NIfTI-1 or NIfTI-2 file, of three dimensions (two, or four of which the last is
            1, count as three); or of four with four volumes, which are taken for the contrasts
            of the Medical Segmentation Decathlon.
        name: What sentences call it; by default its own name.

    Raises:
        InputError: If it cannot be read, is of another shape, or does not say where it lies.
    """
    name = name or path.name
    image = _open(path)
    raw = _raw_header(path, type(image.header))
    first, second, *rest = image.shape
    shape = (first, second, rest[0] if rest else 1)
    try:
        grid = grid_of(shape, np.asarray(image.affine, np.float64), _geometry(raw, shape))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    warnings = _oddities(raw, name)
    digest = cache(partial(_digest, path))
    if len(image.shape) == 4 and image.shape[3] == len(DECATHLON):
        whole = cache(partial(_values, image, path))
        warnings += _order_assumed(name)
        return [
            Volume(
                f"{name}, volume {index + 1}",
                "nifti",
                Guess(contrast, f"volume {index + 1} of a 4-D file, in the Decathlon's order"),
                shape,
                grid,
                partial(_one_of, whole, index),
                digest,
                warnings,
            )
            for index, contrast in enumerate(DECATHLON)
        ]
    load = partial(_values, image, path, shape)
    guess = guess_from_name(path.name)
    return [Volume(name, "nifti", guess, shape, grid, load, digest, warnings)]


def _open(path: Path) -> nib.Nifti1Image:
    """Opens a file and refuses what its header alone shows to be unusable."""
    try:
        with LoggingOutputSuppressor():
            image = nib.load(path)
    # a broken file makes nibabel and gzip raise nearly every kind of exception
    except Exception as error:
        raise InputError(f"{path} cannot be read as NIfTI: {reason(error)}.") from error
    if not isinstance(image, nib.Nifti1Image):
        raise InputError(f"{path} is {type(image).__name__}; NIfTI is accepted.")
    shape = image.shape
    if len(shape) not in (2, 3) and not (len(shape) == 4 and shape[3] in (1, len(DECATHLON))):
        raise InputError(
            f"{path} has shape {shape}, where one 3D volume, or 4-D of the four contrasts FLAIR, "
            "T1, T1Gd and T2, is accepted."
        )
    if min(shape) < 1 or np.prod(shape[:3], dtype=float) > _MOST_VOXELS:
        raise InputError(
            f"{path} has shape {shape}, where 1 to {_MOST_VOXELS} voxels are accepted."
        )
    if image.get_data_dtype().kind not in "iuf":
        raise InputError(f"{path} holds {image.get_data_dtype()}, where real numbers are accepted.")
    affine = image.affine
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise InputError(f"{path} has an affine that cannot be inverted.")
    return image


def _raw_header(path: Path, kind: type[nib.Nifti1Header]) -> nib.Nifti1Header:
    """The header as it stands in the file: nibabel mends some fields when it loads an image."""
    with ImageOpener(path) as file:
        return kind.from_fileobj(file, check=False)


def _geometry(raw: nib.Nifti1Header, shape: tuple[int, int, int]) -> bytes:
    """A header with the geometry of another, bit by bit, and nothing else of it."""
    header = type(raw)(endianness=raw.endianness)
    header.set_data_shape(shape)
    for field in _GEOMETRY:
        header[field] = raw[field]
    return bytes(header.binaryblock)


def _oddities(raw: nib.Nifti1Header, name: str) -> tuple[str, ...]:
    """What the header leaves open, in words."""
    found = []
    if not (raw["sform_code"] or raw["qform_code"]):
        found.append(
            f"{name} does not say how the patient lies: left and right, or front and back, may be "
            "exchanged."
        )
    if not (np.isfinite(raw["pixdim"][1:4]) & (raw["pixdim"][1:4] != 0)).all():
        found.append(
            f"{name} states a voxel size of 0 in its header: lengths, areas and volumes may be "
            "wrong."
        )
    if not (np.isfinite(raw["scl_slope"]) and np.isfinite(raw["scl_inter"])):
        found.append(f"{name} states no usable scaling of its values: they are taken as stored.")
    return tuple(found)


def _order_assumed(name: str) -> tuple[str, ...]:
    """The Decathlon names its patients BRATS_nnn; in other 4-D files the order is a guess."""
    if name.upper().startswith("BRATS"):
        return ()
    return (
        f"{name} does not name its four volumes: FLAIR, T1, T1Gd, T2, the order of the Medical "
        "Segmentation Decathlon, is assumed.",
    )


def _values(
    image: nib.Nifti1Image, path: Path, shape: tuple[int, ...] | None = None
) -> NDArray[np.float32]:
    """The scaled values of a file, of its own shape or the one given."""
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
            data = np.asanyarray(image.dataobj, dtype=np.float32)
    except Exception as error:
        raise InputError(f"{path} cannot be read to its end: {reason(error)}.") from error
    if not np.isfinite(data).all():
        raise InputError(f"{path} holds values that are not finite (NaN or infinity).")
    return data if shape is None else data.reshape(shape)


def _one_of(whole: Callable[[], NDArray[np.float32]], index: int) -> NDArray[np.float32]:
    return whole()[..., index]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
