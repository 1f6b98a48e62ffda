"""What a patient's slices hold, in numbers that add up: no picture is kept."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.common_grid import SIDE
from resunet.cohort.intensities import BINS
from resunet.cohort.prints import PRINT_SIDE
from resunet.cohort.units import MAP_SIDE
from resunet.errors import InputError
from resunet.study import CONTRASTS

MEASURES = ("area_px", "components", "row_sum", "column_sum", "brain_px")
"""Of each slice: tumour pixels of the common grid, its connected parts, the sums of the tumour
pixels' rows and columns, and pixels of the brain, in pixels of the common grid too. The first four
are NaN without an outline."""


class Trouble(NamedTuple):
    """A file that cannot be used as it is.

    Attributes:
        file: As `resunet.cohort.flags.Flag.file`.
        number: The slice's number, or None.
        kind: What is wrong, as `resunet.cohort.flags.Flag.kind`.
        why: A sentence.
    """

    file: str
    number: int | None
    kind: str
    why: str


@dataclass(frozen=True, eq=False)
class PatientCounts:
    """One patient of one set; `+` joins two parts of a patient's slices exactly.

    Attributes:
        patient: The patient's name in the data set.
        files: Each slice's file, as `resunet.cohort.flags.Flag.file`; N of them.
        numbers: int64 (N,), the slices' numbers.
        measures: float64 (N, 5), `MEASURES`.
        cells: int64 (MAP_SIDE, MAP_SIDE), tumour pixels of all slices in each cell.
        intensities: int64 (4, BINS), histograms of the brain's pixels, one a contrast.
        prints: int8 (N, PRINT_SIDE, PRINT_SIDE).
        traits: float32 (N, F), what broken slices are known by; F is 0 where it was not asked.
        troubles: Files that cannot be used.
    """

    patient: str
    files: tuple[str, ...]
    numbers: NDArray[np.int64]
    measures: NDArray[np.float64]
    cells: NDArray[np.int64]
    intensities: NDArray[np.int64]
    prints: NDArray[np.int8]
    traits: NDArray[np.float32]
    troubles: tuple[Trouble, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.files)
        shapes: dict[str, tuple[int, ...]] = {
            "numbers": (count,),
            "measures": (count, len(MEASURES)),
            "cells": (MAP_SIDE, MAP_SIDE),
            "intensities": (len(CONTRASTS), BINS),
            "prints": (count, PRINT_SIDE, PRINT_SIDE),
            "traits": (count, self.traits.shape[-1]),
        }
        for name, shape in shapes.items():
            found = getattr(self, name).shape
            if found != shape:
                raise InputError(
                    f"{name} of {self.patient} has shape {found}, where {shape} is accepted."
                )

    def __len__(self) -> int:
        return len(self.files)

    def measure(self, name: str) -> NDArray[np.float64]:
        """float64 (N,), one of `MEASURES`."""
        return self.measures[:, MEASURES.index(name)]

    def __add__(self, other: "PatientCounts") -> "PatientCounts":
        """The slices of both."""
        return replace(
            self,
            files=self.files + other.files,
            numbers=np.concatenate([self.numbers, other.numbers]),
            measures=np.concatenate([self.measures, other.measures]),
            cells=self.cells + other.cells,
            intensities=self.intensities + other.intensities,
            prints=np.concatenate([self.prints, other.prints]),
            traits=np.concatenate([self.traits, other.traits]),
            troubles=self.troubles + other.troubles,
        )


class CaseSurvey(NamedTuple):
    """What reading one patient gave.

    Attributes:
        counts: The patient in numbers.
        hits: int32 (SIDE, SIDE), in how many slices each pixel of the common grid holds tumour.
    """

    counts: PatientCounts
    hits: NDArray[np.int32]

    def to_arrays(self) -> dict[str, Any]:
        """Plain arrays, ready for an npz file."""
        counts = self.counts
        return {
            "patient": np.array(counts.patient),
            "files": np.array(counts.files, str),
            "numbers": counts.numbers,
            "measures": counts.measures,
            "intensities": counts.intensities.astype(np.int32),
            "prints": counts.prints,
            "traits": counts.traits,
            "troubles": np.array(
                [
                    [trouble.file, _text(trouble.number), trouble.kind, trouble.why]
                    for trouble in counts.troubles
                ],
                str,
            ),
            "hits": self.hits,
        }

    @classmethod
    def from_arrays(cls, arrays: Any) -> "CaseSurvey":
        """The survey of which `to_arrays` made these.

        Raises:
            KeyError: If one is missing.
            InputError: If one has another shape.
        """
        hits = arrays["hits"]
        troubles = tuple(
            Trouble(str(file), int(number) if number else None, str(kind), str(why))
            for file, number, kind, why in arrays["troubles"]
        )
        counts = PatientCounts(
            patient=str(arrays["patient"]),
            files=tuple(str(file) for file in arrays["files"]),
            numbers=arrays["numbers"],
            measures=arrays["measures"],
            cells=cells_of(hits),
            intensities=arrays["intensities"].astype(np.int64),
            prints=arrays["prints"],
            traits=arrays["traits"],
            troubles=troubles,
        )
        return cls(counts, hits)


def cells_of(hits: NDArray[np.int32]) -> NDArray[np.int64]:
    """int64 (MAP_SIDE, MAP_SIDE): the sums of (SIDE, SIDE) counts over each cell."""
    step = SIDE // MAP_SIDE
    blocks = hits.reshape(MAP_SIDE, step, MAP_SIDE, step)
    return blocks.sum(axis=(1, 3), dtype=np.int64)


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
