import itertools

import pytest
from plotly.graph_objects import Bar

from resunet.errors import InputError
from resunet.figures.architecture import KINDS, Box, fig_architecture
from resunet.figures.colours import TRANSPARENT


def make_box(name, kind, level, shape, *sources, parameters=10):
    return Box(name, kind, level, shape, sources, parameters, (f"The {name}", "second line"))


BOXES = [
    make_box("images", "input", "input", (16, 16, 4), parameters=0),
    make_box("e1", "residual_conv", "encoder_1", (16, 16, 8), "images"),
    make_box("p1", "pool", "encoder_1", (8, 8, 8), "e1", parameters=0),
    make_box("e2", "residual_conv", "encoder_2", (8, 8, 16), "p1", parameters=1200),
    make_box("e2b", "residual_linear", "encoder_2", (8, 8, 16), "e2", parameters=34),
    make_box("p2", "pool", "encoder_2", (4, 4, 16), "e2b", parameters=0),
    make_box("u1", "up_convolution", "decoder_1", (8, 8, 8), "p2"),
    make_box("s1", "skip", "decoder_1", (8, 8, 16), "u1", "p1"),
    make_box("d1", "residual_conv", "decoder_1", (8, 8, 8), "s1"),
    make_box("up", "upsample", "output", (16, 16, 8), "d1"),
    make_box("out", "output", "output", (16, 16, 1), "up"),
]


def bars(figure):
    return [trace for trace in figure.data if isinstance(trace, Bar)]


def places(figure):
    """Title → (left, bottom, right, top) of every box."""
    found = {}
    for trace in bars(figure):
        for x, base, height, width, details in zip(
            trace.x, trace.base, trace.y, trace.width, trace.customdata, strict=True
        ):
            title = details.split("<br>")[0].removeprefix("<b>The ").removesuffix("</b>")
            found[title] = (x - width / 2, base, x + width / 2, base + height)
    return found


def numbers_of(figure):
    (numbers,) = (t for t in figure.data if t.type == "scatter" and t.mode == "text")
    return numbers


@pytest.fixture(scope="module")
def figure():
    return fig_architecture(BOXES)


def test_each_block_is_one_box_and_each_kind_one_entry_of_the_legend(figure):
    assert set(places(figure)) == {box.name for box in BOXES}
    kinds = {box.kind for box in BOXES}
    assert [trace.name for trace in bars(figure)] == [KINDS[k][0] for k in KINDS if k in kinds]


def test_boxes_do_not_overlap_and_lie_within_the_axes(figure):
    found = list(places(figure).values())
    for index, (left, bottom, right, top) in enumerate(found):
        assert figure.layout.xaxis.range[0] <= left < right <= figure.layout.xaxis.range[1]
        assert figure.layout.yaxis.range[0] <= bottom < top <= figure.layout.yaxis.range[1]
        for other in found[index + 1 :]:
            apart_x = right <= other[0] or other[2] <= left
            apart_y = top <= other[1] or other[3] <= bottom
            assert apart_x or apart_y


def test_rows_are_resolutions_with_the_encoder_on_the_left(figure):
    found = places(figure)
    for one, other in (("images", "out"), ("p1", "d1"), ("e2b", "u1")):
        assert found[one][3] == found[other][3]
        assert found[one][2] < found[other][0]
    assert found["e1"][1] > found["p1"][3] > found["p1"][1] > found["p2"][3]
    assert found["e2b"][2] > found["p2"][0] > found["e2"][2]  # the bottleneck, in between


def test_more_maps_are_wider_and_finer_resolutions_taller(figure):
    found = places(figure)

    def width(name):
        return found[name][2] - found[name][0]

    def height(name):
        return found[name][3] - found[name][1]

    assert width("out") < width("images") < width("e1") < width("e2")
    assert width("e2") == pytest.approx(1.0)
    assert height("p2") < height("p1") < height("e1")


def test_pointing_at_a_box_tells_its_details(figure):
    trace = bars(figure)[0]
    assert trace.customdata[0] == "<b>The e1</b><br>second line"
    assert trace.hovertemplate == "%{customdata}<extra></extra>"


def test_numbers_of_feature_maps_stand_in_the_boxes(figure):
    numbers = numbers_of(figure)
    assert list(numbers.text) == [str(box.shape[2]) for box in BOXES]
    found = places(figure)
    for box, x, y in zip(BOXES, numbers.x, numbers.y, strict=True):
        left, bottom, right, top = found[box.name]
        assert left < x < right
        assert bottom < y < top


def test_levels_are_named_with_their_parameters(figure):
    texts = [note.text for note in figure.layout.annotations]
    assert "<b>Encoder 2</b>  1,234" in texts
    assert "<b>Decoder 1</b><br>30" in texts
    assert "<b>Output</b>  20" in texts
    assert "<b>Bottleneck</b>" in texts
    assert [text for text in texts if "×" in text] == ["16×16", "8×8", "4×4"]


def arrows(figure, dash):
    """(start, end) of every arrow."""
    (trace,) = (
        trace for trace in figure.data if trace.type == "scatter" and trace.line.dash == dash
    )
    points = list(zip(trace.x, trace.y, strict=True))
    gaps = [-1, *(index for index, (x, _) in enumerate(points) if x is None)]
    return [(points[before + 1], points[after - 1]) for before, after in itertools.pairwise(gaps)]


def touches(point, place):
    left, bottom, right, top = place
    x, y = point
    inside = left <= x <= right and bottom <= y <= top
    return inside and (x in (left, right) or y in (bottom, top))


def test_arrows_lead_from_source_to_block(figure):
    found = places(figure)
    steps = arrows(figure, "solid")
    pairs = list(itertools.pairwise(BOXES))
    assert len(steps) == len(pairs)
    for (start, end), (one, other) in zip(steps, pairs, strict=True):
        assert touches(start, found[one.name]), (one.name, other.name)
        assert touches(end, found[other.name]), (one.name, other.name)
    ((start, end),) = arrows(figure, "dot")
    assert touches(start, found["p1"])
    assert touches(end, found["s1"])


def test_only_the_ends_of_arrows_have_heads(figure):
    for trace in figure.data:
        if trace.type == "scatter" and trace.mode == "lines+markers":
            heads = [size > 0 for size in trace.marker.size]
            ends = [x is None for x in trace.x[1:]] + [False]
            assert heads == ends


def test_the_theme_shows_through(figure):
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == TRANSPARENT
    # Streamlit's place for the theme's text colour
    numbers = numbers_of(figure)
    assert numbers.textfont.color == "#000037"
    assert {note.font.color for note in figure.layout.annotations} == {"#000037"}


def test_nothing_and_strange_kinds_are_refused():
    with pytest.raises(InputError, match="boxes is empty"):
        fig_architecture([])
    with pytest.raises(InputError, match="kind odd, where one of residual_conv"):
        fig_architecture([make_box("x", "odd", "input", (8, 8, 4))])
