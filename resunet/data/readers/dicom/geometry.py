"""Where the planes of a DICOM series lie, and the stack they make.

DICOM's patient coordinates run to left, posterior and superior (LPS); affines here are RAS+.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.data.grids import SAME_PLACE_MM, grid_of
from resunet.data.readers.dicom.groups import groups_of, items
from resunet.data.readers.dicom.headers import Instance, first_number, has, number, numbers
from resunet.study import FileGrid

if TYPE_CHECKING:
    from pydicom import Dataset

_SAME_DIRECTION = 5e-4  # 0.1 mm at the end of 20 cm
_SAME_HEIGHT_MM = 0.01
_MOST_SHEAR = np.sin(np.deg2rad(1.0))


class Unusable(Exception):  # noqa: N818 - no error of a program, but the nature of some series
    """Why instances make no volume.

    Attributes:
        problem: What is the case, to follow the series' name in a sentence.
        ordinary: Whether such series are made on purpose, and lie beside those that are wanted:
            localizers, diffusion and perfusion.
    """

    def __init__(self, problem: str, *, ordinary: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.ordinary = ordinary


class Plane(NamedTuple):
    """One picture of a series.

    Attributes:
        instance: Index of its file in the series.
        frame: Its number in the file, from 1.
        position: float64 (3,), its first pixel's centre, mm, LPS.
        orientation: float64 (6,): direction of growing column index, then of growing row index.
        spacing_mm: float64 (2,): between rows, then between columns.
        step_mm: What its header says of the distance between planes; None if nothing.
        slope: What stored values are multiplied with.
        intercept: What is added to them then.
    """

    instance: int
    frame: int
    position: NDArray[np.float64]
    orientation: NDArray[np.float64]
    spacing_mm: NDArray[np.float64]
    step_mm: float | None
    slope: float
    intercept: float


class Stack(NamedTuple):
    """Planes in the order of their places.

    Attributes:
        planes: Along the normal that rows and columns make.
        grid: (planes, rows, columns) in the patient; with the mean step if they lie unevenly.
        positions_mm: As `Volume.positions_mm`.
        oddity: What is odd about it, to follow the series' name in a sentence; empty if nothing.
    """

    planes: tuple[Plane, ...]
    grid: FileGrid
    positions_mm: NDArray[np.float64] | None
    oddity: str


def planes_of(index: int, instance: Instance) -> list[Plane]:
    """The pictures of one file.

    Args:
        index: Which file of its series it is.
        instance: A classic one, or a multi-frame one with functional groups.

    Raises:
        Unusable: If it does not say where they lie.
    """
    header = instance.header
    frames = int(number(header, "NumberOfFrames") or 1)
    each = items(header, "PerFrameFunctionalGroupsSequence")
    if not each:
        if frames != 1:
            raise Unusable(
                f"holds {frames} frames without their places, where enhanced files are accepted"
            )
        return [_plane(index, 1, [header])]
    if len(each) != frames:
        raise Unusable(f"states {frames} frames and the places of {len(each)}")
    return [
        _plane(index, frame, [*groups_of(header, frame), header]) for frame in range(1, frames + 1)
    ]


def stacked(planes: Sequence[Plane], rows: int, columns: int) -> Stack:
    """Sorts planes by their places, whatever they are called and numbered.

    Raises:
        Unusable: If they are not parallel, one behind the other, each place taken once.
    """
    down, across = directions(planes)
    normal = normal_to(down, across)
    heights = np.array([plane.position @ normal for plane in planes])
    order = np.argsort(heights, kind="stable")
    planes = [planes[index] for index in order]
    heights = heights[order] - heights[order[0]]
    _check_places(heights)
    step, oddity = _mean_step(planes, heights, normal)
    grid = grid_at((len(planes), rows, columns), planes[0].position, step, down, across)
    even = heights[-1] * np.linspace(0.0, 1.0, len(heights))
    mean_mm = float(np.linalg.norm(step))
    if np.abs(heights - even).max() <= min(SAME_PLACE_MM, 0.1 * mean_mm):
        return Stack(tuple(planes), grid, None, oddity)
    return Stack(tuple(planes), grid, heights, _gaps(np.diff(heights)))


def directions(planes: Sequence[Plane]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """float64 (3,) each, mm, LPS: from one row to the next, and from one column to the next.

    Raises:
        Unusable: If the planes are not parallel or of different pixel sizes.
    """
    orientations = np.array([plane.orientation for plane in planes])
    if np.abs(orientations - orientations[0]).max() > _SAME_DIRECTION:
        raise Unusable(
            "holds planes of several orientations, where parallel ones are accepted", ordinary=True
        )
    spacings = np.array([plane.spacing_mm for plane in planes])
    if np.ptp(spacings, axis=0).max() > 1e-3 * spacings.min():
        raise Unusable("holds planes of several pixel sizes, where one is accepted")
    across, down = orientations[0].reshape(2, 3)
    lengths = np.linalg.norm([across, down], axis=1)
    if np.abs(lengths - 1.0).max() > 0.01 or abs(across @ down) > 0.01:
        raise Unusable(
            "states directions that are not two perpendicular ones (ImageOrientationPatient)"
        )
    return down / lengths[1] * spacings[0, 0], across / lengths[0] * spacings[0, 1]


def normal_to(down: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 (3,), of length 1: which way planes of these directions are stacked."""
    normal = np.cross(across, down)
    return normal / np.linalg.norm(normal)


def grid_at(
    shape: tuple[int, int, int],
    position: NDArray[np.float64],
    step: NDArray[np.float64],
    down: NDArray[np.float64],
    across: NDArray[np.float64],
) -> FileGrid:
    """The grid of a stack.

    Args:
        shape: (planes, rows, columns).
        position: float64 (3,), the first voxel's centre, mm, LPS, as the next three.
        step: From one plane to the next.
        down: From one row to the next.
        across: From one column to the next.
    """
    affine = np.eye(4)
    affine[:3] = np.column_stack([step, down, across, position])
    return grid_of(shape, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)


def _plane(index: int, frame: int, places: "Sequence[Dataset]") -> Plane:
    """A picture, of the first dataset that has each attribute."""
    found = {}
    for keyword, count, lacking in (
        ("ImagePositionPatient", 3, "where its planes lie"),
        ("ImageOrientationPatient", 6, "how its planes are turned"),
        ("PixelSpacing", 2, "how large a pixel is"),
    ):
        value = next(
            (v for place in places if (v := numbers(place, keyword, count)) is not None), None
        )
        if value is None:
            raise Unusable(f"does not say {lacking} ({keyword})")
        found[keyword] = value
    spacing = found["PixelSpacing"]
    if not (spacing > 0).all():
        raise Unusable("states a pixel size that is not positive (PixelSpacing)")
    step = first_number(places, "SpacingBetweenSlices") or first_number(places, "SliceThickness")
    return Plane(
        index,
        frame,
        found["ImagePositionPatient"],
        found["ImageOrientationPatient"],
        spacing,
        step if step and step > 0 else None,
        *_scaling(places),
    )


def _scaling(places: "Sequence[Dataset]") -> tuple[float, float]:
    scale = []
    for keyword, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0)):
        stated = [place for place in places if has(place, keyword)]
        value = number(stated[0], keyword) if stated else default
        if value is None or (keyword == "RescaleSlope" and value == 0):
            raise Unusable(f"states a {keyword} that nothing can be scaled with")
        scale.append(value)
    return scale[0], scale[1]


def _check_places(heights: NDArray[np.float64]) -> None:
    """Refuses several pictures at one place."""
    place = np.concatenate([[0], np.cumsum(np.diff(heights) > _SAME_HEIGHT_MM)])
    counts = np.bincount(place)
    if counts.max() == 1:
        return
    if counts.min() == counts.max():
        raise Unusable(
            f"holds {counts[0]} pictures a place (4-D), where one is accepted", ordinary=True
        )
    raise Unusable(
        f"holds {len(heights)} pictures at {len(counts)} places, where one a place is accepted"
    )


def _mean_step(
    planes: Sequence[Plane], heights: NDArray[np.float64], normal: NDArray[np.float64]
) -> tuple[NDArray[np.float64], str]:
    """float64 (3,), from one plane to the next in the mean; and what is odd about it."""
    if len(planes) == 1:
        stated = planes[0].step_mm
        oddity = "" if stated else "is one plane of unknown thickness: 1 mm is assumed"
        return normal * (stated or 1.0), oddity
    positions = np.array([plane.position for plane in planes])
    line = (positions[-1] - positions[0]) / heights[-1]
    aside = positions - positions[0] - heights[:, None] * line
    sheared = np.linalg.norm(line - normal) > _MOST_SHEAR
    if sheared or np.linalg.norm(aside, axis=1).max() > SAME_PLACE_MM:
        raise Unusable("holds planes that do not lie straight behind each other")
    return line * heights[-1] / (len(planes) - 1), ""


def _gaps(steps: NDArray[np.float64]) -> str:
    """What uneven steps between planes mean."""
    ratios = steps / steps.min()
    if np.abs(ratios - np.rint(ratios)).max() > 0.1:
        return f"has planes at uneven distances, {steps.min():.2f} to {steps.max():.2f} mm"
    missing = int((np.rint(ratios) - 1).sum())
    return f"lacks {missing} of {missing + len(steps) + 1} planes between its first and its last"
