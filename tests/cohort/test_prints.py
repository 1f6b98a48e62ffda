import numpy as np
import pytest
from synthetic import synthetic_pictures

from resunet.cohort.prints import PRINT_SIDE, picture_print


def print_of(images):
    images = np.asarray(images, np.float32)
    return picture_print(images, (images != 0).any(axis=-1))


def agreement(a, b):
    a, b = a.astype(float).ravel(), b.astype(float).ravel()
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


@pytest.fixture(scope="module")
def picture():
    """Folds of its own over a brain."""
    rng = np.random.default_rng(5)
    images, _ = synthetic_pictures(1, 128, 128, seed=1)
    folds = np.kron(rng.normal(0.0, 60.0, (32, 32)), np.ones((4, 4)))[..., None]
    signs = np.array([-1.0, -1.0, 1.0, 1.0])
    return np.where(images[0] != 0, images[0] + folds * signs, 0.0)


def test_a_mirrored_slice_has_the_mirrored_print(picture):
    np.testing.assert_array_equal(print_of(picture[:, ::-1]), print_of(picture)[:, ::-1])
    np.testing.assert_array_equal(print_of(picture[::-1]), print_of(picture)[::-1])


def test_brightness_the_frame_and_resolution_do_not_matter(picture):
    gains = np.array([0.5, 2.0, 1.3, 7.0])
    assert agreement(print_of(picture), print_of(picture * gains)) > 0.999
    framed = np.pad(picture, ((9, 3), (0, 30), (0, 0)))
    np.testing.assert_array_equal(print_of(framed), print_of(picture))
    assert agreement(print_of(picture), print_of(np.kron(picture, np.ones((2, 2, 1))))) > 0.999


def test_noise_hardly_matters(picture):
    noise = np.random.default_rng(6).normal(0.0, 30.0, picture.shape)
    assert agreement(print_of(picture), print_of(np.where(picture != 0, picture + noise, 0))) > 0.97


def test_other_folds_are_another_print(picture):
    other = np.where(picture != 0, picture + np.roll(picture, 40, axis=0) * 0.5, 0.0)
    assert agreement(print_of(picture), print_of(other)) < 0.9


def test_one_missing_contrast_leaves_the_others(picture):
    without = picture.copy()
    without[..., 2] = 0.0
    assert agreement(print_of(picture), print_of(without)) > 0.8


@pytest.mark.parametrize("shape", [(64, 64, 4), (2, 2, 4), (2, 300, 4)])
def test_empty_and_constant_slices_have_an_empty_print(shape):
    for value in (0.0, 5.0):
        found = print_of(np.full(shape, value))
        assert found.shape == (PRINT_SIDE, PRINT_SIDE)
        assert found.dtype == np.int8
        assert not found.any()
