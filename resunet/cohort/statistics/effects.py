"""How large a difference is, beside whether there is one: Hedges' g, and who has more of it."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import rankdata


def hedges_correction(freedom: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """J, what the standardised difference of small samples is too large by.

    J(m) = Γ(m/2) / (√(m/2) Γ((m−1)/2)), about 1 − 3/(4m − 1) (Hedges, J Educ Stat 1981).

    Args:
        freedom: m = n₁ + n₂ − 2, above 1; NaN for anything else.
    """
    m = np.asarray(freedom, np.float64)
    m = np.where(m > 1, m, np.nan)
    return np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / np.sqrt(m / 2)


def hedges_g(
    difference: NDArray[np.float64],
    variances: tuple[NDArray[np.float64], NDArray[np.float64]],
    counts: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """The difference of two means in pooled standard deviations, corrected for small samples.

    Args:
        difference: Of the means.
        variances: Of each set, ddof 1.
        counts: Patients of each set.

    Returns:
        float64; NaN where the pooled variance is 0 or a set has fewer than two patients.
    """
    freedom = counts[0] + counts[1] - 2
    defined = (np.minimum(*counts) >= 2) & (freedom > 1)
    safe = np.where(defined, freedom, 2.0)
    pooled = ((counts[0] - 1) * variances[0] + (counts[1] - 1) * variances[1]) / safe
    defined &= pooled > 0
    return np.where(
        defined,
        hedges_correction(safe) * difference / np.sqrt(np.where(defined, pooled, 1.0)),
        np.nan,
    )


def superiority(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """How probable it is that a patient of b has more than one of a; ties count half.

    It is the effect that a comparison of mean ranks tests (Mann and Whitney's U / n₁n₂).

    Args:
        a: float64 (n₁,), NaN being left out.
        b: float64 (n₂,), likewise.

    Returns:
        In [0, 1], 0.5 for no difference; NaN where a set has nobody.
    """
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    if not len(a) or not len(b):
        return float("nan")
    ranks = rankdata(np.concatenate([a, b]))[len(a) :]
    return float((ranks.sum() - len(b) * (len(b) + 1) / 2) / (len(a) * len(b)))
