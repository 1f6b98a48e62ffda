import json
from dataclasses import replace
from math import isnan
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import NETWORK, packed, run_python, tiny_config, without_dropout

from resunet.config import NetworkConfig, TrainingConfig
from resunet.network.losses import focal_dice_loss
from resunet.network.mask_layout import mask_names
from resunet.training import device
from resunet.training.device import one_device
from resunet.training.draws import all_kept
from resunet.training.order import slice_order
from resunet.training.steps import Totals, Trainer, make_optimizer

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def traced():
    """A trainer and the values it began with: tracing its step takes seconds."""
    trainer = Trainer(tiny_config(), one_device())
    variables = (*trainer.network.variables, *trainer.optimizer.variables)
    return trainer, variables, values(variables)


@pytest.fixture
def trainer(traced):
    """A trainer at its beginning."""
    trainer, variables, initial = traced
    restore(variables, initial)
    return trainer


def values(variables):
    return [np.array(v.numpy()) for v in variables]


def restore(variables, saved):
    for variable, value in zip(variables, saved, strict=True):
        variable.assign(value)


def equal(one, two):
    return [np.array_equal(a, b) for a, b in zip(one, two, strict=True)]


def logits_and_truth(trainer, data):
    truth = data.masks[..., None].astype(np.float32)
    inputs = {"images": tf.constant(data.images), **all_kept(len(data), trainer.config.network)}
    return trainer.with_logits(inputs, training=False).numpy(), truth


def test_totals_add_up_by_hand():
    both = Totals(2.0, 4.0, 3.0, 5.0, 7.0) + Totals(1.0, 2.0, 1.0, 1.0, 0.0)
    assert both == Totals(3.0, 6.0, 4.0, 6.0, 7.0)
    assert both.mean_loss == 0.5
    assert both.dice == pytest.approx(8 / 13)
    assert isnan(Totals().mean_loss)
    assert isnan(Totals(1.0, 1.0).dice)
    assert Totals(true=5.0).dice == 0.0


def test_a_step_changes_weights_statistics_and_optimizer(trainer):
    data = packed()
    watched = (
        trainer.network.trainable_variables,
        trainer.network.non_trainable_variables,
        trainer.optimizer.variables,
    )
    before = [values(variables) for variables in watched]
    totals = trainer.train(next(trainer.batches(data, 0)), 0.01)
    assert totals.slices == 4
    chosen = slice_order(trainer.config.seed, 0, 4, len(data))
    assert totals.true == data.masks[chosen].sum()
    assert 0 < totals.mean_loss < 1
    trainable, statistics, _ = (
        equal(old, values(new)) for old, new in zip(before, watched, strict=True)
    )
    assert np.mean(trainable) < 0.1  # nearly all have moved
    assert not any(statistics)
    assert int(trainer.optimizer.iterations) == 1
    assert float(trainer.optimizer.learning_rate) == pytest.approx(0.01)


def test_the_learning_rate_of_each_step_is_obeyed(trainer):
    data = packed()
    before = values(trainer.network.trainable_variables)
    trainer.train(next(trainer.batches(data, 0)), 1e-30)
    after = values(trainer.network.trainable_variables)
    for one, two in zip(before, after, strict=True):
        np.testing.assert_allclose(two, one, atol=1e-20)


def test_gradients_reach_every_weight_and_are_finite():
    network = replace(NETWORK, filters=(4, 8, 8), depths=(1, 2, 1), input_size=16)
    trainer, data = Trainer(tiny_config(network=network), one_device()), packed()
    variables = trainer.network.trainable_variables
    truth = data.masks[..., None].astype(np.float32)
    inputs = {"images": tf.constant(data.images), **all_kept(len(data), network)}
    with tf.GradientTape() as tape:
        logits = trainer.with_logits(inputs, training=True)
        loss = tf.reduce_mean(focal_dice_loss(truth, logits, trainer.config.loss))
    gradients = tape.gradient(loss, variables)
    shares = []
    for variable, gradient in zip(variables, gradients, strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient.numpy()).all(), variable.path
        shares.append(np.mean(gradient.numpy() != 0))
    assert min(shares) > 0
    assert np.mean(shares) > 0.9


def test_one_batch_can_be_learned_by_heart():
    config = tiny_config(
        network=without_dropout(replace(NETWORK, filters=(8, 16))), steps_per_epoch=80, epochs=1
    )
    trainer, data = Trainer(config, one_device()), packed(4)
    batches = trainer.batches(data, 0)
    dice = [trainer.train(batch, 0.01).dice for batch in batches]
    assert len(dice) == 80
    assert dice[0] < 0.6
    assert dice[-1] > 0.9
    assert trainer.validate(data).dice > 0.9


def test_validation_is_loss_and_pooled_dice_of_the_deterministic_network(trainer):
    data = packed(7, seed=4)
    totals = trainer.validate(data)
    logits, truth = logits_and_truth(trainer, data)
    loss = focal_dice_loss(truth, logits, trainer.config.loss).numpy().mean()
    predicted = logits > 0
    assert totals.slices == 7
    assert totals.mean_loss == pytest.approx(loss, rel=1e-5)
    assert totals.true == truth.sum()
    assert totals.predicted == predicted.sum()
    assert totals.overlap == (predicted & (truth > 0)).sum()


def test_validation_changes_nothing_at_all(trainer):
    before = values(trainer.network.variables), values(trainer.optimizer.variables)
    first = trainer.validate(packed(6))
    assert trainer.validate(packed(6)) == first
    assert all(equal(before[0], values(trainer.network.variables)))
    assert all(equal(before[1], values(trainer.optimizer.variables)))


def test_prediction_leaves_the_statistics_of_batch_normalisation_alone(trainer):
    network, data = trainer.network, packed(3)
    rng = np.random.default_rng(0)
    masks = {
        tensor.name: rng.integers(0, 2, (3, 1, 1, tensor.shape[-1])).astype(np.float32)
        for tensor in network.inputs
        if tensor.name in mask_names(NETWORK)
    }
    before = values(network.non_trainable_variables)
    for _ in range(3):
        network({"images": data.images, **masks}, training=False)
    network.predict({"images": data.images, **masks}, verbose=0)
    assert before
    assert all(equal(before, values(network.non_trainable_variables)))


def test_the_same_seed_and_step_is_the_same_step(traced):
    trainer, variables, initial = traced
    losses = []
    for _ in range(2):
        restore(variables, initial)
        batches = trainer.batches(packed(), 0)
        losses.append([trainer.train(next(batches), 1e-3).loss for _ in range(2)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    restore(variables, initial)
    later = trainer.batches(packed(), 1)
    assert trainer.train(next(later), 1e-3).loss != pytest.approx(losses[0][0], rel=1e-4)


def test_another_seed_begins_with_other_weights_order_and_dropout(trainer):
    other = Trainer(tiny_config(seed=4), one_device())
    one, two = (t.train(next(t.batches(packed(), 0)), 1e-3).loss for t in (trainer, other))
    assert one != pytest.approx(two, rel=1e-3)


def test_dropout_is_drawn_anew_each_step(trainer):
    batch = next(trainer.batches(packed(), 0))
    steps = (tf.constant(step, tf.int64) for step in (0, 1))
    one, two = (trainer.train({**batch, "step": step}, 1e-30).loss for step in steps)
    assert one != pytest.approx(two, rel=1e-4)


def test_sixteen_bits_train_with_float32_weights(trainer, monkeypatch):
    monkeypatch.setattr(device, "_cpu_has_bfloat16", lambda: True)
    full, trainer = trainer, Trainer(tiny_config(mixed_precision=True), one_device())
    totals = trainer.train(next(trainer.batches(packed(), 0)), 0.01)
    assert np.isfinite(totals.loss)
    assert {v.dtype for v in trainer.network.variables} == {"float32"}
    assert all(np.isfinite(v.numpy()).all() for v in trainer.network.variables)
    expected = full.train(next(full.batches(packed(), 0)), 0.01)
    assert totals.mean_loss == pytest.approx(expected.mean_loss, rel=0.05)


def test_weight_decay_spares_biases_and_normalisation(trainer):
    config = TrainingConfig(optimizer="adamw", weight_decay=0.1, learning_rate=0.5)
    network = keras.models.clone_model(trainer.network)
    optimizer = make_optimizer(config, network)
    assert isinstance(optimizer, keras.optimizers.AdamW)
    for variable in network.trainable_variables:
        variable.assign(np.ones(variable.shape, np.float32))
    optimizer.apply([tf.zeros(v.shape) for v in network.trainable_variables])
    for variable in network.trainable_variables:
        kernel = variable.path.endswith("kernel")
        # decoupled: w − rate · decay · w = 1 − 0.5 · 0.1
        np.testing.assert_allclose(
            variable.numpy(), 0.95 if kernel else 1.0, rtol=1e-6, err_msg=variable.path
        )


def test_the_papers_optimizer_is_adam_without_decay(trainer):
    optimizer = make_optimizer(TrainingConfig(), trainer.network)
    assert type(optimizer) is keras.optimizers.Adam
    assert optimizer.weight_decay is None
    assert float(optimizer.learning_rate) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("precision", "weights"),
    [("float32", 1e-3), pytest.param("float64", 1e-9, marks=pytest.mark.slow)],
)
def test_two_devices_train_as_one_does(precision, weights):
    done = run_python(str(Path(__file__).with_name("two_devices.py")), precision)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    one, two = found["one"], found["two"]
    assert (one["replicas"], two["replicas"]) == (1, 2)
    assert one["slices"] == two["slices"] == [4.0] * 50
    assert one["true"] == two["true"]
    assert two["losses"] == pytest.approx(one["losses"], abs=1e-5, rel=0)
    assert two["validation"] == pytest.approx(one["validation"], abs=1e-5, rel=0)
    assert max(one["losses"]) - min(one["losses"]) > 1e-3
    assert found["weights"] < weights


def test_the_step_that_xla_compiles_is_the_same_step(trainer):
    compiled = Trainer(tiny_config(xla=True), one_device())
    losses = []
    for each in (trainer, compiled):
        batches = each.batches(packed(), 0)
        losses.append([each.train(next(batches), 1e-3).mean_loss for _ in range(3)])
        losses[-1].append(each.validate(packed(5, seed=1)).mean_loss)
    assert losses[1] == pytest.approx(losses[0], abs=1e-6, rel=0)
    program = compiled._train_step.get_concrete_function(next(batches)).graph.as_graph_def()
    assert "_XlaMustCompile" in str(program)


def test_the_papers_network_takes_the_momentum_of_its_settings():
    trainer = Trainer(
        tiny_config(network=NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 1))),
        one_device(),
    )
    layer = trainer.network.get_layer("encoder_1_block_1_bn_1")
    assert layer.momentum == 0.99
    assert layer.synchronized is False


def test_adamw_takes_no_weight_decay_too():
    plan = TrainingConfig(optimizer="adamw", weight_decay=0.0)
    network = Trainer(tiny_config(), one_device()).network
    assert make_optimizer(plan, network).weight_decay == 0.0
