"""Sets of patients as the statistics see them: one row a patient, never a slice or a pixel.

Slices of one patient show the same tumour, so they are no independent evidence. Whatever is
tested is first made one value a patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

MAP_SIDE = 64
"""Rows and columns of a patient's map: cells of 4×4 pixels of the common grid."""


@dataclass(frozen=True, eq=False)
class PatientTable:
    """One set of patients.

    Attributes:
        name: The set's name.
        patients: The patients' names, P of them, at least one; each once.
        values: Name of a quantity → float64 (P,), NaN where a patient has none, such as the
            centre of a tumour that is not there.
        maps: float32 (P, MAP_SIDE, MAP_SIDE) in [0, 1]: at each place the share of the patient's
            slices, and of the cell's pixels, with tumour. Rows → posterior, columns → the
            patient's left. NaN for a patient without any outline.
    """

    name: str
    patients: tuple[str, ...]
    values: Mapping[str, NDArray[np.float64]]
    maps: NDArray[np.float32]

    def __post_init__(self) -> None:
        if not self.patients:
            raise InputError(f"The set {self.name} holds no patient; at least one is accepted.")
        count = len(self.patients)
        if self.maps.shape != (count, MAP_SIDE, MAP_SIDE):
            raise InputError(
                f"maps of the set {self.name} has shape {self.maps.shape}, where "
                f"{(count, MAP_SIDE, MAP_SIDE)} is accepted."
            )
        for name, values in self.values.items():
            if values.shape != (count,):
                raise InputError(
                    f"{name} of the set {self.name} has shape {values.shape}, where {(count,)} is "
                    "accepted."
                )

    def __len__(self) -> int:
        return len(self.patients)
