import numpy as np
import pytest

from resunet.export.report.chart import draw_strip, mean_std, series, ticks
from resunet.export.report.sheet import INNER, MARGIN, RIGHT
from resunet.export.report.text import Style, width_of


@pytest.mark.parametrize(
    ("largest", "most", "expected"),
    [
        (0.0, 4, [0, 1]),
        (2910, 4, [0, 1000, 2000, 3000]),
        (4001, 4, [0, 2000, 4000, 6000]),
        (0.47, 3, [0, 0.2, 0.4, 0.6]),
        (0.3, 3, [0, 0.1, 0.2, 0.3]),
        (7, 1, [0, 10]),
        (12, 1, [0, 20]),
    ],
)
def test_ticks_are_round_and_reach_the_largest(largest, most, expected):
    assert ticks(largest, most) == pytest.approx(expected)


def test_series_of_a_stack(build):
    study, prediction, values = build(slice_numbers=(3, 4, 5, 6, 7, 8))
    shown = series(study, prediction, values)
    assert shown.unit == "mm²"
    assert shown.areas == [0, 0, 216, 216, 0, 0]  # 108 pixels of 2 mm²
    assert shown.expert == [2 * np.count_nonzero(each) for each in study.labels]
    assert list(shown.places) == [3, 4, 5, 6, 7, 8]
    assert shown.highest == [0, 0, 0.125, 0.125, 0, 0.25]


def test_unknown_spacing_counts_pixels(build):
    shown = series(*build(spacing_mm=None))
    assert (shown.unit, shown.areas[2]) == ("pixels", 108)


def test_mean_uncertainty_is_of_the_brain(build):
    study, prediction, _ = build()
    brain = study.brain[2]
    inside = np.count_nonzero(brain[10:22, 12:21])
    expected = 0.125 * inside / np.count_nonzero(brain)
    assert mean_std(study, prediction, 2) == pytest.approx(expected)


def test_numbers_that_do_not_ascend_lie_in_their_own_order(build):
    shown = series(*build(slice_numbers=(8, 7, 6, 5, 4, 3)))
    assert list(shown.places) == [0, 1, 2, 3, 4, 5]


TICK = Style(size=6.5)


def drawn(page, height=160.0, **study):
    page.sheet.y = 20.0
    draw_strip(page.sheet, series(*study.pop("made")), 2, height)
    return page.read()


def test_a_strip_takes_its_height_and_names_its_lines(page, build):
    texts = drawn(page, made=build())
    assert page.sheet.y == 180.0
    words = [text.strip() for text, *_ in texts]
    for word in ("Tumour area, mm²", "prediction", "interval over the passes", "expert outline"):
        assert word in words
    assert "Uncertainty, standard deviation" in words
    assert all(20 < baseline < 180 for _, _, baseline, _, _ in texts)
    assert all(MARGIN <= left <= RIGHT for _, left, *_ in texts)


def test_without_passes_and_outline_there_is_one_chart(page, build):
    words = [text for text, *_ in drawn(page, made=build(labels=False, prediction={"samples": 0}))]
    assert "prediction" in words
    assert not {"interval over the passes", "expert outline"} & set(words)
    assert "Uncertainty, standard deviation" not in words


def test_a_slices_number_stands_beneath_its_place(page, build):
    texts = drawn(page, made=build(labels=False, prediction={"samples": 0}))
    middles = {text: left + width_of(text, TICK) / 2 for text, left, *_ in texts}
    # 34 points for the numbers at the axis, 4 at the right end
    left, width = MARGIN + 34, INNER - 38
    for number in range(1, 6):  # 0 also stands at the foot of the axis
        assert middles[str(number)] == pytest.approx(left + width * number / 5, abs=0.01)


def lines_of(page, made):
    """How many lines, areas and dots are drawn."""
    calls = {"stroke": 0, "fill": 0, "dot": 0}
    for name in calls:
        real = getattr(page.sheet, name)

        def count(*values, name=name, real=real, **options):
            calls[name] += 1
            return real(*values, **options)

        setattr(page.sheet, name, count)
    draw_strip(page.sheet, series(*made), 2, 160.0)
    return calls


def test_lines_are_not_drawn_over_gaps(page, build):
    whole = lines_of(page, build())
    assert (whole["dot"], whole["fill"]) == (0, 1)


def test_slices_apart_are_dots(page, build):
    gaps = lines_of(page, build(slice_numbers=(0, 2, 4, 6, 8, 10)))
    # 6 slices × (prediction, expert, highest, mean); each its own bar of the interval
    assert (gaps["dot"], gaps["fill"]) == (24, 6)


def test_slices_not_computed_are_left_out(page, build):
    made = build(prediction={"done": [True, True, False, False, True, True]})
    assert lines_of(page, made)["fill"] == 2
