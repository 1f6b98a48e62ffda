"""The work list's page through ``app.py``, without a browser."""

import json

import pytest
from app_data import write_data, write_run
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from resunet.data.cases import find_cases
from resunet.data.readers import open_case
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.inference.predict import predict
from resunet.measure.doubt import doubt
from resunet.metrics import dice
from resunet.review.addresses import opaque_id
from resunet.review.store import Review, Reviews

pytestmark = pytest.mark.pages

PAGE = "pages/worklist.py"
PATIENTS = ["Brats18_C_1", "Brats18_A_1", "Brats18_B_1"]  # as in the folder: testing, training


@pytest.fixture
def data(tmp_path, monkeypatch):
    root = write_data(tmp_path / "data")
    monkeypatch.setenv("RESUNET_DATA", str(root))
    return root


@pytest.fixture
def visit(repository, data, monkeypatch):
    """A function: a new visitor's app.

    Its pages stand alone: `AppTest` begins every run outside of the frame, and the way back into
    it would lose what was typed into the table.
    """
    monkeypatch.setattr("resunet.ui.frame.enter", lambda page: None)
    return lambda: AppTest.from_file(str(repository / "app.py"), default_timeout=120)


@pytest.fixture
def app(visit):
    return visit()


def open_page(app: AppTest) -> AppTest:
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def texts(elements) -> str:
    return "\n".join(element.value for element in elements)


def click(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label.startswith(label)).click().run()
    assert not app.exception
    return app


def choose(app: AppTest, key: str, value: str) -> AppTest:
    app.button_group(key=key).set_value(value).run()
    assert not app.exception
    return app


def tell(app: AppTest, id_: str, **value) -> AppTest:
    """Sends what the browser says of a table, which `AppTest` itself cannot do."""
    states = app._tree.get_widget_states()
    states.widgets.append(WidgetState(id=id_, **value))
    app._run(states)
    assert not app.exception
    return app


def edit(app: AppTest, rows: dict[int, dict]) -> AppTest:
    return tell(app, app.data_editor[0].proto.id, string_value=json.dumps({"edited_rows": rows}))


def open_row(app: AppTest, row: int) -> AppTest:
    ids = app.dataframe[0].proto.button_click_widgets
    click = json.dumps({"row": row, "label": "Open"})
    return tell(app, ids["Open"], string_trigger_value={"data": click})


def column(app: AppTest, name: str) -> list:
    values = app.dataframe[0].value[name]
    return [
        None if missing else value for value, missing in zip(values, values.isna(), strict=True)
    ]


def case_of(data, patient):
    return next(case for case in find_cases(data) if case.patient == patient)


def test_it_stands_in_the_frame(repository, data):
    app = AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
    open_page(app)
    assert "Research use only; not a medical device." in texts(app.caption)
    assert column(app, "Patient") == PATIENTS


def test_without_a_model_the_patients_are_listed_and_training_is_explained(app, data):
    open_page(app)
    assert "resunet train" in texts(app.info)
    assert column(app, "Patient") == PATIENTS
    assert column(app, "Doubt") == [None, None, None]
    assert "3 patients, 0 computed, 0 reviewed." in texts(app.caption)
    assert not [button for button in app.button if button.label.startswith("Compute")]
    assert not app.error


def test_a_folder_that_is_none_is_told(app, monkeypatch, tmp_path):
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "nowhere"))
    open_page(app)
    assert "nowhere is not a folder" in texts(app.error)


def test_the_demo_patients_have_a_list_too(app, monkeypatch):
    monkeypatch.delenv("RESUNET_DATA")
    open_page(app)
    assert [name[:4] for name in column(app, "Patient")] == ["Demo"] * 4


@pytest.mark.keras
def test_all_patients_are_computed_and_ordered(app, data, home):
    write_run(home)
    open_page(app)
    click(app, "Compute 3 patients")
    engine = load_engine(find_model())
    expected = []
    for case in find_cases(data):
        study = open_case(case).study
        prediction = predict(study, engine, samples=10, seed=0)
        mask = prediction.mask
        doubted = doubt(prediction.probability, mask)
        expected.append((case.patient, doubted, dice(study.mask, mask), mask.sum() / 1000.0))
    expected.sort(key=lambda row: 2.0 if row[1] is None else row[1], reverse=True)
    assert column(app, "Patient") == [row[0] for row in expected]
    assert column(app, "Doubt") == pytest.approx([row[1] for row in expected])
    assert column(app, "Dice") == pytest.approx([row[2] for row in expected])
    assert column(app, "Volume, ml") == pytest.approx([row[3] for row in expected])  # 1 mm³ each
    assert "3 patients, 3 computed, 0 reviewed." in texts(app.caption)
    assert [button.label for button in app.button] == ["All computed"]

    choose(app, "work_sorting", "As in the folder")
    assert column(app, "Patient") == PATIENTS
    choose(app, "work_subject", "Slices")
    assert len(column(app, "Slice")) == 3 * 6
    assert column(app, "Slice")[:6] == [8, 9, 10, 11, 12, 13]


@pytest.mark.keras
def test_what_was_computed_is_there_at_once_for_the_next_visitor(app, visit, home):
    write_run(home)
    click(open_page(app), "Compute")
    before = column(app, "Doubt")
    visitor = open_page(visit())
    assert column(visitor, "Doubt") == pytest.approx(before)
    visitor.slider(key="work_samples").set_value(4).run()
    assert column(visitor, "Doubt") == [None, None, None]
    assert [button.label for button in visitor.button] == ["Compute 3 patients"]


@pytest.mark.keras
def test_only_what_is_listed_is_computed(app, data, home):
    write_run(home)
    open_page(app)
    app.multiselect(key="work_splits").set_value(["training"]).run()
    assert column(app, "Patient") == PATIENTS[1:]
    click(app, "Compute 2 patients")
    app.multiselect(key="work_splits").set_value([]).run()
    done = dict(zip(column(app, "Patient"), column(app, "Slice"), strict=True))
    assert done["Brats18_C_1"] is None
    assert None not in (done["Brats18_A_1"], done["Brats18_B_1"])
    click(app, "Compute 1 patient")
    assert None not in column(app, "Slice")


@pytest.mark.keras
def test_a_patient_that_cannot_be_read_stands_last_with_the_reason(app, data, home):
    write_run(home)
    broken = case_of(data, "Brats18_C_1").slices[2].path
    content = broken.read_bytes()
    broken.write_bytes(b"nothing")
    click(open_page(app), "Compute")
    assert column(app, "Patient")[-1] == "Brats18_C_1"
    assert broken.name in column(app, "Remark")[-1]
    assert "1 not computable" in texts(app.caption)
    assert not app.error
    broken.write_bytes(content)
    click(app, "Try 1 again")
    assert column(app, "Remark").count(None) == 3 or None not in column(app, "Slice")
    assert "3 computed" in texts(app.caption)


@pytest.mark.keras
def test_damaged_weights_are_told_and_the_list_stands(app, data, home):
    run = write_run(home)
    run.best_weights.write_bytes(b"no weights")
    click(open_page(app), "Compute")
    assert "best.weights.h5" in texts(app.error)
    assert column(app, "Patient") == PATIENTS
    assert [button.label for button in app.button] == ["Compute 3 patients"]


def test_ticks_and_notes_are_saved_at_once(app, data, home):
    open_page(app)
    edit(app, {1: {"Reviewed": True}})
    edit(app, {1: {"Reviewed": True, "Note": "Left temporal."}, 0: {"Note": "?"}})
    said = {
        patient: Reviews(data).read(opaque_id(data, case_of(data, patient))) for patient in PATIENTS
    }
    assert (said["Brats18_A_1"].reviewed, said["Brats18_A_1"].note) == (True, "Left temporal.")
    assert (said["Brats18_C_1"].reviewed, said["Brats18_C_1"].note) == (False, "?")
    assert said["Brats18_B_1"] == Review()
    assert "1 reviewed" in texts(app.caption)
    assert column(app, "Reviewed") == [False, True, False]
    names = [str(path.relative_to(home)) + path.read_text() for path in home.rglob("*.json")]
    assert len(names) == 2
    assert "Brats18" not in "".join(names)


def test_a_note_is_taken_back(app, data):
    open_page(app)
    edit(app, {0: {"Note": "?"}})
    edit(app, {0: {"Note": None}})
    assert Reviews(data).read(opaque_id(data, case_of(data, PATIENTS[0]))).note == ""


def test_a_tick_that_somebody_took_back_is_not_set_again(app, data):
    open_page(app)
    edit(app, {0: {"Reviewed": True}})
    first, second = (opaque_id(data, case_of(data, patient)) for patient in PATIENTS[:2])
    Reviews(data).write(first, reviewed=False)
    edit(app, {0: {"Reviewed": True}, 1: {"Reviewed": True}})
    assert not Reviews(data).read(first).reviewed
    assert Reviews(data).read(second).reviewed


def test_after_another_page_the_same_tick_can_be_set_again(app, data):
    open_page(app)
    edit(app, {0: {"Reviewed": True}})
    first = opaque_id(data, case_of(data, PATIENTS[0]))
    app.switch_page("pages/datasets.py").run()
    Reviews(data).write(first, reviewed=False)
    open_page(app)
    edit(app, {0: {"Reviewed": True}})
    assert Reviews(data).read(first).reviewed


def test_what_is_reviewed_can_be_left_out_and_what_is_typed_then_goes_to_the_right_row(app, data):
    open_page(app)
    edit(app, {0: {"Reviewed": True}})
    app.toggle(key="work_only_open").set_value(True).run()
    assert column(app, "Patient") == PATIENTS[1:]
    edit(app, {0: {"Note": "the second"}})
    assert Reviews(data).read(opaque_id(data, case_of(data, PATIENTS[1]))).note == "the second"
    assert Reviews(data).read(opaque_id(data, case_of(data, PATIENTS[0]))).note == ""


def test_what_cannot_be_saved_is_told(app, data, home):
    open_page(app)
    home.mkdir(parents=True, exist_ok=True)
    (home / "reviews").write_text("in the way")
    edit(app, {0: {"Reviewed": True}})
    assert "cannot be written" in texts(app.error)


def test_a_damaged_tick_is_told_at_its_patient(app, data):
    Reviews(data).write(opaque_id(data, case_of(data, PATIENTS[2])), reviewed=True)
    next(Reviews(data).folder.iterdir()).write_bytes(b"{")
    open_page(app)
    assert [remark is not None for remark in column(app, "Remark")] == [False, False, True]


def test_patients_are_found_by_name(app, data):
    open_page(app)
    app.text_input(key="work_text").set_value("b_1").run()
    assert column(app, "Patient") == ["Brats18_B_1"]
    assert "1 of 3 patients" in texts(app.caption)
    app.text_input(key="work_text").set_value("nobody").run()
    assert not app.dataframe
    assert "No patient is like this." in texts(app.info)


@pytest.mark.keras
def test_a_click_opens_the_patient_in_the_viewer(app, data, home, monkeypatch):
    write_run(home)
    click(open_page(app), "Compute")
    row = column(app, "Patient").index("Brats18_B_1")
    index = column(app, "Slice")[row] - 8  # the slices are numbered from 8
    asked = []
    monkeypatch.setattr("streamlit.switch_page", asked.append)
    open_row(app, row)
    assert asked == ["pages/viewer.py"]
    assert app.session_state["open_case"] == (data, case_of(data, "Brats18_B_1"), index)

    choose(app, "work_sorting", "As in the folder")
    choose(app, "work_subject", "Slices")
    open_row(app, 7)
    assert app.session_state["open_case"] == (data, case_of(data, "Brats18_A_1"), 1)
