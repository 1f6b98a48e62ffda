"""What could not be told: the smallest effect that so many patients are likely to show."""

import math

from scipy.optimize import brentq
from scipy.stats import nct, t

POWER = 0.8
"""Found four times out of five, as is usual (Cohen, Statistical Power Analysis, 1988)."""


def smallest_detectable_g(first: int, second: int, *, alpha: float = 0.05) -> float | None:
    """The effect that a two-sided test of two means finds with the chance `POWER`.

    It solves P(T > t) = `POWER` for the non-central t distribution with n₁ + n₂ − 2 degrees of
    freedom and non-centrality g·√(n₁n₂ / (n₁ + n₂)) (Cohen 1988, chapter 2). It assumes normal
    values; a permutation test of such values needs as much.

    Args:
        first: n₁, patients of one set.
        second: n₂, those of the other.
        alpha: The level, in (0, 1).

    Returns:
        g > 0 in standard deviations; None where a set has fewer than two patients.
    """
    if min(first, second) < 2:
        return None
    freedom = first + second - 2
    root = math.sqrt(first * second / (first + second))
    limit = float(t.isf(alpha / 2, freedom))

    def missing(shift: float) -> float:
        # the other tail adds less than one in a million at this power
        return float(nct.sf(limit, freedom, shift)) - POWER

    upper = limit
    while missing(upper) < 0:
        upper *= 1.25
    return float(brentq(missing, 0.0, upper)) / root
