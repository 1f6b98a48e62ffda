"""The contrasts of one patient on one grid, turned to a study's axes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.data.grids import SAME_PLACE_MM, distance_mm, resample, study_shape
from resunet.data.readers.dicom.segmentation import place_labels
from resunet.data.readers.dicom.series import frame_warning
from resunet.data.readers.volumes import GridsDiffer, ReadOptions, Volume
from resunet.data.readers.wording import by
from resunet.errors import InputError
from resunet.study import CONTRASTS

_SEEN_FIRST = ("flair", "t1ce", "t1", "t2")
"""Whose grid a study takes where all share one: the contrast that a tumour is outlined on."""

_FEWEST_VALUES = 6  # of a picture: a segmentation by BraTS has four

_SPACING_UNKNOWN = (
    "Pictures do not say how large a pixel is nor which way the patient lies: no lengths are "
    "given, and the patient's right is taken to be on the left of the picture."
)

_ON_ONE_GRID = (
    "contrasts on one grid are accepted; register and resample them first, or choose to have them "
    "resampled to T1CE's grid."
)


class ContrastStack:
    """The contrasts of one patient on one grid: the reference's, turned to a study's axes.

    Args:
        used: Contrast → its volume.
        where: What they are called together, for the errors.
        options: What the user decided.

    Attributes:
        reference: The volume whose grid it is.

    Raises:
        InputError: If they do not lie on one grid and are not to be, or cannot be, resampled.
    """

    def __init__(self, used: Mapping[str, Volume], where: str, options: ReadOptions) -> None:
        self.used, self.where, self.options = used, where, options
        self.name, self.moved = _reference(used, _SEEN_FIRST)
        self.reference = used[self.name]
        if self.moved and not (options.resample and _are_movable(used.values())):
            error = self._apart(used[self.moved[0]])
            raise GridsDiffer(str(error)) if _are_movable(used.values()) else error
        if self.moved:
            self.name, self.moved = _reference(used, ("t1ce", *_SEEN_FIRST))
            self.reference = used[self.name]
        shape = _shape(self.reference)
        if min(shape[1:]) < 2:
            raise InputError(
                f"{where} has slices of {by(shape[1:])} pixels, where at least 2×2 is accepted."
            )

    def images(self) -> tuple[NDArray[np.float32], list[str]]:
        """float32 (S, H, W, 4), 0 where a contrast is missing; and what is to be said of it."""
        images = np.zeros((*_shape(self.reference), len(CONTRASTS)), np.float32)
        warnings = []
        for index, name in enumerate(CONTRASTS):
            if name not in self.used:
                warnings.append(
                    f"There is no {name.upper()}: it is filled with zeros, for a network that was "
                    "trained to do without."
                )
                continue
            volume = self.used[name]
            picture = self._on_reference(volume, name)
            if _is_segmentation(picture):
                raise InputError(
                    f"{self.where}: {volume.name}, taken for {name.upper()}, holds few whole "
                    "numbers like a segmentation; a picture is accepted."
                )
            if picture.max() == picture.min():
                warnings.append(f"{name.upper()} is the same everywhere.")
            images[..., index] = picture
        if self.moved:
            moved = ", ".join(name.upper() for name in self.moved)
            warnings.append(
                f"{moved} lay on another grid and {'was' if len(self.moved) == 1 else 'were'} "
                f"resampled to {self.name.upper()}'s by position alone: if the patient "
                "moved in between, outlines are displaced; registering first (ANTs, elastix, "
                "BRAINSFit) is safer."
            )
        if self.reference.grid is None:
            warnings.append(_SPACING_UNKNOWN)
        strangers = frame_warning(list(self.used.values()))
        if strangers is not None:
            warnings.append(strangers)
        return images, warnings

    def labels(self, volume: Volume) -> NDArray[np.uint8]:
        """uint8 (S, H, W): the segmentation's classes on the reference's grid."""
        if volume.format == "dicom-seg" and self.reference.positions_mm is not None:
            raise InputError(
                f"{self.where}: {volume.name} cannot be placed on pictures that lack slices; all "
                "slices, or no segmentation, are accepted."
            )
        if volume.format == "dicom-seg" and self.reference.grid is not None and not self.moved:
            return place_labels(volume, self.reference.grid)
        values = _turned(volume)
        if ((values < 0) | (values > 255) | (values != np.round(values))).any():
            raise InputError(f"{volume.name} holds other values than labels 0 to 255.")
        if _is_apart(volume, self.reference):
            movable = _are_movable([volume, self.reference])
            if not (self.options.resample and movable):
                error = self._apart(volume)
                raise GridsDiffer(str(error)) if movable else error
            values = self._resampled(values, volume, nearest=True)
        return values.astype(np.uint8)

    def places(self, slices: int) -> dict[str, Any]:
        """The study's fields that say where its slices lie."""
        grid, positions = self.reference.grid, self.reference.positions_mm
        if grid is None:
            return {}
        steps = np.linalg.norm(grid.study_affine()[:3, :3], axis=0)
        fields = {"spacing_mm": (float(steps[1]), float(steps[2]))}
        if positions is None:
            heights = np.arange(slices, dtype=np.float64) * steps[0]
            return {**fields, "slice_positions_mm": heights, "grid": grid}
        if grid.axes[0] != 0:
            raise InputError(
                f"{self.reference.name} lacks slices and was not taken axially: axial pictures "
                "cannot be made of it."
            )
        heights = positions[-1] - positions[::-1] if grid.flipped[0] else positions
        step = float(np.median(np.diff(heights)))
        numbers = np.maximum.accumulate(np.rint(heights / step).astype(int))
        return {
            **fields,
            "slice_positions_mm": np.ascontiguousarray(heights),
            "slice_numbers": tuple(int(number) for number in numbers),
        }

    def _on_reference(self, volume: Volume, name: str) -> NDArray[np.float32]:
        values = _turned(volume)
        return self._resampled(values, volume) if name in self.moved else values

    def _resampled(
        self, values: NDArray[np.float32], volume: Volume, *, nearest: bool = False
    ) -> NDArray[np.float32]:
        if volume.grid is None or self.reference.grid is None:
            raise self._apart(volume)
        moved = resample(values, volume.grid, self.reference.grid, nearest=nearest)
        if values.any() and not moved.any():
            raise InputError(
                f"{self.where}: {volume.name} lies outside of {self.reference.name}; pictures of "
                "one place are accepted."
            )
        return moved

    def _apart(self, volume: Volume) -> InputError:
        """That a volume does not lie where the reference lies."""
        reference, accepted = self.reference, _ON_ONE_GRID
        if reference.grid is None:
            accepted = "pictures of one size are accepted."
        if _shape(volume) != _shape(reference):
            sizes = by(volume.shape), by(reference.shape)
            return InputError(
                f"{self.where}: {volume.name} has {sizes[0]} voxels and {reference.name} "
                f"{sizes[1]}: {accepted}"
            )
        apart = _distance_mm(volume, reference)
        how_far = f"lie up to {apart:.1f} mm apart" if np.isfinite(apart) else "lie differently"
        return InputError(f"{self.where}: {volume.name} and {reference.name} {how_far}: {accepted}")


def _reference(used: Mapping[str, Volume], order: Sequence[str]) -> tuple[str, list[str]]:
    """The first contrast of an order that is there, and those that lie elsewhere."""
    name = next(name for name in order if name in used)
    return name, [other for other in used if _is_apart(used[other], used[name])]


def _is_apart(volume: Volume, other: Volume) -> bool:
    return _distance_mm(volume, other) > SAME_PLACE_MM


def _are_movable(volumes: Iterable[Volume]) -> bool:
    """Whether volumes have a place, and slices without gaps to interpolate between."""
    return all(volume.grid is not None and volume.positions_mm is None for volume in volumes)


def _shape(volume: Volume) -> tuple[int, int, int]:
    return volume.shape if volume.grid is None else study_shape(volume.grid)


def _is_segmentation(values: NDArray[np.float32]) -> bool:
    """Whether a picture holds more than one value, all whole, but fewer than any picture does."""
    few = np.unique(values.ravel()[::61])  # fast: nearly every picture is told from these
    if len(few) >= _FEWEST_VALUES:
        return False
    return 1 < len(found := np.unique(values)) < _FEWEST_VALUES and not (found % 1).any()


def _turned(volume: Volume) -> NDArray[np.float32]:
    values = volume.load()
    return values if volume.grid is None else volume.grid.from_file(values)


def _distance_mm(volume: Volume, other: Volume) -> float:
    """How far two volumes lie apart; infinite where that cannot be told or sizes differ."""
    if (volume.grid is None) != (other.grid is None):
        return float("inf")
    if volume.grid is None or other.grid is None:
        return 0.0 if volume.shape == other.shape else float("inf")
    heights, others = volume.positions_mm, other.positions_mm
    if heights is None or others is None:
        alike = heights is others
    else:
        alike = heights.shape == others.shape and np.abs(heights - others).max() <= SAME_PLACE_MM
    return distance_mm(volume.grid, other.grid) if alike else float("inf")
