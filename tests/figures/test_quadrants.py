import pytest

from resunet.errors import InputError
from resunet.figures.quadrants import Estimate, fig_quadrants

NAMES = ("right_anterior", "left_anterior", "right_posterior", "left_posterior")


def same(mean, ci):
    return dict.fromkeys(NAMES, Estimate(mean, ci))


def test_the_quadrants_lie_as_the_head_is_seen():
    values = {name: Estimate(float(index), None) for index, name in enumerate(NAMES)}
    figure = fig_quadrants({"training": values})
    assert [trace.x[0] for trace in figure.data] == [0.0, 1.0, 2.0, 3.0]
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["Right anterior", "Left anterior", "Right posterior", "Left posterior"]
    places = [(note.x, note.y) for note in figure.layout.annotations]
    assert places[0][0] < places[1][0]  # right on the left
    assert places[0][1] > places[2][1]  # front on top


def test_intervals_reach_from_the_mean_to_both_ends():
    error = fig_quadrants({"a": same(10.0, (4.0, 22.0))}).data[0].error_x
    assert (error.array[0], error.arrayminus[0]) == (12.0, 6.0)
    assert not error.symmetric


def test_without_an_interval_there_is_a_dot_alone():
    trace = fig_quadrants({"a": same(10.0, None)}).data[0]
    assert trace.error_x.array is None
    assert "10 px" in trace.hovertemplate


def test_where_nothing_is_known_nothing_is_drawn():
    trace = fig_quadrants({"a": same(None, None)}).data[0]
    assert trace.x == (None,)
    assert "no value" in trace.hovertemplate


def test_all_four_have_one_axis_from_zero():
    figure = fig_quadrants({"a": same(10.0, (4.0, 22.0)), "b": same(30.0, (1.0, 100.0))})
    ranges = {tuple(figure.layout[f"xaxis{n}"].range) for n in ("", "2", "3", "4")}
    assert ranges == {(0, 105.0)}


def test_sets_have_their_colours_and_names():
    figure = fig_quadrants({"a": same(1.0, None), "<b>": same(2.0, None)})
    assert figure.data[0].marker.color != figure.data[1].marker.color
    assert figure.layout.yaxis.ticktext == ("a", "&lt;b&gt;")


def test_no_set_is_refused():
    with pytest.raises(InputError, match="sets is empty"):
        fig_quadrants({})
