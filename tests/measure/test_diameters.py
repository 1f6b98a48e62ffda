import math

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from resunet.errors import InputError
from resunet.measure.diameters import diameters, hull_corners

ONE_MM = (1.0, 1.0)


def blob(seed, *, height=14, width=11):
    """A random shape: some rectangles thrown onto each other, often in several parts."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), bool)
    for _ in range(rng.integers(1, 4)):
        row, column = rng.integers(height), rng.integers(width)
        mask[row : row + rng.integers(1, 6), column : column + rng.integers(1, 6)] = True
    return mask & (rng.random(mask.shape) < 0.8) if mask.sum() > 8 else mask


def disc(radius_mm, spacing_mm):
    row_mm, column_mm = spacing_mm
    rows, columns = math.ceil(radius_mm / row_mm) + 2, math.ceil(radius_mm / column_mm) + 2
    y, x = np.ogrid[-rows : rows + 1, -columns : columns + 1]
    return np.hypot(y * row_mm, x * column_mm) <= radius_mm


def all_corners(mask, spacing_mm):
    """The four corners of every pixel, in mm."""
    pixels = np.argwhere(mask)
    corners = [pixels + shift for shift in ([0, 0], [0, 1], [1, 0], [1, 1])]
    return np.unique(np.concatenate(corners), axis=0) * np.array(spacing_mm)


def farthest(points):
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return apart.max(), np.argwhere(np.triu(apart) > apart.max() * (1 - 1e-9))


def longest_dense_chord(points, start, end, *, steps=2000):
    """The longest of many chords at right angles to a line, each cut out by the hull's sides."""
    planes = ConvexHull(points).equations  # normal · point + offset ≤ 0 inside
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]])
    longest = 0.0
    for place in np.linspace(start, end, steps + 2)[1:-1]:
        slope, height = planes[:, :2] @ across, planes[:, :2] @ place + planes[:, 2]
        with np.errstate(divide="ignore"):
            limits = -height / slope
        upper = limits[slope > 1e-12].min()
        lower = limits[slope < -1e-12].max()
        longest = max(longest, upper - lower)
    return longest


def length_mm(ends, spacing_mm):
    return math.dist(*(np.array(end) * spacing_mm for end in ends))


def test_one_pixel_is_measured_between_its_corners():
    found = diameters(np.array([[True]]), ONE_MM)
    assert found.long_mm == pytest.approx(math.sqrt(2))
    assert found.short_mm == pytest.approx(math.sqrt(2))
    assert found.product_mm2 == pytest.approx(2.0)
    corners = [(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)]
    ends = np.round([*found.long_ends, *found.short_ends], 9)
    assert sorted(ends.tolist()) == sorted(map(list, corners))


@pytest.mark.parametrize(
    ("shape", "spacing_mm", "long_mm", "short_mm"),
    [
        # A rectangle a × b (a ≥ b) has the diagonal D = √(a² + b²). A line at right angles to it
        # runs from one long side to the other and is b·D/a long.
        ((3, 4), (1.0, 1.0), 5.0, 3.0 * 5.0 / 4.0),
        ((4, 3), (1.0, 1.0), 5.0, 3.0 * 5.0 / 4.0),
        ((3, 5), (4.0, 1.0), 13.0, 5.0 * 13.0 / 12.0),  # 12 × 5 mm
        ((1, 1), (2.0, 0.5), math.sqrt(4.25), 0.5 * math.sqrt(4.25) / 2.0),
        ((1, 6), (1.0, 1.0), math.sqrt(37), math.sqrt(37) / 6),  # a line of pixels
        ((6, 1), (1.0, 1.0), math.sqrt(37), math.sqrt(37) / 6),
        ((2, 2), (3.0, 3.0), math.sqrt(72), math.sqrt(72)),
    ],
)
def test_a_rectangle_by_hand(shape, spacing_mm, long_mm, short_mm):
    found = diameters(np.ones(shape, bool), spacing_mm)
    assert found.long_mm == pytest.approx(long_mm)
    assert found.short_mm == pytest.approx(short_mm)
    # All chords between the long sides are equal: the one through the centre is taken.
    centre = (np.array(shape) - 1) / 2
    np.testing.assert_allclose(np.mean(found.long_ends, axis=0), centre)
    np.testing.assert_allclose(np.mean(found.short_ends, axis=0), centre, atol=1e-12)


def test_an_l_by_hand():
    # Hull in corner coordinates: (0,0) (0,1) (2,3) (3,3) (3,0). Farthest: (0,0) to (3,3), 3√2.
    # Across it (3,0) stands 3/√2 on one side; the edge (0,1)–(2,3) runs 1/√2 off on the other.
    mask = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1]], bool)
    found = diameters(mask, ONE_MM)
    assert found.long_mm == pytest.approx(3 * math.sqrt(2))
    assert found.short_mm == pytest.approx(4 / math.sqrt(2))
    np.testing.assert_allclose(found.long_ends, [(-0.5, -0.5), (2.5, 2.5)], atol=1e-12)
    np.testing.assert_allclose(found.short_ends, [(0.5, 1.5), (2.5, -0.5)], atol=1e-12)


def test_the_corners_of_the_hull_go_once_round_without_straight_ones():
    mask = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1]], bool)
    assert hull_corners(mask).tolist() == [[0, 0], [3, 0], [3, 3], [2, 3], [0, 1]]
    assert hull_corners(np.zeros((3, 3), bool)).shape == (0, 2)


def test_of_equally_long_diameters_the_one_with_the_longer_chord_counts():
    # Corners (0,3) (1,1) (2,1) (3,2) (3,3) (2,4) (0,4): from (0,4) both (2,1) and (3,2) are √13
    # away. In steps of 1/√13 along (3,2)–(0,4) and off it the corners lie at (0,0) (1,−5) (4,−7)
    # (11,−3) (13,0) and (2,3) (7,4): at 4 the chord is 7 + (3 + 2/5) = 10.4 steps, the longest.
    # Along (2,1)–(0,4), which comes first, it is 9.75.
    mask = np.array([[0, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0]], bool)
    for each in (mask, mask[::-1], mask[:, ::-1], mask.T):
        found = diameters(each, ONE_MM)
        assert found.long_mm == pytest.approx(math.sqrt(13))
        assert found.short_mm == pytest.approx(10.4 / math.sqrt(13))


def test_nothing_has_no_diameter():
    assert diameters(np.zeros((3, 4), bool), ONE_MM) is None
    assert diameters(np.zeros((0, 4), bool), ONE_MM) is None


def test_where_the_part_lies_moves_the_ends_only():
    mask = blob(3)
    whole = np.zeros((40, 50), bool)
    whole[20 : 20 + mask.shape[0], 30 : 30 + mask.shape[1]] = mask
    moved = diameters(mask, (0.9, 1.1), origin=(20, 30))
    assert moved == diameters(whole, (0.9, 1.1))  # to the bit


def test_classes_count_as_tumour_whatever_their_number():
    labels = np.array([[0, 2, 1, 4]], np.uint8)
    assert diameters(labels, ONE_MM) == diameters(labels > 0, ONE_MM)


@pytest.mark.parametrize(
    ("mask", "words"),
    [(np.ones((2, 2, 2), bool), "mask has shape"), (np.ones((2, 2)), "mask is float64")],
)
def test_what_is_no_mask_of_a_slice_is_refused(mask, words):
    with pytest.raises(InputError, match=words):
        diameters(mask, ONE_MM)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (0.5, 0.5), (0.25, 0.25), (0.5, 1.0)])
def test_a_disc_comes_within_a_pixel_of_its_diameter(spacing_mm):
    found = diameters(disc(12.3, spacing_mm), spacing_mm)
    pixel_mm = math.hypot(*spacing_mm)
    assert abs(found.long_mm - 24.6) < pixel_mm
    assert abs(found.short_mm - 24.6) < pixel_mm


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (0.7, 1.3)])
@pytest.mark.parametrize("seed", range(40))
def test_against_all_corners_and_many_chords(seed, spacing_mm):
    mask = blob(seed)
    found = diameters(mask, spacing_mm)
    points = all_corners(mask, spacing_mm)
    long_mm, pairs = farthest(points)
    assert found.long_mm == pytest.approx(long_mm, rel=1e-12)
    dense = max(longest_dense_chord(points, *points[pair]) for pair in pairs)
    assert dense <= found.short_mm * (1 + 1e-9)
    assert dense == pytest.approx(found.short_mm, rel=0.01)


@pytest.mark.parametrize("seed", range(40))
def test_the_ends_are_those_of_the_lengths_and_stand_at_right_angles(seed):
    spacing_mm = (0.7, 1.3)
    mask = blob(seed)
    found = diameters(mask, spacing_mm)
    assert length_mm(found.long_ends, spacing_mm) == pytest.approx(found.long_mm)
    assert length_mm(found.short_ends, spacing_mm) == pytest.approx(found.short_mm)
    along, across = (
        np.diff(e, axis=0)[0] * spacing_mm for e in (found.long_ends, found.short_ends)
    )
    assert along @ across == pytest.approx(0.0, abs=1e-9)
    planes = ConvexHull(all_corners(mask, ONE_MM)).equations
    for end in (*found.long_ends, *found.short_ends):
        from_sides = planes[:, :2] @ (np.array(end) + 0.5) + planes[:, 2]
        assert from_sides.max() == pytest.approx(0.0, abs=1e-9)  # on the hull's edge


@pytest.mark.parametrize("seed", range(40))
def test_a_mirrored_or_turned_lesion_has_the_same_diameters(seed):
    mask, (row_mm, column_mm) = blob(seed), (0.7, 1.3)
    found = diameters(mask, (row_mm, column_mm))
    for other, spacing_mm in (
        (mask[::-1], (row_mm, column_mm)),
        (mask[:, ::-1], (row_mm, column_mm)),
        (mask.T, (column_mm, row_mm)),
        (np.rot90(mask), (column_mm, row_mm)),
        (np.rot90(mask, 3), (column_mm, row_mm)),
    ):
        turned = diameters(other, spacing_mm)
        assert turned.long_mm == pytest.approx(found.long_mm, rel=1e-12)
        assert turned.short_mm == pytest.approx(found.short_mm, rel=1e-9)


def test_a_mirrored_lesion_has_mirrored_ends():
    mask = np.array([[1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 0]], bool)
    found = diameters(mask, (1.0, 1.2))
    mirrored = diameters(mask[:, ::-1], (1.0, 1.2))
    for ends, others in (
        (found.long_ends, mirrored.long_ends),
        (found.short_ends, mirrored.short_ends),
    ):
        back = sorted((row, 4 - column) for row, column in others)
        np.testing.assert_allclose(back, ends, atol=1e-12)
