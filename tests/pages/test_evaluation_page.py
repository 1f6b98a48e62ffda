"""The page that evaluates networks, through ``app.py``, without a browser."""

import json
import os
import shutil
from pathlib import Path

import pytest
import streamlit as st
from bright import BLOCK, NOTHING, SLICES, write
from comparing import GONE, note_process
from driving import open_page, press, progress, texts
from evaluating import evaluate_at_once, evaluate_now, write_untrained_run
from tiny import run_python

from resunet.evaluation.cross_validation import HELD_OUT
from resunet.evaluation.progress import Progress
from resunet.jobs.process import this_process
from resunet.jobs.tasks import Task
from resunet.ui.evaluation.downloads import FILES
from resunet.ui.sources import OPEN_CASE

pytestmark = pytest.mark.pages

PAGE = "pages/evaluation.py"
PARTS = ["gallery", "scores", "sizes", "thresholds", "uncertainty", "against", "paper", "files"]


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Four patients of a few slices in the split testing."""
    root = tmp_path / "data"
    write(root)
    monkeypatch.setenv("RESUNET_DATA", str(root))
    return root


@pytest.fixture
def model(home, monkeypatch):
    """A model to choose; evaluating it takes no process."""
    monkeypatch.setattr(Task, "start", evaluate_at_once)
    return write_untrained_run(home)


def labels(app):
    return [button.label for button in app.button]


def show_part(app, part):
    app.button_group(key="evaluation_part").set_value(part).run()
    assert not app.exception


def type_folder(app, folder):
    """Types a new option."""
    result = app.selectbox(key="evaluation_result")
    result.options.append(str(folder))
    result.set_value(str(folder)).run()


def evaluation_in(home):
    """The folder of the only evaluation that was asked for."""
    [folder] = (home / "evaluations").iterdir()
    return folder


def age(folder, seconds):
    """Makes a result older."""
    file = folder / "scores.json"
    stamp = file.stat().st_mtime - seconds
    os.utime(file, (stamp, stamp))


def test_without_result_and_model_it_says_what_it_is_for(app, data):
    open_page(app, PAGE)
    assert "Nothing was evaluated yet" in texts(app)
    assert "No trained network yet" in texts(app)
    assert next(each for each in app.button if each.key == "evaluation_start").disabled


def test_an_evaluation_is_asked_for_by_one_button(app, data, model, home):
    open_page(app, PAGE)
    press(app, "Evaluate on 4 patients")
    assert not app.error
    result = json.loads((evaluation_in(home) / "scores.json").read_text(encoding="utf-8"))
    mean = result["splits"]["testing"]["native"]["dice_patient_mean"]
    # anna 32/48, bert 32/36, dora 0; carl has neither outline nor prediction
    assert mean == pytest.approx((32 / 48 + 32 / 36) / 3)
    assert f"| Dice, study's own pixels | {mean:.3f}" in texts(app)
    assert "bright on 4 patients (6 slices) of testing in data: one deterministic" in texts(app)
    assert "Neither outline nor prediction holds tumour" in texts(app)
    assert "dora" in texts(app)


def test_what_is_done_is_not_started_again(app, data, model, monkeypatch):
    open_page(app, PAGE)
    press(app, "Evaluate on 4 patients")

    def fail(task, words):
        raise OSError("nothing is to be started")

    monkeypatch.setattr(Task, "start", fail)
    press(app, "Evaluate on 4 patients")
    assert not app.error
    assert app.toast[-1].value == "This evaluation is there already."


def test_a_damaged_result_is_made_anew(app, data, model, home):
    open_page(app, PAGE)
    press(app, "Evaluate on 4 patients")
    (evaluation_in(home) / "scores.json").write_text("{")
    app.run()
    assert "Nothing was evaluated yet" in texts(app)
    press(app, "Evaluate on 4 patients")
    assert "bright on 4 patients" in texts(app)


def test_the_words_are_those_of_the_command(app, data, home, monkeypatch):
    write_untrained_run(home)
    asked = []
    monkeypatch.setattr(Task, "start", lambda task, words: asked.append(words))
    open_page(app, PAGE)
    app.toggle(key="evaluation_uncertainty").set_value(True).run()
    app.number_input(key="evaluation_samples_True").set_value(12).run()
    app.multiselect(key="evaluation_ways").set_value(["flip"]).run()
    app.toggle(key="evaluation_flip").set_value(True).run()
    app.number_input(key="evaluation_threshold").set_value(0.4).run()
    app.toggle(key="evaluation_skip").set_value(False).run()
    press(app, "Evaluate on 4 patients")
    [words] = asked
    assert words[:4] == ["evaluate", "--data", str(data), "--split=testing"]
    weights = str(home / "runs/bright/checkpoints/best.weights.h5")
    assert words[4:6] == ["--weights", weights]
    assert words[6:12] == ["--samples", "12", "--flip", "--threshold", "0.4", "--uncertainty"]
    assert words[12:14] == ["--way=flip", "--out"]
    assert Path(words[14]).parent == home / "evaluations"


def test_every_part_can_be_looked_at(app, data, home):
    evaluate_now(data, home / "evaluations/a", uncertainty=True)
    evaluate_now(data, home / "evaluations/b", flip=True)
    age(home / "evaluations/b", 60)
    open_page(app, PAGE)
    words = {
        "gallery": "Patients of the lowest Dice first. Expert's outline red, bright blue.",
        "scores": "Slices without tumour",
        "sizes": "has a size. The pixel spacing is unknown.",
        "thresholds": "Best threshold",
        "uncertainty": "Do the worst stand first?",
        "against": "Wilcoxon's p",
        "paper": "ResU-Net (the paper)",
        "files": "These files name patients",
    }
    assert [*words] == PARTS
    for part, sentence in words.items():
        show_part(app, part)
        assert not app.error
        assert sentence in texts(app)


def test_the_newest_result_is_shown_and_the_others_are_offered(app, data, home):
    evaluate_now(data, home / "evaluations/old")
    evaluate_now(data, home / "runs/r/evaluation", flip=True)
    age(home / "evaluations/old", 3600)
    open_page(app, PAGE)
    chosen = app.selectbox(key="evaluation_result")
    assert [name.count("mirrored") for name in chosen.options] == [1, 0]
    assert "mirrored too" in texts(app)
    chosen.set_value(str(home / "evaluations/old")).run()
    assert "one deterministic pass" in texts(app)


def test_a_folder_that_is_typed_is_looked_through(app, data, home, tmp_path):
    evaluate_now(data, home / "evaluations/here")
    evaluate_now(data, tmp_path / "elsewhere/deeper", flip=True)
    open_page(app, PAGE)
    type_folder(app, tmp_path / "elsewhere")
    assert not app.exception
    assert "mirrored too" in texts(app)
    assert len(app.selectbox(key="evaluation_result").options) == 2


@pytest.mark.parametrize("typed", ["nowhere", "~nosuchuser/x", "/" + 300 * "x", "/etc/hostname"])
def test_a_folder_without_results_is_told_and_the_shown_one_stays(app, data, home, typed):
    evaluate_now(data, home / "evaluations/here")
    open_page(app, PAGE)
    type_folder(app, typed)
    assert not app.exception
    assert "holds no result" in app.error[0].value
    assert "bright on 4 patients" in texts(app)


@pytest.mark.parametrize("text", ["{", "[]", '{"splits": {}}', '{"splits": {"a": {}}}'])
def test_damaged_results_are_passed_by(app, data, home, text):
    evaluate_now(data, home / "evaluations/good")
    (home / "evaluations/bad").mkdir()
    (home / "evaluations/bad/scores.json").write_text(text)
    open_page(app, PAGE)
    assert not app.error
    assert len(app.selectbox(key="evaluation_result").options) == 1


def test_while_it_runs_it_tells_how_far_it_is_and_can_be_stopped(
    app, data, model, home, monkeypatch
):
    def run(task, words):
        note_process(task.folder, this_process())

    monkeypatch.setattr(Task, "start", run)
    open_page(app, PAGE)
    press(app, "Evaluate on 4 patients")
    assert progress(app) == ["Loading the network …"]
    count = Progress(evaluation_in(home), {"testing": 4}).counting("testing", lambda case: None)
    count("anna")
    app.run()
    assert progress(app) == ["testing: 1 of 4 patients are scored"]
    # the process is this one, so that it must not be ended in earnest
    note_process(evaluation_in(home), GONE)
    press(app, "Stop")
    assert "was stopped. 1 of 4 patients are scored and stay so." in texts(app)
    monkeypatch.setattr(Task, "start", evaluate_at_once)
    press(app, "Go on")
    assert "bright on 4 patients" in texts(app)
    assert "was stopped" not in texts(app)


def test_what_was_waited_for_is_chosen_as_soon_as_it_is_there(app, data, model, home, monkeypatch):
    evaluate_now(data, home / "evaluations/newer", flip=True)
    age(home / "evaluations/newer", -3600)
    monkeypatch.setattr(Task, "start", lambda task, words: None)
    open_page(app, PAGE)
    press(app, "Evaluate on 4 patients")
    assert "mirrored too" in texts(app)
    folder = next(each for each in (home / "evaluations").iterdir() if each.name != "newer")
    evaluate_now(data, folder)
    app.run()
    assert "one deterministic pass" in texts(app)


def test_a_failure_is_told_in_its_words_and_can_be_retried_or_forgotten(
    app, data, model, home, monkeypatch
):
    def fail(task, words):
        note_process(task.folder, GONE, "resunet evaluate: The disk is *full*.\n")

    monkeypatch.setattr(Task, "start", fail)
    open_page(app, PAGE)
    press(app, "Evaluate on 4 patients")
    said = r"bright on data, testing could not be evaluated: The disk is \*full\*."
    assert app.error[0].value == said
    press(app, "Retry")
    assert app.error[0].value == said
    press(app, "Discard")
    assert not app.error
    assert [*(home / "evaluations").iterdir()] == []


def test_a_process_that_cannot_be_started_is_told(app, data, model, monkeypatch):
    def fail(task, words):
        raise OSError("No more processes.")

    monkeypatch.setattr(Task, "start", fail)
    open_page(app, PAGE)
    press(app, "Evaluate on 4 patients")
    assert "No more processes." in app.error[0].value


def test_another_file_makes_another_evaluation(app, data, model, home):
    open_page(app, PAGE)
    press(app, "Evaluate on 4 patients")
    write(data, {"emil": {1: (BLOCK, NOTHING)}})
    st.cache_data.clear()  # which lists a folder anew once a minute
    app.run()
    press(app, "Evaluate on 5 patients")
    assert len([*(home / "evaluations").iterdir()]) == 2
    assert "bright on 5 patients" in texts(app)


def test_the_training_split_is_scored_only_if_asked_for(app, data, model):
    shutil.copytree(data / "testing", data / "training")
    open_page(app, PAGE)
    splits = next(each for each in app.multiselect if each.label == "Splits")
    assert (splits.options, splits.value) == (["training", "testing"], ["testing"])
    splits.set_value([]).run()
    assert next(each for each in app.button if each.key == "evaluation_start").disabled
    splits.set_value(["training", "testing"]).run()
    press(app, "Evaluate on 8 patients")
    assert "4 patients (6 slices) of training and 4 patients (6 slices) of testing" in texts(app)


def opened_by(app, monkeypatch, patient):
    """What a card's button leaves for the viewer; the viewer itself is not opened."""
    monkeypatch.setattr(st, "switch_page", lambda page: st.stop())
    key = f"_{patient}"
    next(each for each in app.button if (each.key or "").endswith(key)).click().run()
    root, case, index = app.session_state[OPEN_CASE]
    return root, case.patient, index


def test_a_patient_is_opened_at_the_slice_that_is_shown(app, data, home, monkeypatch):
    evaluate_now(data, home / "evaluations/a")
    open_page(app, PAGE)
    assert "Dice 0.667; 0.000 in slice 4, shown: nothing is predicted" in texts(app)
    assert opened_by(app, monkeypatch, "anna") == (data, "anna", 1)


def test_the_viewer_gets_the_model_that_was_evaluated(app, data, home, monkeypatch):
    write_untrained_run(home, "another")
    write_untrained_run(home)
    evaluate_now(data, home / "evaluations/a")
    open_page(app, PAGE)
    models = app.selectbox(key="model")
    models.select_index(models.options.index("another")).run()
    assert app.session_state["model"].name == "another"
    opened_by(app, monkeypatch, "anna")
    assert app.session_state["model"].name == "bright"


def test_the_largest_slice_is_shown_if_asked_for(app, data, home, monkeypatch):
    evaluate_now(data, home / "evaluations/a")
    open_page(app, PAGE)
    app.button_group(key="evaluation_gallery_slice").set_value("largest").run()
    assert "Dice 0.667; 1.000 in slice 3, shown" in texts(app)
    assert opened_by(app, monkeypatch, "anna") == (data, "anna", 0)


def test_a_result_without_outlines_shows_the_experts_and_says_so(app, data, home, monkeypatch):
    evaluate_now(data, home / "evaluations/a")
    (home / "evaluations/a/outlines.json").unlink()
    open_page(app, PAGE)
    assert not app.error
    assert "has not kept the network's" in texts(app)
    assert opened_by(app, monkeypatch, "anna") == (data, "anna", 1)


def test_held_out_patients_are_found_in_whatever_split_they_lie(app, data, home, monkeypatch):
    evaluate_now(data, home / "crossval", named=HELD_OUT, model_id="small-data, 5 parts")
    open_page(app, PAGE)
    assert "5 parts on 4 patients (6 slices), each new to its network, in data" in texts(app)
    assert opened_by(app, monkeypatch, "anna") == (data, "anna", 1)


def test_a_data_folder_that_is_gone_leaves_the_figures(app, data, home, tmp_path, monkeypatch):
    evaluate_now(data, home / "evaluations/a")
    data.rename(tmp_path / "moved")
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "moved"))
    open_page(app, PAGE)
    assert not app.error
    assert "is not there, so that its patients cannot be shown" in texts(app)
    assert "bright on 4 patients" in texts(app)


def test_many_patients_are_shown_a_few_at_a_time(app, data, home):
    write(data, {f"p{number}": SLICES["anna"] for number in range(9)})
    evaluate_now(data, home / "evaluations/a")
    open_page(app, PAGE)
    assert labels(app).count("Open in the viewer") == 6
    press(app, "Show more (7 left)")
    assert labels(app).count("Open in the viewer") == 12
    press(app, "Show more (1 left)")
    assert labels(app).count("Open in the viewer") == 13


def test_all_patients_are_listed_if_asked_for(app, data, home):
    evaluate_now(data, home / "evaluations/a")
    open_page(app, PAGE)
    assert not app.dataframe
    app.toggle(key="evaluation_patients").set_value(True).run()
    table = app.dataframe[0].value
    assert list(table["Patient"])[:2] == ["dora", "anna"]
    assert list(table["Dice"])[:2] == pytest.approx([0.0, 2 / 3])


def test_two_results_are_compared_patient_by_patient(app, data, home):
    evaluate_now(data, home / "evaluations/a")
    evaluate_now(data, home / "evaluations/b", uncertainty=True)
    age(home / "evaluations/b", 60)
    open_page(app, PAGE)
    show_part(app, "against")
    assert "beside bright, mean of 6 passes" in texts(app)
    assert "Mind that samples differs: 0 here, 6 there." in texts(app)
    assert r"| anna | 0.667 | 0.000 | \+0.667 |" in texts(app)


def test_one_result_alone_has_nothing_beside_it(app, data, home):
    evaluate_now(data, home / "evaluations/a")
    open_page(app, PAGE)
    show_part(app, "against")
    assert "There is no other result of these patients" in texts(app)
    show_part(app, "uncertainty")
    assert "without measuring the uncertainty" in texts(app)


def test_all_files_can_be_taken_away(app, data, home):
    evaluate_now(data, home / "evaluations/a", uncertainty=True)
    open_page(app, PAGE)
    show_part(app, "files")
    assert len(app.get("download_button")) == len(FILES)


def test_names_are_shown_as_they_are(app, tmp_path, monkeypatch, home):
    write(tmp_path / "*d*", {"a|*b*": SLICES["anna"]})
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "*d*"))
    evaluate_now(tmp_path / "*d*", home / "evaluations/a")
    open_page(app, PAGE)
    assert r"of testing in \*d\*" in texts(app)
    assert r"**a|\*b\***" in texts(app)


def test_stored_results_are_drawn_without_tensorflow(data, home):
    evaluate_now(data, home / "evaluations/a", uncertainty=True)
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=120).run().switch_page({PAGE!r}).run()
for part in {PARTS!r}:
    app.button_group(key="evaluation_part").set_value(part).run()
    assert not app.exception
assert "bright on 4 patients" in "".join(each.value for each in app.markdown)
print("tensorflow" in sys.modules, "keras" in sys.modules)
"""
    assert run_python("-c", script, RESUNET_DATA="").stdout.split() == ["False", "False"]
