"""The 3D view, without a browser."""

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from synthetic import make_study

from resunet.errors import InputError
from resunet.study import Prediction
from resunet.ui.volume_view import show_volume

pytestmark = pytest.mark.pages


def predict(study, *, samples=3, tumour=True, done=True):
    """A made-up prediction of a block of 3 × 8 × 6 voxels."""
    probability, std, entropy, information = (np.zeros(study.shape, np.float32) for _ in range(4))
    probability[1:4, 10:18, 20:26] = 0.9 if tumour else 0.2
    std[:] = 0.25
    entropy[:] = 0.125
    return Prediction(
        probability,
        std,
        entropy,
        information,
        done=np.full(study.shape[0], done),
        area_px_samples=np.zeros((max(samples, 1), study.shape[0]), np.int64),
        std_by_t=np.zeros(max(samples, 1)),
        threshold=0.5,
        samples=samples,
        seed=0,
        model_id="toy",
        engine="by hand",
    )


def script(study, prediction, measure):
    from resunet.ui.volume_view import show_volume

    show_volume(study, prediction, measure=measure)


def show(study, prediction, measure="std"):
    kwargs = {"study": study, "prediction": prediction, "measure": measure}
    app = AppTest.from_function(script, kwargs=kwargs, default_timeout=60).run()
    assert not app.exception
    return app


def traces_of(app):
    (chart,) = app.get("plotly_chart")
    data = json.loads(chart.proto.spec)["data"]
    return {trace["name"]: trace for trace in data if trace.get("name")}


@pytest.fixture
def study():
    return make_study(slices=5)


def test_it_shows_the_tumour_in_the_brain_and_offers_the_outline(study):
    app = show(study, predict(study))
    traces = traces_of(app)
    assert list(traces) == ["Predicted tumour", "Expert's outline", "Brain"]
    assert traces["Expert's outline"]["visible"] == "legendonly"
    assert traces["Predicted tumour"]["colorbar"]["title"]["text"].endswith("largest here 0.25")
    sentence = (
        "The predicted tumour (0.1 ml) inside the translucent brain is brighter where its standard "
        "deviation over the passes is larger, 0.25 at most."
    )
    (chart,) = app.get("plotly_chart")
    assert chart.proto.alt == sentence
    (caption,) = app.caption
    assert caption.value.startswith(sentence)
    assert "first pixel" in caption.value  # a study without a grid


def test_a_reader_sees_what_a_hand_corrected(study):
    correction = np.zeros(study.shape, np.int8)
    correction[2, 30, 20] = 1
    prediction = predict(study)
    before = traces_of(show(study, prediction))["Predicted tumour"]
    after = traces_of(show(study, replace(prediction, correction=correction)))["Predicted tumour"]
    assert len(after["x"]["bdata"]) > len(before["x"]["bdata"])


def test_one_pass_has_no_spread_but_an_entropy(study):
    app = show(study, predict(study, samples=0))
    assert traces_of(app)["Predicted tumour"]["color"]
    assert "one pass has no uncertainty" in app.caption[0].value
    app = show(study, predict(study, samples=0), "entropy")
    assert "brighter where its entropy is larger, 0.12 at most" in app.caption[0].value


def test_without_a_tumour_or_an_outline_the_brain_stands_alone():
    study = make_study(slices=5, labels=False)
    app = show(study, predict(study, tumour=False))
    assert list(traces_of(app)) == ["Brain"]
    assert app.caption[0].value.startswith("No tumour is predicted inside the translucent brain.")


def test_where_nothing_is_background_the_tumour_stands_alone(study):
    noisy = replace(study, images=np.maximum(study.images, 1.0))
    app = show(noisy, predict(noisy))
    assert list(traces_of(app)) == ["Predicted tumour", "Expert's outline"]
    assert app.caption[0].value.startswith("The predicted tumour (0.1 ml) is brighter where")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"spacing_mm": None}, "The pixel spacing is unknown."),
        ({"slice_positions_mm": None}, "The positions of the slices are unknown."),
        ({"slice_numbers": (0, 1, 2, 3, 5)}, "The stack of slices has gaps or uneven steps."),
    ],
)
def test_why_there_is_no_view_is_told(study, change, reason):
    app = show(replace(study, **change), predict(study))
    assert not app.get("plotly_chart")
    assert [info.value for info in app.info] == [
        f"{reason} A 3D view needs all of a gap-free stack, and its spacing."
    ]


def test_there_is_no_view_of_half_a_prediction(study):
    app = show(study, predict(study, done=False))
    assert app.info[0].value.startswith("Only 0 of 5 slices are computed.")
    assert not app.get("plotly_chart")


def test_a_prediction_of_another_study_is_refused(study):
    with pytest.raises(InputError, match="shape"):
        show_volume(study, predict(make_study(slices=5, height=60)))
