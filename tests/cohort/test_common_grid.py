import numpy as np
import pytest

from resunet.cohort.common_grid import SIDE, on_common_grid, pixel_on_grid


def mask_of(height, width, rows, columns):
    mask = np.zeros((1, height, width), bool)
    mask[0, rows, columns] = True
    return mask


def test_the_papers_pictures_are_taken_over_pixel_by_pixel():
    masks = np.random.default_rng(1).random((3, 256, 256)) < 0.3
    np.testing.assert_array_equal(on_common_grid(masks, (1.0, 1.0)), masks)
    np.testing.assert_array_equal(on_common_grid(masks, None), masks)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), None])
def test_a_brats_slice_lies_where_the_paper_pads_it_to(spacing_mm):
    mask = np.random.default_rng(2).random((1, 240, 240)) < 0.3
    np.testing.assert_array_equal(
        on_common_grid(mask, spacing_mm), np.pad(mask, ((0, 0), (8, 8), (8, 8)))
    )


def test_a_pixel_of_half_a_millimetre_is_a_quarter_of_one_of_the_grid():
    # 100 rows by 60 columns of half a millimetre, from (20, 30) mm off the middle on
    found = on_common_grid(mask_of(512, 512, slice(296, 396), slice(316, 376)), (0.5, 0.5))
    np.testing.assert_array_equal(found, mask_of(SIDE, SIDE, slice(148, 198), slice(158, 188)))


def test_thick_pixels_keep_their_area():
    # 10 × 20 pixels of 2 mm × 1 mm in the middle
    found = on_common_grid(mask_of(100, 200, slice(45, 55), slice(90, 110)), (2.0, 1.0))
    assert found.sum() == pytest.approx(10 * 20 * 2, abs=20)
    rows, columns = np.nonzero(found[0])
    assert (rows.mean(), columns.mean()) == pytest.approx((127.5, 127.5))


def test_pictures_of_unknown_spacing_keep_their_pixels_unless_they_are_too_large():
    found = on_common_grid(mask_of(64, 64, slice(0, 16), slice(32, 64)), None)
    np.testing.assert_array_equal(found, mask_of(SIDE, SIDE, slice(96, 112), slice(128, 160)))
    large = on_common_grid(mask_of(512, 256, slice(0, 128), slice(128, 256)), None)
    np.testing.assert_array_equal(large, mask_of(SIDE, SIDE, slice(0, 64), slice(128, 192)))
    assert pixel_on_grid((64, 64), None) == (1.0, 1.0)
    assert pixel_on_grid((512, 256), None) == (0.5, 0.5)
    assert pixel_on_grid((240, 155), None) == (1.0, 1.0)


def test_what_reaches_beyond_the_grid_is_cut_off():
    mask = np.ones((1, 300, 200), bool)
    found = on_common_grid(mask, (1.0, 1.0))
    assert found.sum() == SIDE * 200
    assert on_common_grid(mask, (1.0, 0.9)).sum() == pytest.approx(SIDE * 180, abs=2 * SIDE)


def test_an_odd_picture_stays_in_the_middle():
    found = on_common_grid(mask_of(241, 241, slice(100, 141), slice(100, 141)), (1.0, 1.0))
    rows, columns = np.nonzero(found[0])
    assert (rows.mean(), columns.mean()) == pytest.approx((127.5, 127.5), abs=0.51)


def test_no_slices_give_no_slices():
    assert on_common_grid(np.zeros((0, 256, 256), bool), None).shape == (0, SIDE, SIDE)
