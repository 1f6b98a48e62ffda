"""Reads NIfTI files as volumes: one contrast or segmentation each, or four contrasts in 4-D."""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.imageglobals import LoggingOutputSuppressor
from nibabel.openers import ImageOpener
from numpy.typing import NDArray

from resunet import PROGRAM
from resunet.data.acquisition import evidence_in
from resunet.data.contrasts import Guess, guess_from_name
from resunet.data.grids import grid_of
from resunet.data.readers.digests import sha256_of
from resunet.data.readers.volumes import Volume
from resunet.data.readers.wording import reason
from resunet.errors import InputError
from resunet.study import FileGrid

SUFFIXES = (".nii", ".nii.gz")
"""How the names of NIfTI files end."""

DECATHLON = ("flair", "t1", "t1ce", "t2")
"""The contrasts of a 4-D file in the order of the Medical Segmentation Decathlon's Task01."""

_ORDER_ASSUMED = (
    "is one of four volumes without names: the order FLAIR, T1, T1Gd, T2 of the Medical "
    "Segmentation Decathlon is assumed unless it is chosen otherwise"
)

_MOST_VOXELS = 512**3
_MOST_BYTES = 2**32
_LATEST_START = 2**26  # of the values in a file: there is no reason for longer headers
_FARTHEST_MM = 1e6

_UNITS = {1: ("metres", 1000.0), 3: ("micrometres", 0.001)}
"""Lengths other than millimetres that a header may state (xyzt_units), and their size in mm."""

_VOXEL_MM = (0.05, 50.0)  # of any picture of a head
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
            of the Medical Segmentation Decathlon unless its name says something else.
        name: What sentences call it; by default its own name.

    Raises:
        InputError: If it cannot be read, is of another shape, or does not say where it lies.
    """
    name = name or path.name
    image = _open(path)
    raw = _raw_header(path, type(image.header))
    first, second, *rest = image.shape
    shape = (first, second, rest[0] if rest else 1)
    scale, unit = _unit_mm(image, raw)
    oddities = [*_oddities(raw), unit]
    grid = _grid(path, shape, np.diag([scale, scale, scale, 1.0]) @ image.affine, raw)
    digest = cache(partial(sha256_of, path))
    if len(image.shape) == 4 and image.shape[3] == len(DECATHLON):
        whole = cache(partial(_values, image, path))
        guesses = _guesses(path)
        # the Decathlon names its patients BRATS_nnn; in other 4-D files the order is a guess
        if guesses[0].contrast and not path.name.upper().startswith("BRATS"):
            oddities.append(_ORDER_ASSUMED)
        names = [f"{name}, volume {index + 1}" for index in range(len(guesses))]
        return [
            Volume(
                names[index],
                "nifti",
                guess,
                shape,
                grid,
                partial(_one_of, whole, index),
                partial(_digest_of_one, digest, index),
                _sentences(names[index], oddities),
            )
            for index, guess in enumerate(guesses)
        ]
    load = partial(_values, image, path, shape)
    guess = _own(image) or guess_from_name(path.name)
    return [Volume(name, "nifti", guess, shape, grid, load, digest, _sentences(name, oddities))]


def _sentences(name: str, oddities: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{name} {oddity}." for oddity in oddities if oddity)


def _own(image: nib.Nifti1Image) -> Guess | None:
    """That this program wrote a file: its mask is no expert's outline."""
    for extension in image.header.extensions:
        content = extension.get_content()
        text = content.decode(errors="replace") if isinstance(content, bytes) else str(content)
        if f'"program": "{PROGRAM}"' in text:
            return Guess(None, f"a result that {PROGRAM} wrote")
    return None


def _digest_of_one(digest: Callable[[], str], index: int) -> str:
    """Of one of a file's volumes, so that another order of the same file is another study."""
    return hashlib.sha256(f"{digest()} {index}".encode()).hexdigest()


def _open(path: Path) -> nib.Nifti1Image:
    """Opens a file and refuses what its header alone shows to be unusable."""
    try:
        size = path.stat().st_size
        with LoggingOutputSuppressor():
            image = nib.load(path) if size <= _MOST_BYTES else None
    # a broken file makes nibabel and gzip raise nearly every kind of exception
    except Exception as error:
        raise InputError(f"{path} cannot be read as NIfTI: {reason(error)}.") from error
    if image is None:
        raise InputError(f"{path} has {size:,} bytes, where up to {_MOST_BYTES:,} are accepted.")
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
    return image


def _raw_header(path: Path, kind: type[nib.Nifti1Header]) -> nib.Nifti1Header:
    """The header as it stands in the file: nibabel mends some fields when it loads an image."""
    with ImageOpener(path) as file:
        raw = kind.from_fileobj(file, check=False)
    if not bytes(raw["magic"]).startswith(b"n+"):
        raise InputError(
            f"{path} is the header of a pair of files, whose values lie in another; one .nii or "
            ".nii.gz file is accepted."
        )
    if raw["vox_offset"] > _LATEST_START:
        raise InputError(
            f"{path} has its values from byte {int(raw['vox_offset']):,} on, where up to "
            f"{_LATEST_START:,} is accepted."
        )
    return raw


def _unit_mm(image: nib.Nifti1Image, raw: nib.Nifti1Header) -> tuple[float, str]:
    """The length of the header's unit in mm, and what is odd about it; empty if nothing.

    The standard states pixdim, qform and sform in the unit of xyzt_units. Tools that ignore it
    write metres over millimetres: a unit that makes voxels of no head is not believed.
    """
    unit, length = _UNITS.get(int(raw["xyzt_units"]) & 7, ("", 1.0))
    if not unit:
        return 1.0, ""
    counted = [axis for axis in range(3) if axis < len(image.shape) and image.shape[axis] > 1]
    sizes_mm = length * np.linalg.norm(image.affine[:3, counted], axis=0)
    if ((sizes_mm >= _VOXEL_MM[0]) & (sizes_mm <= _VOXEL_MM[1])).all():
        return length, f"states lengths in {unit}: they are converted to millimetres"
    return 1.0, (
        f"states lengths in {unit}, which make voxels of no head: they are taken for millimetres"
    )


def _grid(
    path: Path,
    shape: tuple[int, int, int],
    affine: NDArray[np.float64],
    raw: nib.Nifti1Header,
) -> FileGrid:
    """Where a file's voxels lie, in mm; its header stays as it is."""
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise InputError(
            f"{path} has an affine that cannot be inverted; three independent directions are "
            "accepted."
        )
    if np.abs(affine).max() > _FARTHEST_MM:
        raise InputError(
            f"{path} states lengths of {np.abs(affine).max():.3g} mm, where up to "
            f"{_FARTHEST_MM:,.0f} are accepted."
        )
    try:
        return grid_of(shape, np.asarray(affine, np.float64), _geometry(raw, shape))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _geometry(raw: nib.Nifti1Header, shape: tuple[int, int, int]) -> bytes:
    """A header with the geometry of another, bit by bit, and nothing else of it."""
    header = type(raw)(endianness=raw.endianness)
    header.set_data_shape(shape)
    for field in _GEOMETRY:
        header[field] = raw[field]
    return bytes(header.binaryblock)


def _oddities(raw: nib.Nifti1Header) -> list[str]:
    """What the header leaves open, to follow a volume's name in sentences."""
    found = []
    if not (raw["sform_code"] or raw["qform_code"]):
        found.append(
            "does not say how the patient lies: left and right, or front and back, may be exchanged"
        )
    if not (np.isfinite(raw["pixdim"][1:4]) & (raw["pixdim"][1:4] != 0)).all():
        found.append(
            "states a voxel size of 0 in its header: lengths, areas and volumes may be wrong"
        )
    if not (np.isfinite(raw["scl_slope"]) and np.isfinite(raw["scl_inter"])):
        found.append("states no usable scaling of its values: they are taken as stored")
    return found


def _guesses(path: Path) -> list[Guess]:
    """What the four volumes of a file are: the Decathlon's contrasts, unless its name objects."""
    named = guess_from_name(path.name)
    if named.contrast is not None:
        raise InputError(
            f"{path} holds four volumes although {named.reason}; one 3D volume, or a 4-D file of "
            "the four contrasts FLAIR, T1, T1Gd and T2 that is called like none, is accepted."
        )
    if evidence_in(path.name).is_other:
        return [Guess(None, named.reason)] * len(DECATHLON)
    return [
        Guess(contrast, f"volume {index + 1} of a 4-D file, in the Decathlon's order")
        for index, contrast in enumerate(DECATHLON)
    ]


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
