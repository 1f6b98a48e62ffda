import pytest
from tiny import tiny_config

from resunet.evaluation.trained import training_of
from resunet.inference.cards import make_card, origin_of
from resunet.inference.models import find_model
from resunet.jobs.run_folder import RunFolder
from resunet.storage import read_json, write_json

DATA = {"folder": "/somewhere/brats2d", "training": ["a", "b"], "validating": ["c"]}


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_config(tiny_config(), DATA)
    rows = [
        {"epoch": 1, "step": 5, "val_loss": 0.3, "learning_rate": 0.01, "seconds": 60.0},
        {"epoch": 2, "step": 10, "val_loss": 0.2, "learning_rate": 0.0, "seconds": 30.0},
    ]
    run.write_history(rows)
    run.write_status("finished", device="a card")
    run.best_weights.parent.mkdir()
    run.best_weights.write_bytes(b"best")
    return run


def test_a_run_tells_it_all(run):
    assert training_of(find_model(run.path)) == {
        "epochs": 2,
        "epochs_reason": None,
        "minutes": 1.5,
        "minutes_reason": None,
        "learning_rate": 0.0,
        "learning_rate_reason": None,
        "device": "a card",
        "device_reason": None,
        "trained_on": ["a", "b"],
        "trained_on_reason": None,
        "chosen_on": ["c"],
        "chosen_on_reason": None,
    }


def packed(run, folder, **changes):
    """The model packed of a run, with a card that may be older."""
    folder.mkdir()
    config = run.read_config()[0]
    card = make_card(
        "demo",
        config,
        threshold=0.5,
        origin=origin_of(run.best_weights, config),
        weights={},
        sha256="a" * 64,
    )
    write_json(folder / "demo.json", {**card, **changes})
    (folder / "demo.weights.npz").write_bytes(b"packed")
    return find_model(folder / "demo.json")


def test_the_card_of_a_packed_model_tells_the_same(run, tmp_path):
    model = packed(run, tmp_path / "models")
    assert training_of(model) == training_of(find_model(run.path))


def test_an_older_card_tells_less_and_says_so(run, tmp_path):
    found = training_of(packed(run, tmp_path / "models", training={"epochs": 7}))
    assert (found["epochs"], found["epochs_reason"]) == (7, None)
    assert found["minutes"] is None
    assert "does not say" in found["minutes_reason"]
    found = training_of(packed(run, tmp_path / "none", training=None, split=None))
    assert (found["epochs"], found["trained_on"]) == (None, None)
    assert found["trained_on_reason"].endswith(".")


def test_a_run_without_epochs_says_so(run):
    run.write_history([])
    found = training_of(find_model(run.path))
    assert (found["epochs"], found["minutes"], found["learning_rate"]) == (0, None, None)
    assert found["minutes_reason"] == "The run does not tell all of it."
    assert read_json(run.config_file)["data"]["training"] == found["trained_on"]
