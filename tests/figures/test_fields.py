import math

import numpy as np
import pytest
from PIL import Image

from resunet.figures.colours import NEUTRAL, TRANSPARENT, rgb
from resunet.figures.fields import (
    INFLUENCE,
    THEORY,
    Rectangle,
    fig_receptive_fields,
    picture_influence,
)

BLACK = Image.new("RGB", (160, 160))  # 10 screen pixels for each of 16


def make_figure():
    return fig_receptive_fields(
        ["Encoder 1, block 1", "Encoder 1, pooling", "Output, probability"],
        ["Encoder 1", "Encoder 1", "Output"],
        [5, 6, 80],
        input_size=16,
        chosen=1,
    )


def test_one_bar_a_block_and_the_chosen_one_stands_out():
    (bars,) = make_figure().data
    assert list(bars.y) == [5, 6, 80]
    assert list(bars.marker.color) == [NEUTRAL, INFLUENCE, NEUTRAL]
    assert list(bars.customdata)[2] == "Output, probability"


def test_levels_stand_below_the_middle_of_their_blocks():
    axis = make_figure().layout.xaxis
    assert list(axis.ticktext) == ["Encoder 1", "Output"]
    assert list(axis.tickvals) == [0.5, 2]


def test_the_whole_picture_is_a_line_with_its_name_on_it():
    layout = make_figure().layout
    (line,) = layout.shapes
    assert line.y0 == line.y1 == 16
    (note,) = layout.annotations
    assert note.text == "the whole picture, 16 px"
    assert note.y == pytest.approx(math.log10(16))
    assert layout.yaxis.type == "log"
    assert layout.yaxis.range[1] > math.log10(80)


def test_the_theme_shows_through():
    layout = make_figure().layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == TRANSPARENT
    assert layout.font.color is None


def draw(field, influence=None, point=(8, 8)):
    return np.asarray(picture_influence(BLACK, influence, field, point, pixels=16))


def test_the_frame_lies_round_its_rows_and_columns():
    picture = draw(Rectangle(2, 5, 9, 14))
    framed = (picture == rgb(THEORY)).all(axis=-1)
    rows, columns = np.flatnonzero(framed.any(axis=1)), np.flatnonzero(framed.any(axis=0))
    assert (rows[0], rows[-1]) == (20, 59)
    assert (columns[0], columns[-1]) == (90, 149)


def test_a_frame_beyond_the_picture_is_drawn_along_its_edge():
    framed = (draw(Rectangle(-40, 3, -40, 80)) == rgb(THEORY)).all(axis=-1)
    assert framed[0, 40]
    assert framed[39, 40]
    assert framed[10, 0]
    assert framed[10, 159]


def test_influence_is_drawn_by_the_root_of_its_share():
    influence = np.zeros((16, 16))
    influence[2:6, 2:6] = 4.0
    influence[10:14, 2:6] = 1.0
    picture = draw(Rectangle(-9, 40, -9, 40), influence, point=(3, 12))
    assert tuple(picture[40, 40]) == rgb(INFLUENCE)
    half = np.array(rgb(INFLUENCE)) / 2
    np.testing.assert_allclose(picture[120, 40], half, atol=2)
    assert tuple(picture[80, 80]) == (0, 0, 0)


def test_where_nothing_has_influence_nothing_is_drawn():
    field = Rectangle(2, 5, 9, 14)
    np.testing.assert_array_equal(draw(field, np.zeros((16, 16))), draw(field))


def test_the_point_is_marked_and_the_slice_left_as_it_was():
    picture = draw(Rectangle(-9, 40, -9, 40), point=(12, 4))
    assert picture[125, 45].min() > 200
    assert np.asarray(BLACK).max() == 0
