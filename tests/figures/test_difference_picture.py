import numpy as np
import pytest

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.difference_picture import picture_difference


def picture(difference, significant=None, **options):
    if significant is None:
        significant = np.zeros(difference.shape, bool)
    return np.asarray(picture_difference(difference, significant, a="one", b="two", **options))


def near(pixel, colour):
    return np.abs(pixel.astype(int) - colours.rgb(colour)).max() < 8


def test_more_is_orange_less_blue_and_nothing_dark():
    difference = np.zeros((64, 64))
    difference[8:24, 8:24] = 0.2  # right anterior: upper left
    difference[40:56, 40:56] = -0.2
    pixels = picture(difference, panel_px=256)
    left, top = 12, 12 + 74
    assert near(pixels[top + 64, left + 64], colours.DIVERGING[-1])
    assert near(pixels[top + 192, left + 192], colours.DIVERGING[0])
    assert near(pixels[top + 64, left + 192], colours.DIVERGING[3])


def test_what_is_significant_is_outlined():
    difference = np.zeros((64, 64))
    significant = np.zeros((64, 64), bool)
    significant[16:32, 16:32] = True
    bare, lined = picture(difference, panel_px=256), picture(difference, significant, panel_px=256)
    changed = np.argwhere((bare != lined).any(axis=-1)) - (12 + 74, 12)
    inside = changed[(changed[:, 0] >= 0)]
    assert inside.min() >= 62
    assert inside.max() <= 130
    assert not (lined[12 + 74 + 96, 12 + 96] != bare[12 + 74 + 96, 12 + 96]).any()


def test_undefined_is_drawn_as_nothing():
    pixels = picture(np.full((64, 64), np.nan))
    assert near(pixels[12 + 74 + 144, 12 + 144], colours.DIVERGING[3])


def test_shapes_and_sizes_are_checked():
    with pytest.raises(InputError, match="significant has shape"):
        picture(np.zeros((64, 64)), np.zeros((4, 4), bool))
    with pytest.raises(InputError, match="panel_px is 10"):
        picture(np.zeros((64, 64)), panel_px=10)
