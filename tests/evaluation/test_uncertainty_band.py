import numpy as np
import pytest

from resunet.errors import InputError
from resunet.evaluation.uncertainty_band import near_outlines


def brute(mask, spacing_mm, within_mm):
    """Every pixel against every pixel of the other kind."""
    places = np.argwhere(np.ones_like(mask)) * spacing_mm
    flat = mask.ravel()
    near = np.zeros(flat.size, bool)
    for index, place in enumerate(places):
        others = places[flat != flat[index]]
        if len(others):
            near[index] = np.hypot(*(others - place).T).min() <= within_mm + 1e-9
    return near.reshape(mask.shape)


def test_by_hand_with_pixels_that_are_not_square():
    mask = np.zeros((9, 9), bool)
    mask[4, 4] = True
    near = near_outlines(mask, np.zeros_like(mask), (1.0, 2.0), within_mm=2.0)
    expected = np.zeros_like(mask)
    expected[2:7, 4] = True  # 2 mm up and down, and the pixel itself, 1 mm from outside
    expected[4, 3:6] = True  # 2 mm to either side; the corners are √5 mm away
    np.testing.assert_array_equal(near, expected)


def test_the_inside_of_a_large_mask_is_not_near():
    mask = np.zeros((40, 40), bool)
    mask[5:35, 5:35] = True
    near = near_outlines(mask, mask, (1.0, 1.0), within_mm=3.0)
    assert near[5, 20]
    assert near[7, 20]
    assert not near[8, 20]  # its fourth row: 4 mm from the first centre outside
    assert near[2, 20]
    assert not near[1, 20]


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (0.7, 1.9)])
def test_both_outlines_count_and_distances_are_exact(spacing_mm):
    rng = np.random.default_rng(3)
    true, pred = rng.uniform(size=(2, 17, 13)) > 0.95
    near = near_outlines(true, pred, spacing_mm, within_mm=2.5)
    expected = brute(true, spacing_mm, 2.5) | brute(pred, spacing_mm, 2.5)
    np.testing.assert_array_equal(near, expected)
    assert near.any()
    assert not near.all()


def test_no_mask_no_band_and_a_full_picture_has_no_outline():
    empty, full = np.zeros((5, 5), bool), np.ones((5, 5), bool)
    assert not near_outlines(empty, empty, (1.0, 1.0)).any()
    assert not near_outlines(full, empty, (1.0, 1.0)).any()


def test_without_spacing_a_pixel_is_a_millimetre():
    mask = np.zeros((30, 30), bool)
    mask[15, 15] = True
    np.testing.assert_array_equal(
        near_outlines(mask, mask, None), near_outlines(mask, mask, (1.0, 1.0))
    )
    assert near_outlines(mask, mask, None)[5, 15]
    assert not near_outlines(mask, mask, None)[4, 15]


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match=r"mask_pred has shape \(2, 3\)"):
        near_outlines(np.zeros((2, 2), bool), np.zeros((2, 3), bool), None)
    with pytest.raises(InputError, match="within_mm is 0"):
        near_outlines(np.zeros((2, 2), bool), np.zeros((2, 2), bool), None, within_mm=0)
