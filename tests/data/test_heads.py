import numpy as np
import pytest

from resunet.data.heads import filled, look, ring_share, tissue_levels
from resunet.study import Source, Study


def disc(size=100, radius=40.0, centre=None):
    """How far each pixel lies from the centre, in radii."""
    y, x = np.indices((size, size))
    at = (size - 1) / 2 if centre is None else centre
    return np.hypot(y - at, x - at) / radius


def head(scalp=1.5, bone=0.05, brain=1.0, **where):
    """float32 (1, h, w): scalp outside of 0.9 radii, bone to 0.75, brain inside of it."""
    away = disc(**where)
    levels = np.select([away < 0.75, away < 0.9, away < 1.0], [brain, bone, scalp], 0.0)
    return levels[None].astype(np.float32)


def study_of(pictures, **more):
    """A study of (S, h, w), alike in all contrasts."""
    images = np.repeat(np.asarray(pictures, np.float32)[..., None], 4, axis=-1)
    return Study(images, "a", Source("npz", "0" * 64), **more)


def test_filled_is_between_first_and_last_of_row_and_column():
    mask = np.zeros((1, 5, 6), bool)
    mask[0, 1, 1:5] = mask[0, 3, 1:5] = True  # a frame without its sides
    expected = np.zeros((1, 5, 6), bool)
    expected[0, 1] = expected[0, 3] = [0, 1, 1, 1, 1, 0]
    # row 2 holds nothing, so nothing of it lies between
    np.testing.assert_array_equal(filled(mask), expected)
    mask[0, 2, [1, 4]] = True
    expected[0, 2, 1:5] = True
    np.testing.assert_array_equal(filled(mask), expected)
    assert not filled(np.zeros((2, 3, 4), bool)).any()


def test_levels_are_in_units_of_the_tissue_above_the_background():
    picture = np.full((1, 20, 20), 7.0, np.float32)  # the background, as its edge has it
    picture[:, 5:15, 5:15] = 207.0  # 100 pixels of tissue, 200 above it
    picture[:, 8:10, 8:10] = 107.0
    levels = tissue_levels(picture)
    np.testing.assert_allclose(levels[0, 5, 5], 1.0)
    np.testing.assert_allclose(levels[0, 8, 8], 0.5)
    np.testing.assert_array_equal(levels[0, 0], 0.0)


def test_noise_in_the_air_is_no_tissue():
    rng = np.random.default_rng(0)
    picture = rng.uniform(0, 20, (1, 60, 60)).astype(np.float32)
    picture[:, 20:40, 20:40] = 500.0
    levels = tissue_levels(picture)
    assert levels[0, 30, 30] == pytest.approx(1.0)
    assert levels[0, :20].max() < 0.05


def test_the_edge_of_a_picture_cut_to_the_brain_is_no_background():
    picture = np.full((1, 20, 20), 100.0, np.float32)
    picture[:, 8:12, 8:12] = 60.0
    levels = tissue_levels(picture)
    np.testing.assert_allclose([levels[0, 0, 0], levels[0, 9, 9]], [1.0, 0.6])


def test_a_picture_of_nothing_has_levels_of_0():
    np.testing.assert_array_equal(tissue_levels(np.zeros((1, 4, 4), np.float32)), 0.0)


def test_a_ring_of_bone_all_round():
    assert ring_share(head()) == 1.0
    assert ring_share(head(size=140, centre=60.0)) == 1.0  # wherever the head lies


@pytest.mark.parametrize(
    "levels",
    [
        {"bone": 1.0},  # a stripped brain: tissue to its edge
        {"scalp": 0.0, "bone": 1.0},
        {"scalp": 0.2, "bone": 0.0},  # dim scalp counts as none
        {"brain": 0.2},  # a bright ring round nothing
        {"bone": 0.5},  # no bone is so bright
        {"scalp": 1.0, "bone": 0.3, "brain": 0.3},
    ],
)
def test_what_is_no_ring_of_bone(levels):
    assert ring_share(head(**levels)) == 0.0


def test_a_ring_deep_inside_is_no_skull():
    away = disc()
    levels = np.select([away < 0.4, away < 0.5, away < 1.0], [1.0, 0.0, 1.0], 0.0)
    assert ring_share(levels[None].astype(np.float32)) == 0.0


def test_half_a_ring_is_half_of_the_directions():
    levels = head()
    levels[0, :50][levels[0, :50] == np.float32(0.05)] = 1.0
    # 35 or 36 of 72 directions point upwards
    assert ring_share(levels) == pytest.approx(0.5, abs=2 / 72)


def test_slices_count_by_their_bright_pixels():
    large, small = head(bone=1.0), head(radius=20.0)
    pixels = [np.count_nonzero(picture > 0.4) for picture in (large, small)]
    share = ring_share(np.concatenate([large, small]))
    assert share == pytest.approx(pixels[1] / sum(pixels), rel=1e-6)


def test_too_few_pixels_tell_nothing():
    assert ring_share(head(size=20, radius=7.0)) == 0.0
    assert ring_share(np.zeros((2, 30, 30), np.float32)) == 0.0


def test_sixteen_slices_from_the_first_to_the_last_that_hold_anything():
    pictures = np.zeros((60, 40, 40))
    pictures[5:55, 10:30, 10:30] = np.arange(5, 55)[:, None, None]
    sample = look(study_of(pictures))
    assert sample.stored.shape == (4, 16, 40, 40)
    # 49 steps in 15 parts: 5, 5 + 3.27 → 8, …, 54
    found = sample.stored[0].max(axis=(1, 2))
    assert found[:2].tolist() == [5, 8]
    assert found[-1] == 54
    assert (sample.span, sample.thinned, sample.contrasts) == (50, 1, (0, 1, 2, 3))


def test_large_pictures_are_thinned_out():
    pictures = np.zeros((1, 700, 500))
    pictures[:, 100:600, 100:400] = 3.0
    sample = look(study_of(pictures))
    assert sample.thinned == 3  # 700 / 320 = 2.2
    assert sample.stored.shape == (4, 1, 234, 167)
    assert sample.head()[0, 100, 100]


def test_contrasts_without_a_picture_are_left_out():
    images = np.zeros((1, 40, 40, 4), np.float32)
    images[0, 10:30, 10:30, 1] = 5.0
    images[..., 2] = 7.0
    sample = look(Study(images, "a", Source("npz", "0" * 64), missing=("t1",)))
    assert sample.contrasts == (1,)
    assert look(study_of(np.zeros((3, 20, 20)))) is None
    assert look(study_of(np.full((3, 20, 20), 2.0))) is None
