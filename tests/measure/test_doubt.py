import itertools

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.measure.doubt import doubt, expected_px


def test_by_hand():
    probability = np.array([[0.9, 0.8], [0.2, 0.1]], np.float32)
    # inside 1.7, outlined 2, expected 2: 1 − 2 · 1.7 / (2 + 2)
    assert doubt(probability, probability > 0.5) == pytest.approx(0.15)
    # only the surest is outlined: 1 − 2 · 0.9 / (1 + 2)
    assert doubt(probability, probability > 0.85) == pytest.approx(0.4)
    assert expected_px(probability) == pytest.approx(2.0)


def test_a_network_that_is_certain_is_not_doubted():
    mask = np.zeros((3, 5, 5), bool)
    mask[1, 2:4, 1:3] = True
    assert doubt(mask.astype(np.float32), mask) == 0.0


def test_of_nothing_outlined_it_says_nothing():
    probability = np.full((2, 4, 4), 0.4, np.float32)
    assert doubt(probability, probability > 0.5) is None
    assert expected_px(probability) == pytest.approx(12.8)


def test_it_is_near_the_dice_to_be_expected_of_independent_pixels():
    """The expectation itself, over all 2^12 outlines that there could be."""
    probability = np.random.default_rng(0).uniform(0.05, 0.95, (3, 4)).astype(np.float32)
    mask = probability > 0.5
    p, m = probability.ravel().astype(float), mask.ravel()
    expected = 0.0
    for outline in itertools.product((False, True), repeat=p.size):
        truth = np.array(outline)
        chance = np.where(truth, p, 1.0 - p).prod()
        expected += chance * 2.0 * (truth & m).sum() / (truth.sum() + m.sum())
    assert 1.0 - doubt(probability, mask) == pytest.approx(expected, abs=0.02)


def test_a_blurred_edge_is_doubted_more_and_a_larger_tumour_with_the_same_edge_less():
    def tumour(radius, width):
        distance = np.hypot(*np.mgrid[-40:41, -40:41])
        probability = 1.0 / (1.0 + np.exp((distance - radius) / width))
        return doubt(probability.astype(np.float32), probability > 0.5)

    assert tumour(12, 1.0) < tumour(12, 2.0) < tumour(12, 4.0)
    assert tumour(24, 2.0) < tumour(12, 2.0) < tumour(6, 2.0)


def test_many_pixels_are_summed_exactly():
    probability = np.full((64, 256, 256), 0.1, np.float32)
    mask = np.zeros(probability.shape, bool)
    mask[0, 0, 0] = True
    # float32 would stop counting tenths long before 419,430
    assert expected_px(probability) == pytest.approx(419_430.4, rel=1e-7)
    assert doubt(probability, mask) == pytest.approx(1.0 - 0.2 / (1.0 + 419_430.4), rel=1e-9)


def test_masks_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"mask has shape \(4, 4\).*\(2, 4, 4\)"):
        doubt(np.zeros((2, 4, 4), np.float32), np.zeros((4, 4), bool))
