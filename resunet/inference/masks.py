"""Dropout masks of the stochastic passes, drawn in NumPy so that every engine gets the same."""

import numpy as np
from numpy.typing import NDArray

from resunet.config import NetworkConfig
from resunet.network.mask_layout import mask_channels, mask_rates


def dropout_masks(config: NetworkConfig, *, samples: int, seed: int) -> NDArray[np.float32]:
    """Draws the spatial dropout masks of T passes.

    Pass t depends on the seed and t alone, so the first passes of a larger T are those of
    a smaller one; all slices of a study share them, so that the areas of one pass belong
    together.

    Args:
        config: The network.
        samples: T; 0 is one deterministic pass, with masks of ones.
        seed: 0 or more.

    Returns:
        float32 (max(T, 1), C), the masks mask_00, mask_01, … side by side: 0 or 1/(1 − p).
    """
    rates = np.repeat(np.array(mask_rates(config)), mask_channels(config))
    if samples == 0:
        return np.ones((1, rates.size), np.float32)
    draws = np.stack(
        [
            np.random.default_rng(np.random.SeedSequence([seed, t])).random(rates.size)
            for t in range(samples)
        ]
    )
    return np.where(draws >= rates, 1.0 / (1.0 - rates), 0.0).astype(np.float32)
