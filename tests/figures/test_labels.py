import pytest

from resunet.figures.labels import label


def test_a_short_name_stays_as_it_is():
    assert label("training") == "training"


def test_marks_are_shown_and_not_obeyed():
    assert label("<b>a</b> & b") == "&lt;b&gt;a&lt;/b&gt; &amp; b"


def test_the_middle_of_a_long_name_goes():
    assert label("abcdefghijklmnopqrst", most=9) == "abcd…qrst"
    assert label("abcdefghijklmnopqrst", most=10) == "abcd…pqrst"


@pytest.mark.parametrize("most", [9, 10, 28])
def test_it_is_as_long_as_allowed(most):
    assert len(label("x" * 100, most)) == most


def test_lines_become_one():
    assert label("a\n b") == "a b"
