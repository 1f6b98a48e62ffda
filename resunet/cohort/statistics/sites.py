"""Where patients come from, as far as their names tell, and whether sets share it out alike."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.statistics.labellings import labellings
from resunet.cohort.units import PatientTable
from resunet.data.sites import site_of


@dataclass(frozen=True)
class SiteComparison:
    """Two sets' sites.

    Attributes:
        counts_a: Site → patients of a; names that carry none are left out.
        counts_b: The same of b.
        unknown: Patients of a and of b whose names carry no site.
        p: That the sets draw on the sites alike; None where it cannot be tested.
        reason: Why it cannot; empty where it can.
    """

    counts_a: Mapping[str, int]
    counts_b: Mapping[str, int]
    unknown: tuple[int, int]
    p: float | None
    reason: str = ""


def site_counts(patients: Sequence[str]) -> dict[str, int]:
    """Site → patients, most first; empty where no name carries one."""
    known = [site for patient in patients if (site := site_of(patient))]
    return dict(sorted(Counter(known).items(), key=lambda item: (-item[1], item[0])))


def compare_sites(
    a: PatientTable, b: PatientTable, *, permutations: int, seed: int
) -> SiteComparison:
    """Tests whether two sets draw on the sites alike.

    The statistic is Pearson's χ² of set × site, its null the same as for the pictures: patients
    dealt out again. Patients without a site are left out.

    Args:
        a: One set.
        b: The other one.
        permutations: How many labellings are drawn where there are too many for all.
        seed: Of the drawing.
    """
    known = sorted(
        (patient, table.name, site)
        for table in (a, b)
        for patient in table.patients
        if (site := site_of(patient))
    )
    counts = site_counts(a.patients), site_counts(b.patients)
    unknown = len(a) - sum(counts[0].values()), len(b) - sum(counts[1].values())
    reason = ""
    if not all(counts):
        without = " and ".join(
            table.name for table, found in zip((a, b), counts, strict=True) if not found
        )
        reason = f"No patient's name in {without} carries a site."
    elif len(counts[0] | counts[1]) == 1:
        reason = "All patients come from one site."
    if reason:
        return SiteComparison(*counts, unknown, None, reason)
    in_b = np.array([name == b.name for _, name, _ in known])
    marked = in_b if in_b.sum() * 2 <= len(in_b) else ~in_b
    sites = np.array([site for *_, site in known])
    table = (sites[:, None] == np.unique(sites)) * 1.0
    p = _chi_square_p(marked, table, permutations=permutations, seed=seed)
    return SiteComparison(*counts, unknown, p)


def _chi_square_p(
    marked: NDArray[np.bool_], sites: NDArray[np.float64], *, permutations: int, seed: int
) -> float:
    """The p-value of χ²; with all margins fixed the marked set's row alone decides."""
    expected = sites.sum(axis=0) * marked.mean()
    values = np.concatenate(
        [
            np.round((((rows @ sites) - expected) ** 2 / expected).sum(axis=1), 9)
            for rows in labellings(marked, permutations=permutations, seed=seed)
        ]
    )
    return float((values >= values[0]).mean())
