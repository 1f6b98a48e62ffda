"""Every page through ``app.py``, without a browser."""

import os
import subprocess
import sys

import pytest
from app_data import write_data, write_run
from streamlit.testing.v1 import AppTest

from resunet.data.cases import find_cases
from resunet.data.readers import read_case
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.inference.predict import predict
from resunet.metrics import dice

pytestmark = pytest.mark.pages

PAGES = ("pages/viewer.py", "pages/datasets.py", "pages/training.py")


@pytest.fixture
def app(repository):
    return AppTest.from_file(str(repository / "app.py"), default_timeout=120)


@pytest.fixture
def data(tmp_path, monkeypatch):
    root = write_data(tmp_path / "data")
    monkeypatch.setenv("RESUNET_DATA", str(root))
    return root


def open_page(app: AppTest, page: str) -> AppTest:
    app.run()
    if page != PAGES[0]:
        app.switch_page(page).run()
    assert not app.exception
    return app


def texts(elements) -> str:
    return "\n".join(element.value for element in elements)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_data(app, page):
    open_page(app, page)
    assert not app.error
    assert "Research use only; not a medical device." in texts(app.caption)


def test_without_data_the_demo_patients_are_shown_and_said_to_be_computed(app):
    open_page(app, PAGES[0])
    assert "no patient" in texts(app.caption)
    names = app.selectbox(key="case").options
    assert [name.split("_")[0] for name in names] == ["Demo"] * 4
    assert app.session_state["open_study"].origin.patient == names[0]


def test_the_demo_patients_stand_beside_served_data(app, data):
    open_page(app, PAGES[0])
    folders = app.selectbox(key="data_folder")
    assert folders.options == [str(data), "Demo patients"]
    assert "no patient" not in texts(app.caption)
    folders.set_value("Demo patients").run()
    assert app.session_state["open_study"].origin.patient.startswith("Demo_1")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_carries_the_research_line_with_data_too(app, data, page):
    open_page(app, page)
    assert "Research use only; not a medical device." in texts(app.caption)
    assert not app.error


def test_without_a_model_the_slices_are_shown_and_training_is_explained(app, data):
    open_page(app, PAGES[0])
    assert "resunet train" in texts(app.info)
    opened = app.session_state["open_study"]
    assert opened.study.shape == (6, 64, 64)
    assert opened.prediction is None


def test_a_patient_is_chosen_by_split_and_name(app, data):
    open_page(app, PAGES[0])
    patients = app.selectbox(key="case")
    assert patients.options == [
        "Brats18_C_1 (testing)",
        "Brats18_A_1 (training)",
        "Brats18_B_1 (training)",
    ]
    patients.select_index(2).run()
    assert app.session_state["open_study"].origin.patient == "Brats18_B_1"


@pytest.mark.keras
def test_the_viewer_predicts_every_slice_and_shows_its_numbers(app, data, home):
    write_run(home)
    open_page(app, PAGES[0])
    opened = app.session_state["open_study"]
    assert opened.prediction.done.all()
    assert opened.prediction.samples == 25

    engine = load_engine(find_model())
    study = read_case(find_cases(data)[0])
    expected = predict(study, engine, samples=25, seed=0)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Dice, patient"] == f"{dice(study.mask, expected.mask):.3f}"
    assert shown["Highest uncertainty"] == f"{expected.std[opened.first_slice].max():.3f}"


@pytest.mark.keras
def test_another_number_of_passes_predicts_again(app, data, home):
    write_run(home)
    open_page(app, PAGES[0])
    app.slider(key="samples").set_value(4).run()
    assert app.session_state["open_study"].prediction.area_px_samples.shape == (4, 6)


@pytest.mark.keras
def test_damaged_weights_are_told_in_one_sentence_and_the_picture_stays(app, data, home):
    run = write_run(home)
    run.best_weights.write_bytes(b"no weights")
    open_page(app, PAGES[0])
    assert "best.weights.h5" in texts(app.error)
    assert app.session_state["open_study"].study.shape == (6, 64, 64)


@pytest.mark.parametrize("typed", ["~nosuchuser/x", "/" + 300 * "x", "/etc/hostname"])
def test_whatever_is_typed_as_a_folder_gets_one_sentence(app, monkeypatch, typed):
    monkeypatch.setenv("RESUNET_DATA", typed)
    open_page(app, PAGES[0])
    assert len(app.error) == 1


def test_a_folder_that_is_none_is_told_in_one_sentence(app, monkeypatch, tmp_path):
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "nowhere"))
    open_page(app, PAGES[0])
    assert "nowhere is not a folder" in texts(app.error)


@pytest.mark.parametrize("page", PAGES[:2])
def test_a_broken_slice_is_named(app, data, page):
    broken = find_cases(data)[0].slices[0].path
    broken.write_bytes(b"nothing")
    open_page(app, page)
    assert broken.name in texts(app.error)


def test_the_data_sets_are_counted(app, data):
    open_page(app, PAGES[1])
    table = app.dataframe[0].value
    assert list(table["Set"]) == ["training", "testing"]
    assert list(table["Slices"]) == [12, 6]
    assert list(table["Patients"]) == [2, 1]


@pytest.mark.keras
def test_the_training_page_shows_the_runs(app, home):
    write_run(home)
    open_page(app, PAGES[2])
    row = app.dataframe[0].value.iloc[0]
    assert row["Run"] == "tiny"
    assert row["State"] == "finished"
    assert row["Best validation Dice"] == pytest.approx(0.45)


def test_pages_that_need_no_network_load_no_tensorflow(data, repository):
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=120).run()
for page in {PAGES[1:]!r}:
    app.switch_page(page).run()
    assert not app.exception
print("tensorflow" in sys.modules, "keras" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository,
        env={**os.environ, "RESUNET_DATA": str(data)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["False", "False"], done.stderr
