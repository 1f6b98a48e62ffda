import dataclasses

import numpy as np
import pytest
from tiny import NO_AUGMENT, packed, tiny_config

from resunet.config import AugmentConfig
from resunet.errors import InputError
from resunet.presets import preset
from resunet.training.order import slice_order
from resunet.training.pipeline import training_batches, validation_batches

pytestmark = pytest.mark.keras

STRONG = dataclasses.replace(preset("small-data").augment, noise=1.0, patches=0.5)


def numbered(count=10, size=16):
    """Slices that hold their own index in every pixel."""
    pack = packed(count, size=size)
    images = np.empty_like(pack.images)
    images[:] = np.arange(count)[:, None, None, None]
    return dataclasses.replace(pack, images=images)


def collect(dataset):
    return [{key: value.numpy() for key, value in element.items()} for element in dataset]


def test_order_follows_the_seed_and_the_step():
    data, config = numbered(), tiny_config(seed=11)
    batches = collect(training_batches(data, config, first_step=0, last_step=6))
    assert [int(batch["step"]) for batch in batches] == list(range(6))
    for step, batch in enumerate(batches):
        chosen = slice_order(11, step, 4, len(data))
        np.testing.assert_array_equal(batch["images"][:, 0, 0, 0], chosen)
        np.testing.assert_array_equal(batch["targets"][..., 0], data.masks[chosen])
        assert batch["images"].dtype == batch["targets"].dtype == np.float32
        assert batch["offset"] == 0


def test_taking_up_in_the_middle_gives_the_same_batches():
    data, config = packed(), tiny_config(augment=STRONG)
    whole = collect(training_batches(data, config, first_step=0, last_step=5))
    rest = collect(training_batches(data, config, first_step=3, last_step=5))
    assert len(rest) == 2
    for one, two in zip(whole[3:], rest, strict=True):
        for key, value in one.items():
            np.testing.assert_array_equal(two[key], value)


@pytest.mark.parametrize("per_sample", [True, False])
def test_two_replicas_share_the_very_same_batch(per_sample):
    augment = dataclasses.replace(STRONG, per_sample=per_sample)
    data, config = packed(), tiny_config(augment=augment)
    whole = collect(training_batches(data, config, first_step=0, last_step=3))
    halves = collect(training_batches(data, config, first_step=0, last_step=3, replicas=2))
    assert [int(half["offset"]) for half in halves] == [0, 2] * 3
    assert [int(half["step"]) for half in halves] == [0, 0, 1, 1, 2, 2]
    for step, batch in enumerate(whole):
        for key in ("images", "targets"):
            joined = np.concatenate([half[key] for half in halves[2 * step : 2 * step + 2]])
            np.testing.assert_array_equal(joined, batch[key])


def test_an_uneven_share_is_refused():
    with pytest.raises(InputError, match=r"batch_size is 4.*multiple of the 3"):
        training_batches(packed(), tiny_config(), first_step=0, last_step=1, replicas=3)


@pytest.mark.parametrize("per_sample", [True, False])
def test_the_setting_decides_on_one_change_a_batch_or_a_sample(per_sample):
    data = packed()
    images, masks = (np.repeat(x[:1], len(data), axis=0) for x in (data.images, data.masks))
    data = dataclasses.replace(data, images=images, masks=masks)
    augment = dataclasses.replace(STRONG, per_sample=per_sample)
    (batch,) = collect(
        training_batches(data, tiny_config(augment=augment), first_step=0, last_step=1)
    )
    assert len(np.unique(batch["images"].reshape(4, -1), axis=0)) == (4 if per_sample else 1)


def test_the_background_of_the_preparation_is_known():
    """Percentile scaling has its background at 0, whatever the pictures hold."""
    data = dataclasses.replace(packed(), images=np.full((8, 16, 16, 4), 0.7, np.float32))
    config = tiny_config(augment=AugmentConfig(patches=1.0, noise=0.0))
    (batch,) = collect(training_batches(data, config, first_step=0, last_step=1))
    assert set(np.unique(batch["images"])) == {np.float32(0.0), np.float32(0.7)}


def test_slices_lose_a_contrast_where_that_is_set_and_none_in_validation():
    data = dataclasses.replace(packed(), images=np.full((8, 16, 16, 4), 0.7, np.float32))
    augment = dataclasses.replace(NO_AUGMENT, per_sample=True, contrast_dropout=1.0)
    config = tiny_config(augment=augment)
    (batch,) = collect(training_batches(data, config, first_step=0, last_step=1))
    np.testing.assert_array_equal((batch["images"] == 0).all(axis=(1, 2)).sum(axis=1), 1)
    assert all((batch["images"] != 0).all() for batch in collect(validation_batches(data, config)))


@pytest.mark.parametrize("replicas", [1, 2])
@pytest.mark.parametrize("count", [1, 3, 8, 10])
def test_validation_holds_every_slice_once_and_unchanged(count, replicas):
    data = numbered(count)
    batches = collect(validation_batches(data, tiny_config(), replicas=replicas))
    assert len(batches) % replicas == 0
    sizes = [len(batch["images"]) for batch in batches]
    assert max(sizes) <= 4 // replicas
    assert max(sizes) - min(sizes) <= 1
    images = np.concatenate([batch["images"] for batch in batches])
    masks = np.concatenate([batch["targets"] for batch in batches])
    np.testing.assert_array_equal(images, data.images)
    np.testing.assert_array_equal(masks[..., 0], data.masks)


def test_shares_are_taught_where_that_is_set():
    data = packed()
    shares = np.random.default_rng(3).integers(0, 256, data.masks.shape).astype(np.uint8)
    data = dataclasses.replace(data, shares=shares)
    config = tiny_config()
    config = dataclasses.replace(config, loss=dataclasses.replace(config.loss, target="share"))
    (batch,) = collect(training_batches(data, config, first_step=0, last_step=1))
    chosen = slice_order(config.seed, 0, 4, len(data))
    np.testing.assert_allclose(batch["targets"][..., 0], shares[chosen] / 255, atol=1e-7)
    validated = np.concatenate([b["targets"] for b in collect(validation_batches(data, config))])
    np.testing.assert_allclose(validated[..., 0], shares / 255, atol=1e-7)
