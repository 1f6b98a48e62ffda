"""Voxel grids in the patient: which way an array lies, whether two lie alike, resampling."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.study import FileGrid

SAME_PLACE_MM = 0.1
"""Grids whose corners lie no further apart hold the same places: a tenth of a fine pixel."""


def grid_of(
    shape: Sequence[int], affine: NDArray[np.float64], header: bytes | None = None
) -> FileGrid:
    """The grid of an array, and the whole axes nearest to those of a `Study`.

    An oblique array is turned to the nearest axes, not interpolated.

    Args:
        shape: The array's three dimensions.
        affine: float64 (4, 4), array index → patient millimetres (RAS+); not singular.
        header: As `FileGrid.header`.

    Raises:
        InputError: If two of the array's axes run the same way.
    """
    import nibabel as nib

    orientation = nib.io_orientation(affine)
    if set(orientation[:, 0]) != {0, 1, 2}:
        raise InputError(
            "The affine's axes cannot be told apart; three independent directions are accepted."
        )
    # io_orientation gives, for each array axis, the patient axis (R, A, S) and its sign;
    # study axes are S+, P+ (= A−) and L+ (= R−)
    axes, flipped = [], []
    for patient_axis, wanted in ((2, 1), (1, -1), (0, -1)):
        file_axis = int(np.flatnonzero(orientation[:, 0] == patient_axis)[0])
        axes.append(file_axis)
        flipped.append(bool(orientation[file_axis, 1] != wanted))
    first, second, third = (int(length) for length in shape)
    return FileGrid(
        (first, second, third),
        np.asarray(affine, np.float64),
        (axes[0], axes[1], axes[2]),
        (flipped[0], flipped[1], flipped[2]),
        header,
    )


def study_shape(grid: FileGrid) -> tuple[int, int, int]:
    """(slices, rows, columns) of the study that a grid gives."""
    slices, rows, columns = (grid.shape[axis] for axis in grid.axes)
    return slices, rows, columns


def distance_mm(grid: FileGrid, other: FileGrid) -> float:
    """How far two grids of studies of one shape lie apart: the largest over their corners.

    Returns:
        Millimetres; infinite where the studies' shapes differ.
    """
    if study_shape(grid) != study_shape(other):
        return float("inf")
    ends = np.array(study_shape(grid)) - 1
    corners = np.array(np.meshgrid(*((0, end) for end in ends))).reshape(3, -1)
    places = np.vstack([corners, np.ones(corners.shape[1])])
    apart = (grid.study_affine() - other.study_affine()) @ places
    return float(np.linalg.norm(apart[:3], axis=0).max())


def resample(
    array: NDArray[np.float32], grid: FileGrid, target: FileGrid, *, nearest: bool = False
) -> NDArray[np.float32]:
    """Brings an array onto another grid by its place in the patient.

    Args:
        array: float32 (S, H, W), on the study axes of ``grid``.
        grid: Where it lies.
        target: Where it is wanted.
        nearest: Takes the nearest voxel, for labels; else linear between voxel centres.

    Returns:
        float32, on the study axes of ``target``; 0 where ``array`` has nothing. The last voxel
        counts to its edge, half a voxel beyond its centre.
    """
    from scipy import ndimage

    to_array = np.linalg.inv(grid.study_affine()) @ target.study_affine()
    shape = study_shape(target)
    values = ndimage.affine_transform(
        array,
        to_array[:3, :3],
        to_array[:3, 3],
        shape,
        order=0 if nearest else 1,
        mode="nearest",
    )
    index = np.indices(shape, sparse=True)
    for axis, length in enumerate(array.shape):
        line = to_array[axis]
        place = line[0] * index[0] + line[1] * index[1] + line[2] * index[2] + line[3]
        values[(place < -0.5) | (place > length - 0.5)] = 0.0
    return values
