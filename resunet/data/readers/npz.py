"""Reads the paper's layout: one axial slice an npz file."""

import itertools
import textwrap
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resunet.data.cases import SliceFile, parse_slice_name
from resunet.data.readers.digests import sha256_of, sha256_of_all
from resunet.data.readers.wording import by, reason
from resunet.errors import InputError
from resunet.study import CONTRASTS, Source, Study

_MASK_KEYS = ("seg", "mask")
_MOST_BYTES = 128 * 2**20  # of one unpacked array; a 4096×4096 picture of float64


class LacksContrast(InputError):  # noqa: N818 - as its sisters
    """A slice file without one of the four contrasts."""


def read_npz_slice(path: Path) -> Study:
    """Reads one slice file as a study with one slice (see `read_npz_slices`)."""
    patient, number, suffix = parse_slice_name(path.name) or (path.stem, 0, "")
    return read_npz_slices([SliceFile(number, suffix, path)], patient=patient)


def read_npz_slices(files: Sequence[SliceFile], *, patient: str) -> Study:
    """Reads a patient's slice files, stacked in the order given.

    Keys ``t1, t1ce, t2, flair`` hold the contrasts, ``mask`` or ``seg`` (classes, taken
    where it agrees with the mask) the expert's outline; other keys are tolerated. The
    files carry no geometry: for patients of BraTS, whose pixels and slices are 1 mm by
    that data set's definition, it is set; for others it stays unknown.

    Args:
        files: At least one file, with ascending numbers.
        patient: The patient's name in the data set, the study's identifier.

    Raises:
        InputError: Names the file and what is wrong with it; `LacksContrast` where that is all.
    """
    if not files:
        raise InputError(f"{patient} has no slice files; at least one is accepted.")
    slices = [_read_file(file.path) for file in files]
    shape = slices[0].images.shape
    for file, content in zip(files, slices, strict=True):
        if content.images.shape != shape:
            raise InputError(
                f"{file.path} is {by(content.images.shape[:2])} pixels, where {by(shape[:2])} as "
                f"in {files[0].path.name} is accepted: the slices of a patient share one shape."
            )
    warnings = [warning for content in slices for warning in content.warnings]
    numbers = tuple(file.number for file in files)
    if len(set(numbers)) < len(numbers):
        doubled = next(n for n in numbers if numbers.count(n) > 1)
        warnings.append(f"{patient} has several files for slice {doubled}.")
    known = patient.lower().startswith("brats")
    ascending = all(a < b for a, b in itertools.pairwise(numbers))
    labels = [content.labels for content in slices if content.labels is not None]
    if 0 < len(labels) < len(slices):
        warnings.append(f"Only {len(labels)} of {len(slices)} slices of {patient} have a mask.")
    return Study(
        images=np.stack([content.images for content in slices]),
        identifier=patient,
        source=Source("npz", sha256_of_all([content.sha256 for content in slices])),
        labels=np.stack(labels) if len(labels) == len(slices) else None,
        spacing_mm=(1.0, 1.0) if known else None,
        slice_positions_mm=np.array(numbers, np.float64) if known and ascending else None,
        slice_numbers=numbers,
        warnings=tuple(warnings),
    )


class _Slice:
    """What one file holds."""

    def __init__(
        self,
        images: NDArray[np.float32],
        labels: NDArray[np.uint8] | None,
        sha256: str,
        warnings: list[str],
    ) -> None:
        self.images = images
        self.labels = labels
        self.sha256 = sha256
        self.warnings = warnings


def _read_file(path: Path) -> _Slice:
    with _Archive(path) as archive:
        missing = [contrast for contrast in CONTRASTS if contrast not in archive.keys]
        if missing:
            found = textwrap.shorten(", ".join(sorted(archive.keys)) or "nothing", 120)
            raise LacksContrast(f"{path} lacks {', '.join(missing)}; it holds {found}.")
        pictures = [archive.picture(contrast) for contrast in CONTRASTS]
        for contrast, picture in zip(CONTRASTS, pictures, strict=True):
            if picture.shape != pictures[0].shape:
                raise InputError(
                    f"{path}: {contrast} is {by(picture.shape)} pixels, where "
                    f"{by(pictures[0].shape)} as t1 is accepted."
                )
        labels, warnings = _labels(archive, path, pictures[0].shape)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        images = np.stack(pictures, axis=-1).astype(np.float32)
    for index, contrast in enumerate(CONTRASTS):
        picture = images[..., index]
        if not np.isfinite(picture).all():
            raise InputError(f"{path}: {contrast} holds values that are not finite.")
        if picture.max() == picture.min():
            warnings.append(f"{path.name}: {contrast} is the same everywhere.")
    return _Slice(images, labels, sha256_of(path), warnings)


def _labels(
    archive: "_Archive", path: Path, shape: tuple[int, ...]
) -> tuple[NDArray[np.uint8] | None, list[str]]:
    """The classes if they agree with the mask, else the mask; and what was odd."""
    found = {key: archive.picture(key) for key in _MASK_KEYS if key in archive.keys}
    warnings: list[str] = []
    for key, picture in found.items():
        if picture.shape != shape:
            raise InputError(
                f"{path}: {key} is {by(picture.shape)} pixels, where {by(shape)} as the "
                "contrasts is accepted."
            )
        if not np.isfinite(picture).all():
            raise InputError(f"{path}: {key} holds values that are not finite.")
        if ((picture < 0) | (picture != np.round(picture))).any():
            raise InputError(
                f"{path}: {key} holds fractions or values below 0, where whole labels from 0 up "
                "are accepted: set a threshold first."
            )
    if not found:
        return None, warnings
    mask = found.get("mask")
    seg = found.get("seg")
    if mask is not None and mask.max() > 1:
        warnings.append(
            f"{path.name}: mask holds values up to {mask.max():g}; any nonzero is tumour."
        )
    if seg is not None and (mask is None or np.array_equal(seg > 0, mask != 0)):
        return _as_labels(seg), warnings
    if seg is not None:
        warnings.append(f"{path.name}: seg and mask disagree; the mask is used.")
    return np.asarray(mask != 0, np.uint8), warnings


def _as_labels(picture: NDArray) -> NDArray[np.uint8]:
    """Classes as they are where they fit uint8, else tumour or not."""
    return (picture if picture.max() <= 255 else picture != 0).astype(np.uint8)


class _Archive:
    """An open npz file that refuses what is not a plain picture, by name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "_Archive":
        try:
            self.file = zipfile.ZipFile(self.path)
        # a broken file makes zipfile and NumPy raise nearly every kind of exception
        except Exception as error:
            raise InputError(f"{self.path} cannot be read as npz: {reason(error)}.") from error
        self.keys = {n.removesuffix(".npy") for n in self.file.namelist() if n.endswith(".npy")}
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def picture(self, key: str) -> NDArray:
        """One 2D numeric array."""
        member = self.file.getinfo(f"{key}.npy")
        if member.file_size > _MOST_BYTES:
            raise InputError(
                f"{self.path}: {key} unpacks to {member.file_size:,} bytes, where up to "
                f"{_MOST_BYTES:,} are accepted."
            )
        try:
            with self.file.open(member) as stream:
                array = np.lib.format.read_array(stream, allow_pickle=False)
        except Exception as error:
            raise InputError(f"{self.path}: {key} cannot be read: {reason(error)}.") from error
        if array.ndim != 2 or min(array.shape) < 2 or array.dtype.kind not in "biuf":
            raise InputError(
                f"{self.path}: {key} is {array.dtype} of shape {array.shape}, where a 2D array "
                "of real numbers, at least 2×2, is accepted."
            )
        return array
