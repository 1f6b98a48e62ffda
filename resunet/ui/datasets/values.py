"""A set's numbers, one a patient, and what is known of their means."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.distributions import QUADRANTS
from resunet.cohort.statistics.quantities import QUANTITIES, share_name
from resunet.cohort.stored import StoredSet
from resunet.figures.quadrants import Estimate


def patient_values(each: StoredSet, quantity: str) -> NDArray[np.float64]:
    """One of `QUANTITIES` of a set's patients.

    Returns:
        float64 (P,), NaN for patients who have none; a share of tumour is derived, as it is
        where sets are tested.
    """
    if quantity in each.values:
        return each.values[quantity]
    shares = {share_name(quadrant): quadrant for quadrant in QUADRANTS}
    missing = np.full(len(each.patients), np.nan)
    if quantity not in shares:
        return missing
    masses = [each.values.get(quadrant, missing) for quadrant in QUADRANTS]
    total = np.sum(masses, axis=0)
    return each.values.get(shares[quantity], missing) / np.where(total > 0, total, np.nan)


def estimate(result: Mapping[str, Any], each: StoredSet, quantity: str) -> Estimate:
    """A quantity's mean over the patients, with its interval where one was computed.

    Args:
        result: ``comparison.json``.
        each: One of its sets.
        quantity: One of `QUANTITIES`.
    """
    known = result["sets"][each.name].get("quantities", {}).get(quantity)
    if known is not None:
        return Estimate(known["mean"], known["ci"])
    values = patient_values(each, quantity)
    values = values[np.isfinite(values)]
    return Estimate(float(values.mean()) if len(values) else None, None)


def smallest_p(result: Mapping[str, Any], pair: int | None) -> str:
    """The quantity that differs most surely between two sets; the tumour's area without a pair."""
    if pair is None:
        return "mean_area_px"
    found = result["pairs"][pair]["quantities"]
    tested = [name for name in QUANTITIES if found.get(name, {}).get("p") is not None]
    return min(tested, key=lambda name: found[name]["p"], default="mean_area_px")
