from dataclasses import replace

import numpy as np
import pytest

from resunet.cohort.statistics.maps import MapDifference
from resunet.cohort.statistics.quantities import FAMILIES, QUANTITIES
from resunet.cohort.statistics.results import FamilyTest, PairResult, QuantityDifference
from resunet.cohort.statistics.sites import SiteComparison
from resunet.cohort.statistics.words import listed, said_difference, said_p, said_value, summarise
from resunet.cohort.units import MAP_SIDE

PLAIN = QuantityDifference(
    a=1010.2, b=1430.4, difference=420.2, ci=(118.6, 731.0), g=0.684, g_ci=(0.2, 1.2),
    superiority=0.71, p=0.5, p_adjusted=1.0,
)  # fmt: skip
AREA = replace(PLAIN, p=0.0004, p_adjusted=0.0042)


@pytest.fixture
def pair():
    side = (MAP_SIDE, MAP_SIDE)
    p = np.full(side, np.nan)
    p[:10, :10] = 0.5
    difference = np.zeros(side)
    difference[3, 4] = -0.21
    no = np.zeros(side, bool)
    return PairResult(
        a="training",
        b="testing",
        patients=(30, 5),
        p=0.31,
        p_holm=0.62,
        differs=False,
        families=dict.fromkeys(FAMILIES, FamilyTest(0.5, 0.9)),
        quantities=dict.fromkeys(QUANTITIES, PLAIN),
        map_p=FamilyTest(0.4, 0.9),
        map=MapDifference(difference, p, p, no),
        smallest_detectable_g=1.4,
        smallest_detectable_g_adjusted=1.72,
        smallest_p=0.0001,
        exact=False,
        sites=SiteComparison({"CBICA": 30}, {"CBICA": 3, "TCIA": 2}, (0, 0), 0.4),
    )


@pytest.fixture
def different(pair):
    return replace(
        pair,
        p=0.002,
        p_holm=0.006,
        differs=True,
        families=pair.families | {"size": FamilyTest(0.0008, 0.004)},
        quantities=pair.quantities | {"mean_area_px": AREA},
    )


def test_no_difference_is_never_called_equality(pair):
    assert summarise(pair, 0.05) == [
        "No difference between training and testing was shown (p = 0.62; 30 and 5 patients).",
        "With 30 and 5 patients a difference is found four times out of five only if it is at "
        "least about 1.4 standard deviations, or 1.7 with all questions asked at once; whether the "
        "sets differ by less could not be told.",
    ]


def test_a_difference_is_said_with_how_much_and_how_sure(different):
    lines = summarise(different, 0.05)
    assert lines[:2] == [
        "training and testing differ in how large tumours are (p = 0.006; 30 and 5 patients).",
        "Tumours in testing are larger than in training: 1,430 px on average against 1,010 px "
        "(95 % interval of the difference 119 px to 731 px; g = 0.68; p = 0.004).",
    ]
    assert lines[2].startswith("No difference was shown in where tumours lie, how many parts")
    assert lines[2].endswith(" or how bright the pictures are and how much contrast they have.")
    assert "could not be told" in lines[3]
    assert len(lines) == 4


def test_the_surest_question_comes_first(different):
    where = replace(AREA, p=0.0001, p_adjusted=0.001, a=0.4, b=0.1, ci=(-0.5, -0.1), g=-0.9)
    found = replace(
        different,
        families=different.families | {"where": FamilyTest(0.0002, 0.001)},
        quantities=different.quantities | {"left_anterior_share": where},
    )
    lines = summarise(replace(found), 0.05)
    assert lines[0].startswith("training and testing differ in where tumours lie and how large")
    assert lines[1].startswith("Tumours in testing lie left anterior with a")
    assert lines[2].startswith("Tumours in testing are larger")


def test_at_most_two_quantities_of_a_family_are_told(different):
    three = dict.fromkeys(("mean_area_px", "tumour_area_px", "largest_area_px"), AREA)
    lines = summarise(replace(different, quantities=different.quantities | three), 0.05)
    assert sum("Tumours in testing" in line for line in lines) == 2


def test_several_pairs_take_a_difference_back(pair):
    lines = summarise(replace(pair, p=0.03, p_holm=0.09), 0.05)
    assert lines[0] == (
        "No difference between training and testing was shown (p = 0.090, p = 0.030 if only these "
        "two sets had been compared; 30 and 5 patients)."
    )


def test_what_differs_alone_is_a_hint_only(pair):
    hint = replace(PLAIN, p=0.02, p_adjusted=0.3)
    quantities = pair.quantities | {"components": hint}
    lines = summarise(replace(pair, quantities=quantities), 0.05)
    assert lines[1] == (
        "Asked about alone, these would differ: Parts of the tumour per slice with tumour "
        "(p = 0.020); of 26 quantities about 1 would by chance."
    )


def test_places_of_the_map(different):
    significant = np.zeros((MAP_SIDE, MAP_SIDE), bool)
    significant[3, :7] = True
    lines = summarise(replace(different, map=replace(different.map, significant=significant)), 0.05)
    assert lines[2] == (
        "At 7 of 100 places of the map the difference is significant, of which about 5% may be "
        "chance; at the largest, training has tumour in 21 percentage points more of the slices."
    )


def test_a_map_that_differs_where_no_quadrant_does(different):
    found = replace(
        different,
        families=different.families | {"where": FamilyTest(0.0002, 0.001)},
        map_p=FamilyTest(0.0001, 0.001),
    )
    assert summarise(found, 0.05)[1] == (
        "The map of where tumours lie differs as a whole (p = 0.001), more than any quadrant tells."
    )


def test_sites(different):
    lines = summarise(replace(different, sites=replace(different.sites, p=0.0004)), 0.05)
    assert lines[2] == (
        "The sets come from different sites (p < 0.001; training: CBICA 30; testing: CBICA 3, "
        "TCIA 2): other scanners and other patients go along with that."
    )


def test_sets_that_could_never_differ(pair):
    lines = summarise(replace(pair, patients=(3, 3), smallest_p=0.1), 0.05)
    assert lines[-1] == (
        "With 3 and 3 patients even the clearest difference cannot be shown: the smallest p that "
        "can come out is 0.1."
    )


def test_what_was_not_compared(pair):
    reason = "testing has no patients with a value; at least 2 are needed."
    missing = QuantityDifference(None, None, None, None, None, None, None, None, None, reason)
    quantities = pair.quantities | {"t1_median": missing, "t1_spread": missing}
    assert summarise(replace(pair, quantities=quantities), 0.05)[-1] == (
        "Not compared: T1, median of the brain and T1, contrast of the brain. testing has no "
        "patients with a value; at least 2 are needed."
    )


def test_nothing_was_compared(pair):
    none = QuantityDifference(None, None, None, None, None, None, None, None, None, "Few.")
    found = replace(
        pair,
        patients=(1, 5),
        p=None,
        p_holm=None,
        families=dict.fromkeys(FAMILIES, FamilyTest(None, None)),
        quantities=dict.fromkeys(QUANTITIES, none),
        map_p=FamilyTest(None, None),
        smallest_detectable_g=None,
        sites=replace(pair.sites, p=None),
    )
    assert summarise(found, 0.05) == [
        "training and testing could not be compared (1 and 5 patients): no quantity has a value in "
        "two patients of each."
    ]


def test_a_comparison_of_ranks_tells_the_chance():
    found = replace(AREA, superiority=0.22, difference=50.0)
    assert said_difference("t2_median", found, "training", "testing") == (
        "T2 pictures in testing are darker than in training: a patient of testing "
        "lies below one of training with a chance of 78% (p = 0.004)."
    )


def test_a_place_is_told_with_its_direction():
    found = replace(AREA, a=0.532, b=0.41, difference=-0.122, ci=(-0.2, -0.04), g=-1.3)
    assert said_difference("centroid_row", found, "training", "testing") == (
        "Tumours in testing lie further in front than in training: 41% on average against 53% of "
        "the picture's height from the front (95 % interval of the difference −20 to −4 "
        "percentage points; g = −1.30; p = 0.004)."
    )


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.0001, "p < 0.001"), (0.001, "p = 0.001"), (0.0499, "p = 0.050"), (0.31, "p = 0.31")],
)
def test_p_values(p, words):
    assert said_p(p) == words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("mean_area_px", 1234.5, "1,234 px"),
        ("empty_share", 0.385, "38%"),
        ("components", 3.214, "3.21 parts"),
        ("tumour_position", 53.02, "53"),
        ("t1_median", 1897.5, "1,898"),
    ],
)
def test_values(name, value, words):
    assert said_value(QUANTITIES[name], value) == words


def test_lists():
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
