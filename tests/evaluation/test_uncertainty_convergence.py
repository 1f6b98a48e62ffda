import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.evaluation.uncertainty_convergence import (
    TOLERANCE,
    ConvergenceCounts,
    count_convergence,
)


def test_by_hand():
    counts = count_convergence(np.array([[0.2], [0.4], [0.9]]))
    # means .2, .3, .5; variances (ddof 1) –, .02, .13
    np.testing.assert_allclose(counts.mean_squared, [0.09, 0.04, 0.0], atol=1e-12)
    std = [0.0, math.sqrt(0.02), math.sqrt(0.13)]
    np.testing.assert_allclose(counts.std_squared, [(each - std[2]) ** 2 for each in std])
    assert counts.variance == pytest.approx(0.13)
    assert counts.spread == pytest.approx(math.sqrt(0.13))
    # σ² / .02² = 325
    assert TOLERANCE == 0.02
    assert counts.enough == 325


def test_independent_passes_follow_the_line():
    passes = np.random.default_rng(0).normal(0.5, 0.099, (40, 20_000))
    entry = count_convergence(passes).to_dict()
    np.testing.assert_allclose(
        entry["mean_error"][:-1], entry["mean_error_expected"][:-1], rtol=0.02
    )
    assert entry["mean_error"][-1] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(
        entry["standard_error"], 0.099 / np.sqrt(np.arange(1, 41)), rtol=0.01
    )
    assert entry["enough"] == 25
    assert (entry["passes"], entry["pixels"], entry["reason"]) == (40, 20_000, None)


def test_the_std_of_the_first_passes_is_that_of_numpy():
    passes = np.random.default_rng(1).uniform(size=(6, 30))
    counts = count_convergence(passes)
    for t in range(2, 7):
        difference = passes[:t].std(axis=0, ddof=1) - passes.std(axis=0, ddof=1)
        assert counts.std_squared[t - 1] == pytest.approx((difference**2).sum(), abs=1e-12)


def test_counts_of_two_halves_add_up_to_the_whole():
    passes = np.random.default_rng(2).uniform(size=(5, 40)).astype(np.float32)
    parts = [count_convergence(passes[:, :15]), count_convergence(passes[:, 15:])]
    whole = count_convergence(passes)
    added = sum(parts, ConvergenceCounts())
    np.testing.assert_allclose(added.mean_squared, whole.mean_squared, atol=1e-12)
    np.testing.assert_allclose(added.std_squared, whole.std_squared, atol=1e-12)
    assert (added.variance, added.pixels) == (pytest.approx(whole.variance), 40)
    with pytest.raises(InputError, match="Counts of 3 passes were to be added to those of 5"):
        whole + count_convergence(passes[:3])


def test_passes_that_agree_need_two():
    assert count_convergence(np.full((4, 3), 0.7)).enough == 2


def test_a_single_pass_says_nothing():
    for nothing in (np.ones((1, 5)), np.ones((4, 0))):
        entry = count_convergence(nothing).to_dict()
        assert math.isnan(entry["spread"])
        assert entry["enough"] is None
        assert entry["reason"] == "There are no stochastic passes to compare."
