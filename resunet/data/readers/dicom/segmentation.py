"""Reads DICOM segmentations as volumes of labels, and places them onto the pictures' voxels."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet import PROGRAM
from resunet.data.acquisition import LABELS, quotable
from resunet.data.contrasts import Guess
from resunet.data.grids import SAME_PLACE_MM, study_shape
from resunet.data.readers.dicom.decoding import decoded
from resunet.data.readers.dicom.geometry import (
    Plane,
    Unusable,
    directions,
    grid_at,
    normal_to,
    planes_of,
)
from resunet.data.readers.dicom.groups import groups_of, items
from resunet.data.readers.dicom.headers import (
    MOST_VOXELS,
    Instance,
    class_of,
    first_number,
    number,
    quiet,
    read_instance,
    size_of,
    text,
)
from resunet.data.readers.dicom.pixels import check_pixels
from resunet.data.readers.digests import sha256_of
from resunet.data.readers.volumes import Volume
from resunet.data.readers.wording import by
from resunet.errors import InputError
from resunet.study import FileGrid

if TYPE_CHECKING:
    from pydicom import Dataset

_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
_LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"
_TYPES = ("BINARY", "FRACTIONAL", "LABELMAP")


class _Frames(NamedTuple):
    """The frames of a segmentation.

    Attributes:
        shape: (planes, rows, columns) of the stack that they lie in.
        at: The plane of each frame.
        labels: What each frame's pixels are labelled; None for a label map, whose pixels are
            labels themselves.
        above: Pixels count if their value is above this.
        padding: The value of a label map's pixels that are none of the segments.
    """

    shape: tuple[int, int, int]
    at: tuple[int, ...]
    labels: tuple[int, ...] | None
    above: float
    padding: float


def find_segmentations(paths: Sequence[Path]) -> list[Path]:
    """The DICOM segmentations among files, told by their class."""
    with quiet():
        return [path for path in paths if class_of(path) in (_SEGMENTATION, _LABEL_MAP)]


def read_segmentation(path: Path) -> Volume:
    """A DICOM segmentation as a volume of labels; only its header is read.

    Planes that no frame shows are background. A single segment is labelled 1; several, and those
    of a label map, have their numbers, and where two overlap the higher one is taken. A fraction
    counts above a half.

    Args:
        path: A Segmentation (binary or fractional) or Label Map Segmentation.

    Raises:
        InputError: If it is none, cannot be decoded, or its frames lie at no regular distances.
    """
    with quiet():
        instance = read_instance(path)
        header = instance.header
        if instance.kind not in (_SEGMENTATION, _LABEL_MAP):
            raise InputError(f"{path} is no DICOM segmentation, where one is accepted.")
        try:
            check_pixels(instance, kinds=("MONOCHROME2", "PALETTE COLOR"), bits=(1, 8, 16))
            planes = planes_of(0, instance)
            grid, at = _lattice(planes, instance)
            labels, described = _segments(header, len(planes))
            above = _half(header)
        except Unusable as error:
            raise InputError(f"{path} {error.problem}.") from error
        padding = number(header, "PixelPaddingValue") or 0.0
        frames = _Frames(grid.shape, at, labels, above, padding)
        return Volume(
            path.name,
            "dicom-seg",
            _guess(header, described),
            grid.shape,
            grid,
            partial(_values, instance, frames),
            partial(sha256_of, path),
            _oddities(path.name, header),
        )


def place_labels(volume: Volume, grid: FileGrid) -> NDArray[np.uint8]:
    """Puts labels onto the voxels of pictures, without interpolating.

    Args:
        volume: As `read_segmentation` gives it; it may cover a part of the pictures.
        grid: Where the pictures lie.

    Returns:
        uint8 (S, H, W) on the study axes of ``grid``; 0 where the segmentation has nothing.

    Raises:
        InputError: If the voxels of the two do not fall on each other, or labels lie outside.
    """
    if volume.grid is None:
        raise InputError(f"{volume.name} does not say where it lies.")
    corner = _offset(volume.grid, grid)
    if corner is None:
        raise InputError(
            f"{volume.name} has voxels that do not fall on those of the pictures "
            f"({by(study_shape(volume.grid))} on {by(study_shape(grid))}); a segmentation of these "
            "pictures is accepted."
        )
    labels = volume.grid.from_file(volume.load())
    placed = np.zeros(study_shape(grid), np.uint8)
    inside, window = [], []
    for start, length, total in zip(corner, labels.shape, placed.shape, strict=True):
        first, last = max(start, 0), max(min(start + length, total), max(start, 0))
        window.append(slice(first, last))
        inside.append(slice(first - start, last - start))
    placed[tuple(window)] = labels[tuple(inside)]
    outside = int((labels > 0).sum()) - int((placed > 0).sum())
    if outside:
        raise InputError(
            f"{volume.name} labels {outside} voxels outside of the pictures; a segmentation of "
            "these pictures is accepted."
        )
    return placed


def _offset(grid: FileGrid, target: FileGrid) -> tuple[int, int, int] | None:
    """The voxel of ``target`` that the first voxel of ``grid`` falls on; None if grids differ.

    Both are on study axes. Whole voxels of the one lie on whole voxels of the other if all
    corners do.
    """
    affine, target_affine = grid.study_affine(), target.study_affine()
    start = np.rint((np.linalg.inv(target_affine) @ affine)[:3, 3])
    ends = np.array(study_shape(grid)) - 1.0
    for corner in np.ndindex(2, 2, 2):
        place = np.append(ends * corner, 1.0)
        on_target = np.append(ends * corner + start, 1.0)
        if np.linalg.norm(affine @ place - target_affine @ on_target) > SAME_PLACE_MM:
            return None
    return int(start[0]), int(start[1]), int(start[2])


def _lattice(planes: Sequence[Plane], instance: Instance) -> tuple[FileGrid, tuple[int, ...]]:
    """The regular stack that frames lie in, and the plane of each."""
    down, across = directions(planes)
    normal = normal_to(down, across)
    positions = np.array([plane.position for plane in planes])
    first = positions[np.argmin(positions @ normal)]
    heights = (positions - first) @ normal
    if np.linalg.norm(positions - first - heights[:, None] * normal, axis=1).max() > SAME_PLACE_MM:
        raise Unusable("holds frames that do not lie straight behind each other")
    step = _regular_step(heights, planes[0].step_mm)
    at = tuple(int(index) for index in np.rint(heights / step))
    _, rows, columns = size_of(instance)
    shape = (max(at) + 1, rows, columns)
    if shape[0] * rows * columns > MOST_VOXELS:
        raise Unusable(f"spans {by(shape)} voxels, where up to {MOST_VOXELS} are accepted")
    return grid_at(shape, first, step * normal, down, across), at


def _regular_step(heights: NDArray[np.float64], stated_mm: float | None) -> float:
    """The distance of planes that all heights are multiples of: as stated, or the smallest."""
    ordered = np.unique(np.round(heights, 2))
    steps = np.diff(ordered)
    if not len(steps):
        return stated_mm or 1.0
    for step in (stated_mm, float(steps.min())):
        if step is None:
            continue
        count = max(round(float(ordered[-1]) / step), 1)
        fitted = float(ordered[-1]) / count  # rounding in the header must not add up
        apart = np.abs(ordered - np.rint(ordered / fitted) * fitted).max()
        if apart <= min(SAME_PLACE_MM, 0.1 * fitted) and abs(fitted - step) <= 0.01 * step:
            return fitted
    raise Unusable("holds frames at irregular distances, where even ones are accepted")


def _segments(header: "Dataset", frames: int) -> tuple[tuple[int, ...] | None, str]:
    """The label of each frame, None for a label map; and what the segments are called."""
    kind = text(header, "SegmentationType")
    if kind not in _TYPES:
        raise Unusable(
            f'is a segmentation of type "{quotable(kind)}", where {", ".join(_TYPES)} are accepted'
        )
    segments = items(header, "SegmentSequence")
    named = [item for item in segments if number(item, "SegmentNumber") != 0]  # 0: background
    called = [quotable(text(item, "SegmentLabel")) or "a segment" for item in named]
    described = ", ".join(f'"{label}"' for label in called[:4]) or "nothing"
    described += f" and {len(called) - 4} more" if len(called) > 4 else ""
    if kind == "LABELMAP":
        return None, described
    labels = []
    for frame in range(1, frames + 1):
        stated = first_number(groups_of(header, frame), "ReferencedSegmentNumber")
        label = 1.0 if len(segments) == 1 else stated
        if label is None or not 1 <= label <= 255:
            raise Unusable("holds frames of no segment from 1 to 255 (ReferencedSegmentNumber)")
        labels.append(int(label))
    return tuple(labels), described


def _half(header: "Dataset") -> float:
    """What a pixel must be above to count."""
    if text(header, "SegmentationType") != "FRACTIONAL":
        return 0.0
    whole = number(header, "MaximumFractionalValue")
    if whole is None or whole <= 0:
        raise Unusable("does not say what a whole is (MaximumFractionalValue)")
    return 0.5 * whole


def _values(instance: Instance, frames: _Frames) -> NDArray[np.float32]:
    """float32 (planes, rows, columns): the labels."""
    values = np.zeros(frames.shape, np.float32)
    for _, frame, pixels in decoded([instance]):
        plane = values[frames.at[frame - 1]]
        if frames.labels is None:
            shown = np.where(pixels == frames.padding, 0, pixels)
        else:
            shown = (pixels > frames.above) * np.float32(frames.labels[frame - 1])
        np.maximum(plane, shown, out=plane)
    if values.max() > 255:
        raise InputError(f"{instance.path} holds other values than labels 0 to 255.")
    return values


def _guess(header: "Dataset", described: str) -> Guess:
    """What this program itself wrote beside the pictures is not taken for an outline of them."""
    if text(header, "Manufacturer") == PROGRAM:
        return Guess(None, f"a segmentation that {PROGRAM} wrote")
    return Guess(LABELS, f"a DICOM segmentation of {described}")


def _oddities(name: str, header: "Dataset") -> tuple[str, ...]:
    made_by = [text(item, "SegmentAlgorithmType") for item in items(header, "SegmentSequence")]
    if made_by and set(made_by) == {"AUTOMATIC"}:
        return (f"{name} was made by a program, not by an expert.",)
    return ()
