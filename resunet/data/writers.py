"""Writes a `Study` in the layouts that the readers read: BraTS folders, and the paper's slices."""

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.storage import write_bytes, write_npz
from resunet.study import CONTRASTS, FileGrid, Study

_PAPER_SIDE = 256


def brats_grid(
    slices: int, rows: int, columns: int, *, first_mm: float = 0.0, step_mm: float = 1.0
) -> FileGrid:
    """The grid of a BraTS volume: pixels of 1 mm, stored column, row, slice (LPS+).

    Args:
        slices: How many.
        rows: How many.
        columns: How many.
        first_mm: Height of the first slice; a volume of BraTS begins at 0.
        step_mm: Distance between slices.
    """
    affine = np.diag([-1.0, -1.0, step_mm, 1.0])
    affine[1, 3], affine[2, 3] = rows - 1, first_mm
    return FileGrid((columns, rows, slices), affine, (2, 1, 0), (False, False, False))


def nifti_bytes(array: NDArray, grid: FileGrid, *, comment: str = "") -> bytes:
    """A gzipped NIfTI file of an array (slice, row, column), on the axes of the grid's file.

    Where the grid was read from NIfTI, everything in the header that says where the voxels lie
    is as it was, bit by bit: both transformations and their codes, voxel sizes, units.

    Args:
        array: (S, H, W) of a dtype NIfTI knows.
        grid: The grid of the file.
        comment: Text that travels in the file, as a header extension (code 6, comment).
    """
    import nibabel as nib

    header, kind = _header(grid)
    header.set_data_dtype(array.dtype)
    image = kind(np.ascontiguousarray(grid.to_file(array)), None, header)
    if comment:
        extension = nib.nifti1.Nifti1Extension("comment", comment.encode())
        image.header.extensions.append(extension)
    # without a time stamp, so that the same array gives the same bytes
    return gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)


def _header(grid: FileGrid) -> tuple[Any, Any]:
    """A header that holds the grid, and the kind of image it belongs to."""
    import nibabel as nib

    if grid.header is None:
        image = nib.Nifti1Image(np.zeros(grid.shape, np.uint8), grid.affine)
        image.header.set_xyzt_units("mm")
        return image.header, nib.Nifti1Image
    kind = nib.Nifti1Image if len(grid.header) == 348 else nib.Nifti2Image  # the formats' sizes
    return kind.header_class(grid.header, check=False), kind


def write_nifti_folder(study: Study, folder: Path) -> list[Path]:
    """Writes ``<folder>/<identifier>_{t1,t1ce,t2,flair,seg}.nii.gz``.

    Intensities are written as uint8 where they fit, as int16 otherwise.

    Args:
        study: With a grid; its intensities are whole numbers from 0 to 32767, others are
            rounded.
        folder: Where to; made if missing.

    Returns:
        The files; ``seg`` only where there are labels.

    Raises:
        ValueError: If the study has no grid.
    """
    if study.grid is None:
        raise ValueError("study has no grid; one read from a volume is accepted.")
    arrays: dict[str, NDArray] = {
        name: _smallest(_int16(study.images[..., c])) for c, name in enumerate(CONTRASTS)
    }
    if study.labels is not None:
        arrays["seg"] = study.labels
    paths = []
    for name, array in arrays.items():
        path = folder / f"{study.identifier}_{name}.nii.gz"
        write_bytes(path, nifti_bytes(array, study.grid))
        paths.append(path)
    return paths


def write_paper_slices(
    study: Study, folder: Path, slices: Iterable[int], *, first: int = 0
) -> list[Path]:
    """Writes ``<folder>/<identifier>_<k>.npz``, the paper's layout, padded to 256×256.

    Args:
        study: At most 256 rows and columns.
        folder: Of the split; made if missing.
        slices: Indices of the slices to write.
        first: Index of the slice that is called k = 0.

    Returns:
        The files.
    """
    paths = []
    rows, columns = study.shape[1:]
    top, left = (_PAPER_SIDE - rows) // 2, (_PAPER_SIDE - columns) // 2
    around = ((top, _PAPER_SIDE - rows - top), (left, _PAPER_SIDE - columns - left))
    for index in slices:
        arrays = {
            name: np.pad(_int16(study.images[index, ..., c]), around)
            for c, name in enumerate(CONTRASTS)
        }
        if study.labels is not None:
            seg = np.pad(study.labels[index], around)
            arrays |= {"mask": (seg > 0).astype(np.uint8), "seg": seg}
        path = folder / f"{study.identifier}_{index - first}.npz"
        write_npz(path, arrays)
        paths.append(path)
    return paths


def _int16(values: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(values), 0, 32767).astype(np.int16)


def _smallest(values: NDArray[np.int16]) -> NDArray:
    return values.astype(np.uint8) if values.max() <= 255 else values
