import pytest

from resunet.config import NetworkConfig
from resunet.network.mask_layout import mask_channels, mask_names, mask_rates

pytestmark = pytest.mark.keras


def test_the_papers_network_has_22_masks():
    config = NetworkConfig()
    encoder = [16] * 1 + [32] * 2 + [64] * 3 + [128] * 4 + [256] * 4
    decoder = [256, 128, 128, 64, 64, 32, 32, 16]  # after the concatenation, after the block
    assert mask_channels(config) == tuple(encoder + decoder)
    assert mask_names(config) == tuple(f"mask_{i:02d}" for i in range(22))


def test_rates_follow_the_part_of_the_network():
    config = NetworkConfig(
        input_size=8,
        filters=(4, 8, 16),
        depths=(1, 2, 1),
        dropout_encoder=0.25,
        dropout_decoder=0.5,
    )
    assert mask_channels(config) == (4, 8, 8, 16, 16, 8, 8, 4)
    assert mask_rates(config) == (0.25,) * 4 + (0.5,) * 4
    assert len(mask_names(config)) == 8
