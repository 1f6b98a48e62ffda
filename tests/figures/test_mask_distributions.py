import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.figures.colours import SEQUENTIAL, TRANSPARENT, rgb
from resunet.figures.distributions import fig_mask_distributions, picture_mask_distributions


@dataclass(frozen=True)
class Drawn:
    """Only what the figures ask of a distribution."""

    name: str
    mean: np.ndarray
    std: np.ndarray
    slices: int = 10
    patients: tuple = ("p", "q")


def make_set(name="training", *, top=0.4, shape=(12, 16)):
    mean = np.zeros(shape)
    mean[2:6, 10:14] = top
    return Drawn(name, mean, np.sqrt(mean * (1 - mean)))


@pytest.fixture
def sets():
    return [make_set("training", top=0.4), make_set("testing", top=0.1)]


def test_two_rows_and_a_column_for_each_set(sets):
    figure = fig_mask_distributions([*sets, make_set("validating")])
    assert len(figure.data) == 6
    # rows 1…6 and columns 9…14, as the letters' test derives
    np.testing.assert_allclose(figure.data[1].z, sets[1].mean[1:7, 9:15], rtol=1e-6)
    np.testing.assert_allclose(figure.data[3].z, sets[0].std[1:7, 9:15], rtol=1e-6)
    assert (figure.data[1].x0, figure.data[1].y0) == (9, 1)


def test_own_scale_ends_at_each_pictures_maximum_told_in_its_title(sets):
    figure = fig_mask_distributions(sets, scale="own")
    assert [trace.zmax for trace in figure.data] == pytest.approx([0.4, 0.1, 0.24**0.5, 0.3])
    titles = [note.text for note in figure.layout.annotations]
    assert titles == [
        "training<br>max 0.4",
        "testing<br>max 0.1",
        "training<br>max 0.49",
        "testing<br>max 0.3",
    ]
    bar = figure.data[0].colorbar
    assert bar.tickvals == pytest.approx((0.0, 0.1, 0.2, 0.3, 0.4))
    assert tuple(bar.ticktext) == ("0%", "25%", "50%", "75%", "100%")


def test_common_scale_is_one_for_each_row(sets):
    figure = fig_mask_distributions(sets, scale="common")
    assert [trace.zmax for trace in figure.data] == pytest.approx([0.4, 0.4, 0.24**0.5, 0.24**0.5])
    assert {trace.zmin for trace in figure.data} == {0.0}


def test_one_colour_bar_a_row(sets):
    for scale in ("own", "common"):
        shown = [trace.showscale for trace in fig_mask_distributions(sets, scale=scale).data]
        assert shown == [True, False, True, False]


def test_row_0_is_on_top_pixels_are_square_and_sides_marked(sets):
    layout = fig_mask_distributions(sets).layout
    for number in ("", "2", "3", "4"):
        x, y = layout[f"xaxis{number}"], layout[f"yaxis{number}"]
        assert y.range[0] > y.range[1]
        assert y.scaleanchor == f"x{number}"
        # the tumour is in rows 2…5 and columns 10…13; 6 % of 16 pixels is one around it
        assert (tuple(x.tickvals), tuple(x.ticktext)) == ((9, 14), ("R", "L"))
        assert (tuple(y.range), tuple(x.range)) == ((6.5, 0.5), (8.5, 14.5))


def test_hover_shows_row_column_and_value(sets):
    figure = fig_mask_distributions(sets)
    assert "row %{y}, column %{x}" in figure.data[0].hovertemplate
    assert "mean %{z" in figure.data[0].hovertemplate
    assert "std %{z" in figure.data[2].hovertemplate


def test_the_theme_shows_through(sets):
    layout = fig_mask_distributions(sets).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == TRANSPARENT
    assert layout.font.color is None
    assert all(note.font.color is None for note in layout.annotations)


def test_a_set_without_tumour_is_drawn_dark():
    figure = fig_mask_distributions([make_set(top=0.0)])
    assert [trace.zmax for trace in figure.data] == [1.0, 1.0]
    picture_mask_distributions([make_set(top=0.0)])


def panel_of(image, column, row, *, size=(128, 96)):
    """The panel's pixels, from the picture's layout: margin 16, gap 14, head 58."""
    left, top = 16 + column * (size[0] + 14), 16 + 58 + row * (58 + size[1])
    return np.asarray(image.crop((left, top, left + size[0], top + size[1])))


def test_picture_places_the_tumour_and_keeps_the_aspect(sets):
    panel = panel_of(picture_mask_distributions(sets, panel_px=128), 0, 0)
    # 16 columns on 128 pixels: the tumour is in rows 16…48, columns 80…112.
    assert panel[32, 96].tolist() == list(rgb(SEQUENTIAL[-1]))
    assert panel[80, 96].tolist() == list(rgb(SEQUENTIAL[0]))
    assert panel[32, 40].tolist() == list(rgb(SEQUENTIAL[0]))


def test_picture_scales_own_and_common_differ_where_a_set_is_fainter(sets):
    own = panel_of(picture_mask_distributions(sets, panel_px=128), 1, 0)
    common = panel_of(picture_mask_distributions(sets, scale="common", panel_px=128), 1, 0)
    assert own[32, 96].tolist() == list(rgb(SEQUENTIAL[-1]))
    assert common[32, 96].sum() < own[32, 96].sum()
    # 0.1 of 0.4 is a quarter of the way through ten colours: between the third and fourth.
    mixed = 0.75 * np.array(rgb(SEQUENTIAL[2])) + 0.25 * np.array(rgb(SEQUENTIAL[3]))
    np.testing.assert_allclose(common[32, 96], mixed, atol=1)


def test_picture_grows_with_the_sets(sets):
    one = picture_mask_distributions(sets[:1], panel_px=128)
    two = picture_mask_distributions(sets, panel_px=128)
    assert two.width - one.width == 128 + 14
    assert two.height == one.height
    assert two.mode == "RGB"


@pytest.mark.parametrize("build", [fig_mask_distributions, picture_mask_distributions])
def test_what_cannot_be_drawn_is_refused(build, sets):
    with pytest.raises(InputError, match='scale is "log"'):
        build(sets, scale="log")
    with pytest.raises(InputError, match="distributions is empty"):
        build([])


def test_panels_too_small_to_read_are_refused(sets):
    with pytest.raises(InputError, match="panel_px is 8"):
        picture_mask_distributions(sets, panel_px=8)


def test_figures_load_neither_cohort_nor_streamlit_nor_keras():
    code = (
        "import sys, resunet.figures.distributions, resunet.figures.picture;"
        "print(sorted(n for n in sys.modules if n in ('resunet.cohort', 'streamlit', 'keras')))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_counted_distribution_can_be_drawn():
    from resunet.cohort.distributions import MaskDistribution

    mask = make_set().mean > 0
    distribution = MaskDistribution("real", mask.astype(np.int64), 1, 1, frozenset("p"))
    drawn = fig_mask_distributions([distribution]).data[0].z
    np.testing.assert_array_equal(drawn, mask[1:7, 9:15])
