from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage
from tiny import NO_AUGMENT

from resunet.config import AugmentConfig
from resunet.presets import preset
from resunet.training.augment import augment
from resunet.training.draws import Draws

pytestmark = pytest.mark.keras

UNIT, STANDARD = (0.0, 1.0), (-3.0, 8.0)
SMALL_DATA = preset("small-data").augment


class FixedDraws:
    """Draws that give the numbers they are told, the same for every sample."""

    def __init__(self, count, **numbers):
        self.count = count
        self.numbers = numbers

    def uniform(self, purpose, shape=()):
        value = np.broadcast_to(np.asarray(self.numbers[purpose], np.float32), shape)
        return tf.constant(np.repeat(value[None], self.count, axis=0))


def run(images, masks, config, *, seed=0, step=0, span=UNIT, shared=False, draws=None):
    count = len(images)
    draws = draws or Draws(seed, step, 0, count, count, shared=shared)
    out = augment(tf.constant(images), tf.constant(masks), config, draws, intensity_range=span)
    return tuple(x.numpy() for x in out)


def random_batch(count=4, size=16, span=UNIT, seed=0):
    """A brain of random intensities in a border of background, and random masks."""
    rng = np.random.default_rng(seed)
    low, high = span
    images = np.full((count, size, size, 4), low, np.float32)
    inner = slice(size // 4, -size // 4)
    shape = images[:, inner, inner].shape
    images[:, inner, inner] = rng.uniform(low + 0.1 * (high - low), high, shape)
    masks = (rng.random((count, size, size, 1)) < 0.4).astype(np.float32)
    return images, masks


def only(**values):
    return replace(NO_AUGMENT, **values)


@pytest.mark.parametrize(("setting", "axis"), [("flip_up_down", 1), ("flip_left_right", 2)])
def test_a_flip_reverses_exactly_and_twice_is_nothing(setting, axis):
    images, masks = random_batch()
    config = only(**{setting: 1.0})
    once = run(images, masks, config)
    np.testing.assert_array_equal(once[0], np.flip(images, axis))
    np.testing.assert_array_equal(once[1], np.flip(masks, axis))
    twice = run(*once, config)
    np.testing.assert_array_equal(twice[0], images)
    np.testing.assert_array_equal(twice[1], masks)


@pytest.mark.parametrize("span", [UNIT, STANDARD])
@pytest.mark.parametrize("shared", [False, True])
def test_nothing_wished_is_nothing_changed(span, shared):
    images, masks = random_batch(span=span)
    out = run(images, masks, NO_AUGMENT, span=span, shared=shared)
    np.testing.assert_allclose(out[0], images, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(out[1], masks)


@pytest.mark.parametrize("config", [AugmentConfig(), SMALL_DATA], ids=["paper", "small-data"])
def test_shapes_types_and_labels_are_kept(config):
    images, masks = random_batch(count=32)
    out_images, out_masks = run(images, masks, config)
    assert out_images.shape == images.shape
    assert out_masks.shape == masks.shape
    assert out_images.dtype == out_masks.dtype == np.float32
    assert set(np.unique(out_masks)) == {0.0, 1.0}
    assert np.isfinite(out_images).all()
    assert np.abs(out_images - images).max() > 0.1


@pytest.mark.parametrize("config", [AugmentConfig(), SMALL_DATA], ids=["paper", "small-data"])
def test_a_pure_function_of_seed_and_step(config):
    images, masks = random_batch(count=16)
    first = run(images, masks, config, seed=1, step=7)
    again = run(images, masks, config, seed=1, step=7)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    for other in ({"seed": 2, "step": 7}, {"seed": 1, "step": 8}):
        assert not np.array_equal(run(images, masks, config, **other)[0], first[0])


def test_a_sample_is_changed_alike_on_any_number_of_replicas():
    images, masks = random_batch(count=8)
    whole = run(images, masks, SMALL_DATA)
    for offset in (0, 4):
        part = slice(offset, offset + 4)
        half = run(images[part], masks[part], SMALL_DATA, draws=Draws(0, 0, offset, 4, 8))
        np.testing.assert_array_equal(half[0], whole[0][part])
        np.testing.assert_array_equal(half[1], whole[1][part])


def test_one_change_for_the_batch_or_one_for_each_sample():
    images, masks = (np.repeat(x, 8, axis=0) for x in random_batch(count=1))
    config = replace(SMALL_DATA, patches=1.0, noise=1.0)
    shared = run(images, masks, config, shared=True)
    for out in shared:
        np.testing.assert_array_equal(out, np.repeat(out[:1], 8, axis=0))
    assert not np.array_equal(shared[0], images)
    own = run(images, masks, config)
    assert len(np.unique(own[0].reshape(8, -1), axis=0)) == 8


def blob(count, size, span, seed=0):
    """A smooth bright spot off the centre, as the first contrast and as the mask."""
    rng = np.random.default_rng(seed)
    masks = np.zeros((count, size, size, 1), np.float32)
    for index in range(count):
        row, column = rng.integers(size // 4, size // 2, 2)
        masks[index, row : row + size // 4, column : column + size // 5] = 1.0
    images = np.full((count, size, size, 4), span[0], np.float32)
    images[..., :1] += (span[1] - span[0]) * masks
    return images, masks


@pytest.mark.parametrize("span", [UNIT, STANDARD])
@pytest.mark.parametrize(
    "config",
    [
        only(rotation_deg=40.0),
        only(scale=0.3),
        only(shift=0.2),
        only(rotation_deg=40.0, scale=0.3, shift=0.2, flip_up_down=0.5, flip_left_right=0.5),
    ],
    ids=["rotation", "scale", "shift", "all"],
)
def test_the_mask_moves_with_the_picture(span, config):
    images, masks = blob(64, 32, span)
    out_images, out_masks = run(images, masks, config, span=span)
    half = (out_images[..., :1] - span[0]) / (span[1] - span[0]) - 0.5
    clear = np.abs(half) > 1e-5  # not on the edge itself, where rounding decides
    np.testing.assert_array_equal(out_masks[clear], (half > 0)[clear])
    assert clear.mean() > 0.99
    assert (out_masks != masks).any(axis=(1, 2, 3)).mean() > 0.5
    assert out_masks.sum(axis=(1, 2, 3)).min() > 0  # none has left the picture here


def test_rotation_by_a_right_angle_is_exact():
    images, masks = random_batch(size=16)
    draws = FixedDraws(4, move=[1.0, 0.5, 0.5, 0.5])  # +90°, no scaling, no shift
    out = run(images, masks, only(rotation_deg=90.0), draws=draws)
    np.testing.assert_allclose(out[0], np.rot90(images, 1, axes=(1, 2)), atol=1e-4)
    np.testing.assert_array_equal(out[1], np.rot90(masks, 1, axes=(1, 2)))


def test_a_shift_by_whole_pixels_is_exact_and_brings_background_in():
    images, masks = random_batch(size=16, span=STANDARD, seed=2)
    images[:, 2:-2, 2:-2, 0] = 5.0
    # +4 columns and −2 rows of 16
    draws = FixedDraws(4, move=[0.5, 0.5, 1.0, 0.25])
    out = run(images, masks, only(shift=0.25), span=STANDARD, draws=draws)
    expected, mask = np.full_like(images, STANDARD[0]), np.zeros_like(masks)
    expected[:, :-2, 4:] = images[:, 2:, :-4]
    mask[:, :-2, 4:] = masks[:, 2:, :-4]
    np.testing.assert_allclose(out[0], expected, atol=1e-4)
    np.testing.assert_array_equal(out[1], mask)


def test_scaling_enlarges_about_the_centre():
    images, masks = np.zeros((1, 32, 32, 4), np.float32), np.zeros((1, 32, 32, 1), np.float32)
    masks[:, 12:20, 12:20] = 1.0
    larger = run(images, masks, only(scale=0.5), draws=FixedDraws(1, move=[0.5, 1.0, 0.5, 0.5]))
    expected = np.zeros_like(masks)
    expected[:, 10:22, 10:22] = 1.0  # 8 × 1.5 = 12
    np.testing.assert_array_equal(larger[1], expected)
    smaller = run(images, masks, only(scale=0.5), draws=FixedDraws(1, move=[0.5, 0.0, 0.5, 0.5]))
    expected = np.zeros_like(masks)
    expected[:, 14:18, 14:18] = 1.0  # 8 × 0.5
    np.testing.assert_array_equal(smaller[1], expected)


@pytest.mark.parametrize("span", [UNIT, STANDARD])
def test_patches_blank_the_picture_alone(span):
    images, masks = random_batch(count=64, size=20)
    images = span[0] + (span[1] - span[0]) * (0.1 + 0.9 * images)  # no background to start with
    out = run(images, masks, only(patches=1.0), span=span)
    changed = (np.abs(out[0] - images) > 1e-5).any(axis=-1)
    assert changed.any(axis=(1, 2)).all()
    np.testing.assert_array_equal(out[0][changed], span[0])
    np.testing.assert_allclose(out[0][~changed], images[~changed], atol=1e-6)
    np.testing.assert_array_equal(out[1], masks)


def test_a_patch_is_a_rectangle_of_at_most_a_fifth_of_the_side():
    images, masks = np.ones((400, 20, 20, 1), np.float32), np.zeros((400, 20, 20, 1), np.float32)
    blank = run(images, masks, only(patches=1.0, patches_max=1))[0][..., 0] == 0
    heights, widths = blank.any(axis=2).sum(axis=1), blank.any(axis=1).sum(axis=1)
    np.testing.assert_array_equal(blank.sum(axis=(1, 2)), heights * widths)  # full, in one piece
    for sides in (heights, widths):
        assert set(sides) == {1, 2, 3, 4}
    # also at the picture's edges
    edges = (blank[:, 0], blank[:, -1], blank[:, :, 0], blank[:, :, -1])
    assert all(edge.any() for edge in edges)


def test_one_to_six_patches():
    images, masks = (
        np.ones((200, 128, 128, 1), np.float32),
        np.zeros((200, 128, 128, 1), np.float32),
    )
    out = run(images, masks, only(patches=1.0, patch_side_max=0.02))[0][..., 0]
    counts = [ndimage.label(picture == 0)[1] for picture in out]
    assert set(counts) == {1, 2, 3, 4, 5, 6}
    # evenly: 200 / 6 of each, within 5 standard deviations; a few patches touch
    for count in range(1, 7):
        assert abs(counts.count(count) - 33.3) < 5 * np.sqrt(33.3 * 5 / 6)


def test_noise_has_the_mean_and_spread_asked_for():
    images, masks = np.full((32, 16, 16, 4), 0.5, np.float32), np.zeros((32, 16, 16, 1), np.float32)
    config = only(noise=1.0, noise_mean=0.05, noise_sigma=0.1)
    out = run(images, masks, config)
    noise = out[0] - images
    assert noise.mean() == pytest.approx(0.05, abs=5 * 0.1 / np.sqrt(noise.size))
    assert noise.std() == pytest.approx(0.1, abs=5 * 0.1 / np.sqrt(2 * noise.size))
    np.testing.assert_array_equal(out[1], masks)
    # every pixel and contrast has its own, bell-shaped: 68 % within one sigma
    assert len(np.unique(noise[0])) > 0.95 * noise[0].size
    assert (np.abs(noise - 0.05) < 0.1).mean() == pytest.approx(0.6827, abs=0.02)


@pytest.mark.parametrize(
    ("setting", "probability"),
    [
        ("flip_up_down", 0.25),
        ("flip_left_right", 0.25),
        ("patches", 0.40),
        ("noise", 0.25),
    ],
)
@pytest.mark.parametrize("per_sample", [True, False])
def test_probabilities_are_met(setting, probability, per_sample):
    trials = 2000 if per_sample else 200
    picture = np.linspace(0.1, 0.9, 15 * 15, dtype=np.float32).reshape(1, 15, 15, 1)
    blank = np.zeros_like(picture)
    config = only(**{setting: probability})
    if per_sample:
        images, masks = (np.repeat(x, trials, axis=0) for x in (picture, blank))
        changed = (run(images, masks, config)[0] != images).any(axis=(1, 2, 3))
    else:
        changed = np.array(
            [
                (run(picture, blank, config, step=step, shared=True)[0] != picture).any()
                for step in range(trials)
            ]
        )
    spread = np.sqrt(trials * probability * (1 - probability))
    assert abs(changed.sum() - trials * probability) < 5 * spread


def test_the_defaults_are_the_papers():
    config = AugmentConfig()
    assert (config.flip_up_down, config.flip_left_right) == (0.25, 0.25)
    assert (config.patches, config.patches_max, config.patch_side_max) == (0.40, 6, 0.20)
    assert (config.noise, config.noise_mean, config.noise_sigma) == (0.25, 0.05, 0.1)
    assert not config.per_sample


INTENSITIES = only(gain=0.5, offset=1.5, gamma=2.0)


@pytest.mark.parametrize("span", [UNIT, STANDARD])
def test_intensities_stay_in_range_and_background_stays_background(span):
    images, masks = random_batch(count=32, span=span)
    out = run(images, masks, INTENSITIES, span=span)
    outside = (images == span[0]).all(axis=-1)
    np.testing.assert_array_equal(out[0][outside], span[0])
    assert out[0].min() >= span[0]
    assert out[0].max() <= span[1]
    np.testing.assert_array_equal(out[1], masks)
    inside = ~outside
    assert (np.abs(out[0] - images)[inside] > 1e-3).mean() > 0.8


def test_gain_offset_and_gamma_by_hand():
    low, span = STANDARD[0], 11.0
    images, masks = random_batch(count=1, span=STANDARD)
    brain = (images > low).any(axis=-1)
    # gamma 2, gain 1 + 0.5·0.4 = 1.2, offset 1.5·(−0.2) = −0.3, alike in all contrasts
    numbers = np.repeat(np.array([[1.0], [0.7], [0.4]]), 4, axis=1)
    out = run(images, masks, INTENSITIES, span=STANDARD, draws=FixedDraws(1, intensities=numbers))[
        0
    ]
    expected = (((images + 3) / span) ** 2 * span - 3) * 1.2 - 0.3
    expected = np.where(brain[..., None], np.clip(expected, *STANDARD), images)
    np.testing.assert_allclose(out, expected, atol=1e-4)


def test_each_contrast_has_its_own_intensity_change():
    images, masks = random_batch(count=1)
    images[..., 1:] = images[..., :1]
    out = run(images, masks, only(gain=0.2))[0]
    pairs = [(a, b) for a in range(4) for b in range(a)]
    assert all(not np.array_equal(out[..., a], out[..., b]) for a, b in pairs)


# Contrasts that are missing


@pytest.mark.parametrize("span", [UNIT, STANDARD])
def test_a_dropped_contrast_is_background_everywhere_and_one_alone(span):
    images, masks = random_batch(count=32, span=span)
    images += np.float32(0.01)  # no pixel is background to start with
    out = run(images, masks, only(contrast_dropout=1.0), span=span)
    gone = (out[0] == span[0]).all(axis=(1, 2))
    np.testing.assert_array_equal(gone.sum(axis=1), 1)
    kept = np.broadcast_to(~gone[:, None, None], images.shape)
    np.testing.assert_allclose(out[0][kept], images[kept], atol=1e-6)
    np.testing.assert_array_equal(out[1], masks)
    # shared, the whole batch loses the same
    gone = run(images, masks, only(contrast_dropout=1.0), span=span, shared=True)[0] == span[0]
    assert len(np.unique(gone.all(axis=(1, 2)), axis=0)) == 1


@pytest.mark.parametrize(("number", "index"), [(0.0, 0), (0.2499, 0), (0.25, 1), (0.9999, 3)])
def test_which_contrast_is_dropped(number, index):
    images, masks = random_batch(count=2)
    draws = FixedDraws(2, contrast=0.2999, contrast_which=number)
    out = run(images, masks, only(contrast_dropout=0.3), draws=draws)[0]
    np.testing.assert_array_equal(out[..., index], 0.0)
    others = [c for c in range(4) if c != index]
    np.testing.assert_allclose(out[..., others], images[..., others], atol=1e-6)
    draws = FixedDraws(2, contrast=0.3, contrast_which=number)
    np.testing.assert_allclose(
        run(images, masks, only(contrast_dropout=0.3), draws=draws)[0], images, atol=1e-6
    )


def test_contrasts_are_dropped_as_often_as_asked_for_and_all_alike():
    images, masks = np.ones((2000, 2, 2, 4), np.float32), np.zeros((2000, 2, 2, 1), np.float32)
    gone = (run(images, masks, only(contrast_dropout=0.4))[0] == 0).all(axis=(1, 2))
    # 800 of 2,000, 200 of each contrast, within 5 standard deviations
    assert abs(gone.any(axis=1).sum() - 800) < 5 * np.sqrt(2000 * 0.4 * 0.6)
    assert (np.abs(gone.sum(axis=0) - 200) < 5 * np.sqrt(2000 * 0.1 * 0.9)).all()


def test_neither_noise_nor_patches_show_in_a_dropped_contrast():
    images, masks = random_batch(count=16)
    config = replace(SMALL_DATA, noise=1.0, patches=1.0, contrast_dropout=1.0)
    out = run(images, masks, config)[0]
    assert (out == 0).all(axis=(1, 2)).any(axis=1).all()


def test_the_other_changes_are_drawn_as_without_it():
    images, masks = random_batch(count=16)
    without = run(images, masks, SMALL_DATA)
    out = run(images, masks, replace(SMALL_DATA, contrast_dropout=1.0))
    gone = (out[0] == 0).all(axis=(1, 2))
    kept = np.broadcast_to(~gone[:, None, None], images.shape)
    np.testing.assert_array_equal(out[0][kept], without[0][kept])
    np.testing.assert_array_equal(out[1], without[1])


def test_shares_move_without_being_cut():
    images = np.zeros((1, 8, 8, 4), np.float32)
    shares = np.zeros((1, 8, 8, 1), np.float32)
    shares[0, 2:5, 2:5] = 1.0
    config = replace(NO_AUGMENT, per_sample=True, rotation_deg=20.0, shift=0.2)
    draws = Draws(0, tf.constant(0), tf.constant(0), 1, 1)
    pair = tf.constant(images), tf.constant(shares)
    moved = augment(*pair, config, draws, intensity_range=UNIT, shares=True)[1].numpy()
    cut = augment(*pair, config, draws, intensity_range=UNIT)[1].numpy()
    assert ((moved > 0) & (moved < 1)).any()
    np.testing.assert_array_equal(moved > 0.5, cut == 1)
    assert moved.sum() == pytest.approx(9.0, rel=0.05)
