import numpy as np
import pytest

from resunet.errors import InputError
from resunet.figures.differences import fig_difference, outline


def maps():
    """A difference of 8×8 cells, two of which are significant."""
    difference = np.zeros((8, 8))
    difference[3, 2:6] = [-0.2, 0.1, 0.1, 0.1]
    significant = np.zeros((8, 8), bool)
    significant[3, 3:5] = True
    return difference, significant


def build(difference, significant, **options):
    return fig_difference(difference, significant, **{"a": "A", "b": "B", "top": 0.3} | options)


def segments(x, y):
    """The lines as pairs of points, in any order."""
    threes = np.stack([x, y], axis=1).reshape(-1, 3, 2)
    assert np.isnan(threes[:, 2]).all()
    return {tuple(sorted(map(tuple, each[:2].tolist()))) for each in threes}


def test_the_outline_goes_round_what_is_in_it():
    mask = np.zeros((4, 4), bool)
    mask[1, 2] = True
    left, right, top, bottom = 1.5, 2.5, 0.5, 1.5
    assert segments(*outline(mask)) == {
        ((left, top), (right, top)),
        ((left, bottom), (right, bottom)),
        ((left, top), (left, bottom)),
        ((right, top), (right, bottom)),
    }


def test_neighbours_have_no_line_between_them_and_the_edge_is_closed():
    mask = np.zeros((2, 3), bool)
    mask[0, :2] = True
    found = segments(*outline(mask))
    assert len(found) == 6
    assert ((0.5, -0.5), (0.5, 0.5)) not in found
    assert ((-0.5, -0.5), (-0.5, 0.5)) in found


def test_nothing_has_no_outline():
    x, y = outline(np.zeros((3, 3), bool))
    assert (len(x), len(y)) == (0, 0)


def test_the_scale_is_the_same_either_way_and_says_who_has_more():
    figure = build(*maps())
    heatmap = figure.data[0]
    assert (heatmap.zmin, heatmap.zmax) == (-0.3, 0.3)
    assert heatmap.colorbar.tickvals == (-0.3, -0.15, 0, 0.15, 0.3)
    assert heatmap.colorbar.ticktext == ("30%", "15%", "0", "15%", "30%")
    title = heatmap.colorbar.title.text
    assert title.index("more in A") < title.index("more in B")
    assert "B less A" in heatmap.hovertemplate


def test_row_0_is_on_top_and_the_right_on_the_left():
    layout = build(*maps()).layout
    assert layout.yaxis.range[0] > layout.yaxis.range[1]
    assert layout.xaxis.ticktext == ("R", "L")
    assert layout.xaxis.tickvals[0] < layout.xaxis.tickvals[1]
    assert layout.yaxis.scaleanchor == "x"


def test_what_is_significant_is_outlined_and_told():
    figure = build(*maps())
    assert len(segments(figure.data[1].x, figure.data[1].y)) == 6
    assert figure.data[0].customdata[3][3] == "significant"
    assert figure.data[0].customdata[3][2] == "not significant"


def test_without_significant_cells_there_is_no_line():
    difference, significant = maps()
    assert len(build(difference, significant & False).data) == 1


@pytest.mark.parametrize("top", [0.0, np.nan, np.inf])
def test_without_any_difference_there_is_a_scale_all_the_same(top):
    assert build(*maps(), top=top).data[0].zmax == 1.0


def test_names_are_shown_as_they_are():
    figure = build(*maps(), a="<b>")
    assert "&lt;b&gt;" in figure.data[0].colorbar.title.text


def test_maps_of_other_shapes_are_refused():
    with pytest.raises(InputError, match=r"significant has shape \(2, 2\)"):
        build(np.zeros((3, 3)), np.zeros((2, 2), bool))
