"""Predicts the same few validation slices after each epoch, to be looked at while it trains."""

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from resunet.config import NetworkConfig
from resunet.data.cache import PackedSlices
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.samples import Samples, read_samples, write_samples
from resunet.study import CONTRASTS
from resunet.training.draws import all_kept

MOST_SLICES = 5

_DRAWN = (1.0, 99.0)  # percentiles of the brain that are drawn black and white


def save_samples(
    run: RunFolder,
    epoch: int,
    data: PackedSlices,
    with_logits: keras.Model,
    config: NetworkConfig,
) -> None:
    """Adds an epoch's predictions to the run's samples.

    Args:
        run: The run; samples of other slices that it may hold are replaced.
        epoch: The epoch just done.
        data: The validation slices.
        with_logits: The network that gives logits, as `Trainer` has it.
        config: Its settings.
    """
    chosen = choose_slices(data)
    fresh = _samples_of(data, chosen)
    samples = read_samples(run)
    if samples is None or not _same_slices(samples, fresh):
        samples = fresh
    inputs = {"images": tf.constant(data.images[chosen]), **all_kept(len(chosen), config)}
    probabilities = tf.sigmoid(tf.cast(with_logits(inputs, training=False), tf.float32))
    write_samples(run, samples.with_epoch(epoch, probabilities.numpy()[..., 0]))


def choose_slices(data: PackedSlices) -> NDArray[np.intp]:
    """The slices to be watched: the same for the same data, whatever is trained on it.

    Returns:
        Up to `MOST_SLICES` indices, rising: of each patient the slice with the largest tumour;
        of many patients some, evenly from the smallest of these tumours to the largest; of few,
        further slices of theirs, likewise.
    """
    areas = data.masks.sum(axis=(1, 2), dtype=np.int64)
    names = np.array(data.patients)
    best = [
        members[np.argmax(areas[members])]
        for name in dict.fromkeys(data.patients)
        for members in [np.flatnonzero(names == name)]
    ]
    chosen = np.array(_evenly(best, areas))
    rest = np.setdiff1d(np.flatnonzero(areas > 0), chosen)
    if len(chosen) < MOST_SLICES and len(rest):
        chosen = np.append(chosen, _evenly(list(rest), areas, MOST_SLICES - len(chosen)))
    return np.sort(chosen)


def _evenly(indices: list, areas: NDArray[np.int64], count: int = MOST_SLICES) -> list:
    """Some of the slices, evenly over the order of their areas, smallest and largest among them."""
    ordered = sorted(indices, key=lambda index: (areas[index], index))
    places = np.unique(np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round())
    return [ordered[int(place)] for place in places]


def _samples_of(data: PackedSlices, chosen: NDArray[np.intp]) -> Samples:
    flair = data.images[chosen][..., CONTRASTS.index("flair")]
    size = flair.shape[1]
    return Samples(
        images=np.stack([_drawn(picture) for picture in flair]),
        masks=data.masks[chosen].astype(bool),
        patients=tuple(data.patients[index] for index in chosen),
        numbers=tuple(int(data.numbers[index]) for index in chosen),
        epochs=(),
        probabilities=np.empty((0, len(chosen), size, size), np.uint8),
    )


def _drawn(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """One contrast as grey levels, from the brain's darkest to its brightest."""
    brain = picture[picture > picture.min() + 1e-3]
    low, high = np.percentile(brain, _DRAWN) if brain.size else (0.0, 1.0)
    levels = (picture - low) / max(float(high - low), 1e-6)
    return np.rint(255 * np.clip(levels, 0.0, 1.0)).astype(np.uint8)


def _same_slices(one: Samples, two: Samples) -> bool:
    return (
        (one.patients, one.numbers) == (two.patients, two.numbers)
        and np.array_equal(one.images, two.images)
        and np.array_equal(one.masks, two.masks)
    )
