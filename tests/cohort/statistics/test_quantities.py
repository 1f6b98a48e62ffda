import numpy as np
import pytest

from resunet.cohort.distributions import QUADRANTS
from resunet.cohort.statistics.quantities import FAMILIES, QUANTITIES, share_name, values_of


@pytest.mark.parametrize("name", QUANTITIES)
def test_each_quantity_belongs_to_a_family_and_has_words(name):
    quantity = QUANTITIES[name]
    assert quantity.family in FAMILIES
    assert quantity.title
    assert quantity.higher != quantity.lower


def test_each_family_has_a_quantity():
    assert {quantity.family for quantity in QUANTITIES.values()} == set(FAMILIES)


def test_heavy_tails_and_many_zeros_are_compared_by_ranks():
    ranked = {name for name, quantity in QUANTITIES.items() if quantity.statistic == "rank"}
    contrasts = {
        f"{c}_{what}" for c in ("t1", "t1ce", "t2", "flair") for what in ("median", "spread")
    }
    assert ranked == {*QUADRANTS, *contrasts}


def test_shares_of_quadrants_are_derived(table_of):
    values = dict(zip(QUADRANTS, ([10.0, 0.0], [30.0, 0.0], [0.0, 0.0], [60.0, 0.0]), strict=True))
    found = values_of(table_of("a", values))
    assert [found[share_name(name)][0] for name in QUADRANTS] == pytest.approx([0.1, 0.3, 0.0, 0.6])
    assert np.isnan([found[share_name(name)][1] for name in QUADRANTS]).all()


def test_what_a_table_has_not_is_undefined_and_what_is_unknown_is_left_out(table_of):
    found = values_of(table_of("a", {"components": [1.0, np.inf], "surprise": [1.0, 2.0]}))
    assert list(found) == list(QUANTITIES)
    assert found["components"][0] == 1.0
    assert np.isnan(found["components"][1])
    assert np.isnan(found["empty_share"]).all()


def test_the_table_stays_as_it_is(table_of):
    table = table_of("a", {"components": [1.0, np.inf]})
    values_of(table)["components"][0] = 5.0
    assert table.values["components"].tolist() == [1.0, np.inf]
