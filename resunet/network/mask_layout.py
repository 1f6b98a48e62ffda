"""The dropout masks a network takes: how many, how wide, how often zero. Free of Keras."""

from resunet.config import NetworkConfig


def mask_channels(config: NetworkConfig) -> tuple[int, ...]:
    """Feature maps of each dropout mask, in the order of the inputs mask_00, mask_01, ….

    Returns:
        One count a mask: one for each encoder block, then two for each decoder level
        (after the concatenation and after the block). The paper's network has 22.
    """
    encoder = [f for f, d in zip(config.filters, config.depths, strict=True) for _ in range(d)]
    decoder = [c for f in reversed(config.filters[:-1]) for c in (2 * f, f)]
    return tuple(encoder + decoder)


def mask_rates(config: NetworkConfig) -> tuple[float, ...]:
    """Dropout probability of each mask, in the order of `mask_channels`."""
    encoder = sum(config.depths)
    decoder = 2 * (len(config.filters) - 1)
    return (config.dropout_encoder,) * encoder + (config.dropout_decoder,) * decoder


def mask_names(config: NetworkConfig) -> tuple[str, ...]:
    """Names of the mask inputs, in order."""
    return tuple(f"mask_{index:02d}" for index in range(len(mask_channels(config))))
