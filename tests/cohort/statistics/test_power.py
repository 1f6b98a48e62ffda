import numpy as np
import pytest
from scipy import stats

from resunet.cohort.statistics.power import smallest_detectable_g


@pytest.mark.parametrize(("n", "d"), [(64, 0.50), (26, 0.80), (394, 0.20)])
def test_cohens_table(n, d):
    # Cohen 1988, table 2.4.1: patients a group for 80 % at a two-sided 5 %
    assert smallest_detectable_g(n, n) == pytest.approx(d, abs=0.01)  # n is rounded up


def test_simulated():
    g = smallest_detectable_g(30, 5)
    rng = np.random.default_rng(0)
    p = stats.ttest_ind(rng.normal(size=(4000, 30)), rng.normal(g, size=(4000, 5)), axis=1).pvalue
    assert (p <= 0.05).mean() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("sizes", [(2, 2), (2, 200), (3, 2), (1000, 1000)])
def test_the_equation_is_solved_for_few_and_many(sizes):
    g = smallest_detectable_g(*sizes)
    m, n = sizes
    shift, limit = g * np.sqrt(m * n / (m + n)), stats.t.isf(0.025, m + n - 2)
    assert stats.nct.sf(limit, m + n - 2, shift) == pytest.approx(0.8, abs=1e-6)


def test_a_stricter_level_needs_more():
    assert smallest_detectable_g(20, 20, alpha=0.01) > smallest_detectable_g(20, 20)


def test_sets_change_places():
    assert smallest_detectable_g(30, 5) == pytest.approx(smallest_detectable_g(5, 30))


def test_one_patient_cannot_tell():
    assert smallest_detectable_g(1, 50) is None
