"""From packed slices to batches on the device, ahead of the step that needs them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from resunet.config import Config, LossConfig
from resunet.data.cache import PackedSlices
from resunet.data.preprocess import intensity_range
from resunet.errors import InputError
from resunet.training.augment import augment
from resunet.training.draws import Draws
from resunet.training.order import slice_order


def training_batches(
    data: PackedSlices,
    config: Config,
    *,
    first_step: int,
    last_step: int,
    replicas: int = 1,
    here: range | None = None,
) -> tf.data.Dataset:
    """Augmented batches of steps ``first_step`` … ``last_step`` − 1.

    Each step gives one element for every replica in turn, which knows its place in the
    global batch. Picking slices happens in Python, augmentation in TensorFlow's threads.

    Args:
        data: The slices.
        config: All settings.
        first_step: The first step, from 0.
        last_step: The step after the last.
        replicas: How many share the global batch.
        here: Those of them that this process feeds; all by default.

    Returns:
        Elements {"images": float32 (b, n, n, 4), "targets": float32 (b, n, n, 1), "step":
        int64, "offset": int64} with b = batch_size / replicas.

    Raises:
        InputError: If the batch cannot be shared evenly among the replicas.
    """
    batch = config.training.batch_size
    if batch % replicas:
        raise InputError(
            f"training.batch_size is {batch}, where a multiple of the {replicas} devices is "
            "accepted."
        )
    share, size = batch // replicas, config.network.input_size
    span = intensity_range(config.preparation.scaling)
    here = range(replicas) if here is None else here

    def pick() -> Iterator[tuple[Any, ...]]:
        for step in range(first_step, last_step):
            chosen = slice_order(config.seed, step, batch, len(data))
            for offset in (share * replica for replica in here):
                mine = chosen[offset : offset + share]
                yield data.images[mine], targets_of(data, mine, config.loss), step, offset

    def change(
        images: tf.Tensor, targets: tf.Tensor, step: tf.Tensor, offset: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        draws = Draws(config.seed, step, offset, share, batch, shared=not config.augment.per_sample)
        images, targets = augment(
            images,
            targets[..., None],
            config.augment,
            draws,
            intensity_range=span,
            shares=config.loss.target == "share",
        )
        return {"images": images, "targets": targets, "step": step, "offset": offset}

    channels = config.network.contrasts
    signature = (
        tf.TensorSpec((share, size, size, channels), tf.float32),
        tf.TensorSpec((share, size, size), tf.float32),
        tf.TensorSpec((), tf.int64),
        tf.TensorSpec((), tf.int64),
    )
    picked = tf.data.Dataset.from_generator(pick, output_signature=signature)
    changed = picked.map(change, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return changed.prefetch(2 * len(here))


def targets_of(
    data: PackedSlices, slices: NDArray[np.integer], config: LossConfig
) -> NDArray[np.float32]:
    """What the network is taught of some slices: float32 (K, n, n), from 0 to 1."""
    if config.target == "share":
        return data.shares[slices].astype(np.float32) / 255.0
    return data.masks[slices].astype(np.float32)


def validation_batches(
    data: PackedSlices, config: Config, *, replicas: int = 1, here: range | None = None
) -> tf.data.Dataset:
    """All slices once, in order and unchanged, in batches of nearly equal size.

    Args:
        data: The slices.
        config: All settings; a batch is at most as large as in training.
        replicas: How many take the batches in turn.
        here: Those of them that this process feeds; all by default.

    Returns:
        Elements {"images": float32 (b, n, n, 4), "targets": float32 (b, n, n, 1)} with b at
        most batch_size / replicas; over all processes their number is a multiple of the
        replicas.
    """
    per_replica = max(config.training.batch_size // replicas, 1)
    batches = -(-len(data) // per_replica)
    batches = -(-batches // replicas) * replicas
    here = range(replicas) if here is None else here
    split = np.array_split(np.arange(len(data)), batches)
    parts = [part for index, part in enumerate(split) if index % replicas in here]

    def pick() -> Iterator[dict[str, Any]]:
        for part in parts:
            targets = targets_of(data, part, config.loss)[..., None]
            yield {"images": data.images[part], "targets": targets}

    size, channels = data.images.shape[1], data.images.shape[3]
    signature = {
        "images": tf.TensorSpec((None, size, size, channels), tf.float32),
        "targets": tf.TensorSpec((None, size, size, 1), tf.float32),
    }
    return tf.data.Dataset.from_generator(pick, output_signature=signature).prefetch(1)
