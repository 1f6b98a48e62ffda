"""Files of a run that are damaged, foreign or newer: right types, or a sentence."""

import json
import math

import pytest
from tiny import tiny_config

from resunet.config import to_dict
from resunet.errors import InputError
from resunet.jobs.reading import read_settings
from resunet.jobs.run_folder import ACTIVE, HISTORY_COLUMNS, STATES, RunFolder
from resunet.storage import write_json

CONFIG = tiny_config()
STATUS = {
    "epoch": 3,
    "epochs": 30,
    "step": 150,
    "steps": 1500,
    "best_val_loss": 0.25,
    "best_epoch": 2,
    "device": "CPU",
    "images_per_second": 41,
    "seconds_left": 12.5,
    "message": "Epoch 4.",
}
OWN = {"schema", "state", "pid", "process_started", "host", "heartbeat"}


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_config(CONFIG, {"folder": "/data"})
    return run


def change(run, **values):
    """Writes a status, with some values changed as a foreign program might."""
    run.write_status("running", **STATUS)
    old = json.loads(run.status_file.read_text())
    run.status_file.write_text(json.dumps({**old, **values}))


# Status


def test_a_whole_status_is_read_whole(run):
    change(run)
    status = run.read_status()
    assert {name: status[name] for name in STATUS} == STATUS
    assert set(status) == OWN | set(STATUS)


@pytest.mark.parametrize("name", [*STATUS, *sorted(OWN - {"schema"})])
@pytest.mark.parametrize(
    "value", ["", None, [1], {"a": 1}, True, -1, 1.5, math.nan, -math.inf, 10**400]
)
def test_values_of_another_type_are_left_out(run, name, value):
    change(run, **{name: value})
    status = run.read_status()
    found = status.get(name)
    if name == "state":
        assert "state" not in status
    elif name in ("device", "host", "message"):
        assert found is None or isinstance(found, str)
    elif name in ("pid", "epoch", "epochs", "step", "steps", "best_epoch"):
        assert found is None
    else:
        assert found is None or (type(found) in (int, float) and math.isfinite(found))
        assert (found is None) == (value not in (-1, 1.5))
    others = set(STATUS) - {name, "message"}  # the message tells of a process that is gone
    assert {other: status[other] for other in others} == {other: STATUS[other] for other in others}


def test_before_the_first_validation_the_best_loss_is_infinite(run):
    run.write_status("running", best_val_loss=math.inf)
    assert run.read_status()["best_val_loss"] == math.inf
    run.change_status("queued", "Waiting.")
    assert run.read_status()["best_val_loss"] == math.inf
    change(run, best_val_loss="much")
    assert "best_val_loss" not in run.read_status()


def test_values_that_are_not_known_stay_where_they_are_plain(run):
    change(run, colour="red", level=3, nothing=None, some=[1])
    status = run.read_status()
    assert (status["colour"], status["level"]) == ("red", 3)
    assert not {"nothing", "some"} & set(status)


@pytest.mark.parametrize("state", ["paused", 5, None, ["running"]])
def test_a_state_that_is_not_known_is_left_out(run, state):
    change(run, state=state)
    assert "state" not in run.read_status()


@pytest.mark.parametrize("values", [{"pid": "x"}, {"heartbeat": None, "host": "elsewhere"}])
def test_a_run_whose_process_cannot_be_told_is_interrupted(run, values):
    change(run, **values)
    assert run.read_status()["state"] == "interrupted"


def test_the_status_of_a_newer_version_is_told_as_such(run):
    change(run, schema=2, state={"name": "running"}, epoch="three")
    assert run.read_status() == {
        "schema": 2,
        "state": "unknown",
        "message": "A newer version of the program wrote status.json (schema 2).",
    }
    assert "unknown" not in (*STATES, *ACTIVE)


def test_a_status_cut_anywhere_is_empty(run):
    change(run)
    whole = run.status_file.read_bytes().rstrip()
    for length in range(len(whole)):
        run.status_file.write_bytes(whole[:length])
        assert run.read_status() == {}


@pytest.mark.parametrize("content", ["3", "null", '"running"', "[" * 100_000])
def test_json_that_is_no_status_is_an_empty_one(run, content):
    run.status_file.write_text(content)
    assert run.read_status() == {}


def test_a_folder_in_place_of_a_file_says_nothing(run):
    run.status_file.mkdir()
    run.history_file.mkdir()
    assert run.read_status() == {}
    assert run.read_history() == []


# History


@pytest.mark.parametrize("missing", HISTORY_COLUMNS[1:])
def test_a_missing_column_is_undefined_and_the_others_are_there(run, missing):
    columns = [name for name in HISTORY_COLUMNS if name != missing]
    values = {name: float(number) for number, name in enumerate(columns, 1)}
    line = ",".join(map(str, values.values()))
    run.history_file.write_text(f"{','.join(columns)}\n{line}\n")
    assert run.read_history() == [{**values, missing: None}]


def test_further_columns_are_left_out(run):
    columns = ",".join([*HISTORY_COLUMNS, "grade"])
    run.history_file.write_text(f"{columns}\n1,2,3,4,5,6,7,8,9\n")
    (row,) = run.read_history()
    assert row == dict(zip(HISTORY_COLUMNS, map(float, range(1, 9)), strict=True))


@pytest.mark.parametrize("epoch", ["", "nan", "inf", "x"])
def test_a_line_without_its_epoch_is_left_out(run, epoch):
    columns = ",".join(HISTORY_COLUMNS)
    run.history_file.write_text(f"{columns}\n{epoch},1,1,1,1,1,1,1\n2,1,1,nan,1,1,1,1\n")
    (row,) = run.read_history()
    assert (row["epoch"], row["val_loss"]) == (2.0, None)


# Settings


def test_settings_cut_anywhere_are_a_sentence(run):
    whole = run.config_file.read_bytes().rstrip()
    for length in range(0, len(whole), 7):
        run.config_file.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"config\.json is not valid JSON") as caught:
            run.read_config()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([], "data is [], where an object is accepted"),
        (None, "data is None, where an object is accepted"),
        ({"folder": 3}, "data.folder is 3, where text is accepted"),
        ({"training": "anna"}, "data.training is 'anna', where a list of patients is accepted"),
        ({"training": [1]}, "data.training is [1], where a list of patients is accepted"),
        ({"slices": 4}, "data.slices is 4, where an object of whole numbers is accepted"),
        ({"slices": {"training": "4"}}, "data.slices is {'training': '4'}, where an object"),
    ],
)
def test_data_of_another_type_is_named(run, data, told):
    write_json(run.config_file, {**to_dict(CONFIG), "data": data})
    with pytest.raises(InputError) as caught:
        run.read_config()
    assert f"{run.config_file}: {told}" in str(caught.value)


def test_settings_without_data_are_read(tmp_path):
    write_json(tmp_path / "my.json", to_dict(CONFIG))
    assert read_settings(tmp_path / "my.json") == (CONFIG, {})
