"""The page that compares data sets, through ``app.py``, without a browser."""

import json
import os
import re

import pytest
import streamlit as st
from cohort.sets_of_patients import pictures_of
from comparing import GONE, note_process, start_at_once
from driving import open_page, press, progress, texts
from streamlit.testing.v1 import AppTest
from synthetic import synthetic_pictures, write_paper_layout, write_slice

from resunet.cohort.reading import survey_case
from resunet.cohort.survey_cache import keep_survey
from resunet.data.cases import find_cases
from resunet.jobs.process import this_process
from resunet.jobs.tasks import Task
from resunet.ui.datasets.downloads import FILES

pytestmark = pytest.mark.pages

PAGE = "pages/datasets.py"
PARTS = ["where", "quantities", "intensities", "sites", "twice", "broken", "effect", "files"]
NAMES = {
    "training": [f"Brats18_CBICA_{letter}_1" for letter in "ABCD"],
    "testing": [f"Brats18_TCIA0{number}_1_1" for number in (1, 2, 3)],
}


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Four patients and three, four slices each."""
    root = tmp_path / "data"
    write_paper_layout(root, patients=NAMES)
    monkeypatch.setenv("RESUNET_DATA", str(root))
    return root


def control(controls, start):
    return next(each for each in controls if (each.key or "").startswith(start))


def show_part(app, part):
    control(app.button_group, "datasets_part").set_value(part).run()
    assert not app.exception


def comparison_in(home):
    """The folder of the only comparison."""
    [folder] = (home / "cache/comparisons").iterdir()
    return folder


def edit(home, **changes):
    """Puts other findings into the comparison that was made."""
    file = comparison_in(home) / "comparison.json"
    result = json.loads(file.read_text(encoding="utf-8")) | changes
    file.write_text(json.dumps(result), encoding="utf-8")
    stat = file.stat()
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))


def flag(**changes):
    file = "testing/Brats18_TCIA02_1_1_10.npz"
    return {
        "set": "testing",
        "file": file,
        "patient": "Brats18_TCIA02_1_1",
        "number": 10,
        "kind": "noise",
        "score": 0.9,
        "contrast": "t2",
        "why": "Noise of *T2* is 5.0 times the usual.",
    } | changes


def test_the_answer_comes_before_the_charts(app, data):
    open_page(app, PAGE)
    assert not app.error
    assert "No difference between the sets was shown" in app.markdown[0].value
    assert "No difference between training and testing was shown" in texts(app)
    assert "| training | 4 | 16 |" in texts(app)
    assert "| testing | 3 | 12 |" in texts(app)
    assert "No patient is in two sets" in texts(app)


def test_a_folder_behind_a_link_is_the_folder(app, data, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(data)
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "link"))
    open_page(app, PAGE)
    assert "7 patients in this folder." in texts(app)
    assert "| training | 4 | 16 |" in texts(app)


def test_every_part_can_be_looked_at(app, data):
    open_page(app, PAGE)
    for part in PARTS:
        show_part(app, part)
        assert not app.error
    views = [("Patients", "p adjusted"), ("All in a table", "less"), ("Slices", "do not test")]
    show_part(app, "quantities")
    for view, words in views:
        control(app.button_group, "datasets_view").set_value(view).run()
        assert not app.exception
        assert words in texts(app)


def test_all_files_can_be_taken_away(app, data):
    open_page(app, PAGE)
    show_part(app, "files")
    assert len(app.get("download_button")) == len(FILES)


def test_the_quantity_shown_first_differs_most_surely(app, data, home):
    open_page(app, PAGE)
    file = comparison_in(home) / "comparison.json"
    found = json.loads(file.read_text(encoding="utf-8"))["pairs"][0]["quantities"]
    surest = min((each for each in found if found[each]["p"]), key=lambda each: found[each]["p"])
    show_part(app, "quantities")
    assert control(app.selectbox, "datasets_quantity").value == surest


def test_what_was_computed_is_drawn_without_computing(app, data, repository, monkeypatch):
    open_page(app, PAGE)

    def fail(task, words):
        raise OSError("nothing is to be started")

    monkeypatch.setattr(Task, "start", fail)
    again = AppTest.from_file(str(repository / "app.py"), default_timeout=120)
    open_page(again, PAGE)
    assert not again.error
    assert "| training | 4 | 16 |" in texts(again)


def test_another_file_makes_another_comparison(app, data, home):
    open_page(app, PAGE)
    images, labels = synthetic_pictures(1, 64, 64, seed=99)
    write_slice(data / "testing/Brats18_TCIA04_1_1_8.npz", images[0], labels[0])
    st.cache_data.clear()  # which lists a folder anew once a minute
    app.run()
    assert "| testing | 4 | 13 |" in texts(app)
    assert len([*(home / "cache/comparisons").iterdir()]) == 2


def test_while_it_computes_it_shows_how_far_it_is_and_can_be_stopped(app, data, home, monkeypatch):
    monkeypatch.setattr(
        Task, "start", lambda task, words: note_process(task.folder, this_process())
    )
    for case in find_cases(data)[:2]:
        keep_survey(survey_case(case, checked=True), case)
    open_page(app, PAGE)
    assert progress(app) == ["2 of 7 patients are read"]
    assert "as far as patients are read" in texts(app)
    # the process is this one, so that it must not be ended in earnest
    note_process(comparison_in(home), GONE)
    press(app, "Stop")
    assert "Comparing was stopped. 2 of 7 patients are read" in texts(app)
    monkeypatch.setattr(Task, "start", start_at_once)
    press(app, "Go on")
    assert "| training | 4 | 16 |" in texts(app)


def test_a_failure_is_told_in_its_words_and_can_be_retried(app, data, monkeypatch):
    def fail(task, words):
        note_process(task.folder, GONE, "resunet compare: The disk is *full*.\n")

    monkeypatch.setattr(Task, "start", fail)
    open_page(app, PAGE)
    assert app.error[0].value == r"The sets could not be compared: The disk is \*full\*."
    monkeypatch.setattr(Task, "start", start_at_once)
    press(app, "Retry")
    assert not app.error
    assert "| training | 4 | 16 |" in texts(app)


def test_a_process_that_cannot_be_started_is_told(app, data, monkeypatch):
    def fail(task, words):
        raise OSError("No more processes.")

    monkeypatch.setattr(Task, "start", fail)
    open_page(app, PAGE)
    for _ in range(2):  # it does not give way to less when the page looks again
        assert "No more processes." in app.error[0].value
        assert [button.label for button in app.button] == ["Retry"]
        app.run()


def test_a_damaged_comparison_can_be_made_anew(app, data, home):
    open_page(app, PAGE)
    (comparison_in(home) / "arrays.npz").write_bytes(b"nothing")
    edit(home)  # so that it is read again
    app.run()
    assert "holds no whole comparison" in app.error[0].value
    press(app, "Retry")
    assert not app.error
    assert "| training | 4 | 16 |" in texts(app)


def test_many_pairs_leave_room_for_the_charts(app, tmp_path, monkeypatch):
    patients = {split: [f"{split}_1", f"{split}_2"] for split in "abcd"}
    write_paper_layout(tmp_path / "data", patients=patients, slices_per_patient=2)
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "data"))
    open_page(app, PAGE)
    told = [each.value for each in app.caption if each.value.startswith("No difference between")]
    assert len(told) == 4
    assert "And 2 more pairs." in texts(app)


def test_another_folder_shows_its_own_sets_even_while_the_first_is_computed(
    app, data, tmp_path, monkeypatch
):
    other = tmp_path / "other"
    write_paper_layout(other, patients={"validating": ["P_1"], "testing": ["Q_1"]}, seed=7)
    monkeypatch.setenv("RESUNET_DATA", os.pathsep.join([str(data), str(other)]))
    monkeypatch.setattr(
        Task, "start", lambda task, words: note_process(task.folder, this_process())
    )
    open_page(app, PAGE)
    assert progress(app) == ["0 of 7 patients are read"]
    monkeypatch.setattr(Task, "start", start_at_once)
    app.selectbox(key="data_folder").set_value(str(other)).run()
    assert "| validating | 1 | 4 |" in texts(app)
    assert progress(app) == []
    app.selectbox(key="data_folder").set_value(str(data)).run()
    assert progress(app) == ["0 of 7 patients are read"]
    assert "validating" not in texts(app)


def test_several_folders_are_compared_split_by_split_or_as_a_whole(
    app, data, tmp_path, monkeypatch
):
    other = tmp_path / "other"
    write_paper_layout(other, patients={"training": ["P_1"], "testing": ["Q_1"]}, seed=7)
    monkeypatch.setenv("RESUNET_DATA", os.pathsep.join([str(data), str(other)]))
    open_page(app, PAGE)
    app.multiselect(key="datasets_more").set_value([str(other)]).run()
    names = ["data/training", "data/testing", "other/training", "other/testing"]
    assert re.findall(r"^\| (\w+/\w+) ", texts(app), re.MULTILINE) == names
    reference = control(app.selectbox, "datasets_reference")
    assert (reference.value, reference.options) == ("data/training", names)
    app.toggle(key="datasets_whole").set_value(True).run()
    assert "| data | 7 | 28 |" in texts(app)
    assert "| other | 2 | 8 |" in texts(app)


WRONG = ["~nosuchuser/x", "/" + 300 * "x", "/etc/hostname", "nowhere"]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_served_folder_that_is_none_is_told(app, monkeypatch, wrong):
    monkeypatch.setenv("RESUNET_DATA", wrong)
    open_page(app, PAGE)
    assert len(app.error) == 1
    assert app.multiselect(key="datasets_more").options == ["Demo patients"]


@pytest.mark.parametrize("typed", WRONG)
def test_whatever_is_typed_as_a_folder_gets_one_sentence_and_can_be_taken_back(app, data, typed):
    open_page(app, PAGE)
    app.multiselect(key="datasets_more").set_value([typed]).run()
    assert not app.exception
    assert len(app.error) == 1
    app.multiselect(key="datasets_more").set_value([]).run()
    assert "| training | 4 | 16 |" in texts(app)


def test_a_folder_is_compared_with_others_once(app, data):
    open_page(app, PAGE)
    app.multiselect(key="datasets_more").set_value([str(data), f"{data}/../data"]).run()
    assert not app.error
    assert "| training | 4 | 16 |" in texts(app)


def test_one_set_says_what_a_second_would_add(app, tmp_path, monkeypatch):
    write_paper_layout(tmp_path / "data", patients={"": ["P_1", "Q_1"]})
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "data"))
    open_page(app, PAGE)
    assert "nothing to compare it with" in texts(app)
    assert "| all | 2 | 8 |" in texts(app)
    for part in PARTS:
        show_part(app, part)
        assert not app.error


def test_names_are_shown_as_they_are(app, tmp_path, monkeypatch):
    write_paper_layout(
        tmp_path / "data", patients={"*a*": ["P_1", "Q_1"], "b|<i>": ["R_1", "S_1"]}, seed=3
    )
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "data"))
    open_page(app, PAGE)
    assert r"| \*a\* | 2 |" in texts(app)
    assert r"| b\|\<i\> | 2 |" in texts(app)


def test_a_file_that_cannot_be_read_is_a_finding_and_no_error(app, data):
    broken = data / "testing/Brats18_TCIA02_1_1_10.npz"
    broken.write_bytes(b"nothing")
    open_page(app, PAGE)
    assert "1 file cannot be used" in texts(app)
    show_part(app, "broken")
    assert not app.error
    assert "**Unreadable file**" in texts(app)
    told = "testing/Brats18_TCIA02_1_1_10.npz cannot be read as npz: File is not a zip file."
    assert texts(app).count("cannot be read as npz") == 1
    assert told in [each.value for each in app.markdown]
    assert "Open in the viewer" in [button.label for button in app.button]


def test_a_finding_is_shown_with_its_reason_and_opens_in_the_viewer(app, data, home):
    open_page(app, PAGE)
    edit(home, flags=[flag()])
    app.run()
    show_part(app, "broken")
    assert "**Heavy noise of T2**" in texts(app)
    assert r"Noise of \*T2\* is 5.0 times the usual." in texts(app)
    press(app, "Open in the viewer")
    opened = app.session_state["open_study"]
    assert opened.origin.patient == "Brats18_TCIA02_1_1"
    assert opened.first_slice == 2  # of 8, 9, 10, 11
    assert "Brats18" not in json.dumps(app.query_params)


def test_findings_are_filtered_by_set_and_kind(app, data, home):
    open_page(app, PAGE)
    first = "training/Brats18_CBICA_A_1_9.npz"
    edit(home, flags=[flag(), flag(set="training", file=first, kind="spike", score=0.8)])
    app.run()
    show_part(app, "broken")
    assert list(app.dataframe[0].value["Score"]) == [0.9, 0.8]
    control(app.multiselect, "datasets_flag_sets").set_value(["training"]).run()
    assert list(app.dataframe[0].value["Kind"]) == ["Spike (herringbone)"]
    control(app.multiselect, "datasets_flag_kinds").set_value(["noise"]).run()
    assert "No finding is like this." in texts(app)


def test_a_patient_in_two_sets_is_shown_with_both_pictures(app, data):
    images, labels = pictures_of(5, slices=4)
    for split, name in (("training", "Twin_1"), ("testing", "Twin_1")):
        for index in range(4):
            write_slice(data / split / f"{name}_{index}.npz", images[index], labels[index])
    open_page(app, PAGE)
    assert "1 patient is in two sets" in texts(app)
    show_part(app, "twice")
    assert list(app.dataframe[0].value["Patient"]) == ["Twin_1"]
    assert "**training**: training/Twin" in texts(app)
    assert "**testing**: testing/Twin" in texts(app)


def test_scores_that_were_asked_for_are_shown(app, data, home):
    open_page(app, PAGE)
    edit(
        home,
        effect={
            "sentences": ["The flagged slices explain 2 of the 10 points."],
            "sets": {"testing": {"native": {"with_flagged": {"dice_patient_mean": 0.785}}}},
        },
    )
    app.run()
    show_part(app, "effect")
    assert "explain 2 of the 10 points" in texts(app)
    assert list(app.dataframe[0].value["Dice"]) == ["0.785"]
