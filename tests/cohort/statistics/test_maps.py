import numpy as np
import pytest
from scipy import stats

from resunet.cohort.statistics.maps import map_difference, mean_map
from resunet.cohort.units import MAP_SIDE

VALUES = {"components": [1, 2]}


@pytest.fixture
def pair(table_of):
    maps = np.zeros((2, 2, MAP_SIDE, MAP_SIDE))
    maps[0, :, 3, 4] = [0.2, 0.4]
    maps[1, :, 3, 4] = [0.6, 0.8]
    maps[1, 0, 9, 2] = 0.1
    return tuple(table_of(name, VALUES, maps=each) for name, each in zip("ab", maps, strict=True))


def p_of(places):
    p = np.full((MAP_SIDE, MAP_SIDE), np.nan)
    for place, value in places.items():
        p[place] = value
    return p.ravel()


def test_by_hand(pair):
    found = map_difference(*pair, p_of({(3, 4): 0.02, (9, 2): 0.6}), alpha=0.05)
    assert found.difference[3, 4] == pytest.approx(0.4)
    assert found.difference[9, 2] == pytest.approx(0.05)
    assert found.largest == (3, 4)
    assert (found.tested_cells, found.significant_cells) == (2, 1)
    assert found.significant[3, 4]
    assert found.reason == ""


def test_benjamini_and_hochberg_as_in_scipy(pair):
    p = np.full(MAP_SIDE**2, np.nan)
    p[100:400] = np.random.default_rng(0).random(300) ** 4
    found = map_difference(*pair, p, alpha=0.05)
    expected = stats.false_discovery_control(p[100:400])
    np.testing.assert_allclose(found.p_adjusted.ravel()[100:400], expected)
    assert 0 < found.significant_cells == (expected <= 0.05).sum() < 300
    # by hand: the largest k with the k-th smallest p at most 0.05·k/300
    ordered = np.sort(p[100:400])
    k = np.flatnonzero(ordered <= 0.05 * np.arange(1, 301) / 300).max() + 1
    assert found.significant_cells == k


def test_cells_that_were_not_tested_are_not_significant(pair):
    found = map_difference(*pair, p_of({}), alpha=0.05)
    assert (found.tested_cells, found.significant_cells) == (0, 0)
    assert found.reason == "Neither set has any tumour."


def test_a_patient_without_an_outline_is_left_out_of_the_mean(table_of):
    maps = np.full((2, MAP_SIDE, MAP_SIDE), 0.5)
    maps[1] = np.nan
    assert (mean_map(table_of("a", VALUES, maps=maps)) == 0.5).all()


def test_a_set_without_any_outline(table_of, pair):
    empty = table_of("c", VALUES, maps=np.full((2, MAP_SIDE, MAP_SIDE), np.nan))
    found = map_difference(pair[0], empty, p_of({}), alpha=0.05)
    assert np.isnan(found.difference).all()
    assert found.largest is None
    assert found.reason == "c has no outline."
