"""Random numbers of one training step: pure functions of seed, purpose, step and sample."""

import zlib

import tensorflow as tf

from resunet.config import NetworkConfig
from resunet.network.mask_layout import mask_channels, mask_names, mask_rates


class Draws:
    """Draws for the samples that one replica holds of a global batch.

    Numbers are drawn for the whole global batch and this replica's part is taken, so that a
    sample's numbers do not depend on how many replicas there are.

    Args:
        seed: Seed of the run.
        step: int64 scalar tensor, the global step.
        offset: int64 scalar tensor, place of this replica's first sample in the batch.
        count: Samples on this replica.
        total: Samples in the global batch.
        shared: Whether all samples of the batch get the same numbers.
    """

    def __init__(
        self,
        seed: int,
        step: tf.Tensor,
        offset: tf.Tensor,
        count: int,
        total: int,
        *,
        shared: bool = False,
    ) -> None:
        self._seed = seed
        self._step = tf.cast(step, tf.int32)
        self._offset = offset
        self._count = count
        self._total = total
        self._shared = shared

    def uniform(self, purpose: str, shape: tuple[int, ...] = ()) -> tf.Tensor:
        """float32 (count, *shape), evenly from 0 to below 1."""
        rows = 1 if self._shared else self._total
        return self._mine(
            tf.random.stateless_uniform((rows, *shape), self._key(purpose), alg="philox")
        )

    def normal(self, purpose: str, shape: tuple[int, ...]) -> tf.Tensor:
        """float32 (count, *shape), of the standard normal distribution."""
        rows = 1 if self._shared else self._total
        return self._mine(
            tf.random.stateless_normal((rows, *shape), self._key(purpose), alg="philox")
        )

    def _key(self, purpose: str) -> tf.Tensor:
        return tf.stack([zlib.crc32(f"{self._seed}/{purpose}".encode()) % 2**31, self._step])

    def _mine(self, values: tf.Tensor) -> tf.Tensor:
        if self._shared:
            return tf.repeat(values, self._count, axis=0)
        start = tf.cast(self._offset, tf.int32)
        return values[start : start + self._count]


def dropout_masks(draws: Draws, config: NetworkConfig) -> dict[str, tf.Tensor]:
    """Spatial dropout masks for training: each sample drops its own feature maps.

    Returns:
        Name → float32 (count, 1, 1, C), each value 0 or 1/(1 − p).
    """
    channels = mask_channels(config)
    values = tf.split(draws.uniform("dropout", (sum(channels),)), channels, axis=1)
    masks = {}
    for name, value, rate in zip(mask_names(config), values, mask_rates(config), strict=True):
        kept = tf.where(value >= rate, 1.0 / (1.0 - rate), 0.0)
        masks[name] = kept[:, None, None, :]
    return masks


def all_kept(count: tf.Tensor, config: NetworkConfig) -> dict[str, tf.Tensor]:
    """Masks of ones: the deterministic network.

    Returns:
        Name → float32 (count, 1, 1, C).
    """
    return {
        name: tf.ones((count, 1, 1, channels))
        for name, channels in zip(mask_names(config), mask_channels(config), strict=True)
    }
