import numpy as np
import pytest

from resunet.errors import InputError
from resunet.figures.shares import Histogram, fig_shares

EDGES = np.array([0.0, 1.0, 2.0, 3.0, 4.0])


def histogram(**counts):
    counts = counts or {"a": [0, 1, 3, 0]}
    return Histogram("Area", EDGES, {name: np.array(each) for name, each in counts.items()})


def test_each_set_sums_to_one_whatever_its_size():
    figure = fig_shares([histogram(a=[1, 1, 2, 0], b=[10, 10, 20, 0])], of="slices")
    assert list(figure.data[0].y) == list(figure.data[1].y)
    assert sum(figure.data[0].y) == pytest.approx(1.0)


def test_a_step_lasts_from_its_edge_to_the_next():
    trace = fig_shares([histogram()], of="slices").data[0]
    assert trace.line.shape == "hv"
    at = list(trace.x).index(2.0)
    assert trace.y[at] == 0.75
    assert trace.customdata[at].tolist() == [2.0, 3.0]


def test_the_line_ends_one_bin_beyond_what_was_counted():
    edges = np.arange(11.0)
    counts = np.array([0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    trace = fig_shares([Histogram("A", edges, {"a": counts})], of="slices").data[0]
    assert list(trace.x) == [3.0, 4.0, 5.0]


def test_a_set_of_which_nothing_was_counted_is_left_out():
    figure = fig_shares([histogram(a=[0, 0, 0, 0], b=[1, 0, 0, 0])], of="slices")
    assert [trace.name for trace in figure.data] == ["b"]


def test_a_set_stands_in_the_legend_once():
    figure = fig_shares([histogram(), histogram()], of="slices")
    assert [trace.showlegend for trace in figure.data] == [True, False]
    assert [note.text for note in figure.layout.annotations] == ["Area", "Area"]


def test_a_logarithmic_axis_shows_where_nearly_all_was_counted():
    edges = 10.0 ** np.arange(-2, 6)
    counts = {"a": np.array([1, 0, 0, 5_000, 5_000, 0, 1])}
    axis = fig_shares([Histogram("T1", edges, counts)], of="pixels", log=True).layout.xaxis
    assert axis.type == "log"
    assert tuple(axis.range) == (1.0, 3.0)
    assert axis.ticktext == ("10", "20", "50", "100", "200", "500", "1,000")


def test_a_logarithmic_axis_of_nothing_is_whole():
    edges = 10.0 ** np.arange(3)
    axis = fig_shares([Histogram("T1", edges, {"a": np.zeros(2)})], of="x", log=True).layout.xaxis
    assert tuple(axis.range) == (0.0, 2.0)


def test_what_does_not_go_together_is_refused():
    with pytest.raises(InputError, match="5 edges and 2 counts of a"):
        fig_shares([histogram(a=[1, 2])], of="slices")
    with pytest.raises(InputError, match="histograms is empty"):
        fig_shares([], of="slices")
