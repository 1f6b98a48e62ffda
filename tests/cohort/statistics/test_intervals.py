import numpy as np
import pytest
from scipy import stats

from resunet.cohort.statistics.intervals import (
    difference_intervals,
    g_intervals,
    mean_intervals,
    observed_g,
    ratio_intervals,
    resample,
    share_intervals,
)


def drawn(values, seed=0, bootstraps=2000):
    columns = {name: np.array(column, float) for name, column in values.items()}
    return resample(columns, bootstraps=bootstraps, rng=np.random.default_rng(seed))


def test_moments_of_the_set_itself():
    found = drawn({"x": [1.0, 2.0, 6.0], "y": [4.0, np.nan, 8.0], "z": [np.nan] * 3}).observed
    np.testing.assert_allclose(found.mean, [3, 6, np.nan])
    np.testing.assert_allclose(found.variance, [7, 8, np.nan])
    np.testing.assert_allclose(found.count, [3, 2, 0])


def test_drawn_means_are_means_of_patients_of_the_set():
    found = drawn({"x": [0.0, 10.0]}).drawn
    assert set(np.round(found.mean[:, 0], 9)) == {0.0, 5.0, 10.0}
    assert found.mean[:, 0].mean() == pytest.approx(5, abs=0.3)


def test_patients_are_drawn_with_all_their_values():
    found = drawn({"x": [1.0, 2.0, 6.0], "y": [2.0, 4.0, 12.0]}).drawn
    np.testing.assert_allclose(found.mean[:, 1], 2 * found.mean[:, 0])


def test_large_values_do_not_cancel():
    found = drawn({"x": [1e9, 1e9 + 1, 1e9 + 2]})
    assert found.observed.variance[0] == pytest.approx(1.0)


def test_the_interval_of_a_mean_is_near_students():
    x = np.random.default_rng(1).normal(size=12)
    low, high = mean_intervals(drawn({"x": x}, bootstraps=20_000))[0]
    expected = stats.t.interval(0.95, 11, x.mean(), stats.sem(x))
    assert (low, high) == pytest.approx(expected, abs=0.12 * np.ptp(expected))
    plain = np.quantile(drawn({"x": x}, bootstraps=20_000).drawn.mean[:, 0], [0.025, 0.975])
    assert low < plain[0]
    assert high > plain[1]


def test_the_interval_of_a_difference_is_near_welchs():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=14), rng.normal(1, 3, size=9)
    low, high = difference_intervals(
        drawn({"x": x}, 1, bootstraps=20_000), drawn({"x": y}, 2, bootstraps=20_000)
    )[0]
    expected = stats.ttest_ind(y, x, equal_var=False).confidence_interval(0.95)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.12 * (high - low))


def test_g_and_its_interval():
    rng = np.random.default_rng(3)
    a, b = drawn({"x": rng.normal(size=20)}, 1), drawn({"x": rng.normal(1, size=15)}, 2)
    g = observed_g(a, b)[0]
    low, high = g_intervals(a, b)[0]
    assert low < g < high
    mirrored = g_intervals(b, a)[0]
    assert mirrored == pytest.approx((-high, -low))


def test_shares_sum_to_one_and_lie_within():
    x = drawn({"x": [1.0, 3.0, 2.0], "other": [5.0, 5.0, 5.0], "y": [0.0, 0.0, 9.0]})
    (low_x, high_x), (low_y, high_y) = share_intervals(x, ("x", "y"))
    assert 0 <= low_x < 6 / 15 < high_x <= 1
    assert (low_y, high_y) == pytest.approx((1 - high_x, 1 - low_x))


def test_shares_of_nothing_are_undefined():
    assert share_intervals(drawn({"x": [0.0] * 4, "y": [0.0] * 4}), ("x", "y")) == [None, None]


def test_values_without_spread_have_an_interval_of_one_point():
    a, b = drawn({"x": [2.0] * 4}), drawn({"x": [3.0] * 4}, 1)
    assert mean_intervals(a) == [(2.0, 2.0)]
    assert difference_intervals(a, b) == [(1.0, 1.0)]
    assert np.isnan(observed_g(a, b)[0])
    assert g_intervals(a, b) == [None]


def test_one_patient_has_no_interval():
    one, several = drawn({"x": [2.0, np.nan]}), drawn({"x": [3.0, 5.0, 1.0]}, 1)
    assert mean_intervals(one) == [None]
    assert difference_intervals(one, several) == [None]
    assert difference_intervals(several, one) == [None]


def test_coverage_for_ten_normal_patients():
    rng = np.random.default_rng(4)
    hits = 0
    for trial in range(300):
        low, high = mean_intervals(drawn({"x": rng.normal(size=10)}, trial, bootstraps=400))[0]
        hits += low <= 0 <= high
    # 95 % of 300 are 285, standard deviation 3.8; the plain percentiles reach about 270
    assert 274 <= hits <= 296


def test_a_ratio_of_sums_is_drawn_patient_by_patient():
    values = {"sum": [1.0, 6.0, np.nan, 4.0], "count": [2.0, 8.0, np.nan, 8.0]}
    found = drawn(values, bootstraps=5000)
    ((low, high),) = ratio_intervals(found, [("sum", "count")])
    assert 0.5 - 1e-9 <= low < 11 / 18 < high <= 0.75 + 1e-9
    ones = {"x": [0.3, 0.5, 0.9, 0.4], "one": [1.0] * 4}
    found = drawn(ones)
    assert ratio_intervals(found, [("x", "one")])[0] == pytest.approx(mean_intervals(found)[0])


def test_a_ratio_needs_two_patients_and_something_below():
    found = drawn({"x": [1.0, np.nan, np.nan], "n": [2.0, np.nan, np.nan], "none": [0.0] * 3})
    assert ratio_intervals(found, [("x", "n")]) == [None]
    assert ratio_intervals(drawn({"x": [1.0, 2.0], "n": [0.0, 0.0]}), [("x", "n")]) == [None]
