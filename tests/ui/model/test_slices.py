import numpy as np

from resunet.ui.model.slices import PreparedSlice


def make_slice(mask=None):
    image = np.full((8, 8, 4), -3.0, np.float32)
    image[2:6, 2:6] = np.linspace(0, 15, 16).reshape(4, 4, 1)
    return PreparedSlice(image, mask, -3.0, 2.5)


def test_contrasts_are_found_by_name():
    prepared = make_slice()
    prepared.image[3, 3, 3] = 99.0
    assert prepared.contrast("flair")[3, 3] == 99.0
    assert prepared.contrast("t1")[3, 3] != 99.0


def test_the_window_is_that_of_the_brain():
    low, high = make_slice().window("flair")
    # 16 values, 0 to 15 in equal steps: the 1st percentile lies 1 % of the way
    np.testing.assert_allclose((low, high), (0.15, 14.85), rtol=1e-5)


def test_a_slice_without_brain_has_a_window_too():
    empty = PreparedSlice(np.full((8, 8, 4), -3.0, np.float32), None, -3.0, None)
    assert empty.window("flair") == (0.0, 1.0)


def test_the_centre_is_that_of_the_outline_where_there_is_one():
    mask = np.zeros((8, 8), bool)
    mask[1:4, 5:8] = True
    assert make_slice(mask).centre() == (2, 6)
    assert make_slice(np.zeros((8, 8), bool)).centre() == (4, 4)
    assert make_slice().centre() == (4, 4)
