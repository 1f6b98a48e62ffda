import base64
import math
from dataclasses import dataclass

import numpy as np
import pytest
from synthetic import make_study

from resunet.errors import InputError
from resunet.figures.colours import DOUBT, PREDICTION, TRANSPARENT, TRUTH, rgb
from resunet.figures.surfaces import Palette, fig_surfaces
from resunet.measure.surfaces import brain_surface, mask_surface

OCTAHEDRON = np.array(
    [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32
)
FACES = np.array(
    [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]],
    np.int32,
)


@dataclass(frozen=True)
class Drawn:
    """Only what the figure asks of a surface."""

    vertices_mm: np.ndarray
    faces: np.ndarray


def octahedron(radius=1.0, centre=(0.0, 0.0, 0.0)):
    return Drawn((radius * OCTAHEDRON + centre).astype(np.float32), FACES)


BRAIN = octahedron(70.0)
TUMOUR = octahedron(10.0, (30.0, 5.0, 20.0))
OUTLINE = octahedron(12.0, (31.0, 5.0, 20.0))
SPREAD = np.array([0.1, 0.2, 0.3, 0.4, 0.45, 0.05])


def named(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def letters_of(figure):
    (trace,) = [trace for trace in figure.data if trace.type == "scatter3d"]
    return dict(zip(trace.text, np.stack([trace.x, trace.y, trace.z], axis=1), strict=True))


def on_screen(camera, place):
    """Towards the viewer's right and up, of a place given relative to the scene's middle."""
    eye, up = (np.array([part.x, part.y, part.z]) for part in (camera.eye, camera.up))
    right = np.cross(-eye, up)
    upwards = np.cross(right, -eye)
    return tuple(float(place @ way / np.linalg.norm(way)) for way in (right, upwards))


def views_of(figure):
    figure = type(figure)(figure)  # the buttons' cameras as plotly understands them
    (menu,) = figure.layout.updatemenus
    cameras = {}
    for button in menu.buttons:
        assert button.method == "relayout"
        ((target, camera),) = button.args[0].items()
        assert target == "scene.camera"
        figure.layout.scene.camera = camera
        cameras[button.label] = figure.layout.scene.camera
        figure = type(figure)(figure)
    return cameras


def test_each_surface_is_drawn_as_it_is():
    traces = named(fig_surfaces(BRAIN, TUMOUR, truth=OUTLINE))
    assert list(traces) == ["Predicted tumour", "Expert's outline", "Brain"]
    for trace, surface in zip(traces.values(), (TUMOUR, OUTLINE, BRAIN), strict=True):
        vertices = np.stack([trace.x, trace.y, trace.z], axis=1)
        np.testing.assert_array_equal(vertices, surface.vertices_mm)
        np.testing.assert_array_equal(np.stack([trace.i, trace.j, trace.k], axis=1), FACES)


def test_brain_and_outline_are_translucent_and_do_not_answer():
    traces = named(fig_surfaces(BRAIN, TUMOUR, truth=OUTLINE))
    assert 0.12 <= traces["Brain"].opacity <= 0.2
    assert traces["Expert's outline"].color == TRUTH
    assert 0.2 < traces["Expert's outline"].opacity < 0.5
    assert traces["Brain"].hoverinfo == traces["Expert's outline"].hoverinfo == "skip"
    assert traces["Predicted tumour"].opacity is None


def test_the_legend_shows_and_hides():
    traces = named(fig_surfaces(BRAIN, TUMOUR, truth=OUTLINE))
    assert all(trace.showlegend for trace in traces.values())
    assert (traces["Brain"].visible, traces["Expert's outline"].visible) == (True, "legendonly")
    figure = fig_surfaces(BRAIN, TUMOUR, truth=OUTLINE, show_brain=False, show_truth=True)
    traces = named(figure)
    assert (traces["Brain"].visible, traces["Expert's outline"].visible) == ("legendonly", True)


@pytest.mark.parametrize(
    ("measure", "title", "top"),
    [
        ("std", "Standard deviation", 0.5),
        ("entropy", "Entropy, nats", math.log(2)),
        ("mutual_information", "Mutual information, nats", math.log(2)),
    ],
)
def test_the_scale_is_the_same_for_every_patient_and_the_largest_is_written(measure, title, top):
    for doubt, largest in ((SPREAD, "0.45"), (SPREAD / 10, "0.04"), (SPREAD * 0, "0.00")):
        trace = named(fig_surfaces(BRAIN, TUMOUR, doubt=doubt, measure=measure))["Predicted tumour"]
        assert (trace.cmin, trace.cmax) == (0.0, pytest.approx(top))
        assert trace.colorbar.title.text == f"{title}<br>largest here {largest}"
        assert max(trace.colorbar.tickvals) <= top
        np.testing.assert_allclose(trace.intensity, doubt, rtol=1e-6)


def test_the_tumour_is_dark_where_it_is_sure_and_green_in_doubt():
    trace = named(fig_surfaces(BRAIN, TUMOUR, doubt=SPREAD))["Predicted tumour"]
    (low, dark), (high, bright) = trace.colorscale
    assert (low, high, bright) == (0, 1, DOUBT)
    assert sum(rgb(dark)) < sum(rgb(DOUBT)) / 3
    assert trace.color is None


def test_without_doubt_the_tumour_has_the_predictions_colour():
    trace = named(fig_surfaces(BRAIN, TUMOUR))["Predicted tumour"]
    assert trace.color == PREDICTION
    assert trace.intensity is None
    assert "uncertainty" not in trace.hovertemplate


def test_other_colours():
    palette = Palette(prediction="#0000aa", doubt="#ffee00", truth="#ff00ff")
    traces = named(fig_surfaces(BRAIN, TUMOUR, doubt=SPREAD, truth=OUTLINE, palette=palette))
    assert traces["Predicted tumour"].colorscale[1][1] == "#ffee00"
    assert traces["Expert's outline"].color == "#ff00ff"
    plain = named(fig_surfaces(BRAIN, TUMOUR, palette=palette))
    assert plain["Predicted tumour"].color == "#0000aa"


def test_pointing_tells_slice_position_and_uncertainty():
    numbers = np.arange(6) + 70
    figure = fig_surfaces(BRAIN, TUMOUR, doubt=SPREAD, slice_numbers=numbers)
    trace = named(figure)["Predicted tumour"]
    assert trace.hovertemplate == (
        "slice %{customdata}<br>L %{x:.0f}, P %{y:.0f}, S %{z:.0f} mm"
        "<br>uncertainty %{intensity:.3f}<extra></extra>"
    )
    assert list(trace.customdata) == list(numbers)
    without = named(fig_surfaces(BRAIN, TUMOUR))["Predicted tumour"]
    assert without.hovertemplate == "L %{x:.0f}, P %{y:.0f}, S %{z:.0f} mm<extra></extra>"


def test_the_letters_stand_outside_at_the_sides_they_name():
    letters = letters_of(fig_surfaces(BRAIN, TUMOUR))
    expected = {"L": (1, 0, 0), "P": (0, 1, 0), "S": (0, 0, 1)}
    expected |= {"R": (-1, 0, 0), "A": (0, -1, 0), "I": (0, 0, -1)}
    assert set(letters) == set(expected)
    for letter, way in expected.items():
        np.testing.assert_allclose(letters[letter], 84.0 * np.array(way), atol=1e-3)


def test_all_axes_have_one_scale_and_nothing_moves_when_a_surface_is_shown():
    shown = fig_surfaces(BRAIN, TUMOUR, truth=OUTLINE, show_truth=True).layout.scene
    hidden = fig_surfaces(BRAIN, TUMOUR, truth=OUTLINE, show_brain=False).layout.scene
    assert shown.aspectmode == "data"
    for axis in ("xaxis", "yaxis", "zaxis"):
        low, high = shown[axis].range
        assert low < -84 < 84 < high
        assert shown[axis].range == hidden[axis].range
        assert shown[axis].visible is False


@pytest.mark.parametrize(
    ("view", "right", "top"),
    [
        ("Front", "L", "S"),
        ("Right", "A", "S"),
        ("Left", "P", "S"),
        ("Top", "R", "A"),  # a reader who looks down on the patient
        ("Below", "L", "A"),  # as axial slices are shown
    ],
)
def test_each_view_shows_the_patients_sides_where_they_belong(view, right, top):
    figure = fig_surfaces(BRAIN, TUMOUR)
    camera, letters = views_of(figure)[view], letters_of(figure)
    assert on_screen(camera, letters[right]) == pytest.approx((84.0, 0.0), abs=1e-3)
    assert on_screen(camera, letters[top]) == pytest.approx((0.0, 84.0), abs=1e-3)


def test_it_opens_from_the_right_front_slightly_above():
    figure = fig_surfaces(BRAIN, TUMOUR)
    camera = figure.layout.scene.camera
    assert camera == views_of(figure)["Oblique"]
    x, y, z = camera.eye.x, camera.eye.y, camera.eye.z
    assert y < x < 0 < z < abs(x)
    letters = letters_of(figure)
    assert on_screen(camera, letters["L"])[0] > 0 > on_screen(camera, letters["R"])[0]
    assert on_screen(camera, letters["S"])[1] > 0


def test_a_tumour_on_the_patients_left_is_drawn_there():
    study = make_study(slices=12, height=60, width=50)
    mask = np.zeros(study.shape, bool)
    mask[4:8, 20:30, 30:36] = True  # right of the middle on the screen: the patient's left
    brain = brain_surface(study)
    figure = fig_surfaces(brain, mask_surface(study, mask))
    trace = named(figure)["Predicted tumour"]
    middle = (brain.vertices_mm.min(axis=0) + brain.vertices_mm.max(axis=0)) / 2
    place = np.array([np.mean(trace.x), np.mean(trace.y), np.mean(trace.z)]) - middle
    letters = letters_of(figure)
    for view in ("Front", "Below"):
        camera = views_of(figure)[view]
        assert on_screen(camera, place)[0] > 3
        assert on_screen(camera, letters["L"] - middle)[0] > 3
        assert on_screen(camera, letters["R"] - middle)[0] < -3


def test_without_a_tumour_the_brain_stands_alone_and_it_is_said():
    figure = fig_surfaces(BRAIN, None)
    assert list(named(figure)) == ["Brain"]
    assert [note.text for note in figure.layout.annotations] == ["No tumour is predicted."]
    assert not fig_surfaces(BRAIN, TUMOUR).layout.annotations


def test_without_anything_a_sentence_stands_there():
    figure = fig_surfaces(None, None)
    assert not figure.data
    assert [note.text for note in figure.layout.annotations] == ["No tumour is predicted."]


def test_the_theme_shows_through():
    layout = fig_surfaces(BRAIN, TUMOUR, doubt=SPREAD).layout
    assert layout.paper_bgcolor == layout.scene.bgcolor == TRANSPARENT
    assert layout.font.color is None
    assert layout.legend.font.color is None


@pytest.mark.parametrize(("vertices", "dtype"), [(65_536, "u2"), (65_537, "u4")])
def test_vertex_numbers_take_two_bytes_where_these_are_enough(vertices, dtype):
    last = vertices - 1
    surface = Drawn(np.zeros((vertices, 3), np.float32), np.array([[0, 1, last]], np.int32))
    sent = fig_surfaces(None, surface).to_dict()["data"][0]["k"]
    assert sent["dtype"] == dtype
    assert int.from_bytes(base64.b64decode(sent["bdata"]), "little") == last


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match='measure is "variance"'):
        fig_surfaces(BRAIN, TUMOUR, doubt=SPREAD, measure="variance")
    with pytest.raises(InputError, match=r"doubt has shape \(5,\).* 6 vertices"):
        fig_surfaces(BRAIN, TUMOUR, doubt=SPREAD[:5])
    with pytest.raises(InputError, match=r"slice_numbers has shape \(6, 1\)"):
        fig_surfaces(BRAIN, TUMOUR, slice_numbers=np.zeros((6, 1), int))
