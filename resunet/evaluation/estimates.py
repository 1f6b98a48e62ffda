"""Means and ratios over patients with their intervals, all from the same drawn patients.

Intervals are those of `resunet.cohort.statistics.intervals`: 95 %, patients drawn again with
replacement. A mean over slices and a figure pooled over pixels are ratios of sums over patients,
so that slices of one patient, which are alike, are drawn together.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from resunet.cohort.statistics.intervals import (
    Interval,
    mean_intervals,
    ratio_intervals,
    resample,
)

BOOTSTRAPS = 2000
"""How often patients are drawn again, unless another number is asked for."""

FEWEST_PATIENTS = 3
"""Of fewer patients no interval is given."""

TOO_FEW = f"Fewer than {FEWEST_PATIENTS} patients have a value."


class Estimates:
    """Collects what is to be estimated of a set of patients, then draws them once for all.

    Args:
        bootstraps: How often patients are drawn, 1 or more.
        seed: Of the drawing.
    """

    def __init__(self, *, bootstraps: int = BOOTSTRAPS, seed: int = 0) -> None:
        self._bootstraps = bootstraps
        self._seed = seed
        self._columns: dict[str, list[float]] = {}
        self._means: dict[str, tuple[str, int]] = {}
        self._ratios: dict[str, tuple[str, int]] = {}

    def mean(self, name: str, values: Sequence[float], undefined: str) -> None:
        """Asks for the mean of one value a patient.

        Args:
            name: What the estimate is called.
            values: One for each patient; NaN where a patient has none. Infinite ones are left
                out and counted.
            undefined: Why there is none, where all are left out.
        """
        self._columns[name] = [each if math.isfinite(each) else math.nan for each in values]
        self._means[name] = undefined, sum(map(math.isinf, values))

    def ratio(
        self,
        name: str,
        above: Sequence[float],
        below: Sequence[float],
        undefined: str,
        *,
        infinite: int = 0,
    ) -> None:
        """Asks for a sum over patients by another.

        Args:
            name: What the estimate is called.
            above: One for each patient.
            below: One for each patient, 0 or more; one with 0 has no part.
            undefined: Why there is none, where all are 0.
            infinite: How many infinite values were left out of the sums.
        """
        part = [each > 0 for each in below]
        for key, values in ((_above(name), above), (_below(name), below)):
            self._columns[key] = [
                float(value) if has else math.nan for value, has in zip(values, part, strict=True)
            ]
        self._ratios[name] = undefined, infinite

    def found(self) -> dict[str, dict[str, Any]]:
        """All that was asked for.

        Returns:
            Name → ``value``, ``ci`` (two ends), ``patients`` (with a value) and ``infinite``
            (values that were left out); what is None has its reason beside it.
        """
        columns = {name: np.array(values) for name, values in self._columns.items()}
        counts = {name: int(np.isfinite(values).sum()) for name, values in columns.items()}
        known: Mapping[str, Any] = {name: v for name, v in columns.items() if counts[name]}
        ratios = [name for name in self._ratios if _below(name) in known]
        intervals: dict[str, Interval | None] = {}
        if known:
            rng = np.random.default_rng(self._seed)
            drawn = resample(known, bootstraps=self._bootstraps, rng=rng)
            intervals = dict(zip(drawn.names, mean_intervals(drawn), strict=True))
            pairs = [(_above(name), _below(name)) for name in ratios]
            intervals |= dict(zip(ratios, ratio_intervals(drawn, pairs), strict=True))
        found = {}
        for name, (reason, infinite) in self._means.items():
            value = float(np.nanmean(columns[name])) if counts[name] else math.nan
            found[name] = _entry(value, intervals.get(name), counts[name], reason, infinite)
        for name, (reason, infinite) in self._ratios.items():
            above, below = (np.nansum(columns[key(name)]) for key in (_above, _below))
            value = float(above / below) if below > 0 else math.nan
            found[name] = _entry(value, intervals.get(name), counts[_below(name)], reason, infinite)
        return found


def _entry(
    value: float, interval: Interval | None, patients: int, reason: str, infinite: int
) -> dict[str, Any]:
    defined = math.isfinite(value)
    shown = interval if patients >= FEWEST_PATIENTS else None
    return {
        "value": value if defined else None,
        "value_reason": None if defined else reason,
        "ci": None if shown is None else list(shown),
        "ci_reason": TOO_FEW if shown is None else None,
        "patients": patients,
        "infinite": infinite,
    }


def _above(name: str) -> str:
    return f"{name}/above"


def _below(name: str) -> str:
    return f"{name}/below"
