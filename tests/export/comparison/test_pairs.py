from comparison_results import SCRIPT, WORDS, Page, pair, picture, quantity, result, rows_of

from resunet.export.comparison.pairs import (
    differences_section,
    pairs_of,
    quantities_section,
    summary_cards,
)
from resunet.export.comparison.pictures import Pictures
from resunet.export.comparison.words import Words


def test_a_card_tells_whether_two_sets_differ_and_how():
    (card,) = summary_cards(result())
    assert Page(card).text == ("training and testing differs The sets differ. Tumours are larger.")
    assert 'class="badge found"' in card
    (card,) = summary_cards(result(pairs=[{**pair(), "differs": False, "summary": [SCRIPT]}]))
    assert Page(card).text == f"training and testing no difference shown {SCRIPT}"


def test_without_pairs_the_reason_stands_there():
    (card,) = summary_cards({"pairs": [], "pairs_reason": "One set alone."})
    assert Page(card).text == "One set alone."
    assert summary_cards({}) == []
    assert pairs_of({"pairs": [3, None]}) == []


def test_the_map_of_each_pair_is_shown_with_its_numbers():
    found = differences_section(
        result(), Pictures(differences={("training", "testing"): picture()})
    )
    text = Page(found).text
    assert (
        "training and testing: 12 of 1,148 cells differ significantly; the largest difference is "
        "21 percentage points; p of the whole map, adjusted: 0.030."
    ) in text
    untested = {"a": "training", "b": "testing"}
    found = differences_section(
        {"pairs": [untested]}, Pictures(differences={("training", "testing"): picture()})
    )
    assert "training and testing: not tested." in found
    assert differences_section(result(), Pictures()) == ""
    other = Pictures(differences={("testing", "training"): picture()})
    assert differences_section(result(), other) == ""


def test_quantities_stand_by_family_with_what_is_sure_in_bold():
    found = quantities_section(result(), WORDS)
    g = "+0.50 | −0.50 to +1.50"
    difference = "Difference, testing − training"
    share = "−10.0\xa0points | −500.0 to 900.0"
    assert rows_of(found) == [
        ["Quantity", "training", "testing", difference, "Effect size g", "", "p adjusted"],
        ["How large tumours are | p adjusted 0.012"],
        ["Tumour area", "812\xa0px", "1,400\xa0px", "+588 | −5 to 9", g, "", "0.004 | 0.020"],
        ["How many there are"],
        ["Slices without tumour", "40.0\xa0%", "30.0\xa0%", share, g, "", "0.20 | 0.020"],
    ]
    assert '<th scope="row" class="sure">Tumour area</th>' in found
    assert '<th scope="row">Slices without tumour</th>' in found


def test_quantities_without_words_are_called_by_their_names():
    rows = rows_of(quantities_section(result(), Words()))
    assert [row[0] for row in rows] == ["Quantity", "Empty share", "Mean area px"]


def test_a_long_unit_stands_below_the_title():
    words = Words(quantities={"x": WORDS.quantity("mean_area_px")._replace(unit="px per slice")})
    rows = rows_of(
        quantities_section({"pairs": [{**pair(), "quantities": {"x": quantity(1, 2)}}]}, words)
    )
    assert rows[-1][:2] == ["Tumour area | px per slice", "1"]


def test_what_is_not_known_has_its_reason():
    values = {"a": None, "a_reason": "Nobody has it.", "b": 3.0, "p_adjusted": None}
    values |= {"p_adjusted_reason": "Too few.", "g": None, "g_reason": "No spread."}
    found = quantities_section({"pairs": [{**pair(), "quantities": {"x": values}}]}, Words())
    assert rows_of(found)[-1] == ["X", "– | a", "3", "–", "– | b", "", "– | c"]
    assert "<sup>a</sup> Nobody has it." in found
    assert "circle" not in found


def test_a_pair_without_quantities_has_no_table():
    assert quantities_section({"pairs": [{"a": "x", "b": "y"}]}, Words()) == ""
