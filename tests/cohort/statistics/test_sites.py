from math import comb

import pytest

from resunet.cohort.statistics.sites import compare_sites, site_counts


def test_counts_are_sorted():
    names = ["Brats18_2013_2_1", "Brats18_TCIA10_1_1", "Brats18_TCIA02_3_1", "unknown"]
    assert list(site_counts(names).items()) == [("TCIA", 2), ("2013", 1)]


def table_from(table_of, name, sites):
    patients = [
        f"Brats18_{site}_{name}{i}_1" if site else f"x{name}{i}" for i, site in enumerate(sites)
    ]
    return table_of(name, {"components": [1.0] * len(sites)}, patients=patients)


def test_p_by_hand(table_of):
    a = table_from(table_of, "a", ["CBICA"] * 4)
    b = table_from(table_of, "b", ["TCIA01"] * 4 + [""])
    found = compare_sites(a, b, permutations=1, seed=0)
    # of all ways to deal eight patients into four and four, two part the sites wholly
    assert found.p == pytest.approx(2 / comb(8, 4))
    assert found.counts_a == {"CBICA": 4}
    assert found.counts_b == {"TCIA": 4}
    assert found.unknown == (0, 1)
    swapped = compare_sites(b, a, permutations=1, seed=0)
    assert (swapped.p, swapped.unknown) == (found.p, (1, 0))


def test_alike_sites_do_not_differ(table_of):
    a = table_from(table_of, "a", ["CBICA", "TCIA01", "2013"] * 3)
    b = table_from(table_of, "b", ["CBICA", "TCIA02", "2013"] * 3)
    assert compare_sites(a, b, permutations=99, seed=0).p == 1.0


def test_names_without_a_site(table_of):
    a, b = table_from(table_of, "a", ["CBICA", "2013"]), table_from(table_of, "b", ["", ""])
    found = compare_sites(a, b, permutations=1, seed=0)
    assert found.p is None
    assert found.reason == "No patient's name in b carries a site."


def test_one_site(table_of):
    a, b = (table_from(table_of, name, ["CBICA"] * 3) for name in "ab")
    found = compare_sites(a, b, permutations=1, seed=0)
    assert (found.p, found.reason) == (None, "All patients come from one site.")
