"""What a session keeps of finished predictions."""

from dataclasses import replace

import numpy as np

from resunet.study import Prediction
from resunet.ui.predictions import KeptPredictions

ONE = Prediction(
    *(np.zeros((2, 4, 4), np.float32) for _ in range(4)),
    done=np.ones(2, bool),
    area_px_samples=np.zeros((1, 2), np.int64),
    std_by_t=np.zeros(1),
    threshold=0.5,
    samples=0,
    seed=0,
    model_id="m",
    engine="e",
)
BYTES = 4 * 2 * 4 * 4 * 4  # four maps of 2 × 4 × 4 float32


def test_what_is_kept_is_given_back_and_nothing_else():
    kept = KeptPredictions()
    kept.keep("a", ONE)
    assert kept.get("a") is ONE
    assert kept.get("b") is None


def test_the_one_that_was_not_looked_at_for_longest_goes():
    kept = KeptPredictions(2 * BYTES)
    first, second, third = (replace(ONE, seed=seed) for seed in range(3))
    kept.keep("a", first)
    kept.keep("b", second)
    assert kept.get("a") is first
    kept.keep("c", third)
    assert kept.get("b") is None
    assert kept.get("a") is first
    assert kept.get("c") is third


def test_the_latest_stays_however_large_it_is():
    kept = KeptPredictions(1)
    kept.keep("a", ONE)
    kept.keep("b", ONE)
    assert kept.get("a") is None
    assert kept.get("b") is ONE
