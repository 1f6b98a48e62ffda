"""The lesions a mask falls into: connected parts, with their size, place and diameters.

The diameters are RANO's (Wen et al. 2010, doi:10.1200/JCO.2009.26.3541). What they are taken of
is the whole tumour with its oedema, the bright area on FLAIR, as RANO asks of low-grade glioma
(van den Bent et al. 2011, doi:10.1016/S1470-2045(11)70057-2); of high-grade glioma it asks for
the enhancing part, which is not measured here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.measure.areas import check_shape, voxel_ml
from resunet.measure.diameters import Diameters, diameters
from resunet.study import Study

MEASURABLE_MM = 10.0
"""RANO's least length of both diameters of a measurable lesion."""

MIDLINE_FRACTION = 0.05
"""Part of the brain's width on either side of its middle that counts as midline (our choice):
7 mm of a brain 140 mm wide."""

_Box = tuple[slice, slice, slice]


class Part(NamedTuple):
    """A connected part of a mask.

    Attributes:
        place: Where it lies in the stack: slices, rows, columns.
        mask: bool, of that box: its voxels.
    """

    place: _Box
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class Lesion:
    """One connected part of a mask.

    Attributes:
        number: 1 for the largest; of equal ones the first in order of slice, row, column.
        voxels: How many it has.
        volume_ml: Its volume; None where `volume_reason` gives a reason.
        first_slice: Index of the lowest slice it is in.
        last_slice: Index of the highest slice it is in.
        centroid: Mean (slice, row, column) of its voxels, as indices.
        centroid_ras_mm: The same place in the patient, right, anterior and superior positive;
            None where the study has no grid.
        side: The patient's ``"left"``, ``"right"`` or ``"midline"``; None without a brain.
        largest: Of all its slices, the diameters of the one whose longest is the largest; None
            where the spacing is unknown.
        largest_slice: Index of that slice.
        bidimensional: The diameters of the slice with the largest product, as RANO asks.
        bidimensional_slice: Index of that slice, which may be another one.
    """

    number: int
    voxels: int
    volume_ml: float | None
    first_slice: int
    last_slice: int
    centroid: tuple[float, float, float]
    centroid_ras_mm: tuple[float, float, float] | None
    side: str | None
    largest: Diameters | None
    largest_slice: int | None
    bidimensional: Diameters | None
    bidimensional_slice: int | None

    @property
    def largest_mm(self) -> float:
        """The longest diameter in mm; NaN where the spacing is unknown."""
        return float("nan") if self.largest is None else self.largest.long_mm

    @property
    def product_mm2(self) -> float:
        """The bidimensional product in mm²; NaN where the spacing is unknown."""
        return float("nan") if self.bidimensional is None else self.bidimensional.product_mm2

    @property
    def measurable(self) -> bool | None:
        """Whether both diameters of `bidimensional` reach `MEASURABLE_MM`; None if unknown.

        RANO's size of measurable disease. That it be seen in two slices, which RANO asks too,
        is not looked at: a single slice would hold none.
        """
        if self.bidimensional is None:
            return None
        # the shorter one; an edge of exactly 10 mm must not fail by rounding
        return self.bidimensional.short_mm >= MEASURABLE_MM - 1e-9


def find_lesions(study: Study, mask: NDArray[np.bool_]) -> list[Lesion]:
    """Finds and measures the connected parts of a mask; none is too small to be listed.

    In a gap-free stack voxels that share a face, an edge or a corner belong together (26
    neighbours). Elsewhere each slice is searched by itself (8 neighbours), so that one tumour
    is as many lesions as slices.

    Args:
        study: The study the mask lies on.
        mask: bool (S, H, W), the study's shape.

    Returns:
        The lesions, the largest first; empty for an empty mask.

    Raises:
        InputError: If the mask's shape is not the study's.
    """
    parts = list(lesion_parts(study, mask))
    if not parts:
        return []
    scale = _Scale(study.spacing_mm, voxel_ml(study), study.affine, brain_columns(study))
    return [
        _lesion(part.mask, [each.start for each in part.place], number, scale)
        for number, part in enumerate(parts, start=1)
    ]


def lesion_parts(study: Study, mask: NDArray[np.bool_]) -> Iterator[Part]:
    """The connected parts that `find_lesions` measures, in its order.

    Args:
        study: The study the mask lies on.
        mask: bool (S, H, W), the study's shape.

    Raises:
        InputError: If the mask's shape is not the study's.
    """
    check_shape(study, mask)
    box = _bounding_box(mask)
    if box is None:
        return
    from scipy import ndimage

    neighbours = np.ones((3, 3, 3), bool)
    neighbours[[0, 2]] = study.slice_step_mm is not None
    labels, _ = ndimage.label(mask[box], neighbours)
    sizes = np.bincount(labels.ravel())[1:]
    parts = ndimage.find_objects(labels)
    for index in np.argsort(-sizes, kind="stable"):
        inner = parts[index]
        place = [
            slice(whole.start + part.start, whole.start + part.stop)
            for whole, part in zip(box, inner, strict=True)
        ]
        yield Part((place[0], place[1], place[2]), labels[inner] == index + 1)


def slice_diameters(study: Study, picture: NDArray[np.bool_]) -> Diameters | None:
    """The diameters in one slice: of its connected part with the largest product of both.

    Args:
        study: The study the slice is of.
        picture: bool (H, W), the slice's mask.

    Returns:
        The diameters; None for an empty mask, and where the spacing is unknown.
    """
    if study.spacing_mm is None or not picture.any():
        return None
    from scipy import ndimage

    labels, _ = ndimage.label(picture, np.ones((3, 3), bool))
    found = [
        diameters(labels[part] == number, study.spacing_mm)
        for number, part in enumerate(ndimage.find_objects(labels), start=1)
    ]
    return max((each for each in found if each), key=lambda each: each.product_mm2)


def side_of(column: float, brain_columns: tuple[int, int]) -> str:
    """The patient's side on which a column lies.

    Args:
        column: As an index; columns run towards the patient's left.
        brain_columns: The first and the last column that hold brain.

    Returns:
        ``"left"``, ``"right"``, or ``"midline"`` within `MIDLINE_FRACTION` of the brain's
        width from halfway between its first and last column.
    """
    first, last = brain_columns
    beyond = column - (first + last) / 2
    if abs(beyond) <= MIDLINE_FRACTION * (last - first + 1):
        return "midline"
    return "left" if beyond > 0 else "right"


def brain_columns(study: Study) -> tuple[int, int] | None:
    """The first and the last column that hold brain (`Study.brain`); None without any."""
    # axis by axis: the long ones first, which is ten times faster than all at once
    columns = np.flatnonzero(study.images.any(axis=(0, 1)).any(axis=-1))
    return (int(columns[0]), int(columns[-1])) if columns.size else None


class _Scale(NamedTuple):
    """What every lesion of a study is measured by; None where it is unknown."""

    spacing_mm: tuple[float, float] | None
    voxel_ml: float | None
    affine: NDArray[np.float64] | None
    brain_columns: tuple[int, int] | None


def _lesion(part: NDArray[np.bool_], origin: list[int], number: int, scale: _Scale) -> Lesion:
    """Measures one lesion, cut out of the stack at ``origin`` (slice, row, column)."""
    spacing_mm, one_ml, affine, brain_columns = scale
    centroid = np.argwhere(part).mean(axis=0) + origin
    voxels = int(np.count_nonzero(part))
    largest, bidimensional = _diameters(part, origin, spacing_mm)
    return Lesion(
        number=number,
        voxels=voxels,
        volume_ml=None if one_ml is None else voxels * one_ml,
        first_slice=origin[0],
        last_slice=origin[0] + len(part) - 1,
        centroid=_three(centroid),
        centroid_ras_mm=None if affine is None else _three(affine[:3] @ [*centroid, 1.0]),
        side=None if brain_columns is None else side_of(centroid[2], brain_columns),
        largest=largest[1],
        largest_slice=largest[0],
        bidimensional=bidimensional[1],
        bidimensional_slice=bidimensional[0],
    )


_Found = tuple[int, Diameters] | tuple[None, None]


def _diameters(
    part: NDArray[np.bool_], origin: list[int], spacing_mm: tuple[float, float] | None
) -> tuple[_Found, _Found]:
    """The slice with the longest diameter and that with the largest product, each the lowest."""
    if spacing_mm is None:
        return (None, None), (None, None)
    found = []
    for index, picture in enumerate(part, start=origin[0]):
        of_slice = diameters(picture, spacing_mm, origin=(origin[1], origin[2]))
        if of_slice is not None:
            found.append((index, of_slice))
    return (
        max(found, key=lambda each: each[1].long_mm),
        max(found, key=lambda each: each[1].product_mm2),
    )


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third


def _bounding_box(mask: NDArray[np.bool_]) -> _Box | None:
    """The smallest box round a mask; None for an empty one."""
    slices = np.flatnonzero(mask.any(axis=(1, 2)))
    if not slices.size:
        return None
    flat = np.any(mask, axis=0)
    rows, columns = np.flatnonzero(flat.any(axis=1)), np.flatnonzero(flat.any(axis=0))
    return _span(slices), _span(rows), _span(columns)


def _span(indices: NDArray[np.int64]) -> slice:
    return slice(int(indices[0]), int(indices[-1]) + 1)
