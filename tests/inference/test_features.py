"""What blocks give and what they look at, against networks built and computed otherwise."""

import keras
import numpy as np
import pytest
from app_data import write_run

from resunet.config import NetworkConfig
from resunet.errors import InputError
from resunet.inference.engines import load_engine
from resunet.inference.features import Features, plan_of, square_holding
from resunet.inference.masks import dropout_masks
from resunet.inference.models import find_model
from resunet.network.mask_layout import mask_channels, mask_names
from resunet.network.resunet import build_resunet

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return find_model(write_run(tmp_path_factory.mktemp("home")).path)


@pytest.fixture(scope="module")
def features(model):
    return Features(model)


@pytest.fixture(scope="module")
def image(model):
    network = model.config.network
    shape = (network.input_size, network.input_size, network.contrasts)
    return np.random.default_rng(5).standard_normal(shape).astype(np.float32)


def test_maps_are_those_of_the_stochastic_network_with_masks_of_ones(model, features, image):
    config = model.config.network
    network = build_resunet(config, stochastic=True)
    network.load_weights(model.weights)
    layers = {
        "encoder_1_block_1": "dropout_00",
        "encoder_1_pool": "encoder_1_pool",
        "encoder_2_block_1": "dropout_01",
        "decoder_1_up": "decoder_1_up",
        "decoder_1_skip": "dropout_02",
        "decoder_1_block": "dropout_03",
        "output_up": "output_norm",
        "output_block_2": "output_block_2_relu_2",
    }
    inner = keras.Model(network.input, [network.get_layer(name).output for name in layers.values()])
    inputs = {"images": image[None]} | {
        name: np.ones((1, 1, 1, channels), np.float32)
        for name, channels in zip(mask_names(config), mask_channels(config), strict=True)
    }
    expected = dict(zip(layers, inner(inputs, training=False), strict=True))
    found = features.maps(image)
    assert list(found) == [block.name for block in features.plan.blocks[1:]]
    for block in features.plan.blocks[1:]:
        assert found[block.name].shape == block.shape_out
        assert found[block.name].dtype == np.float32
    for name, maps in expected.items():
        np.testing.assert_allclose(found[name], np.asarray(maps[0]), atol=1e-5)


def test_the_last_map_is_the_engines_probability(model, features, image):
    engine = load_engine(model)
    masks = dropout_masks(model.config.network, samples=0, seed=0)
    expected = engine.passes(image[None], masks)[0, 0]
    np.testing.assert_allclose(features.maps(image)["output"][..., 0], expected, atol=1e-6)
    assert features.model_id == engine.model_id


@pytest.mark.parametrize(
    ("block", "layer", "row", "column"),
    [
        ("encoder_1_pool", "encoder_1_pool", 3, 9),
        ("decoder_1_block", "decoder_1_block_relu_2", 7, 7),
        ("output", "logits", 20, 11),
    ],
)
def test_influence_is_the_slope_of_the_output(model, features, image, block, layer, row, column):
    influence = features.influence(image, block, row, column)
    assert influence.shape == image.shape[:2]
    network = build_resunet(model.config.network)
    network.load_weights(model.weights)
    inner = keras.Model(network.input, network.get_layer(layer).output)

    def value(changed):
        return np.asarray(inner(changed, training=False))[:, row, column].sum(axis=-1, dtype=float)

    # central differences at the five strongest pixels, in every contrast
    strongest = np.argsort(influence, axis=None)[-5:]
    step = 1e-3
    for y, x in zip(*np.unravel_index(strongest, influence.shape), strict=True):
        moved = np.repeat(image[None], 8, axis=0)
        for contrast in range(4):
            moved[contrast, y, x, contrast] += step
            moved[4 + contrast, y, x, contrast] -= step
        up, down = np.split(value(moved), 2)
        slope = np.abs(up - down).sum() / (2 * step)
        assert slope == pytest.approx(influence[y, x], rel=0.02, abs=1e-3)


def test_nothing_outside_the_theoretical_field_has_influence(features, image):
    for name, row, column in (("encoder_1_block_1", 0, 16), ("encoder_2_block_1", 4, 11)):
        block = features.plan.block(name)
        influence = features.influence(image, name, row, column)
        inside = np.zeros(influence.shape, bool)
        rows = slice(max(block.field_first[row], 0), block.field_last[row] + 1)
        columns = slice(max(block.field_first[column], 0), block.field_last[column] + 1)
        inside[rows, columns] = True
        assert influence[~inside].max() == 0
        assert influence[inside].max() > 0


def test_positions_and_blocks_that_are_not_there_are_refused(features, image):
    with pytest.raises(InputError, match="block is 'images', where one of encoder_1_block_1"):
        features.influence(image, "images", 0, 0)
    with pytest.raises(
        InputError, match=r"\(16, 0\) lies outside the output of encoder_1_pool, 16"
    ):
        features.influence(image, "encoder_1_pool", 16, 0)
    with pytest.raises(InputError, match="lies outside"):
        features.influence(image, "encoder_1_pool", 0, -1)


def test_a_plan_tells_of_the_dropout_too():
    config = NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 1), dropout_encoder=0.3)
    plan = plan_of(config)
    assert plan.input_size == 16
    assert plan.block("encoder_1_block_1").dropout == ("mask_00", 0.3)


def test_broken_weights_are_told(tmp_path):
    run = write_run(tmp_path)
    model = find_model(run.path)
    run.best_weights.write_bytes(b"no weights")
    with pytest.raises(InputError, match=r"best\.weights\.h5"):
        Features(model)


def test_the_smallest_square_by_hand():
    influence = np.zeros((9, 9), np.float32)
    influence[4, 4], influence[4, 5], influence[2, 2], influence[0, 4] = 5.0, 3.0, 1.0, 1.0
    # round (4, 4): alone 5 of 10, at distance 1 there is 3 more, at 2 one, at 4 the last
    found = {share: square_holding(influence, 4, 4, share=share) for share in (0.5, 0.8, 0.9, 1.0)}
    assert found == {0.5: 1, 0.8: 3, 0.9: 5, 1.0: 9}
    assert square_holding(influence, 0, 0, share=1.0) == 11  # as if it went on beyond the picture
    assert square_holding(np.zeros((9, 9)), 4, 4, share=0.9) == 0
