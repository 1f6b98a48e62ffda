import re

import pytest

from resunet.export.evaluation.charts import (
    Curve,
    Dot,
    Strip,
    size_plot,
    strip_plot,
    sweep_plot,
)


def circles(svg):
    """(x, y, class, text) of every dot."""
    found = re.findall(
        r'<circle class="([^"]*)" cx="([^"]*)" cy="([^"]*)"[^>]*><title>([^<]*)', svg
    )
    return [(float(x), float(y), class_, text) for class_, x, y, text in found]


def test_dots_of_a_strip_stand_where_their_dice_is():
    values = {"a": 0.0, "b": 0.5, "c": 1.0}
    svg = strip_plot([Strip("testing", values, 0.5, (0.25, 0.75), "s0")])
    a, b, c, mean = circles(svg)
    assert b[0] == pytest.approx((a[0] + c[0]) / 2, abs=0.1)
    assert mean[0] == b[0]
    assert mean[1] > b[1]
    assert [dot[3] for dot in (a, b, c)] == ["a: 0.000", "b: 0.500", "c: 1.000"]
    assert 'aria-label="Dice of every patient: testing: mean 0.500, 95 % interval 0.250 to ' in svg
    (interval,) = re.findall(r'interval-line s0" x1="([^"]*)" x2="([^"]*)"', svg)
    assert sum(map(float, interval)) / 2 == pytest.approx(b[0], abs=0.1)


def test_no_dot_of_a_strip_hides_another():
    values = {f"p{at}": 0.8 + at / 1000 for at in range(5)}
    dots = circles(strip_plot([Strip("x", values, None, None, "s0")]))
    places = [(x, y) for x, y, _, _ in dots]
    assert len(set(places)) == 5
    for at, (x, y) in enumerate(places):
        for other_x, other_y in places[at + 1 :]:
            assert abs(x - other_x) >= 8 or abs(y - other_y) >= 8


def test_a_strip_without_dice_says_so():
    svg = strip_plot([Strip("x", {}, None, None, "s0")])
    assert "no patient has a Dice" in svg
    assert circles(svg) == []


def test_sizes_stand_on_a_logarithmic_axis():
    dots = [Dot(size, dice, f"{size}", "s0") for size, dice in ((1, 0.0), (10, 0.5), (100, 1.0))]
    one, ten, hundred = circles(size_plot(dots, "size", "Words."))
    assert ten[0] - one[0] == pytest.approx(hundred[0] - ten[0], abs=0.2)
    assert ten[1] == pytest.approx((one[1] + hundred[1]) / 2, abs=0.1)
    assert hundred[1] < one[1]  # up


def test_one_size_alone_has_an_axis():
    (dot,) = circles(size_plot([Dot(7.0, 0.5, "x", "s0")], "size", "Words."))
    assert 44 < dot[0] < 626


def test_a_curve_is_interrupted_where_it_is_undefined():
    points = [(0.0, 0.1), (0.2, 0.2), (0.4, None), (0.6, 0.4), (1.0, 0.5)]
    svg = sweep_plot([Curve(points, "s1")], 0.5, "Words.")
    lines = re.findall(r'<polyline points="([^"]*)" class="curve s1"', svg)
    assert [len(line.split()) for line in lines] == [2, 2]
    (threshold,) = re.findall(r'x1="([^"]*)" x2="[^"]*"[^>]*class="threshold"', svg)
    first, last = (float(lines[at].split()[end].split(",")[0]) for at, end in ((0, 0), (1, -1)))
    assert float(threshold) == pytest.approx((first + last) / 2, abs=0.1)


def test_names_are_never_markup():
    svg = strip_plot([Strip("<b>", {"<i>": 0.5}, 0.5, None, "s0")])
    assert "<b>" not in svg
    assert "<i>" not in svg
