import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.metrics import (
    BrainCounts,
    OverlapCounts,
    as_mask,
    count_in_brain,
    count_overlap,
    dice,
)

MEASURES = ("dice", "iou", "sensitivity", "specificity", "precision")


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


# What is computed from the same counts


def test_all_measures_by_hand():
    # 6 pixels shared, 2 missed, 4 too many, 20 of the brain in neither
    counts = BrainCounts(intersection=6, true=8, pred=10, negative=20)
    assert counts.dice == 12 / 18
    assert counts.iou == 6 / 12
    assert counts.sensitivity == 6 / 8
    assert counts.specificity == 20 / 24
    assert counts.precision == 6 / 10


def test_true_negatives_lie_inside_the_brain_alone_and_tumour_counts_everywhere():
    brain = np.array([[1, 1, 1, 1, 0, 0]], bool)
    mask_true = np.array([[1, 1, 0, 0, 0, 0]], bool)
    mask_pred = np.array([[0, 1, 1, 0, 1, 0]], bool)  # one pixel outside the brain
    counts = count_in_brain(mask_true, mask_pred, brain)
    assert counts == BrainCounts(intersection=1, true=2, pred=3, negative=1)
    # of the false positives one is outside of the brain, and wrong all the same
    assert counts.specificity == 1 / 3


def test_what_is_undefined():
    nothing = BrainCounts()
    assert all(math.isnan(getattr(nothing, name)) for name in MEASURES)
    empty = BrainCounts(negative=9)
    assert empty.specificity == 1.0
    assert math.isnan(empty.dice)
    missed = BrainCounts(true=3, negative=6)
    assert (missed.dice, missed.iou, missed.sensitivity) == (0.0, 0.0, 0.0)
    assert math.isnan(missed.precision)
    invented = BrainCounts(pred=3, negative=6)
    assert (invented.dice, invented.precision, invented.specificity) == (0.0, 0.0, 6 / 9)
    assert math.isnan(invented.sensitivity)


@pytest.mark.parametrize("seed", range(5))
def test_measures_agree_with_scikit_learn(seed):
    from sklearn import metrics

    rng = np.random.default_rng(seed)
    brain = rng.random((30, 40)) < 0.7
    mask_true, mask_pred = (brain & (rng.random(brain.shape) < share) for share in (0.3, 0.4))
    counts = count_in_brain(mask_true, mask_pred, brain)
    true, pred = mask_true[brain], mask_pred[brain]
    assert counts.dice == pytest.approx(metrics.f1_score(true, pred))
    assert counts.iou == pytest.approx(metrics.jaccard_score(true, pred))
    assert counts.sensitivity == pytest.approx(metrics.recall_score(true, pred))
    assert counts.precision == pytest.approx(metrics.precision_score(true, pred))
    assert counts.specificity == pytest.approx(metrics.recall_score(true, pred, pos_label=0))
    table = metrics.confusion_matrix(true, pred)
    missed, too_many = counts.true - counts.intersection, counts.pred - counts.intersection
    assert table.tolist() == [[counts.negative, too_many], [missed, counts.intersection]]


def test_brain_counts_add_up_and_to_counts_without_a_brain():
    rng = np.random.default_rng(4)
    mask_true, mask_pred, brain = rng.random((3, 5, 8, 9)) < 0.4
    slices = [count_in_brain(*each) for each in zip(mask_true, mask_pred, brain, strict=True)]
    assert sum(slices, BrainCounts()) == count_in_brain(mask_true, mask_pred, brain)
    assert BrainCounts(1, 2, 3, 4) + OverlapCounts(1, 1, 1) == BrainCounts(2, 3, 4, 4)


@pytest.mark.parametrize("name", MEASURES)
def test_fractions_are_the_measures_and_add_up(name):
    one, other = BrainCounts(6, 8, 10, 20), BrainCounts(1, 4, 2, 7)
    part, whole = one.fractions[name]
    assert getattr(one, name) == part / whole
    summed = tuple(a + b for a, b in zip(one.fractions[name], other.fractions[name], strict=True))
    assert (one + other).fractions[name] == summed


def test_a_brain_of_another_shape_is_refused():
    mask = np.ones((2, 3), bool)
    with pytest.raises(InputError, match=r"brain has shape \(3, 2\), where mask_true's shape"):
        count_in_brain(mask, mask, np.ones((3, 2), bool))
    with pytest.raises(InputError, match="brain is float64"):
        count_in_brain(mask, mask, np.ones((2, 3)))
