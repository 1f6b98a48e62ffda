import numpy as np
import pytest

from resunet.cohort.statistics.multiplicity import adjusted_tests, holm, permutation_p


def test_p_values_by_hand():
    statistics = np.array([[3.0, 0.0], [1.0, 0.0], [3.0, 0.0], [2.0, 0.0]])
    np.testing.assert_allclose(permutation_p(statistics), [[0.5, 1], [1, 1], [0.5, 1], [0.75, 1]])


def test_a_single_quantity_is_adjusted_for_nothing():
    statistics = np.array([[5.0], [1.0], [7.0], [2.0], [3.0]])
    tests = adjusted_tests(statistics, {"x": "f"})
    assert tests.overall == tests.families["f"] == tests.families_adjusted["f"] == 0.4
    assert tests.quantities["x"] == tests.quantities_adjusted["x"] == 0.4


def test_the_same_quantity_twice_costs_nothing():
    statistics = np.random.default_rng(0).random((200, 1))
    tests = adjusted_tests(np.repeat(statistics, 3, axis=1), {"x": "f", "y": "f", "z": "g"})
    own = permutation_p(statistics)[0, 0]
    assert tests.overall == pytest.approx(own)
    assert set(tests.quantities_adjusted.values()) == {tests.overall}


def test_independent_quantities_cost_what_sidak_says():
    rng = np.random.default_rng(1)
    statistics = rng.random((20_000, 4))
    statistics[0] = [0.99, 0.3, 0.4, 0.2]
    tests = adjusted_tests(statistics, {name: name for name in "abcd"})
    p = tests.quantities["a"]
    assert p == pytest.approx(0.01, abs=0.003)
    assert tests.overall == pytest.approx(1 - (1 - p) ** 4, abs=0.004)
    assert tests.overall == tests.families_adjusted["a"]


def test_a_family_weighs_the_same_whatever_its_number_of_quantities():
    rng = np.random.default_rng(2)
    statistics = rng.random((5000, 11))
    statistics[0, 0] = 0.999
    members = {"x": "small"} | {f"y{i}": "large" for i in range(10)}
    tests = adjusted_tests(statistics, members)
    # two questions, so about twice the p and not eleven times
    assert tests.families_adjusted["small"] < 3 * tests.families["small"] + 0.001


def test_the_overall_p_is_the_smallest_of_all_adjusted_ones():
    rng = np.random.default_rng(3)
    members = {f"q{i}": f"f{i % 3}" for i in range(8)}
    for _ in range(20):
        tests = adjusted_tests(rng.normal(size=(60, 8)) ** 2, members)
        assert tests.overall == min(tests.families_adjusted.values())
        for family, p in tests.families_adjusted.items():
            own = [tests.quantities_adjusted[name] for name in members if members[name] == family]
            assert p == min(own)


def test_adjusted_is_never_below_its_own():
    rng = np.random.default_rng(4)
    members = {f"q{i}": f"f{i % 2}" for i in range(6)}
    tests = adjusted_tests(rng.normal(size=(500, 6)) ** 2, members)
    for name in members:
        assert tests.quantities_adjusted[name] >= tests.quantities[name]


def test_any_of_the_rows_is_called_at_exactly_the_level():
    # each labelling takes its turn as the observed one: 5 of 100 may be called at 5 %
    statistics = np.random.default_rng(5).normal(size=(100, 9)) ** 2
    members = {f"q{i}": f"f{i % 4}" for i in range(9)}
    p = []
    for row in range(100):
        order = [row, *(other for other in range(100) if other != row)]
        p.append(adjusted_tests(statistics[order], members).overall)
    for level in (0.01, 0.05, 0.2, 0.5):
        assert np.sum(np.array(p) <= level + 1e-9) <= 100 * level
    assert np.sum(np.array(p) <= 0.05 + 1e-9) >= 4


def test_ties_of_few_labellings_are_broken_by_size():
    # of 20 labellings each of ten quantities has one with p = 0.05; by far the largest is observed
    statistics = np.ones((20, 10)) * np.linspace(0, 1, 20)[::-1, None]
    for column in range(1, 10):
        statistics[[0, column], column] = statistics[[column, 0], column]
    statistics[0, 0] = 100.0
    tests = adjusted_tests(statistics, {f"q{i}": "f" for i in range(10)})
    assert tests.overall == 0.05


def test_nothing_to_test():
    assert adjusted_tests(np.zeros((5, 0)), {}) is None


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


def test_holm_counts_only_tests_that_were_made():
    assert holm([None, 0.02, 0.03]) == [None, pytest.approx(0.04), pytest.approx(0.04)]


def test_holm_of_equal_values():
    assert holm([0.02, 0.02]) == pytest.approx([0.04, 0.04])
