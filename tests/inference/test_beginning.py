"""Runs that begin with the weights of a model."""

import dataclasses
import hashlib
import os

import pytest

from resunet.config import to_dict
from resunet.errors import InputError
from resunet.inference.beginning import begin_with, check_fits, copy_weights
from resunet.inference.models import ModelFile
from resunet.jobs.run_folder import RunFolder
from resunet.presets import preset
from resunet.storage import write_json

CONFIG = preset("small-data")
DATA = {"folder": "/data", "training": ["a"]}
IDENTIFIER = f"demo@{hashlib.sha256(b'weights').hexdigest()[:12]}"


def changed(part, **values):
    return dataclasses.replace(
        CONFIG, **{part: dataclasses.replace(getattr(CONFIG, part), **values)}
    )


def model_in(folder, suffix=".weights.h5", config=CONFIG, **more):
    path = folder / f"demo{suffix}"
    path.write_bytes(b"weights")
    return ModelFile("demo", path, config, **more)


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_config(CONFIG, DATA)
    return run


@pytest.mark.parametrize("suffix", [".weights.h5", ".weights.npz"])
def test_the_run_holds_a_copy_and_says_whose_it_is(run, tmp_path, suffix):
    model = model_in(tmp_path, suffix)
    assert begin_with(run, model) == IDENTIFIER
    model.weights.unlink()
    assert run.initial_weights == run.path / "checkpoints" / f"initial{suffix}"
    assert run.initial_weights.read_bytes() == b"weights"
    assert run.read_config() == (CONFIG, {**DATA, "begins_with": IDENTIFIER})


def test_what_it_begins_with_stays_when_the_settings_are_written_again(run, tmp_path):
    begin_with(run, model_in(tmp_path))
    run.write_config(CONFIG, {"folder": "/other"})
    assert run.read_config()[1] == {"folder": "/other", "begins_with": IDENTIFIER}


def test_of_two_models_the_last_counts(run, tmp_path):
    begin_with(run, model_in(tmp_path, ".weights.npz"))
    begin_with(run, model_in(tmp_path, ".weights.h5"))
    assert [path.name for path in run.initial_weights.parent.iterdir()] == ["initial.weights.h5"]


def test_without_a_model_there_are_no_initial_weights(run):
    assert run.initial_weights is None


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("network", "input_size", 32),
        ("network", "filters", (8, 16, 32, 64, 128)),
        ("network", "depths", (1, 1, 1, 1, 1)),
        ("network", "contrasts", 3),
        ("preparation", "scaling", "maximum"),
        ("preparation", "margin", 0.1),
    ],
)
def test_a_model_of_another_kind_is_refused_by_the_setting_that_differs(
    run, tmp_path, part, name, value
):
    model = model_in(tmp_path, config=changed(part, **{name: value}))
    own = getattr(getattr(CONFIG, part), name)
    with pytest.raises(InputError) as caught:
        begin_with(run, model)
    assert f"demo has {part}.{name} {value!r}, where the run has {own!r}" in str(caught.value)
    assert run.initial_weights is None
    assert run.read_config()[1] == DATA


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("network", {"dropout_encoder": 0.3, "dropout_decoder": 0.0, "norm_momentum": 0.5}),
        ("training", {"learning_rate": 0.5, "epochs": 1}),
        ("augment", {"flip_up_down": 0.9}),
        ("loss", {"gamma": 2.0}),
    ],
)
def test_what_changes_no_weight_may_differ(tmp_path, part, values):
    check_fits(model_in(tmp_path), changed(part, **values))


def test_a_run_that_has_begun_is_refused(run, tmp_path):
    run.state_file.parent.mkdir()
    run.state_file.write_bytes(b"state")
    with pytest.raises(InputError, match="run has begun already; a new run is accepted"):
        begin_with(run, model_in(tmp_path))
    assert run.initial_weights is None


def test_weights_that_are_not_those_of_their_card_are_refused(run, tmp_path):
    model = model_in(tmp_path, stated_sha256="0" * 64)
    with pytest.raises(InputError, match="is not the file its card describes"):
        begin_with(run, model)
    assert run.initial_weights is None
    assert run.read_config()[1] == DATA


def test_weights_that_are_gone_are_named(run, tmp_path):
    model = model_in(tmp_path)
    model.weights.unlink()
    with pytest.raises(InputError, match=r"demo\.weights\.h5 cannot be read: No such file"):
        begin_with(run, model)


def test_a_full_disk_leaves_the_run_as_it_was(run, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    model = model_in(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        copy_weights(run, model)
    assert run.initial_weights is None
    assert list((run.path / "checkpoints").iterdir()) == []


@pytest.mark.parametrize("value", [5, ["a"], None])
def test_what_a_run_begins_with_is_text(run, value):
    write_json(run.config_file, {**to_dict(CONFIG), "data": {"begins_with": value}})
    with pytest.raises(InputError, match=r"config\.json: data\.begins_with is .* text is accepted"):
        run.read_config()
