import math

import numpy as np
import pytest
from scipy import stats

from resunet.evaluation.estimates import TOO_FEW, Estimates

WHY = "There is none."


def mean_of(values, **settings):
    estimates = Estimates(**settings)
    estimates.mean("x", values, WHY)
    return estimates.found()["x"]


def ratio_of(above, below, **settings):
    estimates = Estimates(**settings)
    estimates.ratio("x", above, below, WHY)
    return estimates.found()["x"]


def test_a_mean_leaves_out_what_is_undefined_and_counts_what_is_infinite():
    found = mean_of([1.0, math.nan, 2.0, math.inf, 6.0, math.inf])
    assert found["value"] == pytest.approx(3.0)
    assert (found["patients"], found["infinite"], found["value_reason"]) == (3, 2, None)
    low, high = found["ci"]
    assert 1.0 <= low < 3.0 < high <= 6.0


def test_the_interval_of_a_mean_is_near_students():
    x = np.random.default_rng(1).normal(size=20)
    low, high = mean_of(x.tolist(), bootstraps=20_000)["ci"]
    expected = stats.t.interval(0.95, 19, x.mean(), stats.sem(x))
    assert (low, high) == pytest.approx(expected, abs=0.1 * np.ptp(expected))


def test_nothing_has_its_reason():
    for found in (mean_of([math.nan, math.inf]), mean_of([]), ratio_of([1.0, 2.0], [0, 0])):
        assert (found["value"], found["value_reason"]) == (None, WHY)
        assert (found["ci"], found["ci_reason"], found["patients"]) == (None, TOO_FEW, 0)


def test_two_patients_have_no_interval_and_three_have():
    assert mean_of([0.2, 0.4])["ci_reason"] == TOO_FEW
    found = mean_of([0.2, 0.4, 0.5])
    assert found["ci_reason"] is None
    assert len(found["ci"]) == 2


def test_a_ratio_is_that_of_the_sums():
    # 3 of 4, 1 of 10, 5 of 6; the fourth has no part
    found = ratio_of([3, 1, 5, 0], [4, 10, 6, 0])
    assert found["value"] == pytest.approx(9 / 20)
    assert found["patients"] == 3
    low, high = found["ci"]
    assert 1 / 10 <= low < 9 / 20 < high <= 5 / 6


def test_equal_shares_have_an_interval_of_no_width():
    low, high = ratio_of([1, 2, 5], [2, 4, 10])["ci"]
    assert (low, high) == pytest.approx((0.5, 0.5))


def test_a_ratio_by_ones_is_a_mean():
    values = [0.3, 0.5, 0.9, 0.4]
    estimates = Estimates(seed=3)
    estimates.mean("mean", values, WHY)
    estimates.ratio("ratio", values, [1, 1, 1, 1], WHY)
    found = estimates.found()
    assert found["ratio"]["value"] == pytest.approx(found["mean"]["value"])
    assert found["ratio"]["ci"] == pytest.approx(found["mean"]["ci"])


def test_the_seed_decides_and_other_estimates_do_not():
    values = np.random.default_rng(2).random(9).tolist()
    alone = mean_of(values, seed=5)
    assert mean_of(values, seed=5) == alone
    assert mean_of(values, seed=6)["ci"] != alone["ci"]
    estimates = Estimates(seed=5)
    estimates.ratio("y", values, values, WHY)
    estimates.mean("x", values, WHY)
    assert estimates.found()["x"]["ci"] == pytest.approx(alone["ci"])
