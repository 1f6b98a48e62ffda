"""Two sets of patients laid together for a test, in an order that no caller can change."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.statistics.quantities import MAP, values_of
from resunet.cohort.units import PatientTable

FEWEST = 2
"""Patients with a value that each set must have for a quantity to be compared."""


@dataclass(frozen=True, eq=False)
class Pooled:
    """The patients of two sets, sorted by name.

    The random labellings fall on places in this order, so that the answer depends neither on
    which set comes first nor on the order of its patients.

    Attributes:
        marked: bool (N,), who is in the set with fewer patients.
        values: Quantity → float64 (N,), NaN where undefined.
        maps: float64 (N, C), a patient's map in a row; NaN without any outline.
        reasons: Quantity, or `MAP`, → why it cannot be compared; absent where it can.
    """

    marked: NDArray[np.bool_]
    values: Mapping[str, NDArray[np.float64]]
    maps: NDArray[np.float64]
    reasons: Mapping[str, str]


def pooled(a: PatientTable, b: PatientTable) -> Pooled:
    """Lays two sets together.

    Args:
        a: One set.
        b: The other one.
    """
    keys = [(patient, table.name) for table in (a, b) for patient in table.patients]
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__))
    values_a, values_b = values_of(a), values_of(b)
    in_b = (np.arange(len(keys)) >= len(a))[order]
    flat = [table.maps.reshape(len(table), -1) for table in (a, b)]
    columns = {name: np.concatenate([values_a[name], values_b[name]])[order] for name in values_a}
    reasons = {
        name: reason
        for name in columns
        if (reason := _reason(a, values_a[name], b, values_b[name], "a value"))
    }
    tumour_a, tumour_b = (np.where(part.sum(axis=1) > 0, 1.0, np.nan) for part in flat)
    if reason := _reason(a, tumour_a, b, tumour_b, "tumour"):
        reasons[MAP] = reason
    return Pooled(
        marked=in_b if len(b) < len(a) else ~in_b,
        values=columns,
        maps=np.concatenate(flat).astype(np.float64)[order],
        reasons=reasons,
    )


def _reason(
    a: PatientTable,
    in_a: NDArray[np.float64],
    b: PatientTable,
    in_b: NDArray[np.float64],
    what: str,
) -> str:
    """Why two sets cannot be compared in a quantity; empty where they can."""
    for table, column in ((a, in_a), (b, in_b)):
        count = int(np.isfinite(column).sum())
        if count < FEWEST:
            patients = "patient" if count == 1 else "patients"
            return (
                f"{table.name} has {count or 'no'} {patients} with {what}; "
                f"at least {FEWEST} are needed."
            )
    return ""
