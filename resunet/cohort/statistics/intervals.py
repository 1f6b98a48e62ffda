"""95 % intervals by drawing patients again, with replacement: the bootstrap over patients.

The plain percentile interval is too narrow for few patients, by √((n−1)/n) and by the normal
quantile in place of Student's. So the percentiles lie further out: the "expanded percentile"
interval of Hesterberg (The American Statistician 2015, section 4.4.1), which is invariant under
a change of scale as the plain one is. docs/comparing-sets.md has the coverage measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from resunet.cohort.statistics.effects import hedges_g

Interval = tuple[float, float]

_LEVEL = 0.95
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean, variance (ddof 1) and count of some columns; NaN where there are too few values."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    count: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Resampled:
    """One set of patients, as it is and drawn again.

    Attributes:
        names: The columns' names, K of them.
        observed: Moments (K,) of the set itself.
        drawn: Moments (bootstraps, K) of the sets that were drawn.
    """

    names: tuple[str, ...]
    observed: Moments = field(repr=False)
    drawn: Moments = field(repr=False)


def resample(
    values: Mapping[str, NDArray[np.float64]],
    *,
    bootstraps: int,
    rng: np.random.Generator,
) -> Resampled:
    """Draws the patients of a set again, all their values together.

    Args:
        values: Name → float64 (P,), NaN where a patient has none.
        bootstraps: How many sets are drawn.
        rng: Source of the drawing.
    """
    columns = np.stack(list(values.values()), axis=1)
    valid = np.isfinite(columns)
    count = len(columns)
    # around its mean, or the squares would cancel
    centre = np.where(valid, columns, 0.0).sum(axis=0) / np.maximum(valid.sum(axis=0), 1)
    centred = np.where(valid, columns - centre, 0.0)
    parts = []
    for start in range(0, bootstraps, _CHUNK):
        rows = min(_CHUNK, bootstraps - start)
        times = rng.multinomial(count, np.full(count, 1 / count), size=rows)
        parts.append(_moments(times.astype(np.float64), centred, valid, centre))
    drawn = Moments(
        np.concatenate([part.mean for part in parts]),
        np.concatenate([part.variance for part in parts]),
        np.concatenate([part.count for part in parts]),
    )
    once = _moments(np.ones((1, count)), centred, valid, centre)
    observed = Moments(once.mean[0], once.variance[0], once.count[0])
    return Resampled(tuple(values), observed, drawn)


def mean_intervals(resampled: Resampled) -> list[Interval | None]:
    """The interval of each column's mean; None with fewer than two values."""
    observed = resampled.observed
    tails = _tails([observed])
    return [_interval(resampled.drawn.mean[:, k], tails[k]) for k in range(len(tails))]


def share_intervals(resampled: Resampled, names: tuple[str, ...]) -> list[Interval | None]:
    """The interval of each column's part in the sum of some columns' means."""
    columns = [resampled.names.index(name) for name in names]
    means = resampled.drawn.mean[:, columns]
    total = means.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, means / np.where(total > 0, total, 1.0), np.nan)
    tails = _tails([resampled.observed])[columns]
    return [_interval(shares[:, i], tail) for i, tail in enumerate(tails)]


def ratio_intervals(
    resampled: Resampled, pairs: Sequence[tuple[str, str]]
) -> list[Interval | None]:
    """The interval of one column's sum by another's, such as a mean over all patients' slices.

    Args:
        resampled: The set; the two columns of a pair lack the same patients' values.
        pairs: Names of the column above and the one below.

    Returns:
        An interval for each pair; None with fewer than two patients, and where all that is below
        is 0.
    """
    at = [(resampled.names.index(above), resampled.names.index(below)) for above, below in pairs]
    tails, means = _tails([resampled.observed]), resampled.drawn.mean
    found = []
    for above, below in at:
        some = means[:, below] > 0
        ratios = np.where(some, means[:, above] / np.where(some, means[:, below], 1.0), np.nan)
        found.append(_interval(ratios, tails[below]))
    return found


def difference_intervals(a: Resampled, b: Resampled) -> list[Interval | None]:
    """The interval of each column's mean of b less that of a."""
    tails = _tails([a.observed, b.observed])
    differences = b.drawn.mean - a.drawn.mean
    return [_interval(differences[:, k], tails[k]) for k in range(len(tails))]


def g_intervals(a: Resampled, b: Resampled) -> list[Interval | None]:
    """The interval of each column's Hedges' g, positive where b has more."""
    tails = _tails([a.observed, b.observed])
    drawn = hedges_g(
        b.drawn.mean - a.drawn.mean,
        (a.drawn.variance, b.drawn.variance),
        (a.drawn.count, b.drawn.count),
    )
    return [_interval(drawn[:, k], tails[k]) for k in range(len(tails))]


def observed_g(a: Resampled, b: Resampled) -> NDArray[np.float64]:
    """float64 (K,): Hedges' g of each column, positive where b has more; NaN undefined."""
    return hedges_g(
        b.observed.mean - a.observed.mean,
        (a.observed.variance, b.observed.variance),
        (a.observed.count, b.observed.count),
    )


def _moments(
    times: NDArray[np.float64],
    centred: NDArray[np.float64],
    valid: NDArray[np.bool_],
    centre: NDArray[np.float64],
) -> Moments:
    """Moments (rows, K) where each patient is there so many times (rows, P)."""
    count = times @ valid
    some, several = count >= 1, count >= 2
    mean = times @ centred / np.where(some, count, 1.0)
    squares = times @ centred**2 - count * mean**2
    variance = np.maximum(squares, 0.0) / np.where(several, count - 1, 1.0)
    return Moments(
        np.where(some, mean + centre, np.nan), np.where(several, variance, np.nan), count
    )


def _tails(sets: list[Moments]) -> NDArray[np.float64]:
    """Which share of the drawn values lies beyond each end of the interval, for each column.

    With one set Φ(−√(n/(n−1))·t). With two, Student's quantile has Welch's degrees of freedom,
    and the root is the ratio of the difference's standard error to the bootstrap's. NaN where a
    set has fewer than two values.
    """
    enough = np.all([each.count >= 2 for each in sets], axis=0)
    counts = [np.where(enough, each.count, 2.0) for each in sets]
    spread = [np.where(enough, each.variance, 1.0) for each in sets]
    squared = [v / n for v, n in zip(spread, counts, strict=True)]
    total = np.sum(squared, axis=0)
    # without spread all drawn values are equal, and any share gives the same interval
    squared = [np.where(total > 0, each, 1.0) for each in squared]
    total = np.sum(squared, axis=0)
    drawn = np.sum([s * (n - 1) / n for s, n in zip(squared, counts, strict=True)], axis=0)
    freedom = total**2 / np.sum(
        [s**2 / (n - 1) for s, n in zip(squared, counts, strict=True)], axis=0
    )
    tail = norm.cdf(-np.sqrt(total / drawn) * t.isf((1 - _LEVEL) / 2, freedom))
    return np.where(enough, tail, np.nan)


def _interval(drawn: NDArray[np.float64], tail: float) -> Interval | None:
    """The drawn values between the tails; undefined ones are left out."""
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(tail) or not len(known):
        return None
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
