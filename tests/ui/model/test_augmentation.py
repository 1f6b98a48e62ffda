import numpy as np
import pytest

from resunet.config import AugmentConfig
from resunet.presets import preset
from resunet.ui.model.augmentation import draws_of
from resunet.ui.model.slices import PreparedSlice

pytestmark = pytest.mark.keras
NEVER = AugmentConfig(flip_up_down=0.0, flip_left_right=0.0, patches=0.0, noise=0.0)


@pytest.fixture
def prepared():
    image = np.zeros((16, 16, 4), np.float32)
    image[3:12, 2:9] = 0.5
    image[4:7, 3:6] = 0.9
    mask = np.zeros((16, 16), bool)
    mask[4:7, 3:6] = True
    return PreparedSlice(image, mask, 0.0, None)


def test_without_any_change_the_slice_stays_as_it_is(prepared):
    images, masks = draws_of(prepared, preset("paper"), NEVER, count=3, seed=0)
    np.testing.assert_array_equal(images, np.stack([prepared.image] * 3))
    np.testing.assert_array_equal(masks, np.stack([prepared.mask] * 3))


def test_a_certain_flip_turns_slice_and_outline(prepared):
    settings = AugmentConfig(flip_up_down=1.0, flip_left_right=0.0, patches=0.0, noise=0.0)
    images, masks = draws_of(prepared, preset("paper"), settings, count=2, seed=0)
    np.testing.assert_array_equal(images[1], prepared.image[::-1])
    np.testing.assert_array_equal(masks[1], prepared.mask[::-1])


def test_each_copy_has_a_draw_of_its_own_and_seeds_differ(prepared):
    settings = AugmentConfig(noise=1.0)
    one, _ = draws_of(prepared, preset("paper"), settings, count=4, seed=0)
    again, _ = draws_of(prepared, preset("paper"), settings, count=4, seed=0)
    other, _ = draws_of(prepared, preset("paper"), settings, count=4, seed=1)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one[0], one[1])
    assert not np.array_equal(one, other)


def test_it_is_the_code_that_trains(prepared):
    from resunet.training.augment import augment
    from resunet.training.draws import Draws

    config = preset("small-data")
    images, masks = draws_of(prepared, config, config.augment, count=3, seed=7)
    expected, outlines = augment(
        np.stack([prepared.image] * 3),
        np.stack([prepared.mask] * 3)[..., None].astype(np.float32),
        config.augment,
        Draws(7, 0, 0, 3, 3),
        intensity_range=(-3.0, 8.0),
    )
    np.testing.assert_array_equal(images, np.asarray(expected))
    np.testing.assert_array_equal(masks, np.asarray(outlines)[..., 0] == 1)


def test_a_slice_without_an_outline_has_none_afterwards(prepared):
    plain = prepared._replace(mask=None)
    _, masks = draws_of(plain, preset("paper"), AugmentConfig(), count=2, seed=0)
    assert not masks.any()
