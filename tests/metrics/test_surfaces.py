import itertools
import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.metrics import hd95, surface_dice, surface_distances

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


# Surface distances and the surface Dice


SPACINGS = [((13, 11), (0.7, 2.5)), ((6, 9, 8), (5.5, 0.9, 0.7))]


def distances_by_scipy(mask, other, spacing_mm):
    """From each surface pixel of a mask to the other's surface, by a distance transform."""
    from scipy import ndimage

    surfaces = [each & ~ndimage.binary_erosion(each) for each in (mask, other)]
    return ndimage.distance_transform_edt(~surfaces[1], sampling=spacing_mm)[surfaces[0]]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("shape", "spacing_mm"), SPACINGS)
def test_surface_distances_agree_with_scipy(seed, shape, spacing_mm):
    one, other = blob(seed, shape), blob(seed + 100, shape)
    found = surface_distances(one, other, spacing_mm)
    expected = (
        distances_by_scipy(one, other, spacing_mm),
        distances_by_scipy(other, one, spacing_mm),
    )
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)
    assert found.hd95_mm == hd95(one, other, spacing_mm)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("shape", "spacing_mm"), SPACINGS)
def test_surface_distances_agree_with_medpy(seed, shape, spacing_mm):
    binary = pytest.importorskip("medpy.metric.binary")
    one, other = blob(seed, shape), blob(seed + 100, shape)
    found = surface_distances(one, other, spacing_mm)
    both = np.percentile(np.concatenate(found), 95)  # of both directions together, as theirs
    assert both == pytest.approx(binary.hd95(other, one, voxelspacing=spacing_mm))
    assert max(map(np.max, found)) == pytest.approx(binary.hd(other, one, voxelspacing=spacing_mm))
    mean = binary.asd(other, one, voxelspacing=spacing_mm)
    assert found.from_pred_mm.mean() == pytest.approx(mean)


def test_surface_dice_by_hand():
    # from 5 pixels in a row to the first of them 0, 1, 2, 3, 4 steps of 0.5 mm; back 0
    row, first = at(*((2, column) for column in range(5))), at((2, 0))
    for tolerance_mm, near in ((0.0, 2), (0.4, 2), (0.5, 3), (1.0, 4), (9.0, 6)):
        assert surface_dice(row, first, (3.0, 0.5), tolerance_mm) == near / 6


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("shape", "spacing_mm"), SPACINGS)
def test_surface_dice_is_the_share_of_near_pixels(seed, shape, spacing_mm):
    one, other = blob(seed, shape), blob(seed + 100, shape)
    distances = [
        *distances_by_scipy(one, other, spacing_mm),
        *distances_by_scipy(other, one, spacing_mm),
    ]
    for tolerance_mm in (0.0, 1.03, 2.5, 100.0):
        near = sum(distance <= tolerance_mm for distance in distances)
        found = surface_dice(one, other, spacing_mm, tolerance_mm)
        assert found == near / len(distances)
        assert found == surface_dice(other, one, spacing_mm, tolerance_mm)
        assert surface_distances(one, other, spacing_mm).within(tolerance_mm) == (
            near,
            len(distances),
        )
    assert surface_dice(one, one, spacing_mm, 0.0) == 1.0


def test_a_distance_of_exactly_the_tolerance_lies_within_it():
    # three steps of 0.1 mm are 0.30000000000000004 mm
    one, other = at((2, 1)), at((2, 4))
    assert surface_dice(one, other, (1.0, 0.1), 0.3) == 1.0
    assert surface_dice(one, other, (1.0, 0.1), 0.29) == 0.0


def test_surface_dice_of_no_tumour_is_undefined_and_of_one_alone_0():
    for shape in ((4, 5), (3, 4, 5)):
        empty, full = np.zeros(shape, bool), np.ones(shape, bool)
        spacing_mm = (1.0,) * len(shape)
        assert math.isnan(surface_dice(empty, empty, spacing_mm, 2.0))
        assert surface_dice(empty, full, spacing_mm, 2.0) == 0.0
        assert surface_dice(full, empty, spacing_mm, 2.0) == 0.0
        found = surface_distances(full, empty, spacing_mm)
        assert np.isinf(found.from_true_mm).all()
        assert found.from_true_mm.size > 0
        assert found.from_pred_mm.size == 0
