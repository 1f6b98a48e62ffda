from comparison_results import SCRIPT, Page, one_set, picture, result, rows_of

from resunet.export.comparison.pictures import Pictures
from resunet.export.comparison.sets import (
    distributions_section,
    quadrants_section,
    sets_of,
    sets_section,
    sites_section,
)


def test_each_set_has_its_line():
    found = sets_section(result())
    assert rows_of(found)[1:] == [
        ["training | reference", "30", "300", "180", "40.0\xa0%", "812", "1", "0"],
        ["testing", "5", "50", "30", "40.0\xa0%", "812", "1", "2"],
    ]


def test_what_is_not_known_has_its_reason_below():
    sets = {"a": {"patients": 3, "mean_area_px": None, "mean_area_px_reason": "No outline."}}
    found = sets_section({"sets": sets})
    assert rows_of(found)[1] == ["a", "3", "–", "–", "–", "– | a", "–", "0"]
    assert "<sup>a</sup> No outline." in found


def test_names_are_no_markup():
    found = sets_section({"sets": {SCRIPT: one_set(3, 0.2)}})
    assert "<script" not in found
    assert SCRIPT in Page(found).text


def test_sets_that_are_none_are_left_out():
    assert sets_of({"sets": {"a": 3, "b": {}}}) == {"b": {}}
    assert sets_of({"sets": None}) == {}


def test_the_quadrants_have_a_line_a_set_on_one_scale():
    found = quadrants_section(result())
    assert rows_of(found)[1:] == [
        ["Left anterior", "training", "200 | 100 to 310", "25.0\xa0% | 15.0 to 35.0\xa0%", ""],
        ["testing", "200 | 100 to 310", "50.0\xa0% | 40.0 to 60.0\xa0%", ""],
    ]
    # from 0 at pixel 6 to .6, the highest end, at pixel 114
    assert 'cx="51"' in found
    assert 'cx="96"' in found
    assert 'aria-label="testing: 50.0\xa0%, 40.0 to 60.0\xa0%"' in found


def test_a_quadrant_that_is_not_known_has_a_dash():
    values = {"mean": None, "mean_reason": "No outline.", "share": None}
    found = quadrants_section({"sets": {"a": {"quadrant_mass": {"left": values}}}})
    assert rows_of(found)[1] == ["Left", "a", "– | a", "–", ""]
    assert "No outline." in found
    assert quadrants_section({"sets": {"a": {}}}) == ""


def test_sites_are_counted_and_patients_whose_name_tells_none():
    sets = {
        "a": {"patients": 5, "sites": {"TCIA": 2, "2013": 1}},
        "b": {"patients": 4, "sites": {}},
    }
    found = sites_section({"sets": sets, "pairs": [{"a": "a", "b": "b", "sites": {"p": 0.42}}]})
    assert rows_of(found)[1:] == [
        ["2013", "1", "0"],
        ["TCIA", "2", "0"],
        ["not told by the name", "2", "4"],
    ]
    assert "by chance alone: a and b p = 0.42." in found
    assert sites_section({"sets": {"a": {"sites": {}}}}) == ""


def test_the_figure_is_there_where_it_was_drawn():
    assert distributions_section(Pictures(), ["a"]) == ""
    found = distributions_section(Pictures(picture()), ["a", "<b>"])
    (image,) = Page(found).all("img")
    assert image["alt"] == "Mean and standard deviation of the tumour masks of a, <b>."
    assert "R is the patient" in found
