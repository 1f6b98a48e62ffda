import numpy as np

from resunet.figures.crops import Crop, shared_crop


def picture(*places, shape=(100, 50)):
    values = np.zeros(shape)
    for place in places:
        values[place] = 0.1
    return values


def test_the_part_holds_what_is_in_any_picture_and_six_percent_around():
    crop = shared_crop([picture((40, 20)), picture((60, 30))])
    assert crop == Crop(40 - 6, 60 + 6, 20 - 6, 30 + 6)


def test_it_ends_with_the_picture():
    assert shared_crop([picture((1, 1)), picture((98, 48))]) == Crop(0, 99, 0, 49)


def test_where_nothing_is_all_is_shown():
    assert shared_crop([picture()]) == Crop(0, 99, 0, 49)
    assert shared_crop([np.full((100, 50), np.nan)]) == Crop(0, 99, 0, 49)


def test_pictures_of_other_shapes_are_shown_whole():
    assert shared_crop([picture((40, 20)), picture(shape=(8, 8))]) == Crop(0, 99, 0, 49)


def test_undefined_places_are_nothing():
    values = picture((40, 20))
    values[90, 40] = np.nan
    assert shared_crop([values]) == Crop(34, 46, 14, 26)


def test_a_part_of_a_picture_has_its_last_row_and_column():
    values = np.arange(20).reshape(4, 5)
    assert Crop(1, 2, 3, 4).of(values).tolist() == [[8, 9], [13, 14]]
