import re

import pytest
from comparison_results import Page

from resunet.export.comparison.marks import Scale, interval_mark

SCALE = Scale(-2.0, 2.0)  # from pixel 6 to pixel 114


@pytest.mark.parametrize(
    ("value", "x"), [(-2.0, 6), (0.0, 60), (1.0, 87), (2.0, 114), (9.0, 114), (-9.0, 6)]
)
def test_places_lie_on_a_line_and_stop_at_its_ends(value, x):
    assert SCALE.place(value) == x


def drawn(value, ends, scale=SCALE):
    found = interval_mark(value, ends, scale, text="g <1>")
    Page(found)
    return found


def test_a_value_is_a_dot_and_its_interval_a_line():
    found = drawn(1.0, (0.0, 1.5))
    assert 'cx="87"' in found
    assert re.search(r'x1="60" x2="100.5"[^>]*class="range"', found)
    assert 'aria-label="g &lt;1&gt;"' in found
    assert "polygon" not in found


def test_arrows_tell_that_an_interval_goes_on():
    assert drawn(1.0, (0.0, 2.5)).count("<polygon") == 1
    assert drawn(1.0, (-3.0, 2.5)).count("<polygon") == 2


def test_what_is_not_known_is_not_drawn():
    found = drawn(None, None)
    assert "circle" not in found
    assert 'class="range"' not in found
    assert 'class="axis"' in found


def test_zero_is_marked_where_the_scale_crosses_it():
    assert 'class="zero"' in drawn(0.5, None)
    assert 'class="zero"' not in drawn(0.5, None, Scale(0.0, 1.0))
