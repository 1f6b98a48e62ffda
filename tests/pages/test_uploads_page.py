"""Dropped files through ``app.py``, without a browser."""

import io
from dataclasses import replace

import numpy as np
import pytest
from app_data import write_data, write_run
from dicom_files import write_patient
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import FileUploader
from synthetic import make_study, synthetic_pictures, to_nifti, write_slice

from resunet.data.cases import Case
from resunet.study import CONTRASTS

pytestmark = pytest.mark.pages

VIEWER, WORK_LIST = "pages/viewer.py", "pages/worklist.py"
DATA_SETS, MODEL = "pages/datasets.py", "pages/model.py"
IMAGES, CLASSES = synthetic_pictures(4, 32, 28, seed=2)
OPENED, DEMO = "Opened files", "Demo patients"
WORDS = ("T1", "T1 with contrast agent", "T2", "FLAIR", "Expert's segmentation")
IDENTITY = "Carry the patient's identity in DICOM"


@pytest.fixture
def app(repository, monkeypatch):
    """The app as on a server that has run ``app.py`` before.

    AppTest has every run forget that the folder ``pages/`` is not Streamlit's older kind of
    pages; a page then runs alone first, and its widgets forget what they were set to.
    """
    begin = PagesManager.__init__

    def with_navigation(manager, *args, **options):
        PagesManager.uses_pages_directory = False
        begin(manager, *args, **options)

    monkeypatch.setattr(PagesManager, "__init__", with_navigation)
    return AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()


def nifti(array, **options):
    return to_nifti(array, **options).to_bytes()


def four(pattern="{}.nii"):
    return {pattern.format(c): nifti(IMAGES[..., i]) for i, c in enumerate(CONTRASTS)}


def drop(app, contents):
    """Drops files; whatever they are, there is no traceback."""
    files = [(name, content, "application/octet-stream") for name, content in contents.items()]
    app.file_uploader(key="upload").set_value(files).run()
    assert not app.exception
    return app


def take_away(app, monkeypatch):
    """Removes every file from the control: AppTest forgets to say so, a browser does not."""

    def said(uploader):
        state = WidgetState(id=uploader.id)
        state.file_uploader_state_value.SetInParent()
        return state

    with monkeypatch.context() as patch:
        patch.setattr(FileUploader, "_widget_state", property(said))
        app.run()
    assert not app.exception
    return app


def visit(app, page):
    app.switch_page(page).run()
    assert not app.exception
    return app


def texts(elements):
    return "\n".join(element.value for element in elements)


def study(app):
    return app.session_state["open_study"].study


def assert_shows_the_patient(app):
    assert not app.error
    assert app.selectbox(key="data_folder").value == OPENED
    np.testing.assert_array_equal(study(app).images, IMAGES)


def button(app, label):
    (found,) = (each for each in app.button if each.label == label)
    return found


def labels(elements):
    return [element.label for element in elements]


def choice(app, words):
    (found,) = (each for each in app.selectbox if each.label == words)
    return found


def test_dropped_files_are_shown(app):
    drop(app, four())
    assert_shows_the_patient(app)
    assert app.selectbox(key="data_folder").options == [OPENED, DEMO]
    assert app.selectbox(key="dropped_patient").value.patient == "t1.nii and 3 more"
    assert "for this browser window only" in texts(app.caption)


def test_other_files_take_the_place_of_the_first(app):
    drop(app, four())
    drop(app, {f"b_{name}": content for name, content in reversed(four().items())})
    assert_shows_the_patient(app)
    assert app.selectbox(key="dropped_patient").value.patient == "b_flair.nii and 3 more"


@pytest.mark.parametrize("page", [WORK_LIST, DATA_SETS, MODEL])
def test_they_stay_open_while_another_page_is_visited(app, page):
    drop(app, four())
    visit(app, page)
    visit(app, VIEWER)
    assert_shows_the_patient(app)


def test_they_can_be_closed_after_the_control_has_forgotten_them(app):
    drop(app, four())
    assert "Close the opened files" not in labels(app.button)  # the control lists them
    visit(app, DATA_SETS)
    visit(app, VIEWER)
    button(app, "Close the opened files").click().run()
    assert app.selectbox(key="data_folder").options == [DEMO]
    assert app.selectbox(key="case").value.patient.startswith("Demo_1")
    assert study(app).identifier.startswith("Demo_1")
    assert "Close the opened files" not in labels(app.button)


def test_taken_away_they_make_room_for_the_folder(app, monkeypatch):
    drop(app, four())
    take_away(app, monkeypatch)
    assert app.selectbox(key="data_folder").options == [DEMO]
    assert study(app).identifier.startswith("Demo_1")
    assert app.session_state["uploaded"] is None


def test_taken_away_nothing_is_kept_of_them_even_where_no_folder_opens(app, monkeypatch, tmp_path):
    drop(app, four())
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "nowhere"))
    take_away(app, monkeypatch)
    assert "nowhere is not a folder" in texts(app.error)
    assert "open_study" not in app.session_state


def test_files_are_welcome_where_no_folder_opens(request, monkeypatch, tmp_path):
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "nowhere"))
    app = request.getfixturevalue("app")
    assert "nowhere is not a folder" in texts(app.error)
    drop(app, four())
    assert_shows_the_patient(app)


def test_a_folder_can_be_looked_at_meanwhile(app):
    drop(app, four())
    app.selectbox(key="data_folder").set_value(DEMO).run()
    assert study(app).identifier.startswith("Demo_1")
    app.selectbox(key="data_folder").set_value(OPENED).run()
    assert_shows_the_patient(app)


def test_the_data_sets_are_counted_while_files_are_open(app, tmp_path, monkeypatch):
    monkeypatch.setenv("RESUNET_DATA", str(write_data(tmp_path / "data")))
    drop(app.run(), four())
    visit(app, DATA_SETS)
    assert not app.error
    assert "| training | 2 | 12 |" in texts(app.markdown)
    assert OPENED not in app.selectbox(key="other_folder").options
    visit(app, VIEWER)
    assert_shows_the_patient(app)


@pytest.mark.parametrize(
    ("contents", "start"),
    [
        ({"t1.nii": b"no image"}, "t1.nii cannot be read"),
        ({"notes.txt": b"text"}, "notes.txt is "),
        ({"a.zip": b"no zip"}, "a.zip cannot be read as zip"),
        ({"a.txt": b"", "b.txt": b""}, "What was dropped holds no picture"),
        ({"..": b"text"}, "file is "),
        ({**four(), "flair.nii": b""}, "flair.nii "),
    ],
)
def test_what_cannot_be_read_gets_one_sentence_and_the_next_is_welcome(app, contents, start):
    drop(app, contents)
    assert len(app.error) == 1
    assert app.error[0].value.startswith(start)
    assert "resunet-" not in app.error[0].value
    drop(app, four())
    assert_shows_the_patient(app)


def test_names_are_shown_as_they_are_not_as_markdown(app):
    drop(app, {"[x](y) *a* __b__ $c$ <i>.txt": b"text"})
    assert app.error[0].value.startswith(r"\[x\](y) \*a\* \_\_b\_\_ \$c\$ \<i\>.txt is ")


def test_a_missing_contrast_is_chosen_from_the_files(app):
    files = four()
    files["scan_4.nii"] = files.pop("t2.nii")
    drop(app, files)
    assert "has no file for t2" in app.error[0].value
    chosen = {words: choice(app, words).value for words in WORDS}
    assert chosen == dict(zip(WORDS, ("t1.nii", "t1ce.nii", "–", "flair.nii", "–"), strict=True))
    choice(app, "T2").set_value("scan_4.nii")
    button(app, "Open").click().run()
    assert_shows_the_patient(app)


def test_two_files_of_one_contrast_are_a_choice(app):
    drop(app, {**four(), "t1_old.nii": nifti(IMAGES[..., 3])})
    (sentence,) = (each.value for each in app.error)
    assert sentence.endswith("two files for t1: t1.nii and t1_old.nii; one is accepted.")
    assert choice(app, "T1").value == "–"
    choice(app, "T1").set_value("t1.nii")
    button(app, "Open").click().run()
    assert_shows_the_patient(app)
    assert "Left aside: t1_old.nii" in texts(app.caption)


def test_one_file_for_two_contrasts_is_told_and_can_be_put_right(app):
    files = four()
    files["scan_4.nii"] = files.pop("t2.nii")
    drop(app, files)
    choice(app, "T2").set_value("t1.nii")
    button(app, "Open").click().run()
    assert "t1.nii is chosen twice; one contrast for each is accepted." in texts(app.error)
    choice(app, "T2").set_value("scan_4.nii")
    button(app, "Open").click().run()
    assert_shows_the_patient(app)


def test_a_choice_that_leads_nowhere_can_be_undone(app):
    files = {**four(), "localizer.nii": nifti(IMAGES[:, :20, :, 0])}
    drop(app, files)
    assert_shows_the_patient(app)
    assert not [each for each in app.selectbox if each.label == "T1"]
    app.toggle[0].set_value(True).run()
    choice(app, "T1").set_value("localizer.nii")
    button(app, "Open").click().run()
    assert "localizer.nii and flair.nii have" not in texts(app.error)
    assert "voxels" in texts(app.error)
    button(app, "Undo what was chosen").click().run()
    assert_shows_the_patient(app)


def test_which_file_is_which_names_files_and_reasons(app):
    drop(app, {**four("p_{}.nii"), "p_seg.nii": nifti(CLASSES), "p_dwi.nii": nifti(IMAGES[..., 0])})
    assert [text.value for text in app.text] == [
        f"{words}: p_{name}.nii" for words, name in zip(WORDS, (*CONTRASTS, "seg"), strict=True)
    ]
    assert app.text[1].help == 'its name says "t1ce"'
    assert "Left aside: p_dwi.nii" in texts(app.caption)
    np.testing.assert_array_equal(study(app).labels, CLASSES)


def test_what_was_recognised_can_be_overruled(app):
    drop(app, four())
    app.toggle[0].set_value(True).run()
    choice(app, "T1").set_value("t2.nii")
    choice(app, "T2").set_value("t1.nii")
    button(app, "Open").click().run()
    np.testing.assert_array_equal(study(app).images, IMAGES[..., [2, 1, 0, 3]])
    assert app.text[0].value == "T1: t2.nii"
    assert app.text[0].help == "chosen by you"


def test_grids_that_differ_are_resampled_when_asked_for_and_that_is_said_for_good(app):
    drop(app, {**four(), "t2.nii": nifti(IMAGES[..., 2], spacing=(1.0, 1.1, 1.0))})
    assert "mm apart" in app.error[0].value
    assert "Undo what was chosen" not in labels(app.button)
    button(app, "Resample to the T1CE's grid").click().run()
    assert not app.error
    assert "T2 lay on another grid and was resampled" in texts(app.warning)
    visit(app, DATA_SETS)
    visit(app, VIEWER)
    assert "T2 lay on another grid and was resampled" in texts(app.warning)


def test_npz_slices_can_be_dropped(app, tmp_path):
    names = [f"Brats18_X_1_{number}.npz" for number in (9, 10)]
    for index, name in enumerate(names):
        write_slice(tmp_path / name, IMAGES[index], CLASSES[index])
    drop(app, {name: (tmp_path / name).read_bytes() for name in names})
    assert not app.error
    assert study(app).shape == (2, 32, 28)
    assert app.text[0].value == "T1: an array of each npz slice"
    assert app.toggle[0].disabled


@pytest.mark.keras
def test_a_missing_contrast_is_filled_for_a_network_that_learnt_to_do_without(app, home):
    run = write_run(home)
    config, data = run.read_config()
    run.write_config(replace(config, augment=replace(config.augment, contrast_dropout=0.2)), data)
    files = four()
    del files["t2.nii"]
    drop(app, files)
    (fill,) = (box for box in app.checkbox if box.label.startswith("Fill a missing contrast"))
    fill.check()
    button(app, "Open").click().run()
    assert texts(app.error) == ""
    assert study(app).missing == ("t2",)
    assert "There is no T2: it is filled with zeros" in texts(app.warning)


@pytest.mark.keras
def test_a_network_that_did_not_is_offered_no_zeros(app, home):
    write_run(home)
    files = four()
    del files["t2.nii"]
    drop(app, files)
    assert "has no file for t2" in app.error[0].value
    assert not app.checkbox


@pytest.mark.keras
def test_all_can_be_taken_away_once_it_is_predicted(app, home):
    write_run(home)
    drop(app, four())
    assert app.session_state["open_study"].prediction.done.all()
    offered = {each.label: each.proto.disabled for each in app.download_button}
    assert offered == dict.fromkeys(
        ("Picture of this slice", "Report, two pages", "All results, as zip"), False
    )
    assert IDENTITY not in labels(app.checkbox)


@pytest.mark.keras
def test_dicom_files_ask_whether_to_carry_the_identity(app, home, tmp_path):
    write_run(home)
    folder = write_patient(tmp_path / "p", make_study(slices=2))
    drop(app, {path.stem: path.read_bytes() for path in sorted(folder.iterdir())})
    assert not app.error
    assert IDENTITY in labels(app.checkbox)
    assert "DICOM segmentations and parametric map" in texts(app.caption)


def set_of_two():
    """Two patients of three slices, the second brighter."""
    contents = {}
    for patient, gain in (("Ann", 1.0), ("Bob", 1.5)):
        for k in range(3):
            packed = io.BytesIO()
            arrays = {c: IMAGES[k, ..., i] * gain for i, c in enumerate(CONTRASTS)}
            np.savez_compressed(packed, **arrays, mask=CLASSES[k] > 0)
            contents[f"{patient}_{k}.npz"] = packed.getvalue()
    return contents


def test_dropped_patients_are_chosen_by_name(app):
    drop(app, set_of_two())
    choice = app.selectbox(key="dropped_patient")
    assert (choice.options, choice.value.patient) == (["Ann", "Bob"], "Ann")
    assert "2 patients. Kept in this server's memory" in texts(app.caption)
    np.testing.assert_array_equal(study(app).images, IMAGES[:3])
    choice.select("Bob").run()
    np.testing.assert_array_equal(study(app).images, IMAGES[:3] * 1.5)


@pytest.mark.keras
def test_dropped_patients_have_a_work_list_that_nobody_keeps(app, home):
    write_run(home)
    drop(app, set_of_two())
    visit(app, WORK_LIST)
    assert list(app.dataframe[0].value["Patient"]) == ["Ann", "Bob"]
    button(app, "Compute 2 patients").click().run()
    assert not app.exception
    assert not app.error
    table = app.dataframe[0].value
    assert table["Dice"].notna().all()
    assert sorted(table["Patient"]) == ["Ann", "Bob"]
    kept = {path.relative_to(home).parts[0] for path in home.rglob("*") if path.is_file()}
    assert kept <= {"runs"}


def test_a_row_of_dropped_patients_opens_them(app):
    drop(app, set_of_two())
    app.session_state["open_case"] = (None, Case("", "Bob"), 2)
    app.run()
    assert app.selectbox(key="dropped_patient").value.patient == "Bob"
    assert app.session_state["open_study"].first_slice == 2
    np.testing.assert_array_equal(study(app).images, IMAGES[:3] * 1.5)
