import numpy as np
import pytest

from resunet.config import NetworkConfig
from resunet.inference.masks import dropout_masks
from resunet.network.mask_layout import mask_channels, mask_names, mask_rates

PAPER = NetworkConfig()
# one mask after each encoder block (1, 2, 3, 4, 4 blocks), two for each decoder level: after
# the concatenation, which doubles the width, and after the block
PAPER_CHANNELS = (
    *(16,),
    *(32,) * 2,
    *(64,) * 3,
    *(128,) * 4,
    *(256,) * 4,
    *(256, 128),
    *(128, 64),
    *(64, 32),
    *(32, 16),
)
SMALL = NetworkConfig(
    input_size=8, filters=(4, 6), depths=(1, 2), dropout_encoder=0.25, dropout_decoder=0.5
)


def test_the_papers_masks():
    assert mask_channels(PAPER) == PAPER_CHANNELS
    assert mask_names(PAPER)[0] == "mask_00"
    assert mask_names(PAPER)[-1] == "mask_21"
    assert len(mask_names(PAPER)) == len(PAPER_CHANNELS) == 22
    assert mask_rates(PAPER) == (0.1,) * 22


def test_a_small_networks_masks():
    # encoder 4, then 6 and 6; the one decoder level 2 · 4, then 4
    assert mask_channels(SMALL) == (4, 6, 6, 8, 4)
    assert mask_rates(SMALL) == (0.25, 0.25, 0.25, 0.5, 0.5)


def test_shape_and_type():
    masks = dropout_masks(PAPER, samples=3, seed=0)
    assert masks.shape == (3, sum(PAPER_CHANNELS))
    assert masks.dtype == np.float32


def test_masks_of_ones_are_the_deterministic_pass():
    masks = dropout_masks(PAPER, samples=0, seed=5)
    assert masks.shape == (1, sum(PAPER_CHANNELS))
    assert (masks == 1).all()


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_ten_passes_are_the_first_of_twenty_five(seed):
    many = dropout_masks(PAPER, samples=25, seed=seed)
    np.testing.assert_array_equal(dropout_masks(PAPER, samples=10, seed=seed), many[:10])
    assert len(np.unique(many, axis=0)) == 25


def test_other_seeds_give_other_masks():
    a, b = (dropout_masks(PAPER, samples=2, seed=seed) for seed in (0, 1))
    assert not np.array_equal(a, b)


def test_a_mask_is_0_or_the_inverse_of_what_is_kept_by_its_own_rate():
    masks = dropout_masks(SMALL, samples=400, seed=0)
    encoder, decoder = masks[:, :16], masks[:, 16:]
    assert set(np.unique(encoder)) == {np.float32(0), np.float32(1 / 0.75)}
    assert set(np.unique(decoder)) == {np.float32(0), np.float32(2)}


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_maps_are_kept_as_often_as_they_should(rate):
    config = NetworkConfig(dropout_encoder=rate, dropout_decoder=rate)
    kept = dropout_masks(config, samples=100, seed=3) > 0
    # independent draws: the share's standard deviation is √(p(1 − p)/n), here below 0.002
    deviation = np.sqrt(rate * (1 - rate) / kept.size)
    assert abs(kept.mean() - (1 - rate)) < 4 * deviation


def test_on_average_a_mask_changes_nothing():
    masks = dropout_masks(PAPER, samples=200, seed=1)
    assert masks.mean() == pytest.approx(1.0, abs=0.005)


def test_without_dropout_every_mask_is_of_ones():
    config = NetworkConfig(dropout_encoder=0.0, dropout_decoder=0.0)
    assert (dropout_masks(config, samples=5, seed=0) == 1).all()
