import math

import numpy as np
import pytest
from scipy import stats

from resunet.cohort.statistics.effects import hedges_correction, hedges_g, superiority


def g_of(x, y):
    x, y = np.array(x, float), np.array(y, float)
    counts = np.array(len(x), float), np.array(len(y), float)
    variances = (np.var(x, ddof=1), np.var(y, ddof=1)) if min(counts) > 1 else (0.0, 0.0)
    return float(hedges_g(y.mean() - x.mean(), variances, counts))


def test_g_by_hand():
    # means 2 and 5, variances 1 and 4: pooled √2.5; J(4) = Γ(2) / (√2 Γ(1.5)) = √(2/π)
    assert g_of([1, 2, 3], [3, 5, 7]) == pytest.approx(3 / math.sqrt(2.5) * math.sqrt(2 / math.pi))


def test_the_correction_is_near_its_usual_approximation():
    m = np.array([8.0, 38.0, 500.0])
    np.testing.assert_allclose(hedges_correction(m), 1 - 3 / (4 * m - 1), atol=1e-3)
    assert np.isnan(hedges_correction(1.0))


def test_g_is_unbiased():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20_000, 5)), rng.normal(0.8, size=(20_000, 4))
    five, four = np.full(20_000, 5.0), np.full(20_000, 4.0)
    variances = x.var(axis=1, ddof=1), y.var(axis=1, ddof=1)
    found = hedges_g(y.mean(axis=1) - x.mean(axis=1), variances, (five, four))
    assert found.mean() == pytest.approx(0.8, abs=0.03)  # uncorrected it would be 0.9


@pytest.mark.parametrize(("x", "y"), [([1, 1], [1, 1]), ([1], [2, 3]), ([4, 4, 4], [5, 5, 5])])
def test_g_is_undefined_without_spread_or_patients(x, y):
    assert math.isnan(g_of(x, y))


def test_superiority_by_hand():
    # of six pairs b has more in four, and one is a tie
    assert superiority(np.array([1.0, 3.0]), np.array([2.0, 3.0, 4.0])) == pytest.approx(4.5 / 6)


def test_superiority_against_scipy():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 9, 12).astype(float), rng.integers(2, 9, 15).astype(float)
    expected = stats.mannwhitneyu(y, x).statistic / (12 * 15)
    assert superiority(np.append(x, np.nan), y) == pytest.approx(expected)
    assert superiority(y, x) == pytest.approx(1 - expected)


def test_superiority_without_patients():
    assert math.isnan(superiority(np.array([np.nan]), np.array([1.0])))
