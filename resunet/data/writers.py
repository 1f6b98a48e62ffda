"""Writes a `Study` in the layouts that the readers read: BraTS folders, and the paper's slices."""

import gzip
from collections.abc import Iterable
from pathlib import Path

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


def nifti_bytes(array: NDArray, grid: FileGrid) -> bytes:
    """A gzipped NIfTI-1 file of an array (slice, row, column), on the axes of the grid's file.

    Args:
        array: (S, H, W) of a dtype NIfTI knows.
        grid: The grid of the file.
    """
    import nibabel as nib

    image = nib.Nifti1Image(np.ascontiguousarray(grid.to_file(array)), grid.affine)
    image.header.set_xyzt_units("mm")
    # without a time stamp, so that the same array gives the same bytes
    return gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)


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
