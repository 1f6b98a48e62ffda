"""A patient's slices made one row: the values that sets are compared by."""

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.common_grid import SIDE
from resunet.cohort.counts import PatientCounts
from resunet.cohort.distributions import quadrant_sums
from resunet.cohort.intensities import quantile
from resunet.cohort.survey import SetSurvey
from resunet.cohort.units import MAP_SIDE, PatientTable
from resunet.study import CONTRASTS


def patient_table(survey: SetSurvey) -> PatientTable | None:
    """A set with one row a patient.

    Args:
        survey: The set in numbers.

    Returns:
        The table, patients by name; those of whom no slice can be read are left out. None where
        that leaves nobody.
    """
    patients = {name: counts for name, counts in survey.patients.items() if len(counts)}
    if not patients:
        return None
    rows = [patient_values(counts) for counts in patients.values()]
    return PatientTable(
        name=survey.name,
        patients=tuple(patients),
        values={name: np.array([row[name] for row in rows], np.float64) for name in rows[0]},
        maps=np.stack([patient_map(counts) for counts in patients.values()]),
    )


def patient_values(counts: PatientCounts) -> dict[str, float]:
    """One patient's values.

    Args:
        counts: The patient, with at least one slice.

    Returns:
        Name → value; NaN where it is undefined, as the centre of a tumour that is not there.
    """
    area = counts.measure("area_px")
    known = np.isfinite(area)
    tumour = known & (area > 0)
    total = float(area[tumour].sum())
    values = {
        "mean_area_px": _mean(area[known]),
        "tumour_area_px": _mean(area[tumour]),
        "largest_area_px": float(area[known].max()) if known.any() else np.nan,
        "empty_share": 1.0 - tumour.sum() / known.sum() if known.any() else np.nan,
        "components": _mean(counts.measure("components")[tumour]),
        "centroid_row": _centre(counts.measure("row_sum")[tumour], total),
        "centroid_column": _centre(counts.measure("column_sum")[tumour], total),
        "tumour_position": _mean(counts.numbers[tumour]),
        "slice_position": _mean(counts.numbers),
        "brain_area_px": _mean(counts.measure("brain_px")),
    }
    for name, mass in quadrant_sums(counts.cells).items():
        values[name] = mass / known.sum() if known.any() else np.nan
    for index, contrast in enumerate(CONTRASTS):
        median, spread = _intensity(counts.intensities[index])
        values |= {f"{contrast}_median": median, f"{contrast}_spread": spread}
    return values


def patient_map(counts: PatientCounts) -> NDArray[np.float32]:
    """float32 (MAP_SIDE, MAP_SIDE) in [0, 1], as `PatientTable.maps`."""
    slices = int(np.isfinite(counts.measure("area_px")).sum())
    if not slices:
        return np.full((MAP_SIDE, MAP_SIDE), np.nan, np.float32)
    return (counts.cells / (slices * (SIDE // MAP_SIDE) ** 2)).astype(np.float32)


def _mean(values: NDArray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _centre(sums: NDArray[np.float64], area: float) -> float:
    """Where the middle of the tumour lies on the common grid, in [0, 1]."""
    return (float(sums.sum()) / area + 0.5) / SIDE if area else np.nan


def _intensity(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Median, and (95th − 5th percentile) / median; NaN where the median is not above 0."""
    median = quantile(counts, 0.5)
    if not median > 0:
        return np.nan, np.nan
    return median, (quantile(counts, 0.95) - quantile(counts, 0.05)) / median
