"""The form that starts a training, through ``app.py``, without a browser."""

import os
import re
import time
from dataclasses import replace

import pytest
from app_data import write_run
from synthetic import FIRST_NUMBER, write_paper_layout, write_slice
from tiny import tiny_config
from training_page import button, open_page, texts

from resunet.data.cases import find_cases
from resunet.data.readers import read_npz_slice
from resunet.inference.models import find_model
from resunet.jobs import launch
from resunet.jobs.pace import Pace, measurement
from resunet.jobs.reading import read_settings
from resunet.jobs.run_folder import RunFolder, list_runs
from resunet.jobs.tasks import Task
from resunet.presets import preset
from resunet.storage import write_json
from resunet.ui.training.form import Form, start_run

pytestmark = pytest.mark.pages

PATIENTS = {"training": ["anna", "bert"], "validating": ["carl"]}
END_SECONDS = 120


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder that can be trained on: four slices a patient, two of them with a tumour."""
    root = tmp_path / "patients"
    write_paper_layout(root, patients=PATIENTS, size=32)
    monkeypatch.setenv("RESUNET_DATA", str(root))
    return root


@pytest.fixture
def started(monkeypatch):
    """The words of each training that would have been started."""
    words = []

    def start(call, output, errors):
        words.append(call)
        return os.getpid()

    monkeypatch.setattr(launch, "start_detached", start)
    return words


def open_examined(app):
    """The page once all files are read."""
    return wait_for_examination(open_page(app))


def wait_for_examination(app):
    _, examination = app.session_state["training_examination"]
    end = time.monotonic() + END_SECONDS
    while not examination.is_done:
        assert time.monotonic() < end
        time.sleep(0.01)
    app.run()
    assert not app.exception
    return app


def is_disabled(app, label="Start training"):
    return button(app, label).proto.disabled


def control(app, kind, name):
    """A setting's control as it is now; each new beginning makes others."""
    version = app.session_state["training_form"].version
    return getattr(app, kind)(key=f"{version}/{name}")


def show_part(app, part):
    app.button_group(key="training_part").set_value(part).run()
    assert not app.exception
    assert not app.error
    return app


def split_rows(app):
    """The table of splits: name → patients, slices, empty, bad."""
    table = next(each.value for each in app.markdown if "| Split |" in each.value)
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    return {row[0]: row[1:] for row in cells[2:]}


def expanders(app):
    return {each.label: texts(each.markdown) for each in app.expander}


# The data folder


def test_the_demo_patients_lack_the_splits_which_is_told(app):
    open_page(app)
    assert not app.error
    assert "splits training and validating" in texts(app.info)
    assert is_disabled(app)
    assert is_disabled(app, "Measure")


def test_a_folder_with_one_of_the_two_splits_names_what_it_has(app, tmp_path, monkeypatch):
    root = tmp_path / "patients"
    write_paper_layout(root, patients={"training": ["anna"], "testing": ["bert"]}, size=32)
    monkeypatch.setenv("RESUNET_DATA", str(root))
    open_page(app)
    assert "this folder has testing, training." in texts(app.info)
    assert is_disabled(app)


def test_a_folder_that_is_none_is_told_in_one_sentence(app, monkeypatch, tmp_path):
    monkeypatch.setenv("RESUNET_DATA", str(tmp_path / "nowhere"))
    open_page(app)
    assert len(app.error) == 1
    assert "nowhere is not a folder" in texts(app.error)


def test_a_whole_folder_is_counted_and_nothing_is_odd(app, data):
    open_examined(app)
    # of each patient's four slices the first and the last are without tumour
    assert split_rows(app) == {
        "training": ["2", "8", "4", "0"],
        "validating": ["1", "4", "2", "0"],
    }
    assert "Every file was read; nothing is odd." in texts(app.caption)
    assert "No patient is in two splits." in texts(app.caption)
    assert not app.error
    assert not app.info
    assert not is_disabled(app)


def test_what_names_tell_is_there_before_the_files_are_read(app, data, monkeypatch):
    monkeypatch.setattr("resunet.ui.training.folder.Examination._read", lambda self: None)
    open_page(app)
    assert split_rows(app) == {
        "training": ["2", "8", "…", "…"],
        "validating": ["1", "4", "…", "…"],
    }
    assert "nothing is odd" not in texts(app.caption)
    assert not is_disabled(app)


def test_a_check_that_fails_is_told_and_ends(app, data, monkeypatch):
    def fail(case):
        raise MemoryError("no room for it")

    monkeypatch.setattr("resunet.data.examination.examine", fail)
    open_examined(app)
    assert "The check ended: no room for it" in texts(app.error)
    assert "nothing is odd" not in texts(app.caption)


@pytest.fixture
def broken(data):
    """A file of the training split that cannot be read."""
    path = data / "training" / f"bert_{FIRST_NUMBER}.npz"
    path.write_bytes(b"nothing")
    return path


def test_a_broken_file_is_named_and_left_out_unless_that_is_not_wanted(app, broken, started):
    open_examined(app)
    assert split_rows(app)["training"] == ["2", "7", "3", ":red[**1**]"]
    ((title, named),) = expanders(app).items()
    assert title == "1 file cannot be used"
    assert broken.name in named
    assert "nothing is odd" not in texts(app.caption)
    assert not is_disabled(app)  # it is left out

    app.toggle(key="training_skip_bad").set_value(False).run()
    assert texts(app.info) == "1 file cannot be used."
    assert is_disabled(app)
    assert is_disabled(app, "Measure")

    app.toggle(key="training_skip_bad").set_value(True).run()
    button(app, "Start training").click().run()
    (run,) = list_runs()
    assert run.read_config()[1]["skip_bad"] is True


def test_files_are_read_once_and_again_when_that_is_asked_for(app, broken):
    open_examined(app)
    first = app.session_state["training_examination"][1]
    app.run()
    assert app.session_state["training_examination"][1] is first
    broken.unlink()
    button(app, "Check again").click().run()
    wait_for_examination(app)
    assert split_rows(app)["training"] == ["2", "7", "3", "0"]
    assert not app.expander
    assert "nothing is odd" in texts(app.caption)


def test_another_folder_is_read_in_its_stead(app, broken):
    open_examined(app)
    first = app.session_state["training_examination"][1]
    app.sidebar.selectbox(key="data_folder").set_value("Demo patients").run()
    assert not app.exception
    assert app.session_state["training_examination"][1] is not first
    assert broken.name not in texts(app.markdown)


def test_a_patient_in_both_splits_is_an_obstacle(app, data):
    write_paper_layout(data, patients={"validating": ["carl", "anna"]}, size=32)
    open_examined(app)
    told = "1 patient is both in training and in validating, as anna."
    assert texts(app.info) == told
    assert is_disabled(app)
    named = "- anna: training, validating"
    assert expanders(app) == {"1 patient is in more than one split": named}


def test_a_patient_in_another_split_too_is_told_and_no_obstacle(app, data):
    write_paper_layout(data, patients={"testing": ["carl"]}, size=32)
    open_examined(app)
    assert "- carl: testing, validating" in texts(app.markdown)
    assert not is_disabled(app)


def test_without_a_mask_a_file_cannot_be_used(app, data):
    path = data / "training" / f"anna_{FIRST_NUMBER + 1}.npz"
    write_slice(path, read_npz_slice(path).images[0], None)
    open_examined(app)
    ((_, named),) = expanders(app).items()
    assert f"{path.name} has no mask" in named


# The settings


def test_it_begins_with_the_preset_for_small_data_and_another_refills(app, data):
    open_page(app)
    assert app.session_state["training_form"].config == preset("small-data")
    assert control(app, "number_input", "training.epochs").value == 20
    control(app, "selectbox", "preset").set_value("paper").run()
    assert app.session_state["training_form"].config == preset("paper")
    assert control(app, "number_input", "training.epochs").value == 40
    assert control(app, "selectbox", "training.schedule").value == "plateau"
    assert "Changed from" not in texts(app.caption)


def test_another_preset_takes_back_what_was_changed_but_not_the_seed(app, data):
    open_page(app)
    control(app, "number_input", "training.epochs").set_value(3)
    control(app, "number_input", "seed").set_value(17)
    app.run()
    control(app, "selectbox", "preset").set_value("paper").run()
    assert app.session_state["training_form"].config == replace(preset("paper"), seed=17)
    control(app, "selectbox", "preset").set_value("small-data").run()
    assert app.session_state["training_form"].config == replace(preset("small-data"), seed=17)


def test_a_change_is_listed_and_stays_whatever_part_is_shown(app, data):
    open_page(app)
    control(app, "number_input", "training.epochs").set_value(7).run()
    assert "Changed from small-data: `training.epochs` 20 → **7**" in texts(app.caption)
    show_part(app, "Loss and network")
    control(app, "selectbox", "loss.dice_pool").set_value("batch").run()
    show_part(app, "Preparation and device")
    control(app, "toggle", "training.xla").set_value(True).run()
    show_part(app, "Training")
    assert control(app, "number_input", "training.epochs").value == 7
    changed = next(each.value for each in app.caption if each.value.startswith("Changed from"))
    assert re.findall(r"`(\w+\.\w+)` (\S+) → \*\*(\S+)\*\*", changed) == [
        ("training.epochs", "20", "7"),
        ("loss.dice_pool", "sample", "batch"),
        ("training.xla", "no", "yes"),
    ]
    # and back
    control(app, "number_input", "training.epochs").set_value(20).run()
    assert "`training.epochs`" not in texts(app.caption)


def test_settings_that_do_not_go_together_are_told_and_not_started(app, data):
    open_page(app)
    # a network of six levels, as a file may hold it: 32 pixels are too few for it
    deep = replace(preset("paper").network, input_size=64, filters=(4,) * 6, depths=(1,) * 6)
    config = replace(preset("paper"), network=deep)
    app.session_state["training_form"] = Form(config, "own", config, None, 5)
    app.session_state["training_part"] = "Loss and network"
    app.run()
    control(app, "selectbox", "network.input_size").set_value(32).run()
    assert "input_size is 32, where a multiple of 64 is accepted" in texts(app.error)
    assert is_disabled(app)
    control(app, "selectbox", "network.input_size").set_value(128).run()
    assert not app.error
    assert not is_disabled(app)


@pytest.mark.keras
def test_augmentation_shows_draws_of_the_training_split(app, data):
    open_page(app)
    show_part(app, "Augmentation")
    assert len(app.get("image")) == 1
    assert "anna: the slice with the largest tumour" in texts(app.caption)
    assert "each slice draws its own" in texts(app.caption)
    button(app, "Another patient").click().run()
    assert "bert: the slice with the largest tumour" in texts(app.caption)
    control(app, "toggle", "augment.per_sample").set_value(False).run()
    assert "a batch shares one draw" in texts(app.caption)
    assert not app.exception


# How long it takes


def test_it_is_not_known_at_first_how_long_it_takes(app, data):
    open_page(app)
    assert "Not known yet" in texts(app.caption)
    assert not is_disabled(app, "Measure")


def test_measuring_is_started_with_the_settings_and_the_folder(app, data, monkeypatch):
    begun = []
    monkeypatch.setattr(Task, "start", lambda task, words: begun.append((task, list(words))))
    monkeypatch.chdir(data.parent)  # the command runs in another folder than the server
    monkeypatch.setenv("RESUNET_DATA", data.name)
    open_page(app)
    control(app, "number_input", "training.batch_size").set_value(8).run()
    button(app, "Measure").click().run()
    assert not app.exception
    ((task, words),) = begun
    assert task == measurement(app.session_state["training_form"].config)
    assert words[:3] == ["bench", "--data", str(data.resolve())]
    config, _ = read_settings(task.folder / "config.json")
    assert config.training.batch_size == 8


def test_where_nothing_can_be_written_measuring_says_so(app, data, home):
    open_page(app)
    home.mkdir()
    (home / "cache").write_text("no folder")
    button(app, "Measure").click().run()
    assert not app.exception
    assert len(app.error) == 1


def test_a_measurement_that_was_made_is_taken(app, data, home):
    open_page(app)
    config = app.session_state["training_form"].config
    task = measurement(config)
    write_json(task.folder / "result.json", {"schema": 1, "training_images_per_s": [100.0]})
    write_json(task.folder / "task.json", {})
    app.run()
    # 50 steps of 32 slices and a third of 4 at 100 a second: 16 s, and 20 epochs of them
    assert "About **16 s** an epoch, 5 min in all" in texts(app.caption)
    assert Pace(100.0).epoch_seconds(config, 4) == pytest.approx(16.0 + 4 / 300)
    control(app, "number_input", "training.batch_size").set_value(8).run()
    assert "Not known yet" in texts(app.caption)


def test_measuring_that_failed_says_why(app, data):
    open_page(app)
    task = measurement(app.session_state["training_form"].config)
    write_json(task.folder / "task.json", {})
    (task.folder / "output.txt").write_text("Reading …\nresunet bench: x holds no case.\n")
    app.run()
    assert "It could not be measured: x holds no case." in texts(app.caption)


# The start


def test_start_makes_a_run_with_these_settings_and_shows_it(app, data, started, home):
    open_page(app)
    control(app, "number_input", "training.epochs").set_value(7).run()
    control(app, "text_input", "name").set_value("../My first/run!").run()
    button(app, "Start training").click().run()
    assert not app.exception
    assert not app.error
    (run,) = list_runs()
    config, kept = run.read_config()
    expected = preset("small-data")
    assert config == replace(expected, training=replace(expected.training, epochs=7))
    assert kept == {"folder": str(data.resolve()), "skip_bad": True}
    assert run.path.parent == home / "runs"
    assert run.path.name.endswith("-My-first-run")
    ((command, *words),) = started
    assert command == "train"
    assert words[words.index("--run") + 1] == str(run.path)
    # the page shows it at once
    assert app.selectbox(key="training_run").value == run.path.name
    assert ":gray-badge[queued]" in texts(app.markdown)
    assert button(app, "Stop").key == f"training_stop/{run.path.name}"


def test_without_a_name_a_run_is_called_by_its_preset(app, data, started):
    open_page(app)
    button(app, "Start training").click().run()
    (run,) = list_runs()
    assert re.fullmatch(r"[\d-]+-small-data", run.path.name)


@pytest.mark.keras
def test_it_begins_with_the_weights_of_another_run(app, data, home, started):
    first = write_run(home)
    open_page(app)
    button(app, "Continue with other settings").click().run()
    assert not app.exception
    button(app, "Start training").click().run()
    assert not app.error
    run = next(run for run in list_runs() if run != first)
    config, kept = run.read_config()
    assert config == first.read_config()[0]
    assert kept["begins_with"] == find_model(first.path).model_id()
    assert run.initial_weights.read_bytes() == first.best_weights.read_bytes()


@pytest.mark.keras
def test_weights_that_do_not_fit_are_told_and_leave_no_run(app, data, home, started):
    first = write_run(home)
    app.session_state["training_view"] = "New run"
    open_page(app)
    control(app, "selectbox", "begins").set_value("tiny").run()
    button(app, "Start training").click().run()
    assert "tiny has network.input_size 32, where the run has 64" in texts(app.error)
    assert list_runs() == [first]
    assert started == []


def test_a_start_that_fails_leaves_no_run(data, monkeypatch, home):
    def fail(run):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("resunet.ui.training.form.launch", fail)
    with pytest.raises(OSError, match="No space left"):
        start_run(tiny_config(), data, name="x", skip_bad=False, model=None)
    assert list_runs() == []
    assert list((home / "runs").iterdir()) == []


@pytest.mark.keras
def test_a_training_that_was_started_is_stopped(app, data):
    """The real thing, as far as a tiny network goes."""
    endless = tiny_config(epochs=100_000, early_stopping_patience=0)
    app.session_state["training_form"] = Form(endless, "endless", endless)
    open_page(app)
    button(app, "Start training").click().run()
    assert not app.exception
    (run,) = list_runs()
    try:
        app.run()
        button(app, "Stop").click().run()
        assert not app.exception
        assert not app.error
    finally:
        wait_for_end(run)
    app.run()
    assert run.read_status()["state"] in ("stopped", "interrupted")
    assert not is_disabled(app, "Resume")


def wait_for_end(run: RunFolder):
    end = time.monotonic() + END_SECONDS
    while run.read_status().get("state") in (None, "queued", "running", "stopping"):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_cases_of_the_folder_are_those_that_are_examined(app, data):
    open_page(app)
    (root, cases), _ = app.session_state["training_examination"]
    assert root == data
    assert list(cases) == find_cases(data)
