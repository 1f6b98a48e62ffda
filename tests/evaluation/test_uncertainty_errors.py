import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.evaluation.uncertainty_errors import ErrorCounts, count_errors, risk_area

# Ten pixels of one patient: outcome and uncertainty of 0 to 100
#   true positives  0, 0, 0, 50      false positives 80     false negatives 100
#   true negatives  0, 0, 0, 20
TRUE = np.array([1, 1, 1, 1, 0, 1, 0, 0, 0, 0], bool)
PRED = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0], bool)
DOUBT = np.array([0, 0, 0, 50, 80, 100, 0, 0, 0, 20], float)


@pytest.fixture
def counts():
    return count_errors(DOUBT, TRUE, PRED, ceiling=100.0)


def test_qu_brats_by_hand(counts):
    filtered = counts.filtered()
    dice, positives, negatives = filtered
    assert dice.shape == (101,)
    # below 50 three true positives are left alone: Dice 1; 50–79 four; from 80 one false positive
    # 2·4/(2·4 + 1) joins, at 100 one false negative 2·4/(2·4 + 2)
    np.testing.assert_allclose(dice[[0, 49, 50, 79, 80, 99, 100]], [1, 1, 1, 1, 8 / 9, 8 / 9, 0.8])
    np.testing.assert_allclose(positives[[0, 49, 50, 100]], [1 / 4, 1 / 4, 0, 0])
    np.testing.assert_allclose(negatives[[0, 19, 20, 100]], [1 / 4, 1 / 4, 0, 0])
    # trapezoids of width .01: a step between two thresholds counts half of that width
    area_dice = 0.79 + 0.01 * (1 + 8 / 9) / 2 + 0.19 * 8 / 9 + 0.01 * (8 / 9 + 0.8) / 2
    area_positives, area_negatives = 0.495 / 4, 0.195 / 4
    assert filtered.areas == pytest.approx((area_dice, area_positives, area_negatives))
    expected = (area_dice + 1 - area_positives + 1 - area_negatives) / 3
    assert filtered.score == pytest.approx(expected)


def test_qu_brats_as_its_definition_says():
    """Filtering every pixel above each threshold, one threshold after the other."""
    rng = np.random.default_rng(0)
    doubt = rng.uniform(0, 100, 400)
    true, pred = rng.uniform(size=(2, 400)) > 0.6
    found = count_errors(doubt, true, pred, ceiling=100.0).filtered()
    for threshold in range(101):
        kept = doubt <= threshold
        tp, tn = true & pred, ~true & ~pred
        total = (true & kept).sum() + (pred & kept).sum()
        dice = 2 * (tp & kept).sum() / total if total else 1.0
        assert found.dice[threshold] == pytest.approx(dice)
        assert found.true_positives[threshold] == pytest.approx(1 - (tp & kept).sum() / tp.sum())
        assert found.true_negatives[threshold] == pytest.approx(1 - (tn & kept).sum() / tn.sum())


def test_without_tumour_nothing_is_filtered_and_dice_is_one():
    empty = np.zeros(3, bool)
    filtered = count_errors(np.zeros(3), empty, empty, ceiling=1.0).filtered()
    assert filtered.areas == pytest.approx((1.0, 0.0, 0.0))
    assert filtered.score == pytest.approx(1.0)


def test_the_overlap_of_uncertain_and_wrong_by_hand(counts):
    # wrong are 80 and 100; above 50 … 79 lie just these two
    assert counts.overlap() == (1.0, 50)
    doubt = np.where(DOUBT == 80, 10, DOUBT)
    # above 10 lie 20, 50 and 100, of which one is wrong: 2/(3 + 2); above 0 four, of which two:
    # 4/(4 + 2); above 50 the 100 alone: 2/(1 + 2). The lowest of equal ones counts.
    assert count_errors(doubt, TRUE, PRED, ceiling=100.0).overlap() == (pytest.approx(2 / 3), 0)


def test_risk_and_coverage_by_hand(counts):
    coverage, risk = counts.risk_coverage()
    np.testing.assert_allclose(coverage, [0.6, 0.7, 0.8, 0.9, 1.0])
    np.testing.assert_allclose(risk, [0, 0, 0, 1 / 9, 2 / 10])
    # from 8 kept on all that come are wrong: ∫₀² x/(8 + x) dx = 2 − 8·log(10/8), over 10
    assert counts.risk_area() == pytest.approx((2 - 8 * math.log(10 / 8)) / 10)
    assert counts.least_risk_area() == pytest.approx(counts.risk_area())
    assert counts.error_rate == pytest.approx(0.2)


def test_an_order_that_tells_nothing_has_the_error_rate_as_its_area():
    counts = count_errors(np.full(10, 3.0), TRUE, PRED, ceiling=100.0)
    assert counts.risk_area() == pytest.approx(counts.error_rate)
    assert counts.least_risk_area() < counts.error_rate


def test_the_area_is_the_mean_over_random_orders_of_equal_ones():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(4), 500)
    wrong = rng.uniform(size=2000) < (groups + 1) / 6
    means = []
    for _ in range(200):
        order = np.lexsort((rng.uniform(size=2000), groups))
        means.append((np.cumsum(wrong[order]) / np.arange(1, 2001)).mean())
    found = risk_area(np.bincount(groups), np.bincount(groups, weights=wrong))
    assert found == pytest.approx(np.mean(means), abs=0.002)


def test_counts_of_two_halves_add_up_to_the_whole(counts):
    halves = [
        count_errors(DOUBT[part], TRUE[part], PRED[part], ceiling=100.0)
        for part in (slice(0, 4), slice(4, None))
    ]
    np.testing.assert_array_equal(sum(halves, ErrorCounts()).table, counts.table)
    assert counts.table.sum() == 10


def test_levels_hold_their_upper_end_and_all_above_the_ceiling_is_100():
    values = np.array([0.0, 0.005, 0.0051, 0.5, 0.7], np.float32)
    nothing = np.zeros(5, bool)
    table = count_errors(values, nothing, nothing, ceiling=0.5).table
    assert np.flatnonzero(table[3]).tolist() == [0, 1, 2, 100]
    assert table[3, [0, 1, 2, 100]].tolist() == [1, 1, 1, 2]


def test_without_pixels_or_errors_nothing_is_known():
    none = ErrorCounts()
    assert math.isnan(none.risk_area())
    assert math.isnan(none.error_rate)
    assert math.isnan(none.overlap()[0])
    assert [part.size for part in none.risk_coverage()] == [0, 0]


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match=r"mask_true has shape \(10,\)"):
        count_errors(DOUBT[:9], TRUE, PRED, ceiling=1.0)
    with pytest.raises(InputError, match="uncertainty is -1"):
        count_errors(np.array([-1.0]), TRUE[:1], PRED[:1], ceiling=1.0)
