import hashlib
import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from tiny import NETWORK, run_python, tiny_config

from resunet.config import NetworkConfig, to_dict
from resunet.errors import InputError
from resunet.inference import engines
from resunet.inference.calibrated import Calibration
from resunet.inference.engines import TensorFlowEngine, load_engine, weights_of
from resunet.inference.masks import dropout_masks
from resunet.inference.models import ModelFile, find_model
from resunet.inference.weights import write_weights
from resunet.network.mask_layout import mask_channels, mask_names
from resunet.network.resunet import build_resunet

pytestmark = pytest.mark.keras

CONFIG = tiny_config(network=replace(NETWORK, dropout_encoder=0.3, dropout_decoder=0.3))


def filled(network_config=CONFIG.network, seed=0):
    """A plain network whose every weight, statistics included, has a value of its own."""
    network = build_resunet(network_config, seed=seed)
    rng = np.random.default_rng(seed)
    for variable in network.weights:
        spread = 0.3 * rng.standard_normal(variable.shape)
        positive = "variance" in variable.path or "gamma" in variable.path
        variable.assign(np.abs(1.0 + spread) + 0.1 if positive else spread)
    return network


@pytest.fixture(scope="module")
def plain():
    return filled()


@pytest.fixture(scope="module")
def model(plain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    plain.save_weights(folder / "tiny.weights.h5")
    card = {"config": to_dict(CONFIG), "threshold": 0.4}
    (folder / "tiny.json").write_text(json.dumps(card))
    return find_model(folder / "tiny.weights.h5")


@pytest.fixture(scope="module")
def engine(model):
    return load_engine(model)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).uniform(0, 1, (5, 16, 16, 4)).astype(np.float32)


def test_an_engine_knows_its_model(engine, model):
    assert engine.config == CONFIG
    assert engine.threshold == 0.4
    assert engine.model_id == f"tiny@{model.sha256()[:12]}"
    assert engine.model_sha256 == model.sha256()
    assert engine.intensities is None
    assert engine.name.startswith("TensorFlow 2.")


@pytest.fixture(scope="module")
def packed(model, tmp_path_factory):
    """The same network as plain arrays, with its digest in the card."""
    path = tmp_path_factory.mktemp("packed") / "tiny.weights.npz"
    write_weights(path, weights_of(model))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    card = {"schema": 1, "config": to_dict(CONFIG), "threshold": 0.4, "sha256": digest}
    path.with_name("tiny.json").write_text(json.dumps(card))
    return find_model(path)


def test_the_weights_of_a_model_are_its_variables_by_path(plain, model):
    found = weights_of(model)
    assert list(found) == [variable.path for variable in plain.weights]
    assert {"encoder_1_block_1_conv_1/kernel", "logits/bias"} <= set(found)
    for variable in plain.weights:
        np.testing.assert_array_equal(found[variable.path], variable.numpy())


def test_plain_arrays_are_the_same_network_to_sixteen_bits(engine, packed, images):
    again = load_engine(packed)
    assert again.model_id == f"tiny@{packed.sha256()[:12]}"
    assert (again.config, again.threshold) == (engine.config, engine.threshold)
    masks = dropout_masks(CONFIG.network, samples=2, seed=0)
    before, after = engine.passes(images, masks), again.passes(images, masks)
    np.testing.assert_allclose(after, before, atol=5e-3)
    assert (after != before).any()


def test_the_weights_are_hashed_once(packed, monkeypatch):
    ranges = object()
    chosen = replace(packed, intensities=ranges)
    digests = []
    original = ModelFile.sha256

    def note(self):
        digests.append(original(self))
        return digests[-1]

    monkeypatch.setattr(ModelFile, "sha256", note)
    engine = load_engine(chosen)
    assert digests == [engine.model_sha256]
    assert engine.intensities is ranges


def test_weights_that_were_packed_once_are_packed_again_bit_for_bit(packed, tmp_path):
    write_weights(tmp_path / "again.weights.npz", weights_of(packed))
    assert (tmp_path / "again.weights.npz").read_bytes() == packed.weights.read_bytes()


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_weights_that_are_not_those_of_the_card_are_refused(model, packed, kind):
    chosen = replace(packed if kind == "npz" else model, stated_sha256="0" * 64)
    with pytest.raises(InputError, match=rf"tiny\.weights\.{kind} is not the file its card"):
        load_engine(chosen)


def test_plain_arrays_of_another_network_are_refused(packed):
    other = replace(packed, config=tiny_config(network=replace(NETWORK, filters=(4, 6))))
    with pytest.raises(InputError, match=r"tiny\.weights\.npz") as caught:
        load_engine(other)
    assert "accepted" in str(caught.value)


def test_the_deterministic_pass_is_the_plain_network(engine, plain, images):
    out = engine.passes(images, dropout_masks(CONFIG.network, samples=0, seed=0))
    assert out.shape == (1, 5, 16, 16)
    assert out.dtype == np.float32
    expected = plain.predict(images, verbose=0)[..., 0]
    np.testing.assert_allclose(out[0], expected, atol=1e-6)
    assert expected.std() > 0.01


def test_each_pass_over_each_slice_is_the_network_with_its_masks(engine, model, images):
    network = build_resunet(CONFIG.network, stochastic=True, seed=8)
    network.load_weights(model.weights)
    masks = dropout_masks(CONFIG.network, samples=3, seed=2)
    out = engine.passes(images, masks)
    edges = np.cumsum(mask_channels(CONFIG.network))[:-1]
    for t, row in enumerate(masks):
        parts = [part[None, None, None] for part in np.split(row, edges)]
        named = dict(zip(mask_names(CONFIG.network), parts, strict=True))
        for k, image in enumerate(images):
            one = network({"images": image[None], **named}, training=False)
            expected = keras.ops.convert_to_numpy(one)[0, ..., 0]
            np.testing.assert_allclose(out[t, k], expected, atol=1e-6)
    assert np.abs(out[0] - out[1]).max() > 1e-3


def test_batches_do_not_matter(engine, images, monkeypatch):
    masks = dropout_masks(CONFIG.network, samples=6, seed=0)
    together = engine.passes(images, masks)
    one_by_one = np.concatenate([engine.passes(image[None], masks) for image in images], axis=1)
    np.testing.assert_allclose(one_by_one, together, atol=1e-6)
    for batch in (1, 4, 13):  # cut within the passes, and between the slices
        monkeypatch.setattr(engines, "_BATCH", batch)
        np.testing.assert_allclose(engine.passes(images, masks), together, atol=1e-6)


def test_same_masks_same_answer_whatever_came_before(engine, images):
    masks = dropout_masks(CONFIG.network, samples=2, seed=0)
    first = engine.passes(images, masks)
    engine.passes(1 - images, dropout_masks(CONFIG.network, samples=4, seed=9))
    np.testing.assert_array_equal(engine.passes(images, masks), first)


def test_nothing_to_do_gives_nothing(engine):
    masks = dropout_masks(CONFIG.network, samples=2, seed=0)
    assert engine.passes(np.zeros((0, 16, 16, 4), np.float32), masks).shape == (2, 0, 16, 16)


def test_building_and_clearing_elsewhere_does_not_disturb_an_engine(engine, model, images):
    masks = dropout_masks(CONFIG.network, samples=2, seed=0)
    before = engine.passes(images, masks)
    keras.utils.clear_session()
    again = load_engine(model)
    np.testing.assert_array_equal(engine.passes(images, masks), before)
    np.testing.assert_allclose(again.passes(images, masks), before, atol=1e-6)


def save_other(path, config):
    filled(config).save_weights(path)


def save_not_finite(path, value):
    network = filled()
    layer = network.get_layer("decoder_1_block_bn_1")
    layer.moving_variance.assign(np.full(layer.moving_variance.shape, value))
    network.save_weights(path)


def other_width(path):
    save_other(path, NetworkConfig(input_size=16, filters=(4, 6), depths=(1, 1)))


def other_depth(path):
    save_other(path, NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 2)))


def shallower(path):
    save_other(path, NetworkConfig(input_size=16, filters=(4, 8, 8), depths=(1, 1, 1)))


def cut(path, share):
    filled().save_weights(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])


@pytest.mark.parametrize(
    "spoil",
    [
        other_width,
        other_depth,
        shallower,
        lambda path: save_not_finite(path, np.nan),
        lambda path: save_not_finite(path, np.inf),
        lambda path: cut(path, 0.9),
        lambda path: cut(path, 0.5),
        lambda path: cut(path, 0.01),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("these are no weights"),
        lambda path: None,
    ],
    ids=[
        "width",
        "depth",
        "levels",
        "nan",
        "infinite",
        "cut-late",
        "cut-half",
        "cut-early",
        "empty",
        "text",
        "missing",
    ],
)
def test_weights_that_cannot_be_used_are_refused_by_name(tmp_path, spoil):
    path = tmp_path / "other.weights.h5"
    spoil(path)
    with pytest.raises(InputError, match=r"other\.weights\.h5") as caught:
        TensorFlowEngine(ModelFile("other", path, CONFIG))
    assert "\n" not in str(caught.value)


def test_what_is_not_finite_is_named(tmp_path):
    path = tmp_path / "other.weights.h5"
    save_not_finite(path, np.nan)
    with pytest.raises(InputError, match="decoder_1_block_bn_1/moving_variance"):
        TensorFlowEngine(ModelFile("other", path, CONFIG))


def test_two_threads_of_a_fresh_process_can_want_the_network_at_once(model, plain):
    script = Path(__file__).with_name("two_threads.py")
    done = run_python(str(script), str(model.weights))
    assert done.returncode == 0, done.stderr[-2000:]
    answers = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert answers["engine"].startswith("TensorFlow "), done.stderr[-2000:]
    assert int(answers["plan"]) == sum(np.prod(v.shape) for v in plain.trainable_weights)


# Temperature


def logit(p):
    p = p.astype(np.float64)
    return np.log(p) - np.log1p(-p)


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_every_pass_is_scaled_by_the_temperature(model, engine, images, temperature):
    chosen = replace(model, calibration=Calibration(temperature, 0.3))
    scaled = load_engine(chosen)
    assert (scaled.temperature, scaled.doubt_level) == (temperature, 0.3)
    assert (engine.temperature, engine.doubt_level) == (1.0, None)
    masks = dropout_masks(CONFIG.network, samples=3, seed=4)
    before, after = engine.passes(images, masks), scaled.passes(images, masks)
    assert before.min() < 0.3 < 0.6 < before.max()
    np.testing.assert_allclose(after, 1 / (1 + np.exp(-logit(before) / temperature)), atol=2e-5)
    # same masks, same answer
    np.testing.assert_array_equal(scaled.passes(images, masks[1:2])[0], after[1])


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_a_deterministic_mask_stays_as_it_is_at_one_half(model, engine, images, temperature):
    scaled = load_engine(replace(model, calibration=Calibration(temperature)))
    masks = dropout_masks(CONFIG.network, samples=0, seed=0)
    before, after = engine.passes(images, masks) > 0.5, scaled.passes(images, masks) > 0.5
    np.testing.assert_array_equal(after, before)
    assert before.any()
    assert not before.all()


def test_a_card_with_temperature_one_changes_no_bit(model, engine, images):
    same = load_engine(replace(model, calibration=Calibration(1.0, 0.2)))
    masks = dropout_masks(CONFIG.network, samples=2, seed=0)
    np.testing.assert_array_equal(same.passes(images, masks), engine.passes(images, masks))
