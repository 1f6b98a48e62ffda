"""A comparison in a folder, read: ``comparison.json``, and ``arrays.npz`` with what is drawn of it.

Written by `resunet.cohort.storing`. Reading loads no statistics, so that a page opens quickly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.distributions import MaskDistribution
from resunet.errors import InputError
from resunet.storage import read_json

RESULT, ARRAYS = "comparison.json", "arrays.npz"
"""The two files."""


@dataclass(frozen=True, eq=False)
class StoredSet:
    """What is drawn of a set.

    Attributes:
        name: The set's name.
        distribution: Where the tumours lie; None where no slice has an outline.
        patients: P patients' names.
        values: Quantity → float64 (P,), as `PatientTable.values`.
        measures: float64 (N, 5) of all slices, as `MEASURES`.
        intensities: int64 (4, BINS) of all slices, one histogram a contrast.
    """

    name: str
    distribution: MaskDistribution | None
    patients: tuple[str, ...]
    values: Mapping[str, NDArray[np.float64]] = field(repr=False)
    measures: NDArray[np.float64] = field(repr=False)
    intensities: NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True, eq=False)
class StoredPair:
    """What is drawn of two sets' difference.

    Attributes:
        a: One set's name.
        b: The other one's; differences are b − a.
        difference: float64 (MAP_SIDE, MAP_SIDE); NaN where undefined.
        significant: bool, the same shape.
    """

    a: str
    b: str
    difference: NDArray[np.float64] = field(repr=False)
    significant: NDArray[np.bool_] = field(repr=False)


@dataclass(frozen=True, eq=False)
class StoredComparison:
    """A comparison as it was stored.

    Attributes:
        result: What ``comparison.json`` holds.
        sets: In the order of the result's.
        pairs: In the order of the result's.
    """

    result: dict[str, Any]
    sets: tuple[StoredSet, ...]
    pairs: tuple[StoredPair, ...]


def read_comparison(folder: Path) -> StoredComparison:
    """Reads what `resunet.cohort.storing.write_comparison` wrote.

    Raises:
        InputError: If a file is missing or damaged.
    """
    result = read_json(folder / RESULT)
    try:
        with open(folder / ARRAYS, "rb") as file:
            arrays = np.load(file, allow_pickle=False)
            sets = tuple(
                _set(arrays, index, name, result["sets"][name])
                for index, name in enumerate(result["sets"])
            )
            pairs = tuple(
                StoredPair(
                    pair["a"],
                    pair["b"],
                    arrays[f"pair{index}_difference"],
                    arrays[f"pair{index}_significant"],
                )
                for index, pair in enumerate(result["pairs"])
            )
    # a damaged file makes zipfile and NumPy raise nearly every kind of exception
    except Exception as error:
        raise InputError(
            f"{folder} holds no whole comparison; one written by compare is accepted."
        ) from error
    return StoredComparison(result, sets, pairs)


def _set(arrays: Mapping[str, NDArray], index: int, name: str, values: dict) -> StoredSet:
    place = f"set{index}_"
    patients = tuple(str(patient) for patient in arrays[place + "patients"])
    distribution = None
    if place + "hits" in arrays:
        distribution = MaskDistribution(
            name,
            arrays[place + "hits"],
            values["outlined_slices"],
            values["tumour_slices"],
            frozenset(patients),
        )
    quantities = [str(quantity) for quantity in arrays[place + "quantities"]]
    return StoredSet(
        name=name,
        distribution=distribution,
        patients=patients,
        values=dict(zip(quantities, arrays[place + "values"], strict=True)),
        measures=arrays[place + "measures"],
        intensities=arrays[place + "intensities"],
    )
