import itertools

import pytest

from resunet.export.report.text import BODY, CODE, height_of, plain, width_of, wrap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Umeå, 2 × 3 mm², ±1 – 5 µm · é", "Umeå, 2 × 3 mm², ±1 – 5 µm · é"),
        ("e\u0301t\u00e9", "été"),  # an accent of its own joins its letter
        ("≥ 3, −1, σ, →", ">= 3, -1, sigma, ->"),
        ("患者 Łukasz Żółw", "?? Lukasz Zólw"),
        ("a\nb\tc\0d\u202ee", "a b c d e"),
        ("ﬁne\u00adprint", "fineprint"),
        ("\ud800x", " x"),
    ],
)
def test_only_characters_of_the_fonts_are_left(text, expected):
    assert plain(text) == expected
    plain(text).encode("cp1252")


def test_courier_is_six_tenths_of_its_size_wide():
    assert width_of("0123456789", CODE) == pytest.approx(10 * 0.6 * 7.5)


def test_lines_fit_and_keep_every_word():
    text = "one two three four five six seven eight nine ten"
    lines = wrap(text, BODY, 60)
    assert len(lines) > 2
    assert " ".join(lines) == text
    assert max(width_of(line, BODY) for line in lines) <= 60
    # greedy: the next line's first word had no room
    for line, following in itertools.pairwise(lines):
        assert width_of(f"{line} {following.split()[0]}", BODY) > 60


def test_a_long_word_is_broken_and_nothing_of_it_lost():
    word = "abcdefghij" * 9
    lines = wrap(f"See {word} now", CODE, 45)  # ten characters
    assert lines[0] == "See"
    assert "".join(lines[1:]) == f"{word} now".replace(" ", "")
    assert max(len(line) for line in lines) == 10


def test_no_text_has_no_lines():
    assert wrap("", BODY, 100) == []
    assert wrap(" \n ", BODY, 100) == []
    assert height_of(["", "one", "two"], BODY, 100) == 2 * BODY.leading
