"""Runs beside each other: how they stand, and in what they differ."""

import dataclasses

import pytest
from app_data import HISTORY
from tiny import tiny_config

from resunet.config import Config
from resunet.jobs.run_folder import HISTORY_COLUMNS, RunFolder
from resunet.presets import preset
from resunet.records import flat
from resunet.ui.training.comparison import differences, facts_of, outcome_of


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_config(tiny_config(), {})
    return run


def row(epoch, **values):
    return {**dict.fromkeys(HISTORY_COLUMNS), "epoch": epoch, **values}


def test_the_outcome_is_that_of_the_epoch_with_the_lowest_validation_loss(run):
    run.write_status("stopped")
    run.write_history(
        [
            row(1, val_loss=0.5, val_dice=0.9, seconds=10.0),
            row(2, val_loss=0.25, val_dice=0.6, seconds=4.0),
            row(3, val_loss=0.3, val_dice=0.7, seconds=4.0),
        ]
    )
    assert outcome_of(run) == {
        "State": "stopped",
        "Epochs done": "3",
        "Best epoch, by validation loss": "2",
        "its validation Dice": "0.600",
        "its validation loss": "0.2500",
        "Seconds an epoch": "6.0",
    }


def test_what_is_undefined_does_not_count(run):
    run.write_history(
        [
            row(1, val_loss=None, val_dice=0.9),
            row(2, val_loss=0.0, val_dice=None, seconds=3.0),
            row(3, val_loss=0.1, val_dice=0.7),
        ]
    )
    outcome = outcome_of(run)
    assert outcome["State"] == "unknown"
    assert outcome["Best epoch, by validation loss"] == "2"
    assert outcome["its validation Dice"] == "–"
    assert outcome["its validation loss"] == "0.0000"
    assert outcome["Seconds an epoch"] == "3.0"


def test_a_run_without_an_epoch_has_no_best(run):
    run.write_status("failed")
    assert list(outcome_of(run).values()) == ["failed", "0", "–", "–", "–", "–"]
    empty = outcome_of(RunFolder(run.path / "nowhere"))
    assert list(empty.values()) == ["unknown", "0", "–", "–", "–", "–"]


def test_the_history_of_the_other_tests_by_hand(run):
    run.write_history(HISTORY)
    outcome = outcome_of(run)  # losses 0.6, 0.3, 0.2; Dice 0.15, 0.3, 0.45
    assert outcome["Best epoch, by validation loss"] == "3"
    assert outcome["its validation Dice"] == "0.450"


def test_all_settings_stand_under_their_dotted_names():
    values = flat(preset("paper"))
    expected = {"preset", "seed"}
    for section in ("network", "loss", "preparation", "augment", "training"):
        part = getattr(preset("paper"), section)
        expected |= {f"{section}.{field.name}" for field in dataclasses.fields(part)}
    assert set(values) == expected
    assert values["preset"] == "paper"
    assert values["network.filters"] == (16, 32, 64, 128, 256)
    assert values["training.learning_rate"] == 0.01
    assert values["training.xla"] is False


def test_the_smallest_difference_of_a_setting_is_one():
    config = Config()
    rate = config.training.learning_rate + 1e-10
    other = dataclasses.replace(
        config, training=dataclasses.replace(config.training, learning_rate=rate)
    )
    assert differences({"a": flat(config), "b": flat(other)}) == ["training.learning_rate"]


def test_data_and_versions_are_facts_too(run):
    config = Config()
    run.write_config(config, {"folder": "/data", "training": ["anna", "bert"]}, {"keras": "3.15"})
    facts = facts_of(run)
    assert facts["data.folder"] == "/data"
    assert facts["data.training"] == ["anna", "bert"]
    assert facts["versions.keras"] == "3.15"
    assert facts["training.epochs"] == config.training.epochs
    run.config_file.write_text("{")
    assert facts_of(run) == {}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"a": {"x": "1"}}, []),
        ({"a": {"x": "1", "y": "2"}, "b": {"x": "1", "y": "2"}}, []),
        ({"a": {"z": "1", "x": "1", "y": "2"}, "b": {"z": "3", "x": "1", "y": "4"}}, ["z", "y"]),
        # the third run differs, whatever the first two do
        ({"a": {"x": "1"}, "b": {"x": "1"}, "c": {"x": "2"}}, ["x"]),
        # of one run nothing is known
        ({"a": {"x": "1", "y": "2"}, "b": {}}, ["x", "y"]),
        ({"a": {"x": "1"}, "b": {"x": "1", "y": "2"}}, ["y"]),
    ],
)
def test_settings_in_which_runs_differ(settings, expected):
    assert differences(settings) == expected
