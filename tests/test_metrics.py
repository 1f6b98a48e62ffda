import itertools
import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.metrics import OverlapCounts, as_mask, count_overlap, dice, hd95


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


# The 95 % Hausdorff distance


def surface_by_hand(mask):
    """The pixels of a mask of which a step along some axis leads out of it, one by one."""
    pixels = {tuple(index) for index in np.argwhere(mask).tolist()}
    steps = [*np.eye(mask.ndim, dtype=int), *-np.eye(mask.ndim, dtype=int)]
    return [
        pixel
        for pixel in sorted(pixels)
        if any(tuple((pixel + s).tolist()) not in pixels for s in steps)
    ]


def percentile_by_hand(values, percent):
    """Linear between the two values round the place (n − 1) · percent / 100."""
    place = (len(values) - 1) * percent / 100
    low = math.floor(place)
    first, second = (sorted(values)[min(index, len(values) - 1)] for index in (low, low + 1))
    return first + (place - low) * (second - first)


def hd95_by_hand(mask_true, mask_pred, spacing_mm):
    """Every surface pixel against every other."""
    surfaces = [surface_by_hand(mask) for mask in (mask_true, mask_pred)]
    directed = []
    for here, there in itertools.permutations(surfaces):
        in_mm = [[x * mm for x, mm in zip(pixel, spacing_mm, strict=True)] for pixel in there]
        nearest = []
        for pixel in here:
            place = [x * mm for x, mm in zip(pixel, spacing_mm, strict=True)]
            nearest.append(min(math.dist(place, other) for other in in_mm))
        directed.append(percentile_by_hand(nearest, 95))
    return max(directed)


def blob(seed, shape):
    """Some boxes thrown onto each other, holes in them; a pixel at least."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, bool)
    for _ in range(3):
        corner = [rng.integers(side) for side in shape]
        mask[tuple(slice(c, c + rng.integers(2, 7)) for c in corner)] = True
    mask &= rng.random(shape) < 0.9
    mask[tuple(side // 2 for side in shape)] = True
    return mask


def at(*pixels, shape=(6, 12)):
    mask = np.zeros(shape, bool)
    for pixel in pixels:
        mask[pixel] = True
    return mask


def test_hd95_of_two_pixels_is_their_distance_in_mm():
    # 3 rows of 2 mm and 4 columns of 0.5 mm apart: √(6² + 2²)
    assert hd95(at((1, 2)), at((4, 6)), (2.0, 0.5)) == pytest.approx(math.sqrt(40))
    one, other = at((0, 1, 2), shape=(4, 5, 6)), at((3, 1, 4), shape=(4, 5, 6))
    # 3 slices of 5 mm and 2 columns of 4 mm: √(15² + 8²) = 17
    assert hd95(one, other, (5.0, 1.0, 4.0)) == pytest.approx(17.0)


def test_hd95_is_the_larger_of_two_interpolated_percentiles():
    # From 11 pixels in a row to the first of them 0, 1, …, 10: the 95th percentile lies halfway
    # from the 10th to the 11th, 9.5 pixels. The other way it is 0.
    row, first = at(*((2, column) for column in range(11))), at((2, 0))
    assert hd95(row, first, (1.0, 1.0)) == hd95(first, row, (1.0, 1.0)) == pytest.approx(9.5)
    assert hd95(row, first, (3.0, 0.5)) == pytest.approx(9.5 * 0.5)


def test_hd95_looks_at_surfaces_only():
    full = np.zeros((9, 9), bool)
    full[1:8, 1:8] = True
    hollow = full.copy()
    hollow[2:7, 2:7] = False  # its wall is the surface of the full one
    assert hd95(full, hollow, (1.0, 1.0)) == 0.0


def test_beyond_the_border_all_is_outside():
    full, centre = np.ones((5, 5), bool), at((2, 2), shape=(5, 5))
    # the border's corners, 4 of 16 pixels, are 2 and 2 away
    assert hd95(full, centre, (1.0, 1.0)) == pytest.approx(math.sqrt(8))
    assert hd95(full, centre, (3.0, 1.0)) == pytest.approx(math.sqrt(36 + 4))


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (0.7, 2.5)])
@pytest.mark.parametrize("seed", range(20))
def test_hd95_of_slices_against_every_pair_of_pixels(seed, spacing_mm):
    one, other = blob(seed, (13, 11)), blob(seed + 100, (13, 11))
    expected = hd95_by_hand(one, other, spacing_mm)
    assert hd95(one, other, spacing_mm) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (5.5, 0.9, 0.7)])
@pytest.mark.parametrize("seed", range(10))
def test_hd95_of_volumes_against_every_pair_of_voxels(seed, spacing_mm):
    one, other = blob(seed, (6, 9, 8)), blob(seed + 100, (6, 9, 8))
    expected = hd95_by_hand(one, other, spacing_mm)
    assert hd95(one, other, spacing_mm) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_hd95_is_symmetric_and_0_for_equal_masks(seed):
    one, other = blob(seed, (6, 9, 8)), blob(seed + 100, (6, 9, 8))
    spacing_mm = (3.0, 0.8, 1.1)
    assert hd95(one, other, spacing_mm) == hd95(other, one, spacing_mm) > 0.0
    assert hd95(one, one, spacing_mm) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_hd95_knows_no_place_and_no_unit(seed):
    one, other = blob(seed, (13, 11)), blob(seed + 100, (13, 11))
    found = hd95(one, other, (1.5, 0.8))
    wider = [np.pad(mask, ((4, 1), (0, 7))) for mask in (one, other)]
    assert hd95(*wider, (1.5, 0.8)) == pytest.approx(found)
    assert hd95(one.T, other.T, (0.8, 1.5)) == pytest.approx(found)
    assert hd95(one, other, (3.0, 1.6)) == pytest.approx(2 * found)


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_box_moved_by_k_pixels_is_k_pixels_away(steps, axis):
    # Its leading face, more than a twentieth of the surface, is k steps from the other's; no
    # voxel is farther, since the voxel it was moved from is on the surface too.
    mask = np.zeros((20, 20, 20), bool)
    mask[3:13, 4:13, 5:13] = True
    spacing_mm = (2.5, 0.9, 1.3)
    moved = np.roll(mask, steps, axis)
    assert hd95(mask, moved, spacing_mm) == pytest.approx(steps * spacing_mm[axis])


def test_hd95_of_no_tumour_is_undefined_and_of_one_alone_infinite():
    for shape in ((4, 5), (3, 4, 5)):
        empty, full = np.zeros(shape, bool), np.ones(shape, bool)
        spacing_mm = (1.0,) * len(shape)
        assert math.isnan(hd95(empty, empty, spacing_mm))
        assert hd95(empty, full, spacing_mm) == hd95(full, empty, spacing_mm) == math.inf
    assert math.isnan(hd95(np.zeros((0, 5), bool), np.zeros((0, 5), bool), (1.0, 1.0)))


def test_hd95_takes_labels_and_leaves_its_masks_as_they_are():
    labels, mask = np.array([[0, 4, 1, 0, 0]], np.uint8), np.array([[0, 0, 0, 0, 255]], np.uint8)
    before = labels.copy(), mask.copy()
    # from columns 1 and 2 to column 4: 3 and 2, of which the 95th percentile is 2.95
    assert hd95(labels, mask, (1.0, 1.0)) == pytest.approx(2.95)
    np.testing.assert_array_equal((labels, mask), before)


@pytest.mark.parametrize(
    ("masks", "spacing_mm", "words"),
    [
        ((np.ones((2, 3), bool), np.ones((3, 2), bool)), (1.0, 1.0), "mask_pred has shape"),
        ((np.ones((2, 2)), np.ones((2, 2), bool)), (1.0, 1.0), "mask_true is float64"),
        ((np.ones(3, bool),) * 2, (1.0,), r"mask_true has shape \(3,\), where 2 or 3"),
        ((np.ones((1, 1, 1, 1), bool),) * 2, (1.0,) * 4, "2 or 3 dimensions"),
        ((np.ones((2, 2), bool),) * 2, (1.0, 1.0, 1.0), "spacing_mm is .*where 2 positive"),
        ((np.ones((2, 2, 2), bool),) * 2, (1.0, 1.0), "spacing_mm is .*where 3 positive"),
        ((np.ones((2, 2), bool),) * 2, (1.0, 0.0), "spacing_mm is"),
        ((np.ones((2, 2), bool),) * 2, (1.0, math.nan), "spacing_mm is"),
        ((np.zeros((2, 2), bool),) * 2, (-1.0, 1.0), "spacing_mm is"),
    ],
)
def test_what_hd95_refuses(masks, spacing_mm, words):
    with pytest.raises(InputError, match=words):
        hd95(*masks, spacing_mm)
