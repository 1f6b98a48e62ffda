"""Laying a slice out: crop, common grid, medians."""

import numpy as np
import pytest

from resunet.cohort.corruption.frame import FIELD, halve, make_frame, to_field, turn_cells
from resunet.errors import InputError


def box(height, width, rows, columns, value=10.0):
    images = np.zeros((height, width, 4), np.float32)
    images[rows, columns] = value
    return images


def test_the_crop_is_the_brain_and_numbers_are_of_the_brain():
    images = box(256, 256, slice(100, 140), slice(60, 160))
    images[100:120, 60:160, 1] = 30
    mask = np.zeros((256, 256), bool)
    mask[95:105, 60:70] = True
    frame = make_frame(images, mask)
    assert frame.pictures.shape == (4, 40, 100)
    assert frame.brain.all()
    assert frame.medians[0] == 10
    assert frame.spreads[0] == 1  # where it is 0
    assert frame.spreads[1] == 20
    assert (frame.mask_px, frame.outside_px) == (100, 50)
    assert frame.mask.sum() == 25  # a cell is 2×2 pixels


@pytest.mark.parametrize(
    ("height", "width", "square"),
    [(256, 256, 256), (240, 240, 256), (155, 240, 256), (150, 130, 150), (64, 64, 64), (9, 5, 9)],
)
def test_the_field_keeps_the_mean_over_the_square(height, width, square):
    pictures = np.random.default_rng(0).random((2, height, width)).astype(np.float32)
    field = to_field(pictures)
    assert field.shape == (2, FIELD, FIELD)
    assert field.mean(axis=(1, 2)) == pytest.approx(pictures.sum(axis=(1, 2)) / square**2, rel=1e-4)


def test_a_padded_picture_lies_where_its_original_does():
    original = np.random.default_rng(1).random((1, 240, 240)).astype(np.float32)
    padded = np.pad(original, ((0, 0), (8, 8), (8, 8)))
    assert np.allclose(to_field(original), to_field(padded), atol=1e-6)


def test_large_pictures_are_thinned():
    images = box(512, 512, slice(100, 400), slice(100, 400))
    frame = make_frame(images, np.ones((512, 512), bool))
    assert frame.pictures.shape == (4, 150, 150)
    assert frame.mask_px == 512 * 512
    assert frame.mask.min() == 1


def test_no_brain_no_mask():
    frame = make_frame(np.zeros((20, 30, 4), np.float32), None)
    assert not frame.brain.any()
    assert frame.mask is None
    assert frame.medians.tolist() == [1, 1, 1, 1]


def test_shapes_are_checked():
    with pytest.raises(InputError, match="images has shape"):
        make_frame(np.zeros((1, 5, 4), np.float32), None)
    with pytest.raises(InputError, match="mask has shape"):
        make_frame(np.zeros((5, 5, 4), np.float32), np.zeros((4, 5)))


def test_halving_and_turning():
    array = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert halve(array).tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert np.array_equal(turn_cells(array, 90), np.rot90(array))
    assert np.array_equal(turn_cells(turn_cells(array, 180), 180), array)
