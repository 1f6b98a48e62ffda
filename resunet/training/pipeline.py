"""From packed slices to batches on the device, ahead of the step that needs them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from resunet.config import Config
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
        Elements {"images": float32 (b, n, n, 4), "masks": float32 (b, n, n, 1), "step":
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
                yield data.images[mine], data.masks[mine], step, offset

    def change(
        images: tf.Tensor, masks: tf.Tensor, step: tf.Tensor, offset: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        draws = Draws(config.seed, step, offset, share, batch, shared=not config.augment.per_sample)
        images, masks = augment(
            images,
            tf.cast(masks, tf.float32)[..., None],
            config.augment,
            draws,
            intensity_range=span,
        )
        return {"images": images, "masks": masks, "step": step, "offset": offset}

    channels = config.network.contrasts
    signature = (
        tf.TensorSpec((share, size, size, channels), tf.float32),
        tf.TensorSpec((share, size, size), tf.uint8),
        tf.TensorSpec((), tf.int64),
        tf.TensorSpec((), tf.int64),
    )
    picked = tf.data.Dataset.from_generator(pick, output_signature=signature)
    changed = picked.map(change, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return changed.prefetch(2 * len(here))


def validation_batches(
    data: PackedSlices, batch_size: int, *, replicas: int = 1, here: range | None = None
) -> tf.data.Dataset:
    """All slices once, in order and unchanged, in batches of nearly equal size.

    Args:
        data: The slices.
        batch_size: Most slices a step, over all replicas.
        replicas: How many take the batches in turn.
        here: Those of them that this process feeds; all by default.

    Returns:
        Elements {"images": float32 (b, n, n, 4), "masks": float32 (b, n, n, 1)} with b at
        most batch_size / replicas; over all processes their number is a multiple of the
        replicas.
    """
    per_replica = max(batch_size // replicas, 1)
    batches = -(-len(data) // per_replica)
    batches = -(-batches // replicas) * replicas
    here = range(replicas) if here is None else here
    split = np.array_split(np.arange(len(data)), batches)
    parts = [part for index, part in enumerate(split) if index % replicas in here]

    def pick() -> Iterator[dict[str, Any]]:
        for part in parts:
            masks = data.masks[part].astype(np.float32)[..., None]
            yield {"images": data.images[part], "masks": masks}

    size, channels = data.images.shape[1], data.images.shape[3]
    signature = {
        "images": tf.TensorSpec((None, size, size, channels), tf.float32),
        "masks": tf.TensorSpec((None, size, size, 1), tf.float32),
    }
    return tf.data.Dataset.from_generator(pick, output_signature=signature).prefetch(1)
