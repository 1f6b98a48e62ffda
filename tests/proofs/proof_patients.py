"""The patients that the proofs of docs/comparing-sets.md deal out, and what is done to them.

A patient is a row: values by name, and a map. A shift is planted in the pixels of a patient, so
rows with and without it can be dealt to sets in any way.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from resunet.cohort.distributions import QUADRANTS
from resunet.cohort.units import MAP_SIDE, PatientTable
from resunet.data.cases import find_cases
from resunet.data.readers import read_case
from resunet.study import CONTRASTS, Study

SIDE = 256
HALF = SIDE // 2
_RANGES = {
    name: (slice(row, row + HALF), slice(column, column + HALF))
    for name, (row, column) in zip(
        QUADRANTS, ((0, 0), (0, HALF), (HALF, 0), (HALF, HALF)), strict=True
    )
}


@dataclass(frozen=True)
class Row:
    """One patient: name, values by quantity, and map float32 (MAP_SIDE, MAP_SIDE)."""

    patient: str
    values: dict[str, float]
    map: NDArray[np.float32]

    @property
    def main_quadrant(self) -> str:
        """The quadrant with most of the tumour."""
        return max(QUADRANTS, key=self.values.__getitem__)


def arguments(description: str) -> argparse.Namespace:
    """The command line of a proof."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder of BraTS slices")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--shift-trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read_rows(
    folder: Path, changes: dict[str, Callable[[NDArray[np.bool_]], NDArray[np.bool_]]]
) -> dict[str, list[Row]]:
    """Every patient of a data folder, as it is (under ``""``) and with each change of its masks.

    Args:
        folder: Of any splits; each patient has an outline, in pictures of SIDE × SIDE pixels.
        changes: Name → function of masks (S, SIDE, SIDE).
    """
    rows: dict[str, list[Row]] = {name: [] for name in ("", *changes)}
    for case in sorted(find_cases(folder), key=lambda case: case.patient):
        study = read_case(case)
        if study.mask is None or study.mask.shape[1:] != (SIDE, SIDE):
            raise SystemExit(f"{case.patient} has no outline of {SIDE}×{SIDE} pixels.")
        pictures = picture_values(study)
        numbers = np.array(study.slice_numbers, float)
        for name in rows:
            mask = changes[name](study.mask) if name else study.mask
            values = mask_values(mask, numbers) | pictures
            rows[name].append(Row(case.patient, values, map_of(mask)))
    return rows


def mask_values(mask: NDArray[np.bool_], numbers: NDArray[np.float64]) -> dict[str, float]:
    """What the outlines (S, H, W) of one patient measure."""
    areas = mask.sum(axis=(1, 2)).astype(float)
    tumour = areas > 0
    hits = mask.sum(axis=0).astype(float)
    middle = (np.arange(SIDE) + 0.5) / SIDE
    parts = [ndimage.label(each, np.ones((3, 3)))[1] for each in mask[tumour]]
    total = hits.sum()
    none = float("nan")
    return {
        "mean_area_px": areas.mean(),
        "tumour_area_px": areas[tumour].mean() if total else none,
        "largest_area_px": areas.max(),
        "empty_share": 1 - tumour.mean(),
        "centroid_row": hits.sum(axis=1) @ middle / total if total else none,
        "centroid_column": hits.sum(axis=0) @ middle / total if total else none,
        "components": float(np.mean(parts)) if total else none,
        "tumour_position": numbers[tumour].mean() if total else none,
        "slice_position": numbers.mean(),
        **{name: hits[place].sum() / len(mask) for name, place in _RANGES.items()},
    }


def picture_values(study: Study) -> dict[str, float]:
    """What the contrasts of one patient measure."""
    brain = (study.images != 0).any(axis=-1)
    values = {"brain_area_px": brain.sum(axis=(1, 2)).mean()}
    for name, pixels in zip(CONTRASTS, study.images[brain].T, strict=True):
        low, median, high = np.percentile(pixels, [5, 50, 95])
        values |= {f"{name}_median": float(median), f"{name}_spread": float((high - low) / median)}
    return values


def map_of(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The map of `PatientTable`: the mean over slices and the pixels of each cell."""
    cell = SIDE // MAP_SIDE
    cells = mask.reshape(len(mask), MAP_SIDE, cell, MAP_SIDE, cell)
    return cells.mean(axis=(0, 2, 4), dtype=np.float64).astype(np.float32)


def erased(quadrant: str) -> Callable[[NDArray[np.bool_]], NDArray[np.bool_]]:
    """Takes the outlines of one quadrant away."""

    def change(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        mask = mask.copy()
        mask[:, *_RANGES[quadrant]] = False
        return mask

    return change


def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Makes each outline 30 % larger by the pixels nearest to it."""
    larger = np.zeros_like(mask)
    for before, after in zip(mask, larger, strict=True):
        if before.any():
            far = ndimage.distance_transform_edt(~before).ravel()
            nearest = np.argsort(far, kind="stable")[: round(1.3 * before.sum())]
            after.ravel()[nearest] = True
    return larger


def scaled(rows: Sequence[Row], factor: float, ending: str) -> list[Row]:
    """The patients with all values whose names end so multiplied."""
    return [
        Row(
            row.patient,
            {k: v * factor if k.endswith(ending) else v for k, v in row.values.items()},
            row.map,
        )
        for row in rows
    ]


def table(name: str, rows: Sequence[Row]) -> PatientTable:
    """A set of patients; one drawn several times counts as several."""
    return PatientTable(
        name,
        tuple(f"{row.patient}#{number}" for number, row in enumerate(rows)),
        {key: np.array([row.values[key] for row in rows]) for key in rows[0].values},
        np.stack([row.map for row in rows]),
    )
