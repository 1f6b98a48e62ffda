import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.metrics import OverlapCounts, as_mask, count_overlap, dice


def test_dice_of_masks_counted_by_hand():
    mask_true = np.array([[1, 1, 0], [1, 0, 0]], bool)  # 3 pixels
    mask_pred = np.array([[0, 1, 1], [1, 1, 1]], bool)  # 5 pixels, 2 shared
    assert count_overlap(mask_true, mask_pred) == OverlapCounts(2, 3, 5)
    assert dice(mask_true, mask_pred) == 2 * 2 / (3 + 5)


def test_equal_masks_score_one_and_disjoint_masks_zero():
    mask = np.array([True, False, True])
    assert dice(mask, mask) == 1.0
    assert dice(mask, ~mask) == 0.0


def test_both_empty_is_undefined_and_one_empty_is_exactly_zero():
    empty, full = np.zeros((4, 5), bool), np.ones((4, 5), bool)
    assert math.isnan(dice(empty, empty))
    assert dice(empty, full) == 0.0
    assert dice(full, empty) == 0.0


@pytest.mark.parametrize("shape", [(), (0,), (7,), (2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_any_shape(shape):
    mask = np.ones(shape, bool)
    expected = OverlapCounts(mask.size, mask.size, mask.size)
    assert count_overlap(mask, mask) == expected


def test_dice_agrees_with_sets_of_pixels_and_is_symmetric():
    rng = np.random.default_rng(3)
    mask_true, mask_pred = rng.random((2, 6, 11, 13)) < 0.3
    a = {tuple(index) for index in np.argwhere(mask_true).tolist()}
    b = {tuple(index) for index in np.argwhere(mask_pred).tolist()}
    assert dice(mask_true, mask_pred) == 2 * len(a & b) / (len(a) + len(b))
    assert dice(mask_pred, mask_true) == dice(mask_true, mask_pred)


def test_counts_of_slices_add_up_to_the_pooled_dice():
    rng = np.random.default_rng(4)
    mask_true, mask_pred = rng.random((2, 5, 8, 9)) < 0.4
    slices = [count_overlap(t, p) for t, p in zip(mask_true, mask_pred, strict=True)]
    pooled = sum(slices, OverlapCounts())
    assert pooled == count_overlap(mask_true, mask_pred)
    assert pooled.dice == dice(mask_true, mask_pred)


def test_pooled_dice_is_not_the_mean_of_the_slices():
    # Slice 0: 1 of 1 pixel right, Dice 1. Slice 1: 0 of 9 found, Dice 0. Pooled 2·1/(10+1).
    mask_true = np.zeros((2, 3, 3), bool)
    mask_true[0, 0, 0] = True
    mask_true[1] = True
    mask_pred = np.zeros((2, 3, 3), bool)
    mask_pred[0, 0, 0] = True
    assert dice(mask_true, mask_pred) == 2 / 11


def test_no_counts_have_no_dice():
    assert math.isnan(OverlapCounts().dice)


def test_labels_and_255_count_as_tumour():
    labels = np.array([0, 1, 2, 4], np.uint8)
    mask = np.array([0, 255, 255, 0], np.uint8)
    assert dice(labels, mask) == 2 * 2 / (3 + 2)
    assert as_mask(labels, "labels").tolist() == [False, True, True, True]


@pytest.mark.parametrize("other", [(3, 2), (2, 3, 1), (1, 3), (3,)])
def test_different_shapes_are_refused_by_name_and_never_broadcast(other):
    with pytest.raises(InputError, match="mask_pred has shape") as caught:
        dice(np.ones((2, 3), bool), np.ones(other, bool))
    assert str(other) in str(caught.value)
    assert "(2, 3)" in str(caught.value)


def test_a_probability_is_not_a_mask():
    mask = np.zeros((2, 2), bool)
    with pytest.raises(InputError, match="mask_pred is float32"):
        dice(mask, np.full((2, 2), 0.2, np.float32))
    with pytest.raises(InputError, match="mask_true is float64"):
        dice(np.full((2, 2), 0.2), mask)
