import numpy as np
import pytest
import tensorflow as tf
from tiny import NETWORK, without_dropout

from resunet.config import NetworkConfig
from resunet.network.mask_layout import mask_channels, mask_names
from resunet.training.draws import Draws, all_kept, dropout_masks

pytestmark = pytest.mark.keras


def draws(*, seed=1, step=0, offset=0, count=8, total=8, shared=False):
    step, offset = (tf.constant(value, tf.int64) for value in (step, offset))
    return Draws(seed, step, offset, count, total, shared=shared)


def test_numbers_are_a_pure_function_of_seed_step_and_purpose():
    first = draws().uniform("flip", (3,)).numpy()
    assert first.shape == (8, 3)
    np.testing.assert_array_equal(draws().uniform("flip", (3,)), first)
    for other in (
        draws(seed=2).uniform("flip", (3,)),
        draws(step=1).uniform("flip", (3,)),
        draws().uniform("noise", (3,)),
    ):
        assert not np.isin(other.numpy(), first).any()


def test_python_and_tensor_steps_agree():
    plain = Draws(1, 5, 4, 4, 8).normal("x", (2,))
    np.testing.assert_array_equal(plain, draws(step=5, offset=4, count=4).normal("x", (2,)))


@pytest.mark.parametrize("kind", ["uniform", "normal"])
@pytest.mark.parametrize("replicas", [2, 4])
def test_a_samples_numbers_do_not_depend_on_the_replicas(kind, replicas):
    whole = getattr(draws(), kind)("x", (5,)).numpy()
    share = 8 // replicas
    parts = [
        getattr(draws(offset=offset, count=share), kind)("x", (5,)).numpy()
        for offset in range(0, 8, share)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_shared_numbers_are_the_same_for_all_samples_and_replicas(kind):
    one = getattr(draws(shared=True), kind)("x", (4,)).numpy()
    other = getattr(draws(offset=4, count=4, shared=True), kind)("x", (4,)).numpy()
    assert one.shape == (8, 4)
    np.testing.assert_array_equal(one, np.repeat(one[:1], 8, axis=0))
    np.testing.assert_array_equal(other, one[:4])
    assert len(np.unique(one[0])) == 4


def test_distributions():
    many = draws(count=20_000, total=20_000)
    even, bell = many.uniform("x").numpy(), many.normal("x", ()).numpy()
    assert even.min() >= 0.0
    assert even.max() < 1.0
    # within 5 standard errors of the moments
    assert even.mean() == pytest.approx(0.5, abs=5 * np.sqrt(1 / 12 / 20_000))
    assert bell.mean() == pytest.approx(0.0, abs=5 / np.sqrt(20_000))
    assert bell.std() == pytest.approx(1.0, abs=5 / np.sqrt(2 * 20_000))


def test_successive_steps_are_not_correlated():
    values = np.array([draws(step=step, count=1, total=1).uniform("x")[0] for step in range(300)])
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 5 / np.sqrt(299)


def test_dropout_drops_at_the_rate_and_scales_what_is_left():
    config = NetworkConfig(
        input_size=8, filters=(16, 32), depths=(1, 1), dropout_encoder=0.25, dropout_decoder=0.5
    )
    masks = dropout_masks(draws(count=200, total=200), config)
    assert tuple(masks) == mask_names(config)
    rates = (0.25, 0.25, 0.5, 0.5)
    for mask, channels, rate in zip(masks.values(), mask_channels(config), rates, strict=True):
        mask = mask.numpy()
        assert mask.shape == (200, 1, 1, channels)
        assert mask.dtype == np.float32
        np.testing.assert_allclose(np.unique(mask), [0.0, 1 / (1 - rate)], rtol=1e-6)
        bound = 5 * np.sqrt(rate * (1 - rate) / mask.size)
        assert (mask == 0).mean() == pytest.approx(rate, abs=bound)


def test_each_sample_and_each_mask_drops_its_own_feature_maps():
    masks = dropout_masks(draws(count=8), NetworkConfig(dropout_encoder=0.5, dropout_decoder=0.5))
    widest = [m.numpy()[:, 0, 0] for m in masks.values() if m.shape[-1] == 256]
    for one in widest:
        assert len(np.unique(one, axis=0)) == 8
    assert not any(np.array_equal(widest[0], other) for other in widest[1:])


def test_dropout_does_not_depend_on_the_replicas():
    whole = dropout_masks(draws(), NETWORK)
    half = dropout_masks(draws(offset=4, count=4), NETWORK)
    for name, mask in whole.items():
        np.testing.assert_array_equal(half[name], mask[4:])


def test_no_dropout_is_masks_of_ones():
    drawn, kept = dropout_masks(draws(), without_dropout()), all_kept(8, NETWORK)
    assert list(kept) == list(drawn)
    for name, mask in kept.items():
        np.testing.assert_array_equal(mask, np.ones(mask.shape))
        np.testing.assert_array_equal(mask, drawn[name])
