from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from tiny import packed, tiny_config

from resunet.errors import InputError
from resunet.presets import preset
from resunet.training import distribute
from resunet.training.device import one_device
from resunet.training.distribute import agreed, caveat, choose_strategy, from_chief, is_chief
from resunet.training.pipeline import training_batches, validation_batches
from resunet.training.steps import Trainer

pytestmark = pytest.mark.keras


def devices(count):
    """What a strategy of so many devices tells of itself."""
    return SimpleNamespace(num_replicas_in_sync=count)


def test_several_gpus_are_mirrored_and_one_is_not(monkeypatch):
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda: "mirrored")
    assert choose_strategy().num_replicas_in_sync == 1
    gpus = [SimpleNamespace(name=f"GPU:{index}") for index in range(2)]
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: gpus)
    assert choose_strategy() == "mirrored"


def test_a_process_alone_decides_alone():
    strategy = one_device()
    assert is_chief(strategy)
    assert from_chief(strategy, b"abc") == b"abc"
    assert agreed(strategy, lambda: True)()
    assert not agreed(strategy, lambda: False)()
    assert distribute.what_was_lost(strategy, tf.errors.UnavailableError(None, None, "")) == ""


def test_the_papers_loss_is_said_to_be_another_on_several_devices():
    paper, small = preset("paper"), preset("small-data")
    told = caveat(paper, devices(2))
    assert "each of the 2 devices pools its Dice over its own 32 slices" in told
    assert caveat(paper, devices(1)) == caveat(small, devices(2)) == ""


def test_xla_on_several_devices_is_refused():
    two = SimpleNamespace(num_replicas_in_sync=2, scope=one_device().scope)
    with pytest.raises(InputError, match=r"^training.xla is true on 2 devices, where"):
        Trainer(tiny_config(xla=True), two)


@pytest.mark.parametrize("here", [range(1), range(1, 3), range(3, 4)])
def test_a_process_feeds_its_own_part_of_every_batch(here):
    """Four devices in three processes; together they are the batch of one."""
    config = tiny_config(augment=preset("small-data").augment, batch_size=8)
    data = packed(24)
    plan = {"first_step": 3, "last_step": 5, "replicas": 4}
    all_parts = list(training_batches(data, config, **plan).as_numpy_iterator())
    mine = list(training_batches(data, config, **plan, here=here).as_numpy_iterator())
    expected = [part for index, part in enumerate(all_parts) if index % 4 in here]
    assert len(all_parts) == 8
    assert len(mine) == 2 * len(here)
    for one, other in zip(mine, expected, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_validation_is_shared_without_remainder():
    data = packed(11)
    parts = [
        list(validation_batches(data, tiny_config(), replicas=2, here=here).as_numpy_iterator())
        for here in (range(1), range(1, 2))
    ]
    assert len(parts[0]) == len(parts[1])
    images = [part["images"] for both in zip(*parts, strict=True) for part in both]
    np.testing.assert_array_equal(np.concatenate(images), data.images)
