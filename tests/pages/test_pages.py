"""Every page through ``app.py``, without a browser."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from app_data import HISTORY, write_data, write_run
from streamlit.testing.v1 import AppTest

from resunet.data.cases import find_cases
from resunet.data.readers import read_case
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.inference.predict import predict
from resunet.jobs.run_folder import RunFolder
from resunet.metrics import dice
from resunet.presets import preset
from resunet.review.addresses import opaque_id
from resunet.ui.viewer.edits import Edit, Verdict
from resunet.ui.viewer.payload import read_header

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


def table(app) -> dict[str, dict[str, str]]:
    """The numbers under the picture: row → label → text."""
    rows: dict[str, dict[str, str]] = {}
    for text in (each.value for each in app.markdown):
        if found := re.fullmatch(r"\*\*(Slice \d+|Patient)\*\*", text):
            row = rows.setdefault(found[1], {})
        elif found := re.fullmatch(r":small\[:gray\[(.*)\]\]  \n(.*)", text):
            row[found[1]] = found[2]
    return rows


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
    shown = table(app)
    assert shown["Patient"]["Dice"] == f"{dice(study.mask, expected.mask):.3f}"
    number = study.slice_numbers[opened.first_slice]
    of_slice = shown[f"Slice {number}"]
    assert of_slice["Highest uncertainty"] == f"{expected.std[opened.first_slice].max():.3f}"
    area = expected.mask[opened.first_slice].sum()
    assert of_slice["Size"] == f"{area / 100:.2f} cm²"


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


def test_a_broken_slice_is_named(app, data):
    broken = find_cases(data)[0].slices[0].path
    broken.write_bytes(b"nothing")
    open_page(app, PAGES[0])
    assert broken.name in texts(app.error)


def test_the_data_sets_are_counted(app, data):
    open_page(app, PAGES[1])
    rows = [line.split(" | ")[:3] for line in texts(app.markdown).splitlines() if "| t" in line]
    assert rows == [["| training", "2", "12"], ["| testing", "1", "6"]]


def test_pages_that_need_no_network_load_no_tensorflow(data, home, repository):
    run = RunFolder(home / "runs" / "one")
    run.write_config(preset("paper"), {"folder": str(data)})
    run.write_history(HISTORY)
    script = f"""
import sys
from comparing import start_at_once
from resunet.jobs.tasks import Task
from streamlit.testing.v1 import AppTest
Task.start = start_at_once
app = AppTest.from_file("app.py", default_timeout=120).run()
for page in {PAGES[1:]!r}:
    app.switch_page(page).run()
    assert not app.exception
    if page == "pages/datasets.py":
        assert "| testing | 1 | 6 |" in "".join(each.value for each in app.markdown)
assert "#### one" in "".join(each.value for each in app.markdown)
app.button_group(key="training_view").set_value("New run").run()
assert "Start training" in [button.label for button in app.button]
print("tensorflow" in sys.modules, "keras" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository,
        env={**os.environ, "RESUNET_DATA": str(data), "PYTHONPATH": str(repository / "tests")},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_an_address_opens_its_patient_and_slice(app, data):
    wanted = find_cases(data)[2]
    app.query_params["case"] = opaque_id(data, wanted)
    app.query_params["slice"] = "2"
    open_page(app, PAGES[0])
    opened = app.session_state["open_study"]
    assert opened.origin == wanted
    assert opened.first_slice == 1
    assert app.selectbox(key="case").value == wanted
    # the address is followed once; then the user chooses
    app.selectbox(key="case").select_index(0).run()
    assert app.session_state["open_study"].origin == find_cases(data)[0]


@pytest.mark.parametrize("case", ["0123456789ab", "../../etc", "\u2603"])
def test_an_address_of_nobody_shows_nobody_until_one_is_chosen(app, data, case):
    app.query_params["case"] = case
    app.query_params["slice"] = "3"
    open_page(app, PAGES[0])
    assert "not found on this server" in texts(app.error)
    assert "open_study" not in app.session_state
    next(button for button in app.button if button.label == "Choose a patient").click().run()
    assert not app.error
    assert app.session_state["open_study"].origin == find_cases(data)[0]


def test_after_an_address_of_nobody_another_page_can_ask_for_a_patient(app, data):
    app.query_params["case"] = "0123456789ab"
    open_page(app, PAGES[0])
    app.session_state["open_case"] = (data, find_cases(data)[1], 3)
    app.run()
    assert not app.error
    assert app.session_state["open_study"].origin == find_cases(data)[1]


@pytest.mark.parametrize("number", ["", "0", "-3", "99", "1e9", "9" * 400, "\u0662"])
def test_a_slice_without_a_patient_is_passed_over(app, data, number):
    app.query_params["slice"] = number
    open_page(app, PAGES[0])
    assert app.session_state["open_study"].origin == find_cases(data)[0]
    assert not app.error


def test_a_patient_called_alike_in_another_folder_is_that_folders(app, tmp_path, monkeypatch):
    roots = [write_data(tmp_path / name) for name in ("a", "b")]
    monkeypatch.setenv("RESUNET_DATA", os.pathsep.join(map(str, roots)))
    open_page(app, PAGES[0])
    app.selectbox(key="case").select_index(1).run()
    for root in (roots[1], roots[0]):
        app.selectbox(key="data_folder").select(str(root)).run()
        opened = app.session_state["open_study"]
        assert all(file.path.is_relative_to(root) for file in opened.origin.slices)
        assert opened.origin == find_cases(root)[1]
        assert opened.address == opaque_id(root, find_cases(root)[1])


@pytest.mark.parametrize("number", ["0", "99"])
def test_a_slice_that_is_none_is_the_nearest(app, data, number):
    app.query_params["case"] = opaque_id(data, find_cases(data)[0])
    app.query_params["slice"] = number
    open_page(app, PAGES[0])
    assert not app.error


def test_another_page_can_ask_for_a_patient_and_slice(app, data):
    wanted = find_cases(data)[1]
    open_page(app, PAGES[0])
    app.session_state["open_case"] = (data, wanted, 3)
    app.run()
    opened = app.session_state["open_study"]
    assert (opened.origin, opened.first_slice) == (wanted, 3)
    app.run()
    assert app.session_state["open_study"] is opened


@pytest.mark.keras
def test_a_prediction_that_was_stopped_waits_until_it_is_told_to_go_on(app, data, home):
    write_run(home)
    app.session_state["stopped"] = read_case(find_cases(data)[0]).source.sha256
    open_page(app, PAGES[0])
    opened = app.session_state["open_study"]
    assert opened.prediction.done.sum() == 1  # the slice on screen
    assert "5 of 6 slices are not predicted" in texts(app.text)
    app.button(key="go_on_predicting").click().run()
    assert opened.prediction.done.all()


@pytest.mark.keras
def test_a_saved_correction_is_there_when_the_patient_is_opened_again(app, data, home, repository):
    write_run(home)
    open_page(app, PAGES[0])
    opened = app.session_state["open_study"]
    correction = np.zeros(opened.study.shape, np.int8)
    tumour = opened.prediction.mask[2, 4:8, 4:8]
    correction[2, 4:8, 4:8] = np.where(tumour, -1, 1)
    opened.edit = Edit(1, correction, (Verdict("accepted", 2, 5, 5, 16),))
    app.run()
    assert "corrected by hand in 1 slice" in texts(app.warning)
    app.button(key="save_correction").click().run()
    assert not app.error
    assert app.button(key="save_correction").proto.disabled

    again = AppTest.from_file(str(repository / "app.py"), default_timeout=120)
    open_page(again, PAGES[0])
    opened = again.session_state["open_study"]
    np.testing.assert_array_equal(opened.edit.correction, correction)
    assert opened.saved.origin["verdicts"] == [
        {"verdict": "accepted", "slice_index": 2, "row": 5, "column": 5, "voxels": 16}
    ]
    assert opened.saved.origin["model_sha256"]
    assert "as a reader corrected and saved it" in texts(again.warning)
    np.testing.assert_array_equal(opened.as_shown(0.5).mask[2, 4:8, 4:8], ~tumour)
    assert opened.edit.verdicts == (Verdict("accepted", 2, 5, 5, 16),)
    assert read_header(opened.layers)["verdicts"] == [
        {"verdict": "accepted", "slice": 2, "row": 5, "column": 5, "voxels": 16}
    ]

    # Meanwhile the first reader, and then the second: who knows of the other is asked first.
    app.session_state["open_study"].edit = Edit(2, None, ())
    app.run()
    app.button(key="save_correction").click().run()
    assert not app.error
    opened.edit = Edit(1, correction * -1, ())
    again.run()
    again.button(key="save_correction").click().run()
    assert not again.error  # nothing is kept any more that could be lost
    app.session_state["open_study"].edit = Edit(3, correction, ())
    app.run()
    app.button(key="save_correction").click().run()
    assert "Another reader has saved" in texts(app.error)
    assert not app.button(key="save_correction").proto.disabled
    app.button(key="save_correction").click().run()
    assert not app.error
    assert app.button(key="save_correction").proto.disabled
