import pytest

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.paired import fig_paired


def test_a_dot_lies_above_the_diagonal_where_the_first_is_better():
    diagonal, dots = fig_paired(
        ["anna", "bert", "carl"], [0.9, 0.5, 0.7], [0.8, 0.6, 0.7], a="new", b="old"
    ).data
    assert (list(dots.x), list(dots.y)) == ([0.8, 0.6, 0.7], [0.9, 0.5, 0.7])
    assert list(dots.customdata) == pytest.approx([0.1, -0.1, 0.0])
    better, worse, equal = dots.marker.color
    assert len({better, worse, equal}) == 3
    assert equal == colours.NEUTRAL
    assert diagonal.x == diagonal.y == (0.5, 1.0)


def test_both_axes_are_alike_and_hold_all_patients():
    layout = fig_paired(["anna"], [0.93], [0.31], a="new", b="<b>old").layout
    assert layout.xaxis.range == layout.yaxis.range
    assert layout.xaxis.range[0] < 0.31
    assert layout.xaxis.range[1] > 0.93
    assert layout.xaxis.title.text == "Dice, &lt;b&gt;old"


def test_perfect_scores_leave_an_axis():
    low, high = fig_paired(["anna"], [1.0], [1.0], a="new", b="old").layout.xaxis.range
    assert low < 0.95 < 1.0 < high


@pytest.mark.parametrize("theirs", [[], [0.5, 0.6]])
def test_what_does_not_go_together_is_refused(theirs):
    with pytest.raises(InputError, match="1 patients with 1 and"):
        fig_paired(["anna"], [0.5], theirs, a="new", b="old")
    with pytest.raises(InputError, match="at least one"):
        fig_paired([], [], [], a="new", b="old")
