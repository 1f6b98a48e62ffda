import numpy as np
import pytest
from PIL import Image

from resunet.errors import InputError
from resunet.figures.colours import DARK_PAPER, PREDICTION, TRUTH, rgb
from resunet.figures.tiles import (
    MOST_MAPS,
    picture_feature_maps,
    picture_labelled,
    picture_slice,
    picture_tiles,
)

GAP = 6


def has_colour(image, colour):
    return bool((np.asarray(image) == rgb(colour)).all(axis=-1).any())


def test_a_slice_is_drawn_between_black_and_white():
    pixels = np.zeros((8, 8))
    pixels[:, 4:] = 2.0
    picture = np.asarray(picture_slice(pixels, (0.0, 2.0), 80))
    assert picture.shape == (80, 80, 3)
    assert picture[40, 5].tolist() == [0, 0, 0]
    assert picture[40, 75].tolist() == [255, 255, 255]


def test_truth_is_red_and_the_probability_blue_with_an_outline():
    pixels, mask = np.zeros((8, 8)), np.zeros((8, 8), bool)
    mask[2:6, 2:6] = True
    truth = picture_slice(pixels, (0, 1), 80, truth=mask)
    assert has_colour(truth, TRUTH)
    assert not has_colour(truth, PREDICTION)
    veil = picture_slice(pixels, (0, 1), 80, probability=mask.astype(np.float32), threshold=0.5)
    assert has_colour(veil, PREDICTION)
    middle = np.asarray(veil)[40, 40]
    assert middle[2] > middle[0] > 0  # a veil, not a wall
    none = picture_slice(pixels, (0, 1), 80, probability=0.4 * mask, threshold=0.5)
    assert not has_colour(none, PREDICTION)


def test_tiles_stand_row_after_row():
    tiles = [Image.new("RGB", (10, 20), (shade, 0, 0)) for shade in (50, 100, 150)]
    picture = np.asarray(picture_tiles(tiles, columns=2))
    assert picture.shape == (2 * 26 + GAP, 2 * 16 + GAP, 3)
    assert picture[GAP, GAP, 0] == 50
    assert picture[GAP, 2 * GAP + 10, 0] == 100
    assert picture[2 * GAP + 20, GAP, 0] == 150
    assert tuple(picture[-GAP - 1, -GAP - 1]) == rgb(DARK_PAPER)


@pytest.mark.parametrize(
    ("tiles", "columns"),
    [([], 2), ([Image.new("RGB", (4, 4))], 0), ([Image.new("RGB", (n, 4)) for n in (4, 5)], 2)],
)
def test_tiles_of_no_or_several_sizes_are_refused(tiles, columns):
    with pytest.raises(InputError, match="one size and 1 or more columns"):
        picture_tiles(tiles, columns=columns)


def test_a_label_leaves_the_picture_itself_alone():
    plain = Image.new("RGB", (80, 80))
    assert np.asarray(picture_labelled(plain, "draw 1")).max() > 200
    assert np.asarray(plain).max() == 0


def make_maps(activities, side=4):
    """Map k is 0 but for its k-th pixel, which holds its activity."""
    maps = np.zeros((side * side, len(activities)), np.float32)
    np.fill_diagonal(maps, activities)
    return maps.reshape(side, side, len(activities))


def brightest(picture, place, columns, side_px, side=4):
    """Which of a tile's pixels is white."""
    tile = (side_px - GAP) // columns - GAP
    row, column = divmod(place, columns)
    centres = ((np.arange(side) + 0.7) * tile / side).astype(int)  # beside the tile's number
    rows = GAP + row * (tile + GAP) + centres
    columns = GAP + column * (tile + GAP) + centres
    return int(np.asarray(picture)[np.ix_(rows, columns)].sum(axis=-1).argmax())


def test_every_map_reaches_from_black_to_white():
    maps = np.zeros((2, 2, 1), np.float32)
    maps[0, 1, 0], maps[1, :, 0] = 5.0, [2.5, -5.0]
    picture = np.asarray(picture_feature_maps(maps, by_activity=False, side_px=112).image)
    quarter, three = GAP + 25, GAP + 75
    assert picture[quarter, three].tolist() == [255] * 3
    assert picture[three, three].tolist() == [0] * 3
    assert picture[three, quarter].tolist() == [191] * 3


def test_pixels_are_drawn_as_they_are():
    maps = np.zeros((2, 2, 1), np.float32)
    maps[:, 1] = 1.0
    picture = np.asarray(picture_feature_maps(maps, by_activity=False, side_px=112).image)
    row = picture[90, GAP : GAP + 100, 0]
    assert row.tolist() == [0] * 50 + [255] * 50


def test_the_most_active_come_first():
    maps = make_maps([1.0, 4.0, 2.0, 3.0])
    numbered = picture_feature_maps(maps, by_activity=False, side_px=424)
    assert [brightest(numbered.image, place, 2, 424) for place in range(4)] == [0, 1, 2, 3]
    active = picture_feature_maps(maps, by_activity=True, side_px=424)
    assert [brightest(active.image, place, 2, 424) for place in range(4)] == [1, 3, 2, 0]


def test_activity_counts_below_zero_too():
    maps = make_maps([1.0, 0.0, 2.0])
    maps[..., 1] = -5.0
    maps[0, 1, 1] = -4.9
    shown = picture_feature_maps(maps, by_activity=True, side_px=424)
    assert [brightest(shown.image, place, 2, 424) for place in range(3)] == [1, 2, 0]


def test_at_most_64_are_shown_and_the_even_ones_counted():
    maps = np.random.default_rng(0).random((4, 4, 100), np.float32)
    maps[..., 7], maps[..., 90] = 3.0, 0.0
    shown = picture_feature_maps(maps, by_activity=False)
    assert shown.shown == MOST_MAPS == 64
    assert shown.silent == 2
    assert 1000 < shown.image.width <= 1080
