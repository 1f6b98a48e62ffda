import pytest

from resunet.export.cells import harmless, text_cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("anna", "anna"),
        ("a,b", '"a,b"'),
        ('a "b"', '"a ""b"""'),
        ("#1", '"#1"'),
        ("=1+1", "'=1+1"),
        ("-x", "'-x"),
        ("a\nb\x00", "a b"),
    ],
)
def test_a_cell_is_one_cell_and_no_formula(text, cell):
    assert text_cell(text) == cell


def test_no_formula_begins_after_a_comma_or_a_semicolon_either():
    assert harmless('a, =x; "@y') == "a, '=x; \"'@y"
