import keras
import numpy as np
import pytest

from resunet.config import NetworkConfig
from resunet.network.mask_layout import mask_channels, mask_names
from resunet.network.resunet import build_resunet, with_logits

pytestmark = pytest.mark.keras

TINY = NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 2))


def randomise(network, seed=0):
    """Gives every weight a value of its own; variances stay positive."""
    rng = np.random.default_rng(seed)
    for variable in network.weights:
        spread = 0.3 * rng.standard_normal(variable.shape)
        positive = "variance" in variable.path or "gamma" in variable.path
        variable.assign(np.abs(1.0 + spread) + 0.1 if positive else spread)


def ones(config, count=1):
    channels = dict(zip(mask_names(config), mask_channels(config), strict=True))
    return {name: np.ones((count, 1, 1, c), np.float32) for name, c in channels.items()}


def pictures(config, count=2, seed=0):
    shape = (count, config.input_size, config.input_size, config.contrasts)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def compute(network, inputs):
    return keras.ops.convert_to_numpy(network(inputs, training=False))


@pytest.fixture(scope="module")
def paper_network():
    return build_resunet(NetworkConfig(), stochastic=True)


@pytest.fixture(scope="module")
def tiny():
    network = build_resunet(TINY, stochastic=True)
    randomise(network)
    return network


def count(variables):
    return sum(int(np.prod(v.shape)) for v in variables)


def test_parameters_are_the_papers(paper_network):
    assert count(paper_network.trainable_weights) == 6_854_609
    assert count(paper_network.non_trainable_weights) == 9_824
    encoder = [layer for layer in paper_network.layers if layer.name.startswith("encoder")]
    others = [layer for layer in paper_network.layers if not layer.name.startswith("encoder")]
    assert sum(layer.count_params() for layer in encoder) == 5_827_520
    assert sum(layer.count_params() for layer in others) == 1_036_913


def test_the_plain_network_has_the_same_parameters_in_the_same_order(paper_network):
    plain = build_resunet(NetworkConfig())
    described = [[(v.path, tuple(v.shape)) for v in n.weights] for n in (plain, paper_network)]
    assert described[0] == described[1]
    assert plain.input_shape == (None, 64, 64, 4)


def test_shapes_are_those_of_tables_1_and_2(paper_network):
    def shape(name):
        return tuple(paper_network.get_layer(name).output.shape[1:])

    pooled = [(32, 32, 16), (16, 16, 32), (8, 8, 64), (4, 4, 128), (2, 2, 256)]
    assert [shape(f"encoder_{level}_pool") for level in range(1, 6)] == pooled
    # Table 2 gives the width after the concatenation, from the deepest level up
    joined = [(4, 4, 256), (8, 8, 128), (16, 16, 64), (32, 32, 32)]
    assert [shape(f"decoder_{level}_skip") for level in (4, 3, 2, 1)] == joined
    assert shape("output_norm") == (64, 64, 16)
    assert tuple(paper_network.output.shape) == (None, 64, 64, 1)


def test_blocks_follow_the_internal_depths(paper_network):
    names = {layer.name for layer in paper_network.layers}
    for level, depth in enumerate((1, 2, 3, 4, 4), 1):
        blocks = {n for n in names if n.startswith(f"encoder_{level}_") and n.endswith("_add")}
        assert len(blocks) == depth
        assert f"encoder_{level}_block_1_shortcut_conv" in names
        assert f"encoder_{level}_block_2_shortcut_conv" not in names


def test_convolutions_inside_blocks_have_no_bias(paper_network):
    for layer in paper_network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            inside = "block" in layer.name
            assert layer.use_bias is not inside, layer.name
            if inside and "shortcut" not in layer.name:
                assert layer.kernel_size == (3, 3)


def test_the_paper_network_takes_22_masks_by_name(paper_network):
    shapes = {tensor.name: tuple(tensor.shape) for tensor in paper_network.inputs}
    assert shapes.pop("images") == (None, 64, 64, 4)
    expected = zip(mask_names(NetworkConfig()), mask_channels(NetworkConfig()), strict=True)
    assert shapes == {name: (None, 1, 1, c) for name, c in expected}
    assert len(shapes) == 22
    # each multiplies the feature maps it is meant for
    for name, channels in zip(shapes, mask_channels(NetworkConfig()), strict=True):
        dropout = paper_network.get_layer(name.replace("mask", "dropout"))
        assert dropout.output.shape[-1] == channels


def test_inputs_are_bound_by_name_not_by_place(tiny):
    rng = np.random.default_rng(3)
    masks = {
        name: rng.integers(0, 2, mask.shape).astype(np.float32)
        for name, mask in ones(TINY, 2).items()
    }
    inputs = {"images": pictures(TINY), **masks}
    backwards = dict(reversed(inputs.items()))
    np.testing.assert_array_equal(compute(tiny, inputs), compute(tiny, backwards))


def test_a_missing_mask_is_refused(tiny):
    inputs = {"images": pictures(TINY, 1), **ones(TINY)}
    del inputs["mask_01"]
    with pytest.raises((ValueError, KeyError), match="mask_01"):
        tiny(inputs)


def test_masks_of_ones_equal_the_plain_network_with_the_same_file(tiny, tmp_path):
    tiny.save_weights(tmp_path / "tiny.weights.h5")
    plain = build_resunet(TINY, seed=9)
    plain.load_weights(tmp_path / "tiny.weights.h5")
    images = pictures(TINY, 3)
    deterministic = compute(plain, images)
    masked = compute(tiny, {"images": images, **ones(TINY, 3)})
    np.testing.assert_allclose(masked, deterministic, rtol=0, atol=1e-6)
    assert deterministic.std() > 0.01  # not a constant that anything would equal


def test_save_and_load_give_equal_predictions(tiny, tmp_path):
    tiny.save_weights(tmp_path / "tiny.weights.h5")
    again = build_resunet(TINY, stochastic=True, seed=1)
    inputs = {"images": pictures(TINY), **ones(TINY, 2)}
    before = compute(again, inputs)
    again.load_weights(tmp_path / "tiny.weights.h5")
    np.testing.assert_array_equal(compute(again, inputs), compute(tiny, inputs))
    assert np.abs(before - compute(tiny, inputs)).max() > 1e-3


@pytest.mark.parametrize(
    ("mask", "batch_norm"),
    [
        ("mask_00", "encoder_1_block_1_bn_2"),
        ("mask_02", "encoder_2_block_2_bn_2"),
        ("mask_04", "decoder_1_block_bn_2"),
    ],
)
def test_a_mask_of_zero_removes_exactly_that_feature_map(mask, batch_norm):
    """What only moves one feature map is without effect once its mask is 0."""
    network = build_resunet(TINY, stochastic=True)
    randomise(network, 4)
    images = pictures(TINY)
    on, off = ones(TINY, 2), ones(TINY, 2)
    off[mask][..., 2] = 0.0
    layer = network.get_layer(batch_norm)
    gamma, beta = layer.gamma.numpy(), layer.beta.numpy()
    before_on = compute(network, {"images": images, **on})
    before_off = compute(network, {"images": images, **off})
    gamma[2], beta[2] = 3.0, 2.0
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    after_on = compute(network, {"images": images, **on})
    after_off = compute(network, {"images": images, **off})
    np.testing.assert_array_equal(after_off, before_off)
    assert np.abs(after_on - before_on).max() > 1e-4
    assert np.abs(before_off - before_on).max() > 1e-4


def test_a_mask_scales_its_feature_map(tiny):
    inside = keras.Model(
        tiny.input,
        [
            tiny.get_layer("encoder_2_block_1_relu_2").output,
            tiny.get_layer("dropout_01").output,
        ],
    )
    masks = ones(TINY, 2)
    masks["mask_01"][0, 0, 0, :] = [0, 2, 1, 1, 0, 1, 1.25, 1]
    before, after = (
        keras.ops.convert_to_numpy(x) for x in inside({"images": pictures(TINY), **masks})
    )
    np.testing.assert_array_equal(after, before * masks["mask_01"])
    assert (before[0] > 0).any()


def test_the_samples_of_a_batch_have_masks_of_their_own(tiny):
    images = np.repeat(pictures(TINY, 1), 2, axis=0)
    masks = ones(TINY, 2)
    masks["mask_00"][1, 0, 0, 0] = 0.0
    both = compute(tiny, {"images": images, **masks})
    alone = compute(tiny, {"images": images[:1], **ones(TINY)})
    np.testing.assert_allclose(both[:1], alone, atol=1e-6)
    assert np.abs(both[1] - both[0]).max() > 1e-4


@pytest.mark.parametrize(
    "config",
    [
        NetworkConfig(input_size=8, filters=(2, 3), depths=(1, 1)),
        NetworkConfig(input_size=32, contrasts=2, filters=(2, 4, 6), depths=(2, 1, 3)),
    ],
)
def test_width_depth_and_input_size_are_settings(config):
    network = build_resunet(config, stochastic=True)
    n = config.input_size
    out = compute(network, {"images": pictures(config, 1), **ones(config)})
    assert out.shape == (1, n, n, 1)
    assert len(network.inputs) == 1 + len(mask_channels(config))
    adds = [x for x in network.layers if x.name.startswith("encoder") and "_add" in x.name]
    assert [x.output.shape[-1] for x in adds] == [
        f for f, d in zip(config.filters, config.depths, strict=True) for _ in range(d)
    ]


def test_initial_weights_come_from_seed_and_name_alone():
    first = [v.numpy() for v in build_resunet(TINY, seed=5).weights]
    keras.utils.set_random_seed(123)
    build_resunet(NetworkConfig(input_size=8, filters=(3, 2), depths=(1, 1)), seed=1)
    keras.utils.clear_session()
    again = build_resunet(TINY, stochastic=True, seed=5)
    for one, two in zip(first, again.weights, strict=True):
        np.testing.assert_array_equal(one, two.numpy())
    other = build_resunet(TINY, seed=6)
    changed = {
        v.path.split("/")[-2]
        for one, v in zip(first, other.weights, strict=True)
        if not np.array_equal(one, v.numpy())
    }
    kernels = {v.path.split("/")[-2] for v in other.weights if v.path.endswith("kernel")}
    assert changed == kernels


def test_no_two_kernels_begin_alike():
    kernels = [
        v.numpy() for v in build_resunet(TINY).trainable_weights if v.path.endswith("kernel")
    ]
    for i, one in enumerate(kernels):
        for two in kernels[:i]:
            assert one.shape != two.shape or not np.array_equal(one, two)


def test_initial_kernels_are_glorot_uniform():
    network = build_resunet(NetworkConfig(input_size=8, filters=(16, 32), depths=(1, 1)))
    kernel = network.get_layer("encoder_2_block_1_conv_2").kernel.numpy()  # 3×3, 32 → 32
    limit = np.sqrt(6 / (9 * 32 + 9 * 32))
    assert np.abs(kernel).max() <= limit
    # the standard deviation of a uniform distribution, within 5 standard errors
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=5 * 0.45 / np.sqrt(kernel.size))


def test_names_and_dtypes_do_not_follow_keras_globals():
    usual = build_resunet(TINY, stochastic=True)
    inputs = {"images": pictures(TINY), **ones(TINY, 2)}
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = build_resunet(TINY, stochastic=True)
        computed = [compute(n, inputs) for n in (network, with_logits(network))]
    finally:
        keras.config.set_dtype_policy(policy)
    names = [layer.name for layer in network.layers]
    assert names == [layer.name for layer in usual.layers]
    assert len(set(names)) == len(names)
    inner = [x for x in network.layers if not isinstance(x, keras.layers.InputLayer)]
    assert {layer.compute_dtype for layer in inner} == {"float32"}
    assert {v.dtype for v in network.weights} == {"float32"}
    assert {t.dtype for t in (*network.inputs, network.output)} == {"float32"}
    np.testing.assert_array_equal(computed[0], compute(usual, inputs))
    np.testing.assert_array_equal(computed[1], compute(with_logits(usual), inputs))


def test_sixteen_bits_inside_keep_a_float32_output():
    network = build_resunet(TINY, stochastic=True, dtype="mixed_bfloat16")
    assert network.get_layer("encoder_1_block_1_conv_1").compute_dtype == "bfloat16"
    assert {v.dtype for v in network.weights} == {"float32"}
    inputs = {"images": pictures(TINY), **ones(TINY, 2)}
    sixteen = network(inputs, training=False)
    assert keras.backend.standardize_dtype(sixteen.dtype) == "float32"
    full = build_resunet(TINY, stochastic=True)  # the same initial weights
    np.testing.assert_allclose(np.asarray(sixteen), compute(full, inputs), atol=0.05)


def test_logits_are_taken_before_the_sigmoid(tiny):
    inputs = {"images": pictures(TINY), **ones(TINY, 2)}
    logits = compute(with_logits(tiny), inputs).astype(np.float64)
    np.testing.assert_allclose(compute(tiny, inputs), 1 / (1 + np.exp(-logits)), atol=1e-6)
    assert with_logits(tiny).trainable_weights[0] is tiny.trainable_weights[0]


def test_the_momentum_is_a_setting(paper_network):
    def momenta(network):
        return {
            layer.momentum
            for layer in network.layers
            if isinstance(layer, keras.layers.BatchNormalization)
        }

    assert momenta(paper_network) == {0.99}
    assert momenta(
        build_resunet(NetworkConfig(input_size=8, filters=(2, 2), depths=(1, 1), norm_momentum=0.5))
    ) == {0.5}
