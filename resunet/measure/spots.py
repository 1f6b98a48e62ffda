"""Strong uncertain spots without a detection, which deserve a second look (paper, section 5.2).

How far they can be trusted was measured with the model that comes with the program, T = 25, on
slices with gaps. On the ten BraTS patients that it did not learn from, five seeds each, 32 of 50
predictions had no spot, 12 one and 6 two or three; 16 of the 27 spots lay on tumour that the
prediction had missed, but only 14 of the 302 missed cross-sections of 50 mm² or more had a spot.
Of the thirty it learnt from (seed 0) four had spots, none on tumour. So a spot is worth a look,
that there is none says nothing, and another seed may show others. Entropy, mutual information
and the mean probability pointed no clearly better at equal numbers of spots.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.measure.areas import pixel_area_mm2, voxel_ml
from resunet.measure.lesions import brain_columns, side_of
from resunet.study import Prediction, Study

LEVEL_STD = 0.4
"""Standard deviation above which a pixel belongs to a spot; passes that say 0 and 1 equally often
have 0.5. At 0.35 there were 65 spots instead of 27, half of them on missed tumour; at 0.3, 109."""

LEAST_AREA_MM2 = 100.0
"""Least area of a spot in the slice where it is strongest: some 16 pixels of the network's grid.
With 50 mm² there were 77 spots instead of 27, as often on missed tumour, and only 21 of 50
predictions had none; with 150 mm² there were 8."""

RIM_MM = 5.0
"""Nothing this near to a detection is a spot: two pixels of the network's grid, over which an
outline is uncertain as a rule. From 0 to 5 mm nothing changed; 8 mm lost missed tumour."""

MOST_SPOTS = 3
"""How many spots are reported at most. Only one of the 40 patients had more."""

_PIXEL_MM = 1.0  # what a pixel is taken for where the spacing is unknown, as in BraTS
_SIDES = {"left": "patient's left", "right": "patient's right", "midline": "near the midline"}


@dataclass(frozen=True)
class Spot:
    """A region of high standard deviation that is not near a detection.

    Attributes:
        slice_index: Index of the slice where it is strongest (largest sum of the deviation).
        first_slice: Index of the lowest slice it is in.
        last_slice: Index of the highest slice it is in.
        centroid: Mean (slice, row, column) of its voxels, as indices.
        side: The patient's ``"left"``, ``"right"`` or ``"midline"``, as `side_of` says.
        area_px: Its pixels in ``slice_index``.
        area_mm2: The same in mm²; None where the spacing is unknown.
        volume_ml: Its volume; None where `volume_reason` gives a reason.
        std_max: Largest standard deviation in the whole region.
        std_mean: Mean standard deviation of the whole region.
        probability_max: Largest mean probability in the whole region.
        score: What spots are ordered by: area in ``slice_index`` × mean standard deviation
            there, in mm², or in pixels where the spacing is unknown.
    """

    slice_index: int
    first_slice: int
    last_slice: int
    centroid: tuple[float, float, float]
    side: str
    area_px: int
    area_mm2: float | None
    volume_ml: float | None
    std_max: float
    std_mean: float
    probability_max: float
    score: float


def find_spots(study: Study, prediction: Prediction) -> list[Spot]:
    """Finds the strong uncertain spots without a detection, in the whole brain.

    A spot is a connected region of brain whose standard deviation is above `LEVEL_STD`, with
    at least `LEAST_AREA_MM2` in its strongest slice. In a gap-free stack regions are followed
    through the slices (26 neighbours), elsewhere each slice is searched by itself (8). A region
    any part of which is next to a detection, or within `RIM_MM` of one, is its uncertain rim
    and no spot. What the network found counts as a detection even where a reader took it away,
    as does what a reader added. Where the spacing is unknown a pixel is taken for 1 mm.

    Args:
        study: What was predicted on.
        prediction: Its prediction; of an unfinished one the computed slices are searched.

    Returns:
        At most `MOST_SPOTS`, the largest ``score`` first; empty for fewer than two passes,
        which have no deviation.

    Raises:
        InputError: If the prediction lies on another grid than the study.
    """
    if prediction.std.shape != study.shape:
        raise InputError(
            f"prediction has shape {prediction.std.shape}, "
            f"where the study's shape {study.shape} is accepted."
        )
    places = _uncertain(study, prediction)
    if not len(places):
        return []
    found = _strongest_first(study, prediction, places)
    columns = brain_columns(study) if found else None
    if columns is None:
        return []
    return [_spot(study, prediction, voxels, at, columns) for voxels, at in found]


def spot_sentence(study: Study, spot: Spot) -> str:
    """Says where a spot is and how strong, in one sentence.

    Args:
        study: The study it was found in.
        spot: The spot.

    Returns:
        Such as ``"Uncertain without a detection: slice no. 84 (82 to 87), patient's left,
        1.2 cm², standard deviation up to 0.48."``, slices by their numbers in the source; the
        area in pixels where the spacing is unknown.
    """
    slices = f"slice no. {study.slice_numbers[spot.slice_index]}"
    if spot.first_slice != spot.last_slice:
        first, last = study.slice_numbers[spot.first_slice], study.slice_numbers[spot.last_slice]
        slices += f" ({first} to {last})"
    area = f"{spot.area_px} pixels" if spot.area_mm2 is None else f"{spot.area_mm2 / 100:.1f} cm²"
    return (
        f"Uncertain without a detection: {slices}, {_SIDES[spot.side]}, {area}, "
        f"standard deviation up to {spot.std_max:.2f}."
    )


def _uncertain(study: Study, prediction: Prediction) -> NDArray[np.int64]:
    """(n, 3): slice, row and column of the uncertain voxels inside the brain."""
    if prediction.samples < 2:
        return np.empty((0, 3), np.int64)
    uncertain = prediction.std > LEVEL_STD
    uncertain[~prediction.done] = False
    slices, rows, columns = np.nonzero(uncertain)
    # `Study.brain` of a whole volume takes longer than everything here; few voxels are asked
    inside = study.images[slices, rows, columns].any(axis=-1)
    return np.stack([slices, rows, columns], axis=1)[inside]


def _strongest_first(
    study: Study, prediction: Prediction, places: NDArray[np.int64]
) -> list[tuple[NDArray[np.int64], int]]:
    """The voxels (n, 3) of each spot, and the slice where it is strongest."""
    regions = _regions(places, stack=study.slice_step_mm is not None)
    pixels, strength = _by_slice(places, regions, prediction)
    strongest = strength.argmax(axis=1)
    each = np.arange(len(strength))
    area_mm2 = pixels[each, strongest] * (pixel_area_mm2(study) or _PIXEL_MM**2)
    if area_mm2.max() < LEAST_AREA_MM2:
        return []
    detected = prediction.mask | (prediction.probability > prediction.threshold)
    found: list[tuple[NDArray[np.int64], int]] = []
    for region in np.argsort(-strength[each, strongest], kind="stable"):
        if area_mm2[region] < LEAST_AREA_MM2:
            continue
        voxels = places[regions == region]
        if not _is_near(voxels, detected, study):
            found.append((voxels, int(strongest[region])))
        if len(found) == MOST_SPOTS:
            break
    return found


def _regions(places: NDArray[np.int64], *, stack: bool) -> NDArray[np.int64]:
    """(n,): the number of the connected region each voxel belongs to, from 0."""
    from scipy import ndimage

    inside = tuple((places - places.min(axis=0)).T)
    box = np.zeros(np.ptp(places, axis=0) + 1, bool)
    box[inside] = True
    neighbours = np.ones((3, 3, 3), bool)
    neighbours[[0, 2]] = stack
    return ndimage.label(box, neighbours)[0][inside].astype(np.int64) - 1


def _by_slice(
    places: NDArray[np.int64], regions: NDArray[np.int64], prediction: Prediction
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(regions, S) each: how many voxels a region has in a slice, and their summed deviation."""
    count, slices = int(regions.max()) + 1, len(prediction.std)
    at = regions * slices + places[:, 0]
    std = prediction.std[tuple(places.T)]
    pixels = np.bincount(at, minlength=count * slices).astype(np.int64)
    sums = np.bincount(at, weights=std, minlength=count * slices).astype(np.float64)
    return pixels.reshape(count, slices), sums.reshape(count, slices)


def _is_near(voxels: NDArray[np.int64], detected: NDArray[np.bool_], study: Study) -> bool:
    """Whether a region is next to a detection or within `RIM_MM` of one."""
    step_mm = study.slice_step_mm
    spacing_mm = (step_mm or _PIXEL_MM, *(study.spacing_mm or (_PIXEL_MM, _PIXEL_MM)))
    # no step counts for more than the rim, so that neighbours are near in thick slices too
    sampling_mm = np.minimum(spacing_mm, RIM_MM)
    reach = (RIM_MM // sampling_mm).astype(int)
    if step_mm is None:
        reach[0] = 0
    low = np.maximum(voxels.min(axis=0) - reach, 0)
    high = voxels.max(axis=0) + reach + 1
    crop = detected[tuple(slice(*ends) for ends in zip(low, high, strict=True))]
    inside = tuple((voxels - low).T)
    if not crop.any() or crop[inside].any():
        return bool(crop.any())
    from scipy import ndimage

    distance_mm = ndimage.distance_transform_edt(~crop, sampling_mm)
    return bool(distance_mm[inside].min() <= RIM_MM)


def _spot(
    study: Study,
    prediction: Prediction,
    voxels: NDArray[np.int64],
    slice_index: int,
    columns: tuple[int, int],
) -> Spot:
    """Measures one region, given as (n, 3) slice, row and column."""
    std = prediction.std[tuple(voxels.T)].astype(np.float64)
    here = voxels[:, 0] == slice_index
    area_px, pixel_mm2, one_ml = int(here.sum()), pixel_area_mm2(study), voxel_ml(study)
    at_slice, row, column = (float(mean) for mean in voxels.mean(axis=0))
    return Spot(
        slice_index=slice_index,
        first_slice=int(voxels[:, 0].min()),
        last_slice=int(voxels[:, 0].max()),
        centroid=(at_slice, row, column),
        side=side_of(column, columns),
        area_px=area_px,
        area_mm2=None if pixel_mm2 is None else area_px * pixel_mm2,
        volume_ml=None if one_ml is None else len(voxels) * one_ml,
        std_max=float(std.max()),
        std_mean=float(std.mean()),
        probability_max=float(prediction.probability[tuple(voxels.T)].max()),
        score=float(std[here].sum()) * (1.0 if pixel_mm2 is None else pixel_mm2),
    )
