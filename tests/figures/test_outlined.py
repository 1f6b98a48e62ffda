import numpy as np
import pytest
from synthetic import make_study

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.outlined import picture_outlined


def near(image, colour):
    """How many pixels are about of a colour."""
    apart = np.asarray(image, int) - np.array(colours.rgb(colour))
    return int((np.abs(apart).max(axis=-1) < 40).sum())


@pytest.fixture
def study():
    return make_study()


def index_of_tumour(study):
    return int(study.mask.sum(axis=(1, 2)).argmax())


def test_both_outlines_are_drawn_on_a_square(study):
    index = index_of_tumour(study)
    predicted = np.roll(study.mask[index], 6, axis=0)
    image = picture_outlined(study, index, predicted, side_px=300)
    assert image.size == (300, 300)
    assert near(image, colours.TRUTH) > 20
    assert near(image, colours.PREDICTION) > 20


def test_without_a_prediction_the_experts_outline_stands_alone(study):
    image = picture_outlined(study, index_of_tumour(study), None)
    assert near(image, colours.TRUTH) > 20
    assert near(image, colours.PREDICTION) == 0


def test_an_empty_prediction_draws_nothing(study):
    index = index_of_tumour(study)
    empty = np.zeros(study.shape[1:], bool)
    assert (
        picture_outlined(study, index, empty).tobytes()
        == picture_outlined(study, index, None).tobytes()
    )


def test_a_mask_of_another_grid_is_refused(study):
    with pytest.raises(InputError, match=r"predicted has shape \(3, 4\)"):
        picture_outlined(study, 0, np.zeros((3, 4), bool))
