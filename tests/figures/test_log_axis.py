import pytest

from resunet.figures.log_axis import log_ticks


def test_within_two_decades_there_are_three_numbers_a_decade():
    values, texts = log_ticks(150, 3_000)
    assert values == pytest.approx([200, 500, 1000, 2000])
    assert texts == ["200", "500", "1,000", "2,000"]


def test_over_many_decades_there_is_one():
    values, texts = log_ticks(0.05, 20_000)
    assert values == pytest.approx([0.1, 1, 10, 100, 1000, 10_000])
    assert texts == ["0.1", "1", "10", "100", "1,000", "10,000"]


def test_a_narrow_axis_may_have_none():
    assert log_ticks(2.1, 2.2) == ([], [])
