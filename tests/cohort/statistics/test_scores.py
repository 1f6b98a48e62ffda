import numpy as np
import pytest

from resunet.cohort.statistics.scores import (
    map_distances,
    mean_differences,
    quantity_scores,
    rounded,
    standardised,
)


def test_ranks_where_a_quantity_asks_for_them_values_elsewhere():
    values = {
        "t1_median": np.array([5.0, 900.0, np.nan, 5.0]),
        "mean_area_px": np.array([5.0, 900.0, np.nan, 5.0]),
    }
    scores = quantity_scores(values)
    np.testing.assert_array_equal(scores[:, 0], [1.5, 3, np.nan, 1.5])
    np.testing.assert_array_equal(scores[:, 1], [5, 900, np.nan, 5])


def test_standardised_by_hand():
    scores = np.array([[1.0, 7.0, np.nan], [3.0, 7.0, 2.0], [np.nan, 7.0, 4.0]])
    expected = [[-1, 0, 0], [1, 0, -1], [0, 0, 1]]
    np.testing.assert_allclose(standardised(scores), expected)


def test_a_constant_that_is_no_round_number_has_no_spread():
    assert not standardised(np.full((7, 1), 0.1)).any()


def test_differences_are_those_of_the_means():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(9, 3))
    scores[2, 1] = np.nan
    marked = rng.permuted(np.tile([1.0] * 4 + [0.0] * 5, (6, 1)), axis=1)
    column = standardised(scores)
    found = mean_differences(marked, column, np.isfinite(scores) * 1.0)
    column[2, 1] = np.nan
    for row, labels in zip(found, marked == 1, strict=True):
        expected = np.nanmean(column[labels], axis=0) - np.nanmean(column[~labels], axis=0)
        np.testing.assert_allclose(row, np.abs(expected), atol=1e-14)


def test_one_column_of_validity_serves_all_scores():
    scores = standardised(np.array([[1.0, 4.0], [3.0, 0.0], [np.nan, np.nan], [2.0, 2.0]]))
    marked = np.array([[1.0, 1.0, 0.0, 0.0]])
    both = mean_differences(marked, scores, np.array([[1.0] * 2, [1.0] * 2, [0.0] * 2, [1.0] * 2]))
    one = mean_differences(marked, scores, np.array([[1.0], [1.0], [0.0], [1.0]]))
    np.testing.assert_array_equal(one, both)


def test_a_side_without_a_score_differs_in_nothing():
    scores, valid = np.array([[1.0], [-1.0], [0.0]]), np.array([[1.0], [1.0], [0.0]])
    assert mean_differences(np.array([[0.0, 0.0, 1.0]]), scores, valid).tolist() == [[0.0]]
    assert mean_differences(np.array([[1.0, 1.0, 0.0]]), scores, valid).tolist() == [[0.0]]


def test_map_distances_need_no_maps():
    rng = np.random.default_rng(2)
    maps = rng.random((7, 50))
    maps[3] = 0
    valid = np.array([1, 1, 1, 0, 1, 1, 1.0])
    marked = np.array([[1, 1, 1, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0.0]])
    found = map_distances(marked, maps @ maps.T, valid)
    scale = (maps**2).sum() / 6
    for distance, labels in zip(found, marked == 1, strict=True):
        known = valid == 1
        gap = maps[labels & known].mean(axis=0) - maps[~labels & known].mean(axis=0)
        assert distance == pytest.approx((gap**2).sum() / scale)


def test_map_distances_without_a_map_on_one_side():
    products = np.diag([1.0, 1.0, 0.0])
    assert map_distances(np.array([[0.0, 0.0, 1.0]]), products, np.array([1.0, 1.0, 0.0])) == [0.0]


def test_what_only_rounding_tells_apart_is_equal():
    values = rounded(np.array([0.1 + 0.2, 0.3, 0.3 + 1e-8]))
    assert values[0] == values[1] != values[2]
