import math

import numpy as np
import pytest
from scipy.optimize import isotonic_regression
from sklearn.metrics import roc_auc_score

from resunet.errors import InputError
from resunet.evaluation.review_order import (
    first_values,
    level_of,
    likely_bad_level,
    order_entry,
    roc_area,
    roc_interval,
)


def test_the_area_by_hand():
    values = np.array([0.9, 0.4, 0.4, 0.1])
    bad = np.array([True, True, False, False])
    # pairs of a bad and a good one: two won by .9, one won and one tied by .4
    assert roc_area(values, bad) == pytest.approx(3.5 / 4)
    assert math.isnan(roc_area(values, np.ones(4, bool)))
    assert math.isnan(roc_area(values, np.zeros(4, bool)))


def test_the_area_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 20, 300).astype(float)
    bad = rng.uniform(size=300) < values / 40
    assert roc_area(values, bad) == pytest.approx(roc_auc_score(bad, values))


def test_the_interval_draws_patients_with_all_their_slices():
    rng = np.random.default_rng(1)
    values = rng.uniform(size=400)
    bad = rng.uniform(size=400) < values
    each_its_own = [str(i) for i in range(400)]
    low, high = roc_interval(values, bad, each_its_own)
    assert low < roc_area(values, bad) < high
    # slices of a patient that are all the same say no more than one of them
    repeated = [np.repeat(each[:40], 10) for each in (values, bad)]
    wide = roc_interval(*repeated, [name for name in each_its_own[:40] for _ in range(10)])
    narrow = roc_interval(*repeated, each_its_own)
    once = roc_interval(values[:40], bad[:40], each_its_own[:40])
    assert wide == pytest.approx(once)
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])
    assert roc_interval(values, bad, each_its_own) == (low, high)


def test_no_interval_where_patients_or_areas_are_too_few():
    values, bad = np.array([0.1, 0.2, 0.3]), np.array([False, False, True])
    assert roc_interval(values, bad, ["a", "a", "a"]) is None
    assert roc_interval(np.arange(20.0), np.zeros(20, bool), list("ab" * 10)) is None


def test_slices_stand_as_in_the_work_list():
    values = first_values([0.3, None, 0.0, None, 0.9], [10.0, 5.0, 3.0, 700.0, 1.0])
    assert np.argsort(-values).tolist() == [4, 0, 2, 3, 1]


def test_the_level_by_hand():
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    bad = np.array([False, False, True, False, True])
    # above .2: one good one too many; above .4: one bad one missed. The higher counts.
    level = likely_bad_level(values, bad)
    assert level.value == pytest.approx(0.45)
    assert (level.flagged, level.flagged_bad, level.bad, level.total) == (1, 1, 2, 5)


def test_the_level_is_where_isotonic_regression_crosses_one_half():
    rng = np.random.default_rng(2)
    for _ in range(20):
        values = np.sort(rng.uniform(size=60))
        bad = rng.uniform(size=60) < values
        level = likely_bad_level(values, bad)
        share = isotonic_regression(bad.astype(float)).x
        # blocks of exactly one half may go either way
        assert (share[values > level.value] >= 0.5).all()
        assert (share[values <= level.value] <= 0.5).all()


def test_the_level_errs_least_often_with_ties_too():
    rng = np.random.default_rng(3)
    values = rng.integers(0, 6, 50).astype(float)
    bad = rng.uniform(size=50) < values / 6
    level = likely_bad_level(values, bad)
    least = min(((values > t) != bad).sum() for t in (-1, *range(6)))
    assert ((values > level.value) != bad).sum() == least


def test_nothing_bad_has_no_level_and_all_bad_are_above_it():
    values = np.array([0.2, 0.4])
    assert likely_bad_level(values, np.zeros(2, bool)).value == math.inf
    level = likely_bad_level(values, np.ones(2, bool))
    assert level.value < 0.2
    assert level.flagged == 2
    with pytest.raises(InputError, match="no segmentations to find a level of"):
        likely_bad_level(np.zeros(0), np.zeros(0, bool))


def test_a_level_on_others():
    level = level_of(0.3, np.array([0.1, 0.3, 0.5, 0.7]), np.array([True, False, False, True]))
    assert (level.flagged, level.flagged_bad, level.bad, level.total) == (2, 1, 2, 4)


def test_an_order_as_json_by_hand():
    dice = np.array([0.9, 0.5, 0.8, 0.6])
    entry = order_entry(1.0 - dice, dice, ["a", "b", "c", "d"])
    assert (entry["count"], entry["bad"], entry["auc"], entry["reason"]) == (4, 2, 1.0, None)
    assert entry["risk_coverage_area"] == pytest.approx(entry["risk_coverage_least"])
    assert entry["risk_mean"] == pytest.approx(0.3)
    assert entry["risk_coverage_area"] < 0.3
    worst = order_entry(dice, dice, ["a", "b", "c", "d"])
    assert worst["auc"] == 0.0
    assert worst["risk_coverage_area"] > 0.3
    same = order_entry(np.zeros(4), dice, ["a", "b", "c", "d"])
    assert (same["auc"], same["risk_coverage_area"]) == (0.5, pytest.approx(0.3))


def test_an_order_without_bad_ones_says_why_it_has_no_area():
    entry = order_entry(np.array([0.1, 0.2]), np.array([0.8, 0.9]), ["a", "b"])
    assert math.isnan(entry["auc"])
    assert entry["auc_interval"] is None
    assert entry["reason"].startswith("The area needs both")
    empty = order_entry(np.zeros(0), np.zeros(0), [])
    assert empty["count"] == 0
    assert math.isnan(empty["risk_mean"])
