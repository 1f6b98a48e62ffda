import math

import pytest

from resunet.export.comparison.numbers import (
    NONE,
    Notes,
    bare_in_style,
    count,
    difference_in_style,
    difference_interval,
    effect_size,
    finite,
    in_style,
    interval_at,
    list_at,
    mapping_at,
    number_at,
    p_value,
    percent,
    plain,
    signed,
    whole,
)
from resunet.export.comparison.words import NamedQuantity

AREA = NamedQuantity("Area", "px", "area")
SHARE = NamedQuantity("Share", "", "share")
PLAIN = NamedQuantity("Parts", "parts per slice")


@pytest.mark.parametrize("value", [None, "3", "inf", True, math.nan, math.inf, [1]])
def test_what_is_no_finite_number_is_none(value):
    assert finite(value) is None
    assert number_at({"x": value}, "x") is None
    assert whole(value) == NONE


def test_what_is_missing_or_of_another_type_is_empty():
    for entry in (None, 3, [], {}, {"x": None}, {"x": 3}):
        assert mapping_at(entry, "x") == {}
        assert list_at(entry, "x") == ()
    assert mapping_at({"x": {"y": 1}}, "x") == {"y": 1}
    assert list_at({"x": [1]}, "x") == [1]


@pytest.mark.parametrize("ends", [None, [], [1], [1, None], [1, 2, 3], ["a", "b"], 3])
def test_an_interval_needs_two_ends(ends):
    assert interval_at({"ci": ends}) is None
    assert interval_at({"ci": [1, 2.5]}) == (1.0, 2.5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1,234"),
        (-1234.6, "−1,235"),
        (99.96, "100"),
        (3.14159, "3.14"),
        (0.04321, "0.0432"),
        (0.00004321, "4.3e-05"),
        (-0.00001, "−1.0e-05"),
        (37.0, "37"),
        (0.0, "0"),
        (-0.0, "0"),
        (None, NONE),
    ],
)
def test_plain_numbers_have_three_digits(value, text):
    assert plain(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "<\xa00.001"), (0.0009, "<\xa00.001"), (0.0224, "0.022"), (0.42, "0.42"), (1.0, "1.00")],
)
def test_a_p_value_is_never_0(p, text):
    assert p_value(p) == text
    assert p_value(None) == NONE


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.5", "+1.5"), ("-1.5", "−1.5"), ("0.0", "0.0"), ("-0.0", "0.0"), ("0", "0")],
)
def test_signs(text, expected):
    assert signed(text) == expected


def test_effects_and_percents():
    assert (effect_size(-0.456), effect_size(0.0), effect_size(None)) == ("−0.46", "0.00", NONE)
    assert (percent(0.4046), percent(-0.05), percent(None)) == ("40.5\xa0%", "−5.0\xa0%", NONE)


def test_values_have_the_unit_of_their_quantity():
    assert in_style(1550.4, AREA) == "1,550\xa0px"
    assert in_style(0.404, SHARE) == "40.4\xa0%"
    assert in_style(3.1415, PLAIN) == "3.14"  # a long unit stands in the table's first column
    assert in_style(None, AREA) == NONE
    assert bare_in_style(-12.4, AREA) == "−12"


def test_differences_of_percents_are_points():
    assert difference_in_style(-0.118, SHARE) == "−11.8\xa0points"
    assert difference_in_style(0.05, SHARE) == "+5.0\xa0points"
    assert difference_in_style(420.2, AREA) == "+420"
    assert difference_in_style(None, AREA) == NONE
    assert difference_interval((-0.271, 0.065), SHARE) == "−27.1 to 6.5"
    assert difference_interval(None, SHARE) == ""


def test_each_reason_has_one_letter():
    notes = Notes()
    entry = {"a": None, "a_reason": "None has <it>.", "b": None, "b_reason": "Too few."}
    assert notes.missing(entry, "a") == f"{NONE}<sup>a</sup>"
    assert notes.missing(entry, "b") == f"{NONE}<sup>b</sup>"
    assert notes.missing(entry, "a") == f"{NONE}<sup>a</sup>"
    assert notes.missing(entry, "c") == NONE
    assert notes.missing({"c_reason": 3}, "c") == NONE
    assert notes.written() == (
        '<p class="note"><sup>a</sup> None has &lt;it&gt;.</p>'
        '<p class="note"><sup>b</sup> Too few.</p>'
    )


def test_the_letters_go_on_after_z():
    notes = Notes()
    marks = [str(notes.missing({"x_reason": f"{n}"}, "x")) for n in range(28)]
    assert [mark[6:-6] for mark in (marks[0], marks[25], marks[26], marks[27])] == [
        "a",
        "z",
        "aa",
        "ab",
    ]


def test_counts_have_their_plural():
    assert (count(1, "finding"), count(2_000, "finding")) == ("1 finding", "2,000 findings")
    assert count(2, "copy", "copies") == "2 copies"
