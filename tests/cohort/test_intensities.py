import numpy as np
import pytest

from resunet.cohort.intensities import BINS, edges, histogram, quantile


def test_a_bin_holds_what_lies_between_its_edges():
    bounds = edges()
    values = np.array([bounds[0] * 1.01, bounds[9] * 1.01, bounds[9] * 1.05, 300.0], np.float32)
    counts = histogram(values)
    assert counts[[1, 10]].tolist() == [1, 2]
    at = int(np.flatnonzero(bounds <= 300.0)[-1]) + 1
    assert counts[at] == 1
    assert counts.sum() == 4
    assert len(counts) == BINS == len(bounds) + 1


def test_what_is_not_above_zero_and_what_is_huge_go_to_the_ends():
    counts = histogram(np.array([-5.0, 0.0, 1e-9, 2.0**20, 1e30], np.float32))
    assert counts[0] == 3
    assert counts[-1] == 2


def test_nothing_counted():
    counts = histogram(np.zeros(0, np.float32))
    assert not counts.any()
    assert np.isnan(quantile(counts, 0.5))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_quantiles_are_exact_to_some_percent(share):
    values = np.random.default_rng(3).gamma(4.0, 120.0, 20_000).astype(np.float32)
    assert quantile(histogram(values), share) == pytest.approx(np.quantile(values, share), rel=0.02)


def test_halves_add_up_bit_for_bit():
    values = np.random.default_rng(4).normal(300.0, 200.0, 999).astype(np.float32)
    halves = histogram(values[:400]) + histogram(values[400:])
    np.testing.assert_array_equal(halves, histogram(values))


def test_a_quantile_among_values_not_above_zero_is_zero():
    assert quantile(histogram(np.full(9, -3.0, np.float32)), 0.5) == 0.0
