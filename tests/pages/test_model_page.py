"""The Model page through ``app.py``, without a browser."""

import numpy as np
import pytest
from app_data import write_data, write_run
from streamlit.testing.v1 import AppTest

from resunet.data.cases import find_cases
from resunet.data.preprocess import Preparer
from resunet.data.readers import read_case
from resunet.inference.features import Features, square_holding
from resunet.inference.models import find_model, list_models
from resunet.ui.viewer.memory import ViewerState

pytestmark = [pytest.mark.pages, pytest.mark.keras]

PAGE = "pages/model.py"


@pytest.fixture
def data(tmp_path, monkeypatch):
    root = write_data(tmp_path / "data")
    monkeypatch.setenv("RESUNET_DATA", str(root))
    return root


@pytest.fixture
def app(repository, data):
    app = AppTest.from_file(str(repository / "app.py"), default_timeout=120)
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def show(app: AppTest, part: str) -> AppTest:
    app.button_group(key="part").set_value(part).run()
    assert not app.exception
    assert not app.error
    return app


def texts(elements) -> str:
    return "\n".join(element.value for element in elements)


def test_it_opens_with_the_architecture_counted_from_the_network(app):
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown == {
        "Trainable parameters": "6,854,609",
        "Not trainable": "9,824",
        "In the encoder": "5,827,520",
        "In decoder and output": "1,036,913",
    }
    assert len(app.get("plotly_chart")) == 1
    assert "Research use only; not a medical device." in texts(app.caption)
    assert not app.sidebar.selectbox  # no slice is needed, and no patient is read


def test_the_tables_tell_the_misprint(app):
    show(app, "Tables 1–3")
    tables = texts(app.markdown)
    assert "| 5 | 2×2×256 | **2×2×128** (misprint) | 4 | 4 | 4,465,664 |" in tables
    assert "| Learning rate | 0.01 | 0.01 | **0.001** |" in tables
    assert "only 256 feature maps give the 6,854,609" in texts(app.caption)


def test_the_loss_needs_no_data_and_explains_the_printed_form(app):
    show(app, "Focal loss")
    assert len(app.get("plotly_chart")) == 2
    assert "= 0.37$ (shaded)" in texts(app.markdown)
    app.slider(key="loss_gamma").set_value(2.0).run()
    assert "= 0.61$ (shaded)" in texts(app.markdown)
    app.slider(key="loss_gamma").set_value(0.0).run()
    assert "the two are one" in texts(app.markdown)


def test_augmentation_starts_as_the_preset_and_draws_again(app):
    show(app, "Augmentation")
    assert app.slider(key="augment_paper_flip_up_down").value == 0.25
    assert len(app.get("image")) == 1
    app.button_group(key="augment_preset").set_value("small-data").run()
    assert app.slider(key="augment_small-data_rotation_deg").value == 15.0
    assert "each slice of a batch draws its own" in texts(app.caption)
    seed = app.session_state["augment_seed"]
    app.button(key="augment_again").click().run()
    assert app.session_state["augment_seed"] == seed + 1
    app.button_group(key="augment_contrast").set_value("All four").run()
    assert not app.exception


@pytest.fixture
def trained(home):
    write_run(home)


def prepared_slice(data, model):
    """The slice that the page opens with, the largest outline of the first patient."""
    study = read_case(find_cases(data)[0])
    index = int(np.argmax(study.mask.sum(axis=(1, 2))))
    config = model.config
    return Preparer(study, config.preparation, config.network.input_size)([index])


def test_the_receptive_field_tells_theory_and_gradient(trained, app, data):
    # the model is named, since others may come with the program
    show(app, "Receptive field")
    choose_tiny(app)
    app.selectbox(key="field_block").set_value("encoder_1_block_1").run()
    model = find_model("tiny")
    prepared = prepared_slice(data, model)
    rows, columns = np.nonzero(prepared.mask[0])
    point = round(float(rows.mean())), round(float(columns.mean()))
    influence = Features(model).influence(prepared.images[0], "encoder_1_block_1", *point)
    side = square_holding(influence, *point, share=0.9)
    told = texts(app.markdown)
    assert "**Encoder 1, block 1** can see 5 × 5 px" in told
    assert f"90% of that lies within {side} × {side} px" in told
    assert len(app.get("plotly_chart")) == 1


def test_feature_maps_of_a_block(trained, app):
    show(app, "Feature maps")
    choose_tiny(app)
    app.selectbox(key="maps_block").set_value("encoder_2_block_1").run()
    assert not app.exception
    assert "Encoder 2, block 1, 16×16×8: all 8 feature maps" in texts(app.caption)
    assert len(app.get("image")) == 3
    app.button_group(key="maps_order").set_value(False).run()
    assert not app.exception


def choose_tiny(app: AppTest) -> None:
    selectbox = app.sidebar.selectbox(key="model")
    tiny = next(model for model in list_models() if model.name == "tiny")
    selectbox.set_value(tiny).run()
    assert not app.exception


def test_the_slice_is_chosen_in_the_sidebar_and_kept(app):
    show(app, "Augmentation")
    (slider,) = [each for each in app.sidebar.slider if each.label == "Slice"]
    slider.set_value(2).run()
    show(app, "Focal loss")
    show(app, "Augmentation")
    (slider,) = [each for each in app.sidebar.slider if each.label == "Slice"]
    assert slider.value == 2


def test_the_slice_on_screen_in_the_viewer_is_the_one_to_begin_with(app):
    app.session_state["slice_view-memory"].state = ViewerState(slice_index=1, threshold=0.5)
    show(app, "Augmentation")
    (slider,) = [each for each in app.sidebar.slider if each.label == "Slice"]
    assert slider.value == 2


def test_without_a_network_the_theory_is_shown_and_training_explained(app, monkeypatch):
    monkeypatch.setattr("resunet.ui.engine.choose_model", lambda: None)
    show(app, "Receptive field")
    assert "resunet train" in texts(app.info)
    assert "**Encoder 2, block 2** can see 22 × 22 px" in texts(app.markdown)
    assert "gradient" not in texts(app.markdown)
    assert len(app.get("image")) == len(app.get("plotly_chart")) == 1
    show(app, "Feature maps")
    assert "resunet train" in texts(app.info)
    assert not app.get("image")


def test_damaged_weights_are_told_in_one_sentence(app, home):
    run = write_run(home)
    run.best_weights.write_bytes(b"no weights")
    app.button_group(key="part").set_value("Feature maps").run()
    choose_tiny(app)
    assert "best.weights.h5" in texts(app.error)


def test_a_slice_that_cannot_be_read_is_named(app, data):
    broken = find_cases(data)[0].slices[0].path
    broken.write_bytes(b"nothing")
    app.session_state["open_study"] = None
    app.button_group(key="part").set_value("Augmentation").run()
    assert broken.name in texts(app.error)
    assert not app.exception
