import json
import math
from dataclasses import replace

import numpy as np
import pytest

from resunet.cohort.statistics.compare import compare_tables, overall_p
from resunet.cohort.statistics.quantities import FAMILIES, QUANTITIES
from resunet.cohort.statistics.results import to_json
from resunet.cohort.units import MAP_SIDE, PatientTable
from resunet.errors import InputError


@pytest.fixture
def three(cohort):
    rng = np.random.default_rng(0)
    return [
        cohort("training", 14, rng),
        cohort("validating", 9, rng),
        cohort("testing", 12, rng, row=44, column=44, factor=1.5),
    ]


@pytest.fixture
def result(three):
    return compare_tables(three, permutations=1999, bootstraps=200)


def pair_of(result, a, b):
    return next(pair for pair in result.pairs if {pair.a, pair.b} == {a, b})


def test_a_planted_shift_is_found_and_an_absent_one_is_not(result):
    assert [(pair.a, pair.b) for pair in result.pairs] == [
        ("training", "validating"),
        ("training", "testing"),
        ("validating", "testing"),
    ]
    assert [pair.differs for pair in result.pairs] == [False, True, True]
    pair = pair_of(result, "training", "testing")
    assert pair.families["where"].p_adjusted <= 0.05
    assert pair.families["size"].p_adjusted <= 0.05
    assert pair.families["intensity"].p_adjusted > 0.05
    assert pair.quantities["left_posterior"].difference > 0
    assert pair.quantities["left_posterior"].superiority > 0.8
    assert pair.map.significant_cells > 0
    assert pair.map_p.p <= 0.05


def test_each_pair_allows_for_the_others(result):
    p = sorted(pair.p for pair in result.pairs)
    held = sorted(pair.p_holm for pair in result.pairs)
    assert held[0] == pytest.approx(3 * p[0])
    assert all(after >= before for before, after in zip(p, held, strict=True))


def test_the_overall_p_is_the_smallest_adjusted(result):
    for pair in result.pairs:
        known = [item.p_adjusted for item in pair.families.values() if item.p_adjusted is not None]
        quantities = [item.p_adjusted for item in pair.quantities.values() if item.p is not None]
        assert pair.p == min(known) == min([*quantities, pair.map_p.p_adjusted])


def test_sets_may_change_places(three):
    there, back = (
        compare_tables(order, permutations=299, bootstraps=100).pairs[0]
        for order in ((three[0], three[2]), (three[2], three[0]))
    )
    assert (there.a, there.b) == (back.b, back.a)
    assert there.p == back.p
    for name, one in there.quantities.items():
        other = back.quantities[name]
        assert (one.p, one.p_adjusted, one.a, one.b) == (
            other.p,
            other.p_adjusted,
            other.b,
            other.a,
        )
        if one.g is not None:
            assert one.g == pytest.approx(-other.g)
            assert one.g_ci == pytest.approx((-other.g_ci[1], -other.g_ci[0]))
            assert one.ci == pytest.approx((-other.ci[1], -other.ci[0]))
            assert one.superiority == pytest.approx(1 - other.superiority)
    np.testing.assert_allclose(there.map.difference, -back.map.difference)
    np.testing.assert_array_equal(there.map.p, back.map.p)


def test_sets_of_one_size_may_change_places(cohort):
    rng = np.random.default_rng(5)
    a, b = cohort("a", 11, rng), cohort("b", 11, rng)
    assert overall_p(a, b, permutations=199) == overall_p(b, a, permutations=199)


def test_the_order_of_patients_and_of_other_sets_does_not_matter(three, result):
    rng = np.random.default_rng(1)
    shuffled = []
    for table in reversed(three):
        order = rng.permutation(len(table))
        shuffled.append(
            PatientTable(
                table.name,
                tuple(table.patients[i] for i in order),
                {name: values[order] for name, values in table.values.items()},
                table.maps[order],
            )
        )
    again = compare_tables(shuffled, permutations=1999, bootstraps=200)
    for pair in result.pairs:
        other = pair_of(again, pair.a, pair.b)
        assert (other.p, other.p_holm) == (pair.p, pair.p_holm)
    for name, found in result.sets.items():
        assert again.sets[name].quantities == found.quantities


def test_the_same_seed_gives_the_same_and_another_one_another(three, result):
    again = compare_tables(three, permutations=1999, bootstraps=200)
    assert to_json(again) == to_json(result)
    other = compare_tables(three, permutations=1999, bootstraps=200, seed=1)
    assert other.pairs[0].p != result.pairs[0].p
    assert other.sets["training"].quantities != result.sets["training"].quantities


def test_random_splits_are_called_different_in_one_of_twenty(cohort):
    everyone = cohort("all", 26, np.random.default_rng(2))
    rng = np.random.default_rng(3)
    called = 0
    for trial in range(120):
        order = rng.permutation(26)
        a, b = (
            PatientTable(
                name,
                tuple(everyone.patients[i] for i in part),
                {key: values[part] for key, values in everyone.values.items()},
                everyone.maps[part],
            )
            for name, part in (("a", order[:18]), ("b", order[18:]))
        )
        called += overall_p(a, b, permutations=99, seed=trial) <= 0.05
    # 6 expected; more than 14 once in a thousand, none once in five hundred
    assert 1 <= called <= 14


def test_set_summaries(result, three):
    found = result.sets["training"]
    table = three[0]
    assert found.patients == 14
    area = found.quantities["mean_area_px"]
    assert area.mean == pytest.approx(table.values["mean_area_px"].mean())
    assert area.ci[0] < area.mean < area.ci[1]
    assert area.patients == 14
    assert found.quantities["brain_area_px"].mean is None
    shares = [mass.share for mass in found.quadrant_mass.values()]
    assert sum(shares) == pytest.approx(1)
    mass = found.quadrant_mass["right_anterior"]
    assert mass.mean == pytest.approx(table.values["right_anterior"].mean())
    assert mass.share_ci[0] <= mass.share <= mass.share_ci[1]


def test_json_is_strict_and_says_why_something_is_missing(result):
    found = to_json(result)
    text = json.loads(json.dumps(found, allow_nan=False))
    pair = text["pairs"][1]
    assert {"a", "b", "patients", "p", "p_holm", "differs", "families", "quantities", "map"} <= set(
        pair
    )
    assert {"smallest_detectable_g", "sites", "summary"} <= set(pair)
    assert list(pair["families"]) == list(FAMILIES)
    assert list(pair["quantities"]) == list(QUANTITIES)
    area = pair["quantities"]["mean_area_px"]
    assert set(area) == {
        "a",
        "b",
        "difference",
        "ci",
        "g",
        "g_ci",
        "superiority",
        "p",
        "p_adjusted",
    }
    assert area["difference"] == pytest.approx(area["b"] - area["a"])
    assert pair["map"]["significant_cells"] > 0
    assert 0 < abs(pair["map"]["largest_difference"]) <= 1

    def walk(values):
        for key, value in values.items():
            if isinstance(value, dict):
                walk(value)
            elif value is None:
                assert values[f"{key}_reason"], key

    for each in [*text["pairs"], *text["sets"].values()]:
        walk(each)


def test_nothing_to_compare(table_of):
    a, b = table_of("a", {"components": [1.0]}), table_of("b", {"components": [2.0, 3.0]})
    result = compare_tables([a, b], permutations=9, bootstraps=9)
    pair = result.pairs[0]
    assert (pair.p, pair.p_holm, pair.differs) == (None, None, False)
    assert (
        pair.quantities["components"].reason
        == "a has 1 patient with a value; at least 2 are needed."
    )
    assert pair.quantities["components"].g is None
    assert pair.smallest_detectable_g is None
    found = to_json(result)
    json.dumps(found, allow_nan=False)
    assert found["pairs"][0]["p_reason"]
    assert found["sets"]["a"]["quantities"]["components"]["ci_reason"]


def test_patients_of_both_sets_are_no_trouble(table_of):
    a = table_of("a", {"components": [1, 2, 3.0]}, patients=["x", "y", "z"])
    b = table_of("b", {"components": [4, 5, 9.0]}, patients=["z", "x", "w"])
    assert overall_p(a, b) == pytest.approx(0.1)
    assert overall_p(b, a) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alpha": 0.0}, "alpha is 0.0"),
        ({"alpha": math.nan}, "alpha is nan"),
        ({"permutations": 0}, "permutations is 0"),
        ({"bootstraps": 0}, "bootstraps is 0"),
    ],
)
def test_numbers_out_of_range(three, change, words):
    with pytest.raises(InputError, match=words):
        compare_tables(three, **change)


def test_one_set_or_two_of_one_name(three):
    with pytest.raises(InputError, match="tables is empty, where at least one set"):
        compare_tables([])
    with pytest.raises(InputError, match="different names"):
        compare_tables([three[0], replace(three[1], name="training")])


def test_memory_stays_small(cohort):
    import tracemalloc

    rng = np.random.default_rng(9)
    a, b = cohort("a", 60, rng), cohort("b", 60, rng)
    tracemalloc.start()
    try:
        overall_p(a, b, permutations=4000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # all cells of all labellings would take 4001 × MAP_SIDE² × 8 bytes = 131 MB
    assert peak < 4001 * MAP_SIDE**2 * 8 / 3
