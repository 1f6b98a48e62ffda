import pytest

from resunet.errors import InputError
from resunet.figures.colours import NEUTRAL
from resunet.figures.sites import fig_sites


def test_bars_hold_each_sets_shares_and_counts():
    figure = fig_sites({"a": {"X": 3, "Y": 1}, "b": {"Y": 2}}, {"a": 0, "b": 0})
    assert [trace.name for trace in figure.data] == ["X", "Y"]
    assert [list(trace.x) for trace in figure.data] == [[0.75, 0.0], [0.25, 1.0]]
    assert [list(trace.customdata) for trace in figure.data] == [[3, 0], [1, 2]]
    assert figure.layout.barmode == "stack"


def test_names_without_a_site_are_a_part_of_their_own():
    figure = fig_sites({"a": {"X": 1}, "b": {}}, {"a": 1, "b": 4})
    last = figure.data[-1]
    assert (last.name, list(last.x)) == ("no site in the name", [0.5, 1.0])
    assert last.marker.color == NEUTRAL


def test_a_set_of_nobody_is_empty():
    assert list(fig_sites({"a": {"X": 1}, "b": {}}, {}).data[0].x) == [1.0, 0.0]


def test_names_are_shown_as_they_are():
    assert fig_sites({"a": {"<b>": 1}}, {}).data[0].name == "&lt;b&gt;"


def test_no_set_is_refused():
    with pytest.raises(InputError, match="sets is empty"):
        fig_sites({}, {})
