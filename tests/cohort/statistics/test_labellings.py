import itertools

import numpy as np
import pytest

from resunet.cohort.statistics.labellings import (
    EXACT_UP_TO,
    is_exact,
    labelling_count,
    labellings,
    smallest_p,
)


def rows_of(observed, **options):
    return np.concatenate(list(labellings(np.array(observed, bool), **options)))


def test_few_patients_are_dealt_out_in_every_way_once():
    rows = rows_of([0, 1, 0, 0, 1], permutations=7, seed=0)
    assert rows[0].tolist() == [0, 1, 0, 0, 1]
    assert len(rows) == 10
    expected = {
        tuple(float(i in pick) for i in range(5)) for pick in itertools.combinations(range(5), 2)
    }
    assert set(map(tuple, rows)) == expected


def test_many_patients_are_dealt_out_at_random_the_observed_way_first():
    observed = np.arange(40) % 4 == 0
    rows = rows_of(observed, permutations=600, seed=3)
    assert rows.shape == (601, 40)
    np.testing.assert_array_equal(rows[0], observed)
    assert (rows.sum(axis=1) == 10).all()
    # each patient is marked in a quarter of 600, standard deviation 10.6
    assert np.abs(rows[1:].sum(axis=0) - 150).max() < 5 * 10.6


def test_the_seed_alone_decides():
    observed = np.arange(40) < 12
    first = rows_of(observed, permutations=300, seed=3)
    np.testing.assert_array_equal(first, rows_of(observed, permutations=300, seed=3))
    assert (first[1:] != rows_of(observed, permutations=300, seed=4)[1:]).any()


def test_memory_does_not_grow_with_the_number_of_labellings():
    observed = np.arange(40) < 12
    assert max(len(rows) for rows in labellings(observed, permutations=3000, seed=0)) <= 256


@pytest.mark.parametrize(
    ("smaller", "patients", "count", "exact"),
    [(2, 5, 10, True), (5, 10, 252, True), (5, 35, 324_632, False), (1, EXACT_UP_TO, 20_000, True)],
)
def test_how_many_ways_there_are(smaller, patients, count, exact):
    assert labelling_count(smaller, patients) == count
    assert is_exact(smaller, patients) is exact


def test_the_smallest_p_that_can_come_out():
    assert smallest_p(3, 3, 999) == pytest.approx(2 / 20)  # each labelling has a mirror image
    assert smallest_p(2, 5, 999) == pytest.approx(1 / 21)
    assert smallest_p(20, 20, 999) == pytest.approx(1 / 1000)
