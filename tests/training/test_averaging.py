"""The moving average of the weights, and which epoch's weights are kept."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from resunet.jobs.run_folder import RunFolder
from resunet.training.checkpoint import Position, restore_state, save_state
from resunet.training.device import one_device
from resunet.training.saving import save_rest
from resunet.training.schedule import Progress
from resunet.training.steps import Trainer
from tests.tiny import packed, tiny_config

AVERAGED = tiny_config(average=0.75)


def weights(trainer):
    return [variable.numpy() for variable in trainer.network.trainable_variables]


@pytest.fixture(scope="module")
def trained():
    """A trainer after four steps, and its weights after each of them."""
    trainer = Trainer(AVERAGED, one_device())
    batches = trainer.batches(packed(), 0)
    after = []
    for _ in range(4):
        trainer.train(next(batches), 0.05)
        after.append(weights(trainer))
    return trainer, after


def test_it_is_the_moving_average_of_the_weights_after_each_step(trained):
    trainer, after = trained
    with trainer.averaged():
        found = weights(trainer)
    for index, value in enumerate(found):
        expected = after[0][index].astype(np.float64)
        for step in after[1:]:
            expected = 0.75 * expected + 0.25 * step[index]
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(found, after[-1], strict=True))


def test_the_training_goes_on_with_its_own_weights(trained):
    trainer, after = trained
    with pytest.raises(KeyError), trainer.averaged():
        raise KeyError
    for value, own in zip(weights(trainer), after[-1], strict=True):
        np.testing.assert_array_equal(value, own)


def test_nothing_is_averaged_before_the_first_step_nor_unless_asked_for():
    for config in (AVERAGED, tiny_config()):
        trainer = Trainer(config, one_device())
        before = weights(trainer)
        with trainer.averaged():
            for value, own in zip(weights(trainer), before, strict=True):
                np.testing.assert_array_equal(value, own)


def test_the_average_is_taken_up_again(trained, tmp_path):
    trainer, _ = trained
    run = RunFolder(tmp_path / "run")
    save_state(run, trainer.network, trainer.optimizer, Position(step=4))
    other = Trainer(replace(AVERAGED, seed=4), one_device())
    restore_state(run, other.network, other.optimizer)
    with trainer.averaged(), other.averaged():
        for one, two in zip(weights(trainer), weights(other), strict=True):
            np.testing.assert_array_equal(one, two)


def kernels(path):
    with h5py.File(path) as file:
        found = []
        file.visititems(lambda _, item: found.append(item[()]) if hasattr(item, "shape") else None)
    return found


@pytest.mark.parametrize(("select", "is_kept"), [("best", False), ("last", True)])
def test_which_epoch_is_kept(trained, tmp_path, monkeypatch, select, is_kept):
    trainer, _ = trained
    changed = replace(AVERAGED, training=replace(AVERAGED.training, select=select))
    monkeypatch.setattr(trainer, "config", changed)
    run = RunFolder(tmp_path / "run")
    worse = Progress(best_loss=0.1, epochs_since_best=1)
    save_rest(trainer, run, Position(step=4, epoch=2, progress=worse))
    assert run.best_weights.exists() == is_kept
    if is_kept:
        for one, two in zip(kernels(run.best_weights), kernels(run.last_weights), strict=True):
            np.testing.assert_array_equal(one, two)
    with trainer.averaged():
        averages = {value.tobytes() for value in weights(trainer)}
    assert averages <= {value.tobytes() for value in kernels(run.last_weights)}
