from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from tiny import NETWORK, packed, tiny_config

from resunet.jobs.run_folder import RunFolder
from resunet.jobs.samples import read_samples
from resunet.training.device import one_device
from resunet.training.draws import all_kept
from resunet.training.samples import MOST_SLICES, choose_slices, save_samples
from resunet.training.steps import Trainer

pytestmark = pytest.mark.keras


def with_areas(areas, patients):
    """Slices whose tumours have these areas."""
    data = packed(len(areas))
    masks = np.zeros_like(data.masks)
    for mask, area in zip(masks, areas, strict=True):
        mask.reshape(-1)[:area] = 1
    return replace(data, masks=masks, patients=tuple(patients))


def test_of_each_patient_the_slice_with_the_largest_tumour():
    data = with_areas([3, 9, 5, 7, 1, 2, 6, 0, 8, 4], "aabbbccdee")
    assert choose_slices(data).tolist() == [1, 3, 6, 7, 8]


def test_of_many_patients_evenly_from_the_smallest_tumour_to_the_largest():
    data = with_areas([10 * number for number in range(9, 0, -1)], "abcdefghi")
    assert choose_slices(data).tolist() == [0, 2, 4, 6, 8]


def test_of_few_patients_further_slices():
    data = with_areas([5, 1, 4, 2, 3, 0], "aaaaaa")
    # the largest; and of the other four all
    assert choose_slices(data).tolist() == [0, 1, 2, 3, 4]
    assert len(choose_slices(with_areas([5, 1], "aa"))) == 2
    assert choose_slices(with_areas([0, 0], "aa")).tolist() == [0]


def test_an_epochs_predictions_are_those_of_the_deterministic_network(tmp_path):
    run, data = RunFolder(tmp_path / "run"), packed(8)
    trainer = Trainer(tiny_config(), one_device())
    before = [np.array(v.numpy()) for v in trainer.network.variables]
    save_samples(run, 1, data, trainer.with_logits, NETWORK)
    trainer.train(next(trainer.batches(data, 0)), 0.1)
    save_samples(run, 2, data, trainer.with_logits, NETWORK)
    samples, chosen = read_samples(run), choose_slices(data)
    assert len(chosen) == MOST_SLICES
    assert samples.epochs == (1, 2)
    np.testing.assert_array_equal(samples.masks, data.masks[chosen] > 0)
    assert samples.numbers == tuple(data.numbers[index] for index in chosen)
    # images are brightest where the tumour is, as `packed` makes them
    assert samples.images[samples.masks].min() > samples.images[~samples.masks].max()
    assert samples.images.max() == 255
    assert not np.array_equal(*samples.probabilities)
    for variable, value in zip(trainer.network.variables, before, strict=True):
        variable.assign(value)
    inputs = {"images": tf.constant(data.images[chosen]), **all_kept(len(chosen), NETWORK)}
    expected = tf.sigmoid(trainer.with_logits(inputs, training=False)).numpy()[..., 0]
    np.testing.assert_allclose(samples.probabilities[0] / 255, expected, atol=0.5 / 255 + 1e-6)


def test_samples_of_other_slices_are_replaced(tmp_path):
    run, trainer = RunFolder(tmp_path / "run"), Trainer(tiny_config(), one_device())
    save_samples(run, 1, packed(8), trainer.with_logits, NETWORK)
    save_samples(run, 2, packed(8, seed=1), trainer.with_logits, NETWORK)
    assert read_samples(run).epochs == (2,)
