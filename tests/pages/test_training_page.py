"""The runs on the training page through ``app.py``, without a browser."""

import json
import os
import queue
import shutil
from dataclasses import replace

import numpy as np
import pytest
from app_data import HISTORY, write_data, write_run
from synthetic import write_paper_layout
from tiny import tiny_config
from training_page import button, open_page, texts

from resunet.data.cases import find_cases
from resunet.inference.models import default_name, find_model
from resunet.jobs import launch
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.samples import Samples, write_samples
from resunet.jobs.tasks import Task
from resunet.storage import models_dir, read_json, write_json
from resunet.ui.training import actions

pytestmark = pytest.mark.pages

CONFIG = tiny_config()
ROWS = HISTORY  # the lowest validation loss is that of epoch 3, whose validation Dice is .45
TASKS = {"evaluation": "Scoring the validating", "model": "Making it the default model"}


@pytest.fixture
def make(home, tmp_path):
    """Makes a run: name, configuration, state, status → run folder."""

    def make(name, config=CONFIG, state="finished", **status):
        run = RunFolder(home / "runs" / name)
        run.write_config(config, {"folder": str(tmp_path / "patients")})
        run.write_history(ROWS)
        run.write_status(state, **{"epoch": 3, "epochs": 3, "message": "Epoch 3.", **status})
        return run

    return make


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "patients"
    write_paper_layout(root, patients={"training": ["anna"], "validating": ["bert", "carl"]})
    return root


@pytest.fixture
def weights(make):
    """A finished run that has weights, though no network can read them."""
    run = make("weighty")
    run.best_weights.parent.mkdir()
    run.best_weights.write_bytes(b"weights")
    return run


@pytest.fixture
def started(monkeypatch):
    """The words of each process that would have been started."""
    words = []
    monkeypatch.setattr(launch, "start_detached", lambda call, *_: words.append(call) or 2**22 + 1)
    return words


@pytest.fixture
def tasks(monkeypatch):
    """The tasks that would have been started, with their words."""
    found = []
    monkeypatch.setattr(Task, "start", lambda task, words: found.append((task, list(words))))
    return found


def labels(app):
    return {button.label for button in app.button}


def click(app, label):
    button(app, label).click().run()
    assert not app.exception
    return app


def numbers(app):
    """The line of numbers under a run's name: label → text."""
    pairs = (each.value.split("]]  \n") for each in app.markdown if "]]  \n" in each.value)
    return {label.removeprefix(":small[:gray["): value for label, value in pairs}


def choose(app, name):
    app.sidebar.selectbox(key="training_run").set_value(name).run()
    assert not app.exception
    return app


# What there is to see


def test_without_a_run_the_form_is_shown_and_the_runs_say_how_to_begin(app):
    open_page(app)
    assert app.button_group(key="training_view").value == "New run"
    app.button_group(key="training_view").set_value("Runs").run()
    assert "No run yet" in texts(app.info)
    assert "python -m resunet train" in texts(app.info)
    assert not app.exception


def test_a_run_shows_its_state_its_numbers_its_curves_and_its_log(app, make):
    run = make("one", step=20, steps=30, images_per_second=41.0, seconds_left=12.0, device="CPU")
    run.log_file.write_text("".join(f"line {number}\n" for number in range(20)))
    open_page(app)
    assert not app.error
    assert "#### one :green-badge[finished]" in texts(app.markdown)
    assert "Epoch 3." in texts(app.caption)
    assert numbers(app) == {
        "Epoch": "3 of 3",
        "Step": "20 of 30",
        "Best validation Dice": "0.450",
        "of epoch": "3",
        "Slices a second": "–",  # of a run that goes on alone
        "Time left": "–",
        "Device": "CPU",
    }
    assert len(app.get("plotly_chart")) == 3
    assert [each.label for each in app.expander] == ["Card", "Log", "All runs"]
    (log,) = app.code
    assert log.value.splitlines() == [f"line {number}" for number in range(8, 20)]


def test_a_run_that_goes_on_shows_how_fast_and_how_long(app, make):
    make("two", state="queued")
    make("one", state="running", step=20, steps=30, images_per_second=41.2, seconds_left=200.0)
    open_page(app)
    shown = numbers(app)
    assert (shown["Slices a second"], shown["Time left"]) == ("41", "3 min")
    assert "two is queued." in texts(app.caption)
    assert "Stop" in labels(app)
    assert "Resume" not in labels(app)


def test_a_queued_run_without_a_word_yet_is_shown(app, make):
    run = make("one", state="queued", message="Waiting for two.")
    run.history_file.unlink()
    open_page(app)
    assert "Waiting for two." in texts(app.caption)
    assert "begin with the end of the first epoch" in texts(app.caption)
    assert numbers(app)["Best validation Dice"] == "–"
    assert app.code[0].value == "Nothing yet."
    assert not app.error


def test_the_output_stands_in_for_a_log_that_is_not_there(app, make):
    run = make("one", state="failed")
    run.output_file.write_text("resunet train: no room.\n")
    open_page(app)
    assert app.code[0].value == "resunet train: no room."


def test_the_newest_run_is_shown_first_and_another_can_be_chosen(app, make):
    old, new = make("old"), make("new")
    os.utime(old.config_file, (1e9, 1e9))
    os.utime(new.config_file, (2e9, 2e9))
    open_page(app)
    assert app.sidebar.selectbox(key="training_run").options == ["new", "old"]
    assert "#### new" in texts(app.markdown)
    choose(app, "old")
    assert "#### old" in texts(app.markdown)


def test_samples_are_shown_with_their_patients(app, make):
    run = make("one")
    write_samples(
        run,
        Samples(
            np.zeros((2, 8, 8), np.uint8),
            np.zeros((2, 8, 8), bool),
            ("anna", "bert_1*"),
            (3, 4),
            (1, 2),
            np.zeros((2, 2, 8, 8), np.uint8),
        ),
    )
    open_page(app)
    assert len(app.get("image")) == 1
    assert "From top to bottom: anna, bert_1\\*." in texts(app.caption)
    run.samples_file.write_bytes(b"damaged")
    app.run()
    assert not app.get("image")
    assert not app.exception


# Damaged, foreign and newer files


DAMAGED = {
    "status no JSON": lambda run: run.status_file.write_text("{"),
    "status gone": lambda run: run.status_file.unlink(),
    "status a list": lambda run: run.status_file.write_text("[]"),
    "status newer": lambda run: run.status_file.write_text('{"schema": 99, "state": 3}'),
    "status foreign": lambda run: change(
        run.status_file,
        epochs="thirty",
        steps=30,
        step=10**17,
        best_val_dice="high",
        best_epoch=[1],
        device=None,
        message={"text": "hello"},
        images_per_second="fast",
        seconds_left=-1e308,
    ),
    "status of far too many": lambda run: change(
        run.status_file, epoch=10**18, epochs=10**18, step=2**62, steps=2**62
    ),
    "status at the most epochs": lambda run: change(run.status_file, epoch=100_000, epochs=100_000),
    "history cut": lambda run: run.history_file.write_text(run.history_file.read_text()[:-30]),
    "history empty": lambda run: run.history_file.write_text(""),
    "history no table": lambda run: run.history_file.write_bytes(b"\xff\x00\n\n,,\n"),
    "history foreign": lambda run: run.history_file.write_text(
        "epoch,learning_rate,val_loss,val_dice\n1,-1,inf,\n2,inf,-inf,1e300\n-1e300,0,,-1\n"
    ),
    "settings newer": lambda run: change(run.config_file, schema=99),
    "settings no JSON": lambda run: run.config_file.write_text("{"),
    "settings foreign": lambda run: run.config_file.write_text('{"data": 3, "seed": "x"}'),
    "log no text": lambda run: run.log_file.write_bytes(b"\xff\xfe\x00\n" * 5000),
    "log a folder": lambda run: run.log_file.mkdir(),
    "samples damaged": lambda run: run.samples_file.write_bytes(b"PK"),
    "scores foreign": lambda run: write_task(run, {"splits": {"testing": [1], "x": {"grid": 3}}}),
    "scores of nothing": lambda run: write_task(run, {"splits": 3}),
    "scores without a task": lambda run: write_json(run.path / "evaluation/result.json", {}),
    "a name for formatting": lambda run: shutil.move(run.path, run.path.with_name("*a_[b]$c$`d")),
}


def change(file, **values):
    write_json(file, {**read_json(file), **values})


def write_task(run, result, name="evaluation"):
    """A task that has ended with this result."""
    write_json(run.path / name / "result.json", result)
    write_json(run.path / name / "task.json", {})


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_damaged_and_foreign_runs_do_not_break_the_page(app, make, damage):
    damage(make("one", step=20, steps=30))
    other = make("two")
    os.utime(other.config_file, (1e9, 1e9))
    open_page(app)
    assert len(app.sidebar.selectbox(key="training_run").options) == 2
    assert len(numbers(app)) == 7
    # nor where it is compared, and compared with
    app.sidebar.multiselect(key="training_others").set_value(["two"]).run()
    assert not app.exception
    choose(app, "two")
    name = app.sidebar.multiselect(key="training_others").options[0]
    app.sidebar.multiselect(key="training_others").set_value([name]).run()
    assert not app.exception
    assert "#### two" in texts(app.markdown)


def test_what_cannot_be_read_is_said_and_can_only_be_deleted(app, make):
    run, other = make("one", state="stopped"), make("two")
    change(run.config_file, schema=99)
    open_page(app)
    choose(app, "one")
    assert len(app.error) == 1
    assert "schema is 99" in texts(app.error)
    enabled = {each.label for each in app.button if not each.proto.disabled}
    assert enabled == {"Delete for good", "Make it the default"}  # both behind what opens first
    choose(app, "two")
    assert not app.error
    choose(app, "one")
    click(app, "Delete for good")
    assert not run.exists()
    assert other.exists()
    assert not app.error


# Beside each other


def test_runs_are_compared_and_what_differs_is_marked(app, make):
    training = replace(CONFIG.training, batch_size=8, epochs=7)
    make("other", replace(CONFIG, training=training))
    make("same")
    make("first")
    open_page(app)
    choose(app, "first")
    app.sidebar.multiselect(key="training_others").set_value(["same", "other"]).run()
    assert not app.exception
    table = app.dataframe[0]
    frame = table.value
    assert list(frame.columns) == ["first", "same", "other"]
    assert list(frame.index[-2:]) == ["training.batch_size", "training.epochs"]
    assert list(frame.loc["training.batch_size"]) == ["4", "4", "8"]
    assert list(frame.loc["State"]) == ["finished"] * 3
    assert list(frame.loc["its validation Dice"]) == ["0.450"] * 3
    styles = table.proto.arrow_data.styler.styles
    row = list(frame.index).index("training.batch_size")
    assert styles.count("background-color") >= 1
    assert f"_row{row}_col2" in styles
    assert "_col1" not in styles
    assert "Highlighted: other than in first." in texts(app.caption)
    # two lines of each run for Dice and loss, one for the rate
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert [len(chart["data"]) for chart in charts] == [6, 6, 3]


def test_runs_of_the_same_settings_say_so(app, make):
    make("one")
    make("two")
    open_page(app)
    choose(app, "one")
    app.sidebar.multiselect(key="training_others").set_value(["two"]).run()
    assert "Settings and data are the same." in texts(app.caption)


def test_a_run_is_not_compared_with_itself(app, make):
    make("one")
    make("two")
    open_page(app)
    choose(app, "one")
    others = app.sidebar.multiselect(key="training_others")
    assert others.options == ["two"]
    others.set_value(["two"]).run()
    choose(app, "two")
    assert app.sidebar.multiselect(key="training_others").options == ["one"]
    assert app.sidebar.multiselect(key="training_others").value == []
    (overview,) = app.dataframe
    assert list(overview.value["Run"]) == ["two", "one"]
    assert list(overview.value["Best validation Dice"]) == [0.45, 0.45]


# What can be done


def test_what_needs_weights_waits_for_them(app, make, weights):
    make("bare", state="stopped")
    open_page(app)
    for name, expected in (("bare", True), ("weighty", False)):
        choose(app, name)
        for label in ("Open in viewer", "Evaluate"):
            assert button(app, label).proto.disabled is expected


def test_stop_asks_the_run_to_stop_once(app, make, monkeypatch):
    asked = queue.Queue()
    monkeypatch.setattr(actions, "stop", asked.put)
    run = make("one", state="running")
    make("two", state="queued")
    open_page(app)
    choose(app, "one")
    click(app, "Stop")
    assert asked.get(timeout=60) == run
    assert button(app, "Stopping …").proto.disabled
    choose(app, "two")
    assert not button(app, "Stop").proto.disabled
    assert asked.empty()


def test_a_run_of_another_machine_is_not_stopped_here(app, make):
    run = make("one", state="running")
    change(run.status_file, host="elsewhere")
    open_page(app)
    assert button(app, "Stop").proto.disabled
    assert "stop it there" in button(app, "Stop").proto.help


@pytest.mark.parametrize("state", ["stopped", "failed", "interrupted"])
def test_resume_goes_on_with_the_run(app, make, started, state):
    run = make("one", state=state, step=20, steps=30)
    open_page(app)
    click(app, "Resume")
    assert not app.error
    data = run.read_config()[1]["folder"]
    assert started == [["train", "--resume", "--run", str(run.path), "--data", data]]
    status = read_json(run.status_file)
    assert (status["state"], status["step"]) == ("queued", 20)
    assert status["pid"] == 2**22 + 1  # never the server's own, which Stop would end


def test_resume_without_a_data_folder_is_told(app, make, started):
    run = make("one", state="stopped")
    run.write_config(CONFIG, {})
    open_page(app)
    click(app, "Resume")
    assert "names no data folder" in texts(app.error)
    assert started == []


def test_a_finished_run_is_trained_longer(app, make, started):
    run = make("one")
    open_page(app)
    assert "Resume" not in labels(app)
    (epochs,) = [each for each in app.number_input if each.label == "Epochs in all"]
    assert (epochs.min, epochs.value) == (4, 13)
    epochs.set_value(5)
    click(app, "Go on")
    (words,) = started
    assert words[:4] == ["train", "--resume", "--run", str(run.path)]
    assert words[-2:] == ["--epochs", "5"]


def test_a_run_that_stopped_early_is_not_trained_longer(app, make):
    make("one", epochs=30)
    open_page(app)
    assert button(app, "Go on").proto.disabled
    assert "Early stopping has ended it" in texts(app.caption)


def test_the_form_begins_as_the_run_and_with_its_weights(app, make, weights, data, monkeypatch):
    monkeypatch.setenv("RESUNET_DATA", str(data))
    config = replace(CONFIG, seed=11, loss=replace(CONFIG.loss, gamma=2.5))
    weights.write_config(config, {})
    open_page(app)
    click(app, "Continue with other settings")
    assert app.button_group(key="training_view").value == "New run"
    form = app.session_state["training_form"]
    assert form.config == config
    assert form.begins_with == "weighty"
    version = form.version
    assert app.selectbox(key=f"{version}/begins").value == "weighty"
    assert app.number_input(key=f"{version}/seed").value == 11
    assert app.number_input(key=f"{version}/training.batch_size").value == 4
    assert not button(app, "Start training").proto.disabled
    # and once more, with another run that has no weights
    make("bare", config=tiny_config(batch_size=2))
    app.button_group(key="training_view").set_value("Runs").run()
    choose(app, "bare")
    click(app, "Continue with other settings")
    form = app.session_state["training_form"]
    assert (form.config.training.batch_size, form.begins_with) == (2, None)


def test_delete_asks_first_and_then_deletes(app, make):
    run, other = make("one"), make("two")
    open_page(app)
    choose(app, "one")
    assert "Delete **one** with its weights for good?" in texts(app.markdown)
    assert run.exists()
    click(app, "Delete for good")
    assert not run.path.exists()
    assert other.exists()
    assert app.sidebar.selectbox(key="training_run").options == ["two"]
    assert "#### two" in texts(app.markdown)
    assert "Deleted one." in texts(app.toast)
    click(app, "Delete for good")
    assert "No run yet" in texts(app.info)


def test_a_run_that_is_compared_with_can_be_deleted_by_others(app, make):
    make("one")
    other = make("two")
    open_page(app)
    choose(app, "one")
    app.sidebar.multiselect(key="training_others").set_value(["two"]).run()
    shutil.rmtree(other.path)
    app.run()
    assert not app.exception
    (overview,) = app.dataframe
    assert list(overview.value["Run"]) == ["one"]


def test_a_run_that_was_deleted_meanwhile_is_left(app, make):
    run = make("one")
    make("two")
    open_page(app)
    choose(app, "one")
    shutil.rmtree(run.path)
    app.run()
    assert not app.exception
    assert "#### two" in texts(app.markdown)


def test_evaluating_scores_the_splits_that_are_there(app, weights, data, tasks):
    open_page(app)
    click(app, "Evaluate")
    assert not app.error
    ((task, words),) = tasks
    assert task.folder == weights.path / "evaluation"
    assert words == [
        "evaluate",
        *("--data", str(data), "--weights", str(weights.path), "--out", str(task.folder)),
        *("--split", "validating"),
    ]
    write_paper_layout(data, patients={"testing": ["dora"]})
    click(app, "Evaluate")
    assert tasks[1][1][-4:] == ["--split", "validating", "--split", "testing"]


def test_evaluating_without_the_data_is_told(app, weights, tasks):
    open_page(app)
    click(app, "Evaluate")
    assert "patients is not a folder" in texts(app.error)
    weights.write_config(CONFIG, {})
    click(app, "Evaluate")
    assert "names no data folder" in texts(app.error)
    assert tasks == []


def test_scores_are_shown_once_there_are_some(app, make):
    run = make("one")
    scores = {"patients": 2, "dice_pooled": 0.5, "dice_patient_mean": 0.4, "dice_slice_mean": 0.3}
    splits = {"validating": {"native": scores, "grid": {**scores, "dice_pooled": 0.6}}}
    write_task(run, {"model_id": "one@123", "splits": splits})
    open_page(app)
    assert "**Scores** of one@123" in texts(app.markdown)
    frame = app.dataframe[0].value
    assert list(frame["Split"]) == ["validating", "validating"]
    assert list(frame["Pixels"]) == ["the study's own", "the network's"]
    assert list(frame["Dice, pooled"]) == [0.5, 0.6]
    assert list(frame["Dice, mean of slices"]) == [0.3, 0.3]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("evaluation", "It could not be scored: no room."),
        ("model", "It could not be made the default model: no room."),
    ],
)
def test_an_errand_that_failed_says_why(app, weights, name, sentence):
    folder = weights.path / name
    write_json(folder / "task.json", {})
    (folder / "output.txt").write_text("resunet pack: no room.\n")
    open_page(app)
    assert sentence in texts(app.error)


@pytest.mark.parametrize(("name", "sentence"), TASKS.items())
def test_an_errand_that_goes_on_is_told(app, weights, name, sentence):
    status = read_json(weights.status_file)  # this very process
    write_json(weights.path / name / "task.json", status)
    open_page(app)
    assert sentence in texts(app.caption)
    assert not app.error
    assert button(app, "Evaluate").proto.disabled is (name == "evaluation")


def test_it_is_made_the_default_model(app, weights, data, tasks):
    open_page(app)
    (name,) = [each for each in app.text_input if each.label == "Name"]
    assert name.value == "model-weighty"
    name.set_value("best")
    click(app, "Make it the default")
    ((task, words),) = tasks
    assert task.folder == weights.path / "model"
    assert words == [
        *("pack", str(weights.path), "--id", "best", "--default"),
        *("--score", str(data), "validating", "--ranges", str(data)),
    ]


def test_without_its_data_it_is_made_the_default_without_scores(app, weights, tasks):
    open_page(app)
    click(app, "Make it the default")
    ((_, words),) = tasks
    assert words == ["pack", str(weights.path), "--id", "model-weighty", "--default"]


def test_the_default_model_is_told(app, weights, home):
    write_task(weights, {"id": "best"}, "model")
    open_page(app)
    assert "The app's default model" not in texts(app.caption)
    (home / "models").mkdir()
    (home / "models" / "default.txt").write_text("best\n")
    app.run()
    assert "The app's default model: best" in texts(app.caption)


@pytest.mark.keras
@pytest.mark.parametrize("folder", ["with validating", "without", "gone", "unnamed"])
def test_a_run_is_opened_in_the_viewer(app, home, tmp_path, monkeypatch, folder):
    root = write_data(tmp_path / "data")  # training and testing
    monkeypatch.setenv("RESUNET_DATA", str(root))
    if folder == "with validating":
        write_paper_layout(root, patients={"validating": ["anna", "bert"]}, slices_per_patient=2)
    run = write_run(home)
    data = {"gone": {"folder": str(tmp_path / "gone")}, "unnamed": {}}
    run.write_config(run.read_config()[0], data.get(folder, {"folder": str(root)}))
    images = np.zeros((1, 8, 8), np.uint8)
    write_samples(run, Samples(images, images > 0, ("bert",), (8,), (1,), images[None]))
    open_page(app)
    click(app, "Open in viewer")
    if folder in data:
        assert len(app.error) == 1
        return
    assert not app.error
    opened = app.session_state["open_study"]
    assert opened.prediction.model_id == find_model(run.path).model_id()
    if folder == "with validating":  # the patient of the first sample
        assert opened.origin.patient == "bert"
    else:
        assert opened.origin == find_cases(root)[0]


def test_a_run_that_is_gone_is_said_and_no_other_takes_its_place(app, make):
    make("one")
    gone = make("two")
    open_page(app)
    choose(app, "two")
    for each in app.button:  # what was opened or typed for one is no control of the other
        assert each.key is None or "one" not in each.key
    shutil.rmtree(gone.path)
    app.run()
    assert not app.exception
    assert "#### one" in texts(app.markdown)
    assert button(app, "Delete for good").key == "training_delete_now/one"


def test_scores_of_earlier_weights_are_told(app, make):
    run = make("one")
    run.best_weights.parent.mkdir(parents=True, exist_ok=True)
    folder = run.path / "evaluation"
    write_json(folder / "task.json", {"pid": 2**22 + 1, "process_started": 0.0, "host": "x"})
    write_json(folder / "result.json", {"model_id": "one@1", "splits": {}})
    os.utime(folder / "result.json", (2e9, 2e9))
    run.best_weights.write_bytes(b"weights")
    os.utime(run.best_weights, (1e9, 1e9))
    open_page(app)
    assert "**Scores** of one@1" in [each.value for each in app.markdown]
    os.utime(run.best_weights, (2.1e9, 2.1e9))
    app.run()
    assert "of earlier weights" in texts(app.markdown)


def test_the_card_is_shown(app, make):
    run = make("one")
    open_page(app)
    assert "The card of the best weights is written when the training ends." in texts(app.caption)
    run.card_page.write_text("# A card")
    app.run()
    assert "# A card" in texts(app.markdown)


def test_the_default_model_can_be_taken_back(app, make):
    make("one")
    models_dir().mkdir(parents=True)
    (models_dir() / "default.txt").write_text("mine")
    open_page(app)
    click(app, "No longer use mine by default")
    assert not app.exception
    assert default_name() is None
    assert "No longer use mine by default" not in labels(app)
