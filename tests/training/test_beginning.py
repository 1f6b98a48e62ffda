"""A training that begins with another network's weights."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from tiny import NETWORK, packed, tiny_config

from resunet.errors import InputError
from resunet.inference.weights import write_weights
from resunet.jobs.run_folder import RunFolder
from resunet.network.resunet import build_resunet
from resunet.training.checkpoint import load_initial
from resunet.training.loop import train

pytestmark = pytest.mark.keras


def values_of(network):
    return {variable.path: variable.numpy() for variable in network.weights}


def write_initial(run, kind, network=NETWORK):
    """Weights of another seed; what they are."""
    source = build_resunet(network, seed=77)
    for variable in source.weights:
        if "moving" in variable.path:
            variable.assign(variable + 0.25)
    packed_file, keras_file = run.initial_paths
    run.best_weights.parent.mkdir(exist_ok=True)
    if kind == "npz":
        write_weights(packed_file, values_of(source))
    else:
        source.save_weights(keras_file)
    return values_of(source)


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_config(tiny_config(), {"begins_with": "demo@0123"})
    return run


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_all_weights_are_taken(run, kind):
    expected = write_initial(run, kind)
    network = build_resunet(NETWORK, stochastic=True, seed=3)
    assert load_initial(run, network) == "demo@0123"
    for name, value in values_of(network).items():
        # 16 bits keep eleven digits of two, of the smallest numbers fewer
        lost = {"rtol": 2**-11, "atol": 2**-24} if kind == "npz" else {"rtol": 0}
        np.testing.assert_allclose(value, expected[name], **lost)


def test_a_run_of_its_own_keeps_its_random_weights(run):
    write_initial(run, "npz")  # left behind by something that broke off
    own = RunFolder(run.path)
    own.config_file.unlink()
    own.write_config(tiny_config(), {})
    network = build_resunet(NETWORK, stochastic=True, seed=3)
    before = values_of(network)
    assert load_initial(own, network) is None
    for name, value in values_of(network).items():
        np.testing.assert_array_equal(value, before[name])


def test_a_training_begins_with_them_and_goes_on_from_its_own(run, caplog):
    caplog.set_level(logging.INFO, "resunet")
    expected = write_initial(run, "h5")
    config = tiny_config(epochs=1, steps_per_epoch=1, learning_rate=1e-12)
    assert train(config, packed(), packed(5, seed=1), run).state == "finished"
    network = build_resunet(NETWORK)
    network.load_weights(run.last_weights)
    kernels = [name for name in expected if name.endswith("kernel")]
    assert len(kernels) > 5
    for name in kernels:
        np.testing.assert_allclose(values_of(network)[name], expected[name], atol=1e-9)
    assert "begins with the weights of demo@0123" in caplog.messages
    run.initial_weights.unlink()  # of no use any more
    longer = replace(config, training=replace(config.training, epochs=2))
    assert train(longer, packed(), packed(5, seed=1), run, resume=True).state == "finished"


def test_weights_that_are_missing_are_named(run):
    with pytest.raises(InputError, match=r"initial\.weights\.npz with the weights of demo@0123 is"):
        load_initial(run, build_resunet(NETWORK, stochastic=True))


@pytest.mark.parametrize("kind", ["npz", "h5"])
@pytest.mark.parametrize("damage", ["cut", "nonsense", "empty"])
def test_damaged_weights_are_told_in_a_sentence(run, kind, damage):
    write_initial(run, kind)
    path = run.initial_weights
    content = path.read_bytes()
    path.write_bytes(
        {"cut": content[: len(content) // 2], "nonsense": b"x" * 99, "empty": b""}[damage]
    )
    network = build_resunet(NETWORK, stochastic=True)
    with pytest.raises(InputError, match=rf"initial\.weights\.{kind} cannot be taken to begin wit"):
        load_initial(run, network)


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_weights_of_another_network_are_refused(run, kind):
    write_initial(run, kind, replace(NETWORK, filters=(4, 16)))
    with pytest.raises(InputError, match="cannot be taken to begin with: "):
        load_initial(run, build_resunet(NETWORK, stochastic=True))


def test_weights_that_are_not_finite_are_refused(run):
    write_initial(run, "h5")
    network = build_resunet(NETWORK, stochastic=True)
    network.load_weights(run.initial_weights)
    network.weights[0].assign(np.full(network.weights[0].shape, np.nan))
    network.save_weights(run.initial_weights)
    with pytest.raises(InputError, match="holds values that are not finite"):
        load_initial(run, network)
