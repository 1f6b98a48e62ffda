import numpy as np
import pytest
from synthetic import make_study

from resunet.figures.colours import DARK_NOTICE, TRUTH, rgb
from resunet.figures.contrasts import picture_contrasts
from resunet.study import CONTRASTS

GAP = 6


def tile(image, index, *, columns, size):
    row, column = divmod(index, columns)
    left, top = GAP + column * (size[0] + GAP), GAP + row * (size[1] + GAP)
    return np.asarray(image.crop((left, top, left + size[0], top + size[1])))


def has(pixels, colour):
    return (pixels == rgb(colour)).all(axis=-1).any()


def test_all_contrasts_are_shown_in_rows():
    study = make_study(slices=3, height=32, width=32)
    wide = picture_contrasts(study, 1, columns=4, side_px=64)
    square = picture_contrasts(study, 1, columns=2, side_px=64)
    assert wide.size == (4 * 70 + GAP, 70 + GAP)
    assert square.size == (2 * 70 + GAP, 2 * 70 + GAP)


@pytest.mark.parametrize("marked", CONTRASTS)
def test_the_contrast_concerned_has_a_frame(marked):
    study = make_study(slices=3, height=32, width=32)
    image = picture_contrasts(study, 1, marked=(marked,), columns=2, side_px=64)
    framed = [
        has(tile(image, index, columns=2, size=(64, 64))[0], DARK_NOTICE) for index in range(4)
    ]
    assert framed == [name == marked for name in CONTRASTS]


def test_the_experts_outline_is_on_all_of_them():
    study = make_study(slices=3, height=32, width=32)
    image = picture_contrasts(study, 1, columns=2, side_px=128)
    assert all(has(tile(image, index, columns=2, size=(128, 128)), TRUTH) for index in range(4))
    without = picture_contrasts(study, 0, columns=2, side_px=128)  # no tumour there
    assert not has(np.asarray(without), TRUTH)


def test_pixels_have_their_true_sides():
    study = make_study(slices=3, height=32, width=32, spacing_mm=(2.0, 1.0))
    assert picture_contrasts(study, 1, columns=4, side_px=64).size == (4 * 38 + GAP, 70 + GAP)
