import math

import numpy as np
import pytest

from resunet.evaluation.uncertainty_intervals import IntervalCounts, count_interval

SAMPLES = np.arange(0, 101, 10)  # 5th percentile 5, 95th 95


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (5, IntervalCounts(inside=1)),
        (95, IntervalCounts(inside=1)),
        (4.9, IntervalCounts(below=1)),
        (95.1, IntervalCounts(above=1)),
    ],
)
def test_where_the_experts_size_lies(size, expected):
    assert count_interval(SAMPLES, size) == expected


def test_counts_add_up_to_shares():
    sizes = (0, 20, 50, 99)
    total = sum((count_interval(SAMPLES, size) for size in sizes), IntervalCounts())
    assert total == IntervalCounts(2, 1, 1)
    entry = total.to_dict()
    assert (entry["share_inside"], entry["share_promised"]) == (0.5, pytest.approx(0.9))
    assert (entry["inside"], entry["expert_smaller"], entry["expert_larger"]) == (2, 1, 1)
    assert entry["reason"] is None


def test_a_single_pass_has_no_interval():
    entry = count_interval(np.array([3]), 3.0).to_dict()
    assert math.isnan(entry["share_inside"])
    assert entry["reason"] == "There are no intervals."


def test_an_honest_interval_covers_as_often_as_it_promises():
    rng = np.random.default_rng(0)
    draws = rng.normal(50, 5, (400, 200))
    total = sum((count_interval(draws[i], rng.normal(50, 5)) for i in range(400)), IntervalCounts())
    assert total.to_dict()["share_inside"] == pytest.approx(0.9, abs=0.04)
