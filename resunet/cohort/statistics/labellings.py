"""Who might have been in which set: the labellings of a permutation test.

If the sets are drawn from the same patients, every way of dealing the patients out again is as
likely as the one that was found. Patients are dealt out, never slices.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 20_000
"""The most labellings that are all gone through; of more a random sample is drawn."""

_CHUNK = 256


def labelling_count(smaller: int, patients: int) -> int:
    """In how many ways so many patients can be chosen of all."""
    return math.comb(patients, smaller)


def is_exact(smaller: int, patients: int) -> bool:
    """Whether all labellings are gone through."""
    return labelling_count(smaller, patients) <= EXACT_UP_TO


def labellings(
    observed: NDArray[np.bool_], *, permutations: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """Deals the patients out again, the observed way first.

    All ways are gone through where there are at most `EXACT_UP_TO`, else random ones are drawn.
    The share of rows with a statistic at least as extreme as the first row's is then the p-value:
    exact, or (b + 1) / (m + 1) with b of m random ones (Phipson and Smyth, Stat Appl Genet Mol
    Biol 2010).

    Args:
        observed: bool (N,), who is in one of the two sets; at most half of them, so that a
            symmetric statistic has the same null whichever set is meant.
        permutations: m, how many random ones are drawn.
        seed: Of the drawing.

    Yields:
        float64 (rows, N) of zeros and ones, at most `_CHUNK` rows: memory does not depend on m.
    """
    marked = int(observed.sum())
    if is_exact(marked, len(observed)):
        yield from _all(observed, marked)
        return
    rng = np.random.default_rng(seed)
    yield observed[None].astype(np.float64)
    for start in range(0, permutations, _CHUNK):
        rows = min(_CHUNK, permutations - start)
        order = rng.random((rows, len(observed))).argsort(axis=1)
        yield _marked(order[:, :marked], len(observed))


def smallest_p(first: int, second: int, permutations: int) -> float:
    """The smallest p-value that sets of these sizes can reach at all.

    Of two sets of one size each labelling has a mirror image with the same difference.
    """
    patients, smaller = first + second, min(first, second)
    if not is_exact(smaller, patients):
        return 1 / (permutations + 1)
    return (2 if first == second else 1) / labelling_count(smaller, patients)


def _all(observed: NDArray[np.bool_], marked: int) -> Iterator[NDArray[np.float64]]:
    """The observed labelling, then every other one."""
    found = tuple(np.flatnonzero(observed).tolist())
    others = (c for c in itertools.combinations(range(len(observed)), marked) if c != found)
    ways = itertools.chain([found], others)
    while chunk := list(itertools.islice(ways, _CHUNK)):
        yield _marked(np.array(chunk, np.intp), len(observed))


def _marked(chosen: NDArray[np.intp], patients: int) -> NDArray[np.float64]:
    """float64 (rows, patients): one for those chosen in each row."""
    rows = np.zeros((len(chosen), patients))
    np.put_along_axis(rows, chosen, 1.0, axis=1)
    return rows
