"""Which slices a step sees: a pure function of seed and step, so that nothing need be saved."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def slice_order(seed: int, step: int, batch_size: int, count: int) -> NDArray[np.int64]:
    """Indices of the slices in one global batch.

    The stream of all batches runs through the data again and again, each pass in a new
    order that depends on the seed and the pass alone. A batch may span two passes.

    Args:
        seed: Seed of the run.
        step: Global step, from 0.
        batch_size: Slices a step.
        count: N, slices in the training set; 1 or more.

    Returns:
        int64 (batch_size,), each from 0 to N − 1.
    """
    positions = np.arange(step * batch_size, (step + 1) * batch_size)
    passes, places = np.divmod(positions, count)
    return np.array(
        [_permutation(seed, int(p), count)[i] for p, i in zip(passes, places, strict=True)],
        np.int64,
    )


@lru_cache(maxsize=4)
def _permutation(seed: int, number: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng(np.random.SeedSequence([seed, number])).permutation(count)
