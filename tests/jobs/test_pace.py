"""How long an epoch takes: what is taken from runs, and from measurements."""

import json
import socket
from dataclasses import replace

import pytest
from tiny import NETWORK, tiny_config

from resunet.jobs.pace import Pace, measure, measured_pace, measurement, seen_pace
from resunet.jobs.reading import read_settings
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.tasks import Task
from resunet.storage import read_json, write_json

CONFIG = tiny_config(batch_size=8, steps_per_epoch=25)


def with_training(**training):
    return replace(CONFIG, training=replace(CONFIG.training, **training))


OTHER_WORK = {
    "network": replace(CONFIG, network=replace(NETWORK, filters=(4, 16))),
    "input": replace(CONFIG, network=replace(NETWORK, input_size=32)),
    "batch": with_training(batch_size=16),
    "mixed precision": with_training(mixed_precision=True),
    "xla": with_training(xla=True),
    "deterministic": with_training(deterministic=True),
}
SAME_WORK = {
    "length": with_training(epochs=99, steps_per_epoch=3),
    "rate": with_training(learning_rate=0.5, schedule="cosine"),
    "seed": replace(CONFIG, seed=17, preset="paper"),
    "loss": replace(CONFIG, loss=replace(CONFIG.loss, gamma=2.0)),
}


@pytest.fixture
def runs(tmp_path):
    """Makes runs: settings and status → run folder."""
    made = []

    def make(config=CONFIG, **status):
        run = RunFolder(tmp_path / f"run-{len(made)}")
        run.write_config(config, {})
        run.write_status("finished", **status)
        made.append(run)
        return run

    make.all = made
    return make


def test_an_epoch_is_its_slices_and_a_third_of_the_validations():
    # 25 steps of 8 slices are 200; 60 validated ones count as 20; 11 a second
    assert Pace(11.0).epoch_seconds(CONFIG, 60) == pytest.approx(20.0)
    assert Pace(50.0).epoch_seconds(CONFIG, 0) == 4.0


def test_the_first_run_like_it_counts(runs):
    for config in OTHER_WORK.values():
        runs(config, images_per_second=1.0)
    runs(images_per_second=20.0)
    runs(images_per_second=30)
    assert seen_pace(CONFIG, runs.all) == Pace(20.0, "run-6")
    assert seen_pace(CONFIG, reversed(runs.all)) == Pace(30.0, "run-7")


@pytest.mark.parametrize("config", OTHER_WORK.values(), ids=OTHER_WORK)
def test_a_run_of_other_steps_does_not(runs, config):
    runs(config, images_per_second=20.0)
    assert seen_pace(CONFIG, runs.all) is None


@pytest.mark.parametrize("config", SAME_WORK.values(), ids=SAME_WORK)
def test_what_does_not_change_a_step_may_differ(runs, config):
    runs(config, images_per_second=20.0)
    assert seen_pace(CONFIG, runs.all) == Pace(20.0, "run-0")


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"images_per_second": 0.0},
        {"images_per_second": -3.0},
        {"images_per_second": "fast"},
        {"images_per_second": 20.0, "host": f"not-{socket.gethostname()}"},
    ],
)
def test_a_run_without_a_rate_of_this_machine_does_not(runs, status):
    run = runs()
    write_json(run.status_file, {**read_json(run.status_file), **status})
    assert seen_pace(CONFIG, runs.all) is None


def test_runs_that_cannot_be_read_are_passed_over(runs, tmp_path):
    damaged, newer, whole = runs(), runs(images_per_second=9.0), runs(images_per_second=20.0)
    damaged.config_file.write_text("{")
    newer.config_file.write_text('{"schema": 99}')
    nowhere = RunFolder(tmp_path / "nowhere")
    assert seen_pace(CONFIG, [nowhere, damaged, newer, whole]) == Pace(20.0, "run-2")
    assert seen_pace(CONFIG, [nowhere]) is None


@pytest.fixture
def task(tmp_path):
    return Task(tmp_path / "task")


@pytest.mark.parametrize(
    ("rates", "median"), [([41.5], 41.5), ([3.0, 9.0, 1.0], 3.0), ([5.0, 1.0, 2.0, 9.0, 7.0], 5.0)]
)
def test_of_a_measurement_the_median_counts(task, rates, median):
    write_json(task.folder / "result.json", {"schema": 1, "training_images_per_s": rates})
    assert measured_pace(task) == Pace(median)


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        {},
        {"training_images_per_s": 41.5},
        {"training_images_per_s": []},
        {"training_images_per_s": ["41.5"]},
        {"training_images_per_s": [41.5, None]},
        {"training_images_per_s": [0.0]},
        {"training_images_per_s": [-2.0]},
        {"training_images_per_s": [float("nan")]},
        {"training_images_per_s": [float("inf")]},
    ],
)
def test_a_damaged_result_is_none(task, result):
    task.folder.mkdir()
    (task.folder / "result.json").write_text(json.dumps(result))
    assert measured_pace(task) is None


def test_without_a_result_there_is_none(task):
    assert measured_pace(task) is None
    task.folder.mkdir()
    (task.folder / "result.json").write_text('{"training_images_per_s": [41')
    assert measured_pace(task) is None


def test_the_same_work_is_one_measurement_and_other_work_another(home):
    folder = measurement(CONFIG).folder
    assert folder.is_relative_to(home / "cache")
    assert {measurement(config).folder for config in SAME_WORK.values()} == {folder}
    others = {measurement(config).folder for config in OTHER_WORK.values()}
    assert len(others) == len(OTHER_WORK)
    assert folder not in others
    assert not home.exists()  # asking leaves nothing behind


def test_another_machine_measures_for_itself(home, monkeypatch):
    here = measurement(CONFIG).folder
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    assert measurement(CONFIG).folder != here


def test_measuring_starts_the_command_with_the_settings(home, monkeypatch):
    started = []
    monkeypatch.setattr(Task, "start", lambda task, words: started.append((task, list(words))))
    measure(CONFIG, "/data")
    ((task, words),) = started
    assert task == measurement(CONFIG)
    assert words[:3] == ["bench", "--data", "/data"]
    file = words[words.index("--config") + 1]
    assert read_settings(task.folder / "config.json") == (CONFIG, {})
    assert file == str(task.folder / "config.json")
