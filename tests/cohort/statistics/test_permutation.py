from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from resunet.cohort.statistics.permutation import permute
from resunet.cohort.statistics.pooling import pooled
from resunet.cohort.statistics.quantities import MAP
from resunet.cohort.statistics.scores import rounded
from resunet.cohort.units import MAP_SIDE


def p_of(permuted, name):
    column = permuted.statistics[:, permuted.names.index(name)]
    return (column >= column[0]).mean()


def test_three_against_three_by_hand(table_of):
    a = table_of("a", {"mean_area_px": [1, 2, 3]})
    b = table_of("b", {"mean_area_px": [4, 5, 9]})
    found = permute(pooled(a, b), permutations=10, seed=0)
    assert found.statistics.shape == (20, 1)
    assert p_of(found, "mean_area_px") == pytest.approx(2 / 20)


@pytest.mark.parametrize("sizes", [(4, 5), (3, 6), (6, 2)])
def test_means_against_scipy(table_of, sizes):
    rng = np.random.default_rng(sum(sizes) + sizes[0])
    x, y = rng.lognormal(size=sizes[0]), rng.lognormal(size=sizes[1])
    found = permute(
        pooled(table_of("a", {"mean_area_px": x}), table_of("b", {"mean_area_px": y})),
        permutations=1,
        seed=0,
    )
    expected = stats.permutation_test(
        (x, y),
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
        vectorized=True,
        alternative="greater",
        n_resamples=np.inf,
    )
    assert p_of(found, "mean_area_px") == pytest.approx(expected.pvalue)


def test_ranks_against_scipy(table_of):
    x, y = [3.0, 11.0, 14.0, 20.0], [1.0, 2.0, 5.0, 8.0, 9.0]  # no ties
    found = permute(
        pooled(table_of("a", {"t1_median": x}), table_of("b", {"t1_median": y})),
        permutations=1,
        seed=0,
    )
    expected = stats.mannwhitneyu(x, y, method="exact").pvalue
    assert p_of(found, "t1_median") == pytest.approx(expected)


def test_random_labellings_come_near_the_t_test(table_of):
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=30), rng.normal(0.5, size=25)
    found = permute(
        pooled(table_of("a", {"components": x}), table_of("b", {"components": y})),
        permutations=9999,
        seed=0,
    )
    assert p_of(found, "components") == pytest.approx(stats.ttest_ind(x, y).pvalue, abs=0.01)


def test_who_has_no_value_drops_out_of_that_quantity_only(table_of):
    a = table_of("a", {"mean_area_px": [1, 2, 3, 4], "components": [1, np.nan, 3, 2]})
    b = table_of("b", {"mean_area_px": [4, 5, 9], "components": [7, 8, np.nan]})
    found = permute(pooled(a, b), permutations=1, seed=0)
    assert found.names == ("mean_area_px", "components")
    assert len(found.statistics) == 35
    # all ways to deal seven patients out, the means being of those who have a value
    values = np.array([1, np.nan, 3, 2, 7, 8, np.nan])

    def gap(picked):
        inside = np.isin(np.arange(7), picked)
        sides = values[inside & ~np.isnan(values)], values[~inside & ~np.isnan(values)]
        return abs(sides[0].mean() - sides[1].mean()) if all(map(len, sides)) else 0.0

    expected = np.mean([gap(pick) >= gap((4, 5, 6)) - 1e-9 for pick in combinations(range(7), 3)])
    assert p_of(found, "components") == pytest.approx(expected)


def test_equal_values_give_p_one(table_of):
    a, b = (table_of(n, {"mean_area_px": [0.1] * 3}) for n in "ab")
    assert p_of(permute(pooled(a, b), permutations=1, seed=0), "mean_area_px") == 1.0


def test_what_two_patients_of_each_set_do_not_have_is_not_tested(table_of):
    a = table_of("a", {"mean_area_px": [1, 2, 3], "components": [np.nan, np.nan, 1]})
    b = table_of("b", {"mean_area_px": [1, 2, 3], "components": [1, 2, 3]})
    sets = pooled(a, b)
    assert permute(sets, permutations=1, seed=0).names == ("mean_area_px",)
    assert sets.reasons["components"] == ("a has 1 patient with a value; at least 2 are needed.")
    assert sets.reasons["empty_share"] == ("a has no patients with a value; at least 2 are needed.")
    assert sets.reasons[MAP] == "a has no patients with tumour; at least 2 are needed."


def test_cells_are_tested_one_by_one(table_of):
    maps_a, maps_b = np.zeros((2, 3, MAP_SIDE, MAP_SIDE))
    maps_a[:, 5, 6] = [0.1, 0.2, 0.3]
    maps_b[:, 5, 6] = [0.4, 0.5, 0.9]
    maps_a[0, 7, 7] = 1.0
    ones = {"mean_area_px": [1, 1, 1]}
    sets = pooled(table_of("a", ones, maps=maps_a), table_of("b", ones, maps=maps_b))
    p = permute(sets, permutations=1, seed=0).cell_p.reshape(MAP_SIDE, MAP_SIDE)
    assert p[5, 6] == pytest.approx(2 / 20)
    assert p[7, 7] == 1.0  # wherever the one patient goes, the difference is the same
    assert np.isnan(p).sum() == MAP_SIDE**2 - 2


def test_the_maps_are_compared_by_shape_not_by_size(table_of):
    rng = np.random.default_rng(0)
    shapes = rng.random((8, MAP_SIDE, MAP_SIDE)) ** 8
    sizes = np.linspace(0.1, 1, 8)[:, None, None]
    values = {"mean_area_px": [1, 2, 3, 4]}
    plain, larger = (
        permute(
            pooled(
                table_of("a", values, maps=maps[:4]),
                table_of("b", values, maps=maps[4:]),
            ),
            permutations=1,
            seed=0,
        )
        for maps in (shapes.astype(np.float32), (shapes * sizes).astype(np.float32))
    )
    np.testing.assert_allclose(plain.statistics[:, -1], larger.statistics[:, -1], rtol=0, atol=1e-6)
    assert plain.names[-1] == MAP


def test_a_patient_without_an_outline_counts_in_no_cell(table_of):
    maps = np.zeros((4, MAP_SIDE, MAP_SIDE))
    maps[:3, 5, 6] = [0.1, 0.2, 0.3]
    with_nan = maps.copy()
    with_nan[3] = np.nan
    b_maps = np.zeros((3, MAP_SIDE, MAP_SIDE))
    b_maps[:, 5, 6] = [0.4, 0.5, 0.9]
    b = table_of("b", {"components": [1, 2, 3]}, maps=b_maps)
    a = table_of("a", {"components": [1, 2, 3, 4]}, maps=with_nan)
    p = permute(pooled(a, b), permutations=1, seed=0).cell_p.reshape(MAP_SIDE, MAP_SIDE)
    values = np.array([0.1, 0.2, 0.3, np.nan, 0.4, 0.5, 0.9])
    gaps = []
    for pick in [(4, 5, 6), *combinations(range(7), 3)]:
        inside = np.isin(np.arange(7), pick)
        gaps.append(abs(np.nanmean(values[inside]) - np.nanmean(values[~inside])))
    assert p[5, 6] == pytest.approx(np.mean(rounded(np.array(gaps[1:])) >= round(gaps[0], 10)))


def test_a_set_without_any_outline(table_of):
    maps = np.full((3, MAP_SIDE, MAP_SIDE), np.nan)
    other = np.ones((3, MAP_SIDE, MAP_SIDE))
    values = {"components": [1, 2, 3]}
    sets = pooled(table_of("a", values, maps=maps), table_of("b", values, maps=other))
    assert np.isnan(permute(sets, permutations=1, seed=0).cell_p).all()
