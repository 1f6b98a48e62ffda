import pytest

from resunet.errors import InputError
from resunet.figures.reliability import Bin, fig_reliability


def test_a_line_for_each_way_beside_the_diagonal():
    bins = [Bin(0.1, 0.2, 1000), Bin(0.9, 0.7, 50)]
    figure = fig_reliability({"before": bins, "after": bins[:1]})
    diagonal, before, after = figure.data
    assert diagonal.x == diagonal.y == (0.0, 1.0)
    assert (before.x, before.y, before.customdata) == ((0.1, 0.9), (0.2, 0.7), (1000, 50))
    assert (after.name, len(after.x)) == ("after", 1)
    assert before.line.color != after.line.color
    assert figure.layout.xaxis.range == figure.layout.yaxis.range


def test_no_line_is_refused():
    with pytest.raises(InputError, match="curves is empty"):
        fig_reliability({})
