"""The description of a network against counts by hand and a numeric experiment."""

import keras
import numpy as np
import pytest

from resunet.config import NetworkConfig
from resunet.network.plan import describe
from resunet.network.plan_records import Dropout, Level
from resunet.network.resunet import build_resunet

pytestmark = pytest.mark.keras

PAPER = NetworkConfig()
# the paper's kernels, strides and depths with as few feature maps as there can be
THIN = NetworkConfig(filters=(1, 1, 1, 1, 1))
TINY = NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 1))


@pytest.fixture(scope="module")
def paper():
    return describe(build_resunet(PAPER, stochastic=True), PAPER)


def test_the_sums_are_the_papers(paper):
    assert paper.trainable == 6_854_609
    assert paper.fixed == 9_824
    assert paper.encoder == 5_827_520
    assert paper.trainable + paper.fixed - paper.encoder == 1_036_913


def test_parameters_of_blocks_by_hand(paper):
    # 3×3 and 3×3 and, on the way round, 1×1 kernels; three norms of 16 scales and offsets
    first = paper.block("encoder_1_block_1")
    assert first.trainable == 9 * 4 * 16 + 9 * 16 * 16 + 4 * 16 + 3 * 2 * 16
    assert first.fixed == 3 * 2 * 16
    linear = paper.block("encoder_5_block_4")
    assert linear.trainable == 2 * 9 * 256 * 256 + 2 * 2 * 256
    assert linear.fixed == 2 * 2 * 256
    assert paper.block("encoder_5_pool").parameters == 0
    up = paper.block("decoder_4_up")
    assert (up.trainable, up.fixed) == (9 * 256 * 128 + 128, 0)
    assert paper.block("decoder_4_skip").trainable == 2 * 256
    assert paper.block("output_up").trainable == 16 * 16 + 16 + 2 * 16
    assert paper.block("output").trainable == 16 + 1


def test_blocks_come_in_the_order_of_computing(paper):
    names = [block.name for block in paper.blocks]
    assert len(names) == 36
    assert names[:4] == ["images", "encoder_1_block_1", "encoder_1_pool", "encoder_2_block_1"]
    assert names[19:23] == ["encoder_5_pool", "decoder_4_up", "decoder_4_skip", "decoder_4_block"]
    assert names[-4:] == ["output_up", "output_block_1", "output_block_2", "output"]
    for place, block in enumerate(paper.blocks[1:], 1):
        assert set(block.sources) <= set(names[:place])


def test_a_block_is_told_in_full(paper):
    block = paper.block("encoder_3_block_1")
    assert block.kind == "residual_conv"
    assert block.level == "encoder_3"
    assert block.sources == ("encoder_2_pool",)
    assert block.shapes_in == ((16, 16, 32),)
    assert block.shape_out == (16, 16, 64)
    assert block.layers == (
        "3×3 conv",
        "batch norm",
        "ReLU",
        "3×3 conv",
        "batch norm",
        "add the shortcut",
        "ReLU",
        "spatial dropout",
    )
    assert block.shortcut == ("1×1 conv", "batch norm")
    assert block.dropout == Dropout("mask_03", 0.1)
    assert block.output_layer == "dropout_03"


def test_the_other_kinds_of_blocks(paper):
    assert paper.block("images").kind == "input"
    assert paper.block("encoder_2_block_2").kind == "residual_linear"
    assert paper.block("encoder_2_block_2").shortcut == ()
    assert paper.block("encoder_2_pool").layers == ("2×2 max pooling",)
    up = paper.block("decoder_4_up")
    assert (up.kind, up.layers) == ("up_convolution", ("3×3 transposed conv, stride 2, ReLU",))
    skip = paper.block("decoder_4_skip")
    assert skip.kind == "skip"
    assert skip.sources == ("decoder_4_up", "encoder_4_pool")
    assert skip.shapes_in == ((4, 4, 128), (4, 4, 128))
    assert skip.layers == ("concatenate", "layer norm", "spatial dropout")
    out = paper.block("output_up")
    assert (out.kind, out.layers) == ("upsample", ("bilinear ×2", "1×1 conv, ReLU", "layer norm"))
    last = paper.block("output")
    assert (last.kind, last.layers, last.dropout) == ("output", ("1×1 conv", "sigmoid"), None)


def test_every_mask_belongs_to_one_block():
    config = NetworkConfig(dropout_encoder=0.2, dropout_decoder=0.3)
    plan = describe(build_resunet(config, stochastic=True), config)
    drops = [block.dropout for block in plan.blocks if block.dropout]
    assert [drop.mask for drop in drops] == [f"mask_{index:02d}" for index in range(22)]
    assert [drop.rate for drop in drops] == [0.2] * 14 + [0.3] * 8


def test_the_plain_network_is_the_same_without_dropout(paper):
    plain = describe(build_resunet(PAPER), PAPER)
    assert all(block.dropout is None for block in plain.blocks)
    assert plain.block("encoder_3_block_1").output_layer == "encoder_3_block_1_relu_2"
    for one, other in zip(plain.blocks, paper.blocks, strict=True):
        assert (one.name, one.shape_out, one.parameters) == (
            other.name,
            other.shape_out,
            other.parameters,
        )
        assert (one.field_first, one.field_last) == (other.field_first, other.field_last)


def test_levels_are_the_rows_of_tables_1_and_2(paper):
    levels = paper.levels()
    assert levels[0] == Level("encoder_1", (32, 32, 16), 3_136)
    assert levels[4] == Level("encoder_5", (2, 2, 256), 4_465_664)
    assert [level.name for level in levels[5:]] == [
        "decoder_4",
        "decoder_3",
        "decoder_2",
        "decoder_1",
        "output",
    ]
    assert sum(level.parameters for level in levels) == paper.trainable + paper.fixed


# Receptive fields


def test_receptive_fields_of_the_first_levels_by_hand(paper):
    # a 3×3 kernel adds two of its own steps, a 2×2 pooling one, and doubles the step
    by_hand = {
        "images": 1,
        "encoder_1_block_1": 1 + 2 * 2,
        "encoder_1_pool": 5 + 1,
        "encoder_2_block_1": 6 + 2 * 2 * 2,
        "encoder_2_block_2": 14 + 2 * 2 * 2,
        "encoder_2_pool": 22 + 2,
        "encoder_3_block_1": 24 + 2 * 2 * 4,
        "encoder_3_block_2": 40 + 2 * 2 * 4,
        "encoder_3_block_3": 56 + 2 * 2 * 4,
    }
    assert {name: paper.block(name).field_px for name in by_hand} == by_hand


def test_fields_lie_where_their_pixels_are(paper):
    block = paper.block("encoder_1_block_1")
    assert block.field_first[:3] == (-2, -1, 0)
    assert block.field_last[-1] == 63 + 2
    pooled = paper.block("encoder_1_pool")
    assert (pooled.field_first[10], pooled.field_last[10]) == (20 - 2, 21 + 2)


def test_up_convolutions_see_one_or_two_positions_in_turn():
    plan = describe(build_resunet(TINY), TINY)
    # the bottleneck's position i covers 16 rows, from 4·i − 6
    bottleneck = plan.block("encoder_2_pool")
    assert bottleneck.field_px == 16
    assert bottleneck.field_first == (-6, -2, 2, 6)
    # of stride 2 and 3×3: output 2·j takes inputs j − 1 and j, output 2·j + 1 takes j alone
    up = plan.block("decoder_1_up")
    sides = [last - first + 1 for first, last in zip(up.field_first, up.field_last, strict=True)]
    assert sides == [20, 16] * 4
    assert up.field_px == 20


def linear_positive(network):
    """The same network with sums for all that is not linear, and weights above 0."""

    def linear(layer):
        if isinstance(layer, keras.layers.MaxPooling2D):
            return keras.layers.AveragePooling2D(2, name=layer.name)
        if isinstance(layer, keras.layers.LayerNormalization | keras.layers.ReLU):
            return keras.layers.Activation("linear", name=layer.name)
        settings = layer.get_config()
        if "activation" in settings:
            settings["activation"] = "linear"
        return type(layer).from_config(settings)

    clone = keras.models.clone_model(network, clone_function=linear)
    for variable in clone.weights:
        # kernels whose sums are 1 keep the numbers from growing through the layers
        value = 1.0 / np.prod(variable.shape[:-1])
        if variable.path.rpartition("/")[2] in ("bias", "beta", "moving_mean"):
            value = 0.0
        variable.assign(np.full(variable.shape, value))
    return clone


@pytest.mark.parametrize("axis", [1, 2], ids=["rows", "columns"])
@pytest.mark.parametrize("config", [TINY, THIN], ids=["tiny", "paper"])
def test_receptive_fields_are_what_impulses_reach(config, axis):
    network = build_resunet(config)
    plan = describe(network, config)
    linear = linear_positive(network)
    blocks = [block for block in plan.blocks if block.kind != "input"]
    outputs = {block.name: linear.get_layer(block.output_layer).output for block in blocks}
    inner = keras.Model(linear.input, outputs)
    # picture k is 1 along its row (or column) k
    n = config.input_size
    pictures = np.zeros((n, n, n, config.contrasts), np.float32)
    for k in range(n):
        pictures[(k, k) if axis == 1 else (k, slice(None), k)] = 1.0
    reached = inner(pictures)
    for block in blocks:
        response = np.asarray(reached[block.name]).sum(axis=(3 - axis, 3))  # (k, position)
        for position in range(block.shape_out[0]):
            first = max(block.field_first[position], 0)
            last = min(block.field_last[position], n - 1)
            rows = np.flatnonzero(response[:, position] > 0)
            assert rows.tolist() == list(range(first, last + 1)), (block.name, position)


def test_an_unknown_layer_is_refused():
    images = keras.Input((8, 8, 4), name="images")
    x = keras.layers.DepthwiseConv2D(3, padding="same", name="odd")(images)
    with pytest.raises(TypeError, match="odd is a DepthwiseConv2D"):
        describe(keras.Model(images, x), NetworkConfig(input_size=8, filters=(4, 8), depths=(1, 1)))


def test_a_plain_u_net_adds_nothing():
    config = NetworkConfig(residual=False)
    plan = describe(build_resunet(config, stochastic=True), config)
    first = plan.block("encoder_2_block_1")
    assert (first.kind, first.shortcut) == ("conv", ())
    assert first.layers[:6] == ("3×3 conv", "batch norm", "ReLU", "3×3 conv", "batch norm", "ReLU")
    # what is missing: each 1×1 convolution, and two values a feature map of its normalisation
    into = {16: 4, 32: 16, 64: 32, 128: 64, 256: 128}
    joined = {128: 256, 64: 128, 32: 64, 16: 32}
    shortcuts = [*into.items(), *joined.items(), (16, 16)]
    missing = sum(filters * (channels + 2) for filters, channels in shortcuts)
    assert plan.trainable == 6_854_609 - missing == 6_765_745


def test_a_fine_skip_joins_the_first_levels_maps_at_the_output(paper):
    config = NetworkConfig(fine_skip=True)
    plan = describe(build_resunet(config, stochastic=True), config)
    out = plan.block("output_up")
    assert set(out.sources) == {"decoder_1_block", "encoder_1_block_1"}
    assert out.shape_out == (64, 64, 32)
    # twice as many maps enter the normalisation and the block's two first convolutions
    more = 2 * 16 + 16 * 16 * 9 + 16 * 16
    assert plan.trainable == paper.trainable + more
