"""Many tests at once: p-values within one set of permutations, families, and Holm's rule.

Within the same labellings every statistic becomes a p-value; the smallest of several is compared
with the smallest ones of the other labellings (Westfall and Young, Resampling-Based Multiple
Testing, 1993). So the chance to find anything where there is nothing is the level that was set,
however the quantities hang together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AdjustedTests:
    """The p-values of one pair of sets, all in (0, 1].

    Attributes:
        overall: Whether the sets differ at all: allowed for all families and quantities.
        families: Family → p of its own question, allowed for the quantities in it.
        families_adjusted: Family → the same, allowed for all families.
        quantities: Quantity → p of its own.
        quantities_adjusted: Quantity → the same, allowed for its family and all families.
    """

    overall: float
    families: Mapping[str, float]
    families_adjusted: Mapping[str, float]
    quantities: Mapping[str, float]
    quantities_adjusted: Mapping[str, float]


def adjusted_tests(
    statistics: NDArray[np.float64], members: Mapping[str, str]
) -> AdjustedTests | None:
    """Tests quantities, families and the whole within one set of labellings.

    A family's statistic is the smallest p of its quantities; the overall one is the smallest p
    of the families, so each question weighs the same, however many quantities it has. The
    overall p is the smallest adjusted p of the families, and a family's the smallest of its
    quantities.

    Args:
        statistics: float64 (rows, K), larger being more extreme; the first row was observed.
        members: Quantity → family, for the K columns in their order.

    Returns:
        The p-values; None without columns.
    """
    if not members:
        return None
    names, owners = list(members), np.array(list(members.values()))
    own = permutation_p(statistics)
    sizes = statistics / np.maximum(np.sqrt((statistics**2).mean(axis=0)), _SAME)
    ranked = _ties_broken(own, sizes, len(own))
    families = list(dict.fromkeys(members.values()))
    smallest = np.stack([ranked[:, owners == family].min(axis=1) for family in families], axis=1)
    by_family = permutation_p(-smallest)
    overall = _ties_broken(by_family, -np.log(smallest), len(own)).min(axis=1)

    def adjusted(family: str, value: float) -> float:
        """Allowed for everything, had the smallest p of the family been this one."""
        p = _share_at_most(smallest[:, families.index(family)], value)
        level = _ties_broken(np.array(p), -np.log(value), len(own))
        return _share_at_most(overall, float(level))

    return AdjustedTests(
        overall=_share_at_most(overall, overall[0]),
        families={name: float(by_family[0, i]) for i, name in enumerate(families)},
        families_adjusted={name: adjusted(name, smallest[0, i]) for i, name in enumerate(families)},
        quantities={name: float(own[0, i]) for i, name in enumerate(names)},
        quantities_adjusted={
            name: adjusted(members[name], ranked[0, i]) for i, name in enumerate(names)
        },
    )


def _ties_broken(p: NDArray[np.float64], sizes: NDArray[np.float64], rows: int) -> NDArray:
    """P-values of which equal ones are told apart by the size of the statistic.

    A few labellings give few different p-values, and among many quantities some labelling always
    has the smallest possible one: nothing could be found. So p is made smaller by less than the
    step to the next, the more the larger the statistic is. It is done alike for all labellings,
    which leaves the level exact.

    Args:
        p: Shares of `rows` labellings.
        sizes: Of the same shape, from 0 on; comparable between quantities.
        rows: How many labellings there are.
    """
    return p - sizes / (1.0 + sizes) / rows * (1.0 - _SAME)


def permutation_p(statistics: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each row the share of rows whose statistic is at least as large, column by column.

    Args:
        statistics: float64 (rows, K), at least one row.

    Returns:
        float64 (rows, K) in (0, 1].
    """
    rows = len(statistics)
    ordered = np.sort(statistics, axis=0)
    below = [
        np.searchsorted(ordered[:, column], statistics[:, column], side="left")
        for column in range(statistics.shape[1])
    ]
    return 1.0 - np.stack(below, axis=1) / rows


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """P-values that allow for there being several (Holm, Scand J Stat 1979).

    Args:
        p_values: In any order; None for a test that could not be made, which does not count.

    Returns:
        The adjusted ones in the same order, each at least its own p and at most 1.
    """
    known = [p for p in p_values if p is not None]
    ordered = sorted(known)
    adjusted: dict[float, float] = {}
    largest = 0.0
    for rank, p in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - rank) * p))
        adjusted.setdefault(p, largest)
    return [None if p is None else adjusted[p] for p in p_values]


def _share_at_most(values: NDArray[np.float64], limit: float) -> float:
    """The share of labellings with a p-value no larger than this one."""
    return float((values <= limit + _SAME).mean())


_SAME = 1e-12  # shares of up to a million labellings differ by more
