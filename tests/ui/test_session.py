"""What a session shows of a prediction in progress."""

import numpy as np
import pytest
from synthetic import make_study

from resunet.data.cases import Case
from resunet.data.readers import Reading, ReadOptions
from resunet.study import Prediction
from resunet.ui.session import OpenStudy
from resunet.ui.viewer.payload import pack_study, read_header

SLICES = 4


class HalfDone:
    """Stands for a predictor that has computed some slices."""

    def __init__(self, study, done, samples):
        self.shape = study.shape
        self.done = np.isin(np.arange(SLICES), done)
        self.samples = samples

    def prediction(self):
        zeros = [np.zeros(self.shape, np.float32) for _ in range(4)]
        return Prediction(
            *zeros,
            done=self.done.copy(),
            area_px_samples=np.zeros((self.samples, SLICES), np.int64),
            std_by_t=np.zeros(self.samples),
            threshold=0.5,
            samples=self.samples,
            seed=0,
            model_id="m",
            engine="e",
        )


@pytest.fixture
def opened():
    study = make_study(slices=SLICES)
    opened = OpenStudy(Case("", "p"), ReadOptions(), Reading(study), pack_study(study))
    opened.forget_unless(("model", 3, 0))
    return opened


def test_what_is_computed_so_far_is_shown(opened):
    opened._predictor = HalfDone(opened.study, [1, 2], 3)
    opened.take_up()
    assert opened.prediction.done.tolist() == [False, True, True, False]
    assert read_header(opened.prediction_layers)["done"] == [1, 2]


def test_nothing_new_leaves_the_picture_as_it_is(opened):
    opened._predictor = HalfDone(opened.study, [1], 3)
    opened.take_up()
    before = opened.prediction
    opened.take_up()
    assert opened.prediction is before


def test_a_finished_predictor_is_let_go(opened):
    opened._predictor = HalfDone(opened.study, range(SLICES), 3)
    opened.take_up()
    assert opened._predictor is None
    assert opened.prediction.done.all()


def test_a_run_overtaken_by_other_settings_leaves_no_trace(opened):
    class Overtaken(HalfDone):
        def prediction(self):
            result = super().prediction()
            opened.forget_unless(("model", 5, 0))  # another run, while this one packs
            return result

    opened._predictor = Overtaken(opened.study, [0], 3)
    opened.take_up()
    assert opened.prediction is None
    assert opened.prediction_layers is None


def test_other_settings_drop_the_prediction(opened):
    opened._predictor = HalfDone(opened.study, [0], 3)
    opened.take_up()
    opened.forget_unless(("model", 3, 0))
    assert opened.prediction is not None
    opened.forget_unless(("model", 3, 1))
    assert opened.prediction is None
