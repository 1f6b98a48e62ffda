import argparse
import dataclasses
import json

import numpy as np
import pytest

from resunet.cli.train_words import add_arguments, open_run
from resunet.config import Config, PreparationConfig, TrainingConfig, to_dict
from resunet.errors import InputError
from resunet.inference.cards import BRATS, PAPER, make_card, origin_of, read_card
from resunet.inference.fitness import PERCENTILES, IntensityRanges, Profile
from resunet.jobs.run_folder import RunFolder
from resunet.presets import preset
from resunet.storage import dump_json

CONFIG = dataclasses.replace(preset("small-data"), seed=9)
DATA = {
    "folder": "/home/somebody/secret/brats2d",
    "training": ["Brats18_A_1", "Brats18_B_1"],
    "validating": ["Brats18_C_1"],
    "slices": {"training": 80, "validating": 40},
}
WEIGHTS = {"file": "demo.weights.npz", "bytes": 3, "values": 1}


def make_run(path, config=CONFIG, data=DATA, val_losses=(0.3, 0.1, None, 0.1)):
    run = RunFolder(path)
    run.write_config(config, data)
    rows = [
        {"epoch": i, "step": 50 * i, "val_loss": loss, "val_dice": i / 10}
        for i, loss in enumerate(val_losses, 1)
    ]
    run.write_history(rows)
    run.best_weights.parent.mkdir()
    run.best_weights.write_bytes(b"best")
    run.last_weights.write_bytes(b"last")
    return run


def card_of(run, **changes):
    config = run.read_config()[0]
    values = {"threshold": 0.5, "weights": WEIGHTS, "sha256": "a" * 64} | changes
    return make_card("demo", config, origin=origin_of(run.best_weights, config), **values)


def score(*patients, split="testing"):
    summary = {"dice_pooled": 0.8, "dice_by_patient": dict.fromkeys(patients, 0.8)}
    return {"data": "d", "split": split, "samples": 0, "native": summary, "grid": summary}


RANGES = IntensityRanges(
    Profile(np.zeros((4, len(PERCENTILES))), np.zeros(6)),
    Profile(np.ones((4, len(PERCENTILES))), np.ones(6)),
    30,
)


# What a card holds


def test_a_card_holds_what_the_contract_lists(tmp_path):
    card = card_of(make_run(tmp_path / "run"), title="A demo", limits="Bad.", terms="None.")
    assert (card["schema"], card["id"], card["title"]) == (1, "demo", "A demo")
    assert card["config"] == to_dict(CONFIG)
    assert card["preparation"] == to_dict(CONFIG)["preparation"]
    assert card["threshold"] == 0.5
    assert card["temperature"] is None
    assert "Not calibrated" in card["temperature_reason"]
    assert card["data"] == {"folder": "brats2d", "slices": DATA["slices"]}
    assert card["split"] == {split: DATA[split] for split in ("training", "validating")}
    assert card["seed"] == 9
    assert card["weights"] == WEIGHTS
    assert (card["limits"], card["terms"]) == ("Bad.", "None.")
    assert card["sha256"] == "a" * 64
    assert set(card["versions"]) == {"resunet", "keras", "tensorflow"}
    assert all(card["versions"].values())


def test_no_folder_of_this_machine_is_in_it(tmp_path):
    text = dump_json(card_of(make_run(tmp_path / "run")))
    assert "somebody" not in text
    assert str(tmp_path) not in text


def test_what_is_undefined_is_null_with_a_reason(tmp_path):
    run = make_run(tmp_path / "run", data={}, val_losses=())
    card = card_of(run)
    assert "slices" not in card["data"]
    for record, name in (
        (card, "temperature"),
        (card, "calibration"),
        (card, "intensities"),
        (card, "scores"),
        (card, "limits"),
        (card["data"], "folder"),
        (card, "split"),
        (card["training"], "best"),
    ):
        assert not record[name]
        reasons = record if f"{name}_reason" in record else card
        assert reasons["data_reason" if name == "folder" else f"{name}_reason"].endswith(".")


def test_the_best_epoch_is_the_first_of_the_lowest_validation_loss(tmp_path):
    training = card_of(make_run(tmp_path / "run", preset("paper")))["training"]
    assert training["epochs"] == 4
    assert training["best"] == {"epoch": 2, "step": 100, "val_loss": 0.1, "val_dice": 0.2}


def test_other_weights_of_a_run_have_no_best_epoch(tmp_path):
    run = make_run(tmp_path / "run")
    training = origin_of(run.last_weights, CONFIG)["training"]
    assert training["best"] is None
    assert training["best_reason"].startswith("Not the run's best weights")
    assert training["command"]


def test_terms_and_citations_are_those_of_brats_where_all_patients_are(tmp_path):
    card = card_of(make_run(tmp_path / "a"))
    assert "BraTS 2018" in card["terms"]
    assert card["citations"] == [PAPER, *BRATS]
    text = " ".join(card["citations"])
    for identifier in ("TMI.2014.2377694", "sdata.2017.117", "arXiv:1811.02629"):
        assert identifier in text
        assert identifier.removeprefix("arXiv:") in card["terms"]
    others = DATA | {"training": ["Brats18_A_1", "anna"]}
    card = card_of(make_run(tmp_path / "b", data=others))
    assert "BraTS" not in card["terms"]
    assert "not a medical device" in card["terms"]
    assert card["citations"] == [PAPER]


def test_scores_tell_whether_their_patients_had_a_part_in_the_making(tmp_path):
    scores = [score("Brats18_A_1", "Brats18_B_1", "Brats18_C_1", "x"), score("x")]
    card = card_of(make_run(tmp_path / "run", preset("paper")), scores=scores)
    found = [(s["patients_trained_on"], s["patients_chosen_on"]) for s in card["scores"]]
    assert found == [(2, 1), (0, 0)]
    assert card["scores"][0]["native"] == scores[0]["native"]


def test_why_there_are_no_scores_can_be_told(tmp_path):
    run = make_run(tmp_path / "run")
    assert card_of(run)["scores_reason"] == "Not scored when the card was made."
    assert card_of(run, scores_reason="No time.")["scores_reason"] == "No time."
    assert card_of(run, scores=[score("x")], scores_reason="No time.")["scores_reason"] is None


# The command that trained it


def parsed(command):
    """The settings that «train» makes of a command."""
    *program, name = command.split()[:4]
    assert (program, name) == (["python", "-m", "resunet"], "train")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return open_run(parser.parse_args(command.split()[4:]))[1]


def test_where_the_last_epoch_is_kept_nobody_chose_it(tmp_path):
    card = card_of(make_run(tmp_path / "run"), scores=[score("Brats18_A_1", "Brats18_C_1")])
    assert card["training"]["best"]["epoch"] == 4
    (found,) = card["scores"]
    assert (found["patients_trained_on"], found["patients_chosen_on"]) == (1, 0)


@pytest.mark.parametrize(
    ("name", "seed", "training"),
    [
        ("small-data", 0, {}),
        ("paper", 0, {}),
        ("small-data", 7, {"epochs": 3, "steps_per_epoch": 4, "batch_size": 5}),
        ("paper", 1, {"deterministic": True, "mixed_precision": True}),
        ("paper", 0, {"xla": True, "tensorboard": True}),
    ],
)
def test_the_command_gives_the_same_settings(tmp_path, name, seed, training):
    start = preset(name)
    changed = dataclasses.replace(start.training, **training)
    config = dataclasses.replace(start, seed=seed, training=changed)
    told = card_of(make_run(tmp_path / "run", config))["training"]
    assert told["command"].startswith(f"python -m resunet train --data brats2d --preset {name}")
    assert told["command_reason"] is None
    assert parsed(told["command"]) == config


def test_the_command_states_only_what_differs(tmp_path):
    config = dataclasses.replace(preset("small-data"), seed=9)
    assert card_of(make_run(tmp_path / "run", config))["training"]["command"] == (
        "python -m resunet train --data brats2d --preset small-data --seed 9"
    )


def test_a_card_tells_with_what_the_run_was_trained_and_with_what_the_card_was_made(tmp_path):
    run = make_run(tmp_path / "run")
    assert card_of(run)["training"]["versions"] is None
    assert card_of(run)["training"]["versions_reason"].endswith(".")
    run.write_config(CONFIG, DATA, {"resunet": "0.0.1", "tensorflow": "2.0", "keras": None})
    card = card_of(run)
    assert card["training"]["versions"] == {"resunet": "0.0.1", "tensorflow": "2.0", "keras": None}
    assert card["training"]["versions_reason"] is None
    assert card["versions"]["resunet"] != "0.0.1"


def test_whose_weights_it_began_with_is_told_and_part_of_the_command(tmp_path):
    run = make_run(tmp_path / "run", data=DATA | {"begins_with": "a-model@0123456789ab"})
    training = card_of(run)["training"]
    assert training["begins_with"] == "a-model@0123456789ab"
    assert training["command"].endswith(" --seed 9 --begin-with a-model")
    part = card_of(make_run(tmp_path / "part", data=DATA | {"fold": "all/5"}))["training"]
    assert part["command"].endswith(" --seed 9 --fold all/5")
    assert card_of(make_run(tmp_path / "other"))["training"]["begins_with"] is None


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (Config(preset="mine"), "mine is not a preset of this version."),
        (
            Config(preset="paper", training=TrainingConfig(learning_rate=0.5)),
            "The settings differ from paper's in preparation.scaling.",
        ),
        (
            dataclasses.replace(preset("paper"), training=TrainingConfig(learning_rate=0.5)),
            "The settings differ from paper's in training.learning_rate.",
        ),
    ],
)
def test_settings_that_no_option_gives_have_no_command(tmp_path, config, reason):
    training = card_of(make_run(tmp_path / "run", config))["training"]
    assert (training["command"], training["command_reason"]) == (None, reason)


# Weights without their run


def test_packing_again_keeps_what_the_card_said(tmp_path):
    card = card_of(make_run(tmp_path / "run"))
    path = tmp_path / "demo.json"
    path.write_text(dump_json(card))
    again = origin_of(tmp_path / "demo.weights.npz", CONFIG)
    for name in ("data", "split", "training"):
        assert again[name] == card[name]
        assert again[f"{name}_reason"] is None


def test_a_card_that_says_nothing_leaves_it_null_with_a_reason(tmp_path):
    (tmp_path / "demo.json").write_text(json.dumps({"config": to_dict(CONFIG)}))
    origin = origin_of(tmp_path / "demo.weights.h5", CONFIG)
    for name in ("data", "split", "training"):
        assert origin[name] is None
        assert origin[f"{name}_reason"] == "Packed without the run that trained it."
    values = {"threshold": 0.5, "weights": WEIGHTS, "sha256": "a" * 64}
    card = make_card("demo", CONFIG, origin=origin, scores=[score("x")], **values)
    assert card["scores"][0]["patients_trained_on"] == 0


# Reading


def test_a_card_comes_back(tmp_path):
    run = make_run(tmp_path / "run")
    card = card_of(run, title="A demo", threshold=0.4, intensities=RANGES)
    path = tmp_path / "demo.json"
    path.write_text(dump_json(card))
    read = read_card(path)
    assert read.intensities.to_dict() == RANGES.to_dict() == card["intensities"]
    assert card["intensities_reason"] is None
    assert (read.config, read.threshold) == (CONFIG, 0.4)
    assert (read.title, read.sha256) == ("A demo", "a" * 64)


def test_a_card_needs_no_more_than_its_config(tmp_path):
    path = tmp_path / "demo.json"
    path.write_text(json.dumps({"config": to_dict(CONFIG)}))
    read = read_card(path)
    assert (read.config, read.threshold, read.title, read.sha256) == (CONFIG, 0.5, None, None)
    assert read.intensities is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"config": None}, "is not a model's card: it has no config"),
        ({"schema": 2}, "schema is 2, where 1 is accepted"),
        ({"schema": None}, "schema is None, where 1 is accepted"),
        ({"threshold": 2}, "threshold is 2, where 0 to 1 is accepted"),
        ({"threshold": "0.5"}, "threshold is '0.5'"),
        ({"threshold": True}, "threshold is True"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"temperature": 0}, "temperature is 0, where null or a number above 0 is accepted"),
        ({"calibration": {"doubt_level": 2}}, "calibration.doubt_level is 2"),
        ({"title": 3}, "title is 3, where text is accepted"),
        ({"sha256": "abc"}, "sha256 is 'abc', where a text of 64 hexadecimal digits"),
        ({"sha256": 64}, "sha256 is 64"),
        ({"intensities": {}}, "intensities.patients is None"),
        ({"intensities": 3}, "intensities is 3, where an object is accepted"),
        ({"config": {"network": {"input_size": 7}}}, "network.input_size is 7"),
        ({"config": {"schema": 7}}, "schema is 7"),
        ({"config": 3}, "The configuration is int"),
        ({"preparation": {"scaling": "maximum"}}, "preparation is not that of config"),
        ({"preparation": {"scaling": "x"}}, "preparation.scaling is 'x'"),
        ({"preparation": 3}, "preparation is 3, where an object is accepted"),
    ],
)
def test_bad_cards_are_named(tmp_path, changes, words):
    path = tmp_path / "demo.json"
    values = {"schema": 1, "config": to_dict(CONFIG)} | changes
    if values["config"] is None:
        del values["config"]
    path.write_text(json.dumps(values))
    with pytest.raises(InputError) as caught:
        read_card(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "null", "3", "{", ""])
def test_files_that_are_no_cards(tmp_path, text):
    path = tmp_path / "demo.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"demo\.json"):
        read_card(path)


def test_the_cards_own_preparation_is_that_of_new_models():
    assert CONFIG.preparation == PreparationConfig()  # else test_bad_cards_are_named proves less
