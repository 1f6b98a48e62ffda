import dataclasses
import json

import pytest

from resunet.config import (
    AugmentConfig,
    Config,
    LossConfig,
    NetworkConfig,
    PreparationConfig,
    TrainingConfig,
    from_dict,
    to_dict,
)
from resunet.errors import InputError
from resunet.presets import PRESETS, preset

# The paper's values, written out from its tables and the notes on it


def test_the_papers_network():
    network = preset("paper").network
    assert network.input_size == 64
    assert network.contrasts == 4
    assert network.filters == (16, 32, 64, 128, 256)
    assert network.depths == (1, 2, 3, 4, 4)
    assert (network.dropout_encoder, network.dropout_decoder) == (0.1, 0.1)
    assert network.norm_momentum == 0.99


def test_the_papers_loss():
    loss = preset("paper").loss
    assert (loss.alpha, loss.gamma, loss.focal_weight, loss.dice_weight) == (0.25, 1.0, 0.8, 0.2)
    assert loss.focal_variant == "lin"  # the printed form is never the default
    assert LossConfig().focal_variant == "lin"


def test_the_papers_preparation_and_the_default_for_new_models():
    prepared = preset("paper").preparation
    assert (prepared.scaling, prepared.framing, prepared.scope) == ("maximum", "resize", "slice")
    assert PreparationConfig().scaling == "standardise"


def test_the_papers_augmentation():
    augment = preset("paper").augment
    assert not augment.per_sample
    assert (augment.flip_up_down, augment.flip_left_right) == (0.25, 0.25)
    assert (augment.patches, augment.patches_max, augment.patch_side_max) == (0.40, 6, 0.20)
    assert (augment.noise, augment.noise_mean, augment.noise_sigma) == (0.25, 0.05, 0.1)
    assert (augment.rotation_deg, augment.scale, augment.shift) == (0, 0, 0)
    assert (augment.gain, augment.offset, augment.gamma) == (0, 0, 1)


def test_the_papers_training():
    training = preset("paper").training
    assert (training.optimizer, training.learning_rate) == ("adam", 0.01)
    assert (training.batch_size, training.epochs, training.steps_per_epoch) == (64, 40, 125)
    assert training.weight_decay == 0
    assert (training.schedule, training.plateau_factor, training.plateau_patience) == (
        "plateau",
        0.5,
        2,
    )
    assert training.early_stopping_patience == 5
    assert training.warmup_steps == 0


def test_presets_are_known_by_name():
    assert {"paper", "small-data"} <= set(PRESETS)
    with pytest.raises(InputError, match="preset is 'papper', where one of paper, small-data"):
        preset("papper")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_bears_its_name_and_is_a_fresh_equal_record(name):
    assert preset(name).preset == name
    assert preset(name) == preset(name)


# There and back through JSON


def changed(record):
    """The record with every field another valid value, so that none can be forgotten."""
    others = {
        "input_size": 16,
        "filters": (8, 16, 24),
        "depths": (2, 1, 3),
        "focal_variant": "printed",
        "dice_pool": "sample",
        "scaling": "percentile",
        "framing": "resize",
        "scope": "slice",
        "optimizer": "adamw",
        "schedule": "cosine",
        "select": "last",
        "target": "share",
        "preset": "mine",
    }
    fields = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if dataclasses.is_dataclass(value):
            fields[field.name] = changed(value)
        elif field.name in others:
            fields[field.name] = others[field.name]
        elif isinstance(value, bool):
            fields[field.name] = not value
        elif isinstance(value, int):
            fields[field.name] = value + 1
        elif field.name == "gamma":
            fields[field.name] = value + 0.3
        else:
            fields[field.name] = value / 2 + 0.001
    return dataclasses.replace(record, **fields)


@pytest.mark.parametrize("record", [*map(preset, PRESETS), changed(Config())])
def test_json_round_trip_is_exact(record):
    text = json.dumps(to_dict(record))
    assert json.loads(text)["schema"] == 1
    assert from_dict(json.loads(text)) == record


def test_the_changed_record_differs_in_every_field():
    def leaves(values):
        for value in values.values():
            yield from leaves(value) if isinstance(value, dict) else [value]

    pairs = zip(leaves(to_dict(Config())), leaves(to_dict(changed(Config()))), strict=True)
    assert [a for a, b in pairs if a == b] == [1]  # the schema


def test_missing_keys_take_their_defaults():
    assert from_dict({}) == Config()
    partly = from_dict({"training": {"epochs": 3}})
    assert partly.training == TrainingConfig(epochs=3)


def test_whole_numbers_serve_as_numbers():
    made = from_dict({"loss": {"gamma": 2}})
    assert made.loss.gamma == 2.0
    assert isinstance(made.loss.gamma, float)


# What is refused, and how it is called


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "The configuration is list, not a JSON object"),
        (None, "The configuration is NoneType"),
        ({"schema": 2}, "schema is 2, where 1 is accepted: a newer version"),
        ({"colour": 1}, "colour is not a setting; known are augment, loss, network"),
        ({"network": {"deepness": 1}}, "network.deepness is not a setting"),
        ({"network": 3}, "network is 3, where an object is accepted"),
        ({"network": None}, "network is None"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**31}, "seed is 2147483648"),
        ({"seed": 1.0}, "seed is 1.0, where a whole number"),
        ({"seed": True}, "seed is True, where a whole number"),
        ({"seed": "1"}, "seed is '1'"),
        ({"preset": 1}, "preset is 1, where text"),
        ({"network": {"input_size": 65}}, "network.input_size is 65, where a multiple of 32"),
        ({"network": {"filters": [8]}}, "network.filters is"),
        ({"network": {"filters": 8}}, "network.filters is 8, where a list of whole numbers"),
        ({"network": {"filters": [8, 1.5]}}, "network.filters[1] is 1.5"),
        ({"network": {"depths": [1, 1]}}, "network.depths is (1, 1)"),
        ({"loss": {"gamma": "1"}}, "loss.gamma is '1', where a number"),
        ({"loss": {"gamma": float("nan")}}, "loss.gamma is nan, where a finite number"),
        ({"loss": {"gamma": float("inf")}}, "loss.gamma is inf, where a finite number"),
        ({"loss": {"gamma": None}}, "loss.gamma is None"),
        ({"loss": {"gamma": 10**400}}, "loss.gamma is 1000"),
        ({"loss": {"dice_pool": "all"}}, "loss.dice_pool is 'all', where one of 'batch', 'sample'"),
        ({"loss": {"dice_pool": ["batch"]}}, "loss.dice_pool is ['batch']"),
        ({"augment": {"per_sample": 1}}, "augment.per_sample is 1, where true or false"),
        ({"training": {"learning_rate": 0}}, "training.learning_rate is 0.0, where a number above"),
    ],
)
def test_bad_values_are_refused_by_their_dotted_name(values, words):
    with pytest.raises(InputError) as caught:
        from_dict(values)
    assert str(caught.value).startswith(words)


NAN = float("nan")


@pytest.mark.parametrize(
    ("kind", "name", "bad", "good"),
    [
        (NetworkConfig, "filters", [(), (16,), (16, 0, 64, 128, 256)], []),
        (NetworkConfig, "depths", [(), (1, 2, 3), (1, 2, 3, 4, 0)], [(1, 1, 1, 1, 1)]),
        (NetworkConfig, "input_size", [0, -32, 33], [32, 96]),
        (NetworkConfig, "contrasts", [0, -1], [1]),
        (NetworkConfig, "dropout_encoder", [-0.1, 1.0, NAN], [0.0, 0.99]),
        (NetworkConfig, "dropout_decoder", [-0.1, 1.0, NAN], [0.0, 0.99]),
        (NetworkConfig, "norm_momentum", [-0.1, 1.0, NAN], [0.0]),
        (LossConfig, "alpha", [-0.1, NAN], [0.0, 1.0]),
        (LossConfig, "gamma", [-0.1, NAN], [0.0, 5.0]),
        (LossConfig, "focal_weight", [-0.1, NAN], [0.0]),
        (LossConfig, "dice_weight", [-0.1, NAN], [0.0]),
        (LossConfig, "dice_smooth", [0.0, -1.0, NAN], [1e-6]),
        (PreparationConfig, "margin", [-0.1, 1.1, NAN], [0.0, 1.0]),
        (AugmentConfig, "flip_up_down", [-0.1, 1.1, NAN], [0.0, 1.0]),
        (AugmentConfig, "flip_left_right", [-0.1, 1.1, NAN], [0.0, 1.0]),
        (AugmentConfig, "patches", [-0.1, 1.1, NAN], [0.0, 1.0]),
        (AugmentConfig, "patch_side_max", [-0.1, 1.1, NAN], [0.0, 1.0]),
        (AugmentConfig, "noise", [-0.1, 1.1, NAN], [0.0, 1.0]),
        (AugmentConfig, "patches_max", [0], [1]),
        (AugmentConfig, "noise_sigma", [-0.1, NAN], [0.0]),
        (AugmentConfig, "rotation_deg", [-0.1, NAN], [0.0]),
        (AugmentConfig, "offset", [-0.1, NAN], [0.0]),
        (AugmentConfig, "scale", [-0.1, 1.0, NAN], [0.0]),
        (AugmentConfig, "shift", [-0.1, 1.0, NAN], [0.0]),
        (AugmentConfig, "gain", [-0.1, 1.0, NAN], [0.0]),
        (AugmentConfig, "gamma", [0.9, NAN], [1.0]),
        (AugmentConfig, "contrast_dropout", [-0.1, 1.1, NAN], [0.0, 1.0]),
        (TrainingConfig, "learning_rate", [0.0, -1.0, NAN], [1e-9]),
        (TrainingConfig, "batch_size", [0], [1]),
        (TrainingConfig, "epochs", [0], [1]),
        (TrainingConfig, "steps_per_epoch", [0], [1]),
        (TrainingConfig, "plateau_patience", [0], [1]),
        (TrainingConfig, "weight_decay", [-0.1, NAN], [0.0]),
        (TrainingConfig, "warmup_steps", [-1], [0]),
        (TrainingConfig, "early_stopping_patience", [-1], [0]),
        (TrainingConfig, "plateau_factor", [0.0, 1.0, NAN], [0.1]),
        (TrainingConfig, "average", [-0.1, 1.0, NAN], [0.0, 0.999]),
        (Config, "seed", [-1, 2**31], [0, 2**31 - 1]),
    ],
)
def test_each_record_checks_its_own_range(kind, name, bad, good):
    for value in good:
        assert getattr(kind(**{name: value}), name) == value
    for value in bad:
        with pytest.raises(InputError, match=f"^{name} is "):
            kind(**{name: value})


def test_records_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().seed = 3


@pytest.mark.parametrize("name", list(PRESETS))
def test_no_preset_learns_to_do_without_a_contrast(name):
    assert preset(name).augment.contrast_dropout == 0.0


def test_settings_from_before_contrasts_could_be_dropped_are_read():
    values = to_dict(preset("small-data"))
    del values["augment"]["contrast_dropout"]
    assert from_dict(values) == preset("small-data")
