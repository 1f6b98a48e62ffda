"""How brightness changed, on pictures whose answer is known."""

import numpy as np
import pytest

from resunet.cohort.corruption.tints import measure_change, measure_least_change

SIDE = 32


def slices(*factors):
    """Slices of one head, each times a factor; all cells full of brain."""
    base = np.random.default_rng(0).uniform(0.8, 1.2, (4, SIDE, SIDE))
    made = np.stack([base * factor for factor in factors]).astype(np.float32)
    return made, np.ones(made.shape, bool)


def slope(size):
    """From exp(−size) on the left to exp(size) on the right."""
    return np.exp(size * np.linspace(-1, 1, SIDE))[None]


def test_no_change_is_told_as_none():
    made, full = slices(1, 1, 1)
    told = measure_change(made[0], full[0], made[1:], full[1:])
    assert told.shape == (6, 4)
    assert told[[0, 2, 3, 5]] == pytest.approx(0, abs=1e-6)
    assert told[[1, 4]] == pytest.approx(np.log(1e-3), abs=1e-3)


def test_a_gain_is_the_mean_and_a_slope_runs_across():
    made, full = slices(1.5, 1, 1)
    assert measure_change(made[0], full[0], made[1:], full[1:])[0] == pytest.approx(np.log(1.5))
    made, full = slices(slope(0.3), 1, 1)
    told = measure_change(made[0], full[0], made[1:], full[1:])
    assert told[3] == pytest.approx(0.3, rel=0.15)  # smoothed towards the borders
    assert told[2] == pytest.approx(0, abs=1e-3)


def test_the_least_change_is_that_against_the_neighbour_most_alike():
    made, full = slices(1, slope(0.5), 1)
    least = measure_least_change(made[0], full[0], made[1:], full[1:])
    assert np.exp(least[0]) == pytest.approx(1e-3, rel=0.05)
    made, full = slices(slope(0.3), 1, 1)
    least = measure_least_change(made[0], full[0], made[1:], full[1:])
    # values spread evenly from −0.3 to 0.3 have a standard deviation of 0.3 / √3
    assert np.exp(least[0]) == pytest.approx(0.3 / np.sqrt(3), rel=0.05)
    assert least[1] == pytest.approx(1, abs=0.02)


def test_too_few_cells_tell_nothing():
    made, full = slices(2, 1)
    full[1, :, 1:] = False
    full[1, :, :, 15:] = False
    assert not measure_change(made[0], full[0], made[1:], full[1:]).any()
    assert not measure_least_change(made[0], full[0], made[1:], full[1:]).any()
