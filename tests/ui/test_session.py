"""What a session shows of a prediction in progress."""

import numpy as np
import pytest
from synthetic import make_study

from resunet.data.cases import Case
from resunet.data.readers import Reading, ReadOptions
from resunet.inference.calibrated import NOT_CALIBRATED
from resunet.measure.areas import key_slice
from resunet.review.corrections import SavedCorrection
from resunet.study import Prediction
from resunet.ui.session import OpenStudy
from resunet.ui.viewer.component import ViewerAnswer
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
    opened.forget_unless(("model", 1, NOT_CALIBRATED, 3, 0))
    return opened


def test_what_is_computed_so_far_is_shown(opened):
    opened._predictor = HalfDone(opened.study, [1, 2], 3)
    opened.take_up("std")
    assert opened.prediction.done.tolist() == [False, True, True, False]
    assert read_header(opened.prediction_layers)["done"] == [1, 2]


def test_nothing_new_leaves_the_picture_as_it_is(opened):
    opened._predictor = HalfDone(opened.study, [1], 3)
    opened.take_up("std")
    before = opened.prediction
    opened.take_up("std")
    assert opened.prediction is before


def test_a_finished_predictor_is_let_go(opened):
    opened._predictor = HalfDone(opened.study, range(SLICES), 3)
    opened.take_up("std")
    assert opened._predictor is None
    assert opened.prediction.done.all()


def test_a_run_overtaken_by_other_settings_leaves_no_trace(opened):
    class Overtaken(HalfDone):
        def prediction(self):
            result = super().prediction()
            opened.forget_unless(
                ("model", 1, NOT_CALIBRATED, 5, 0)
            )  # another run, while this one packs
            return result

    opened._predictor = Overtaken(opened.study, [0], 3)
    opened.take_up("std")
    assert opened.prediction is None
    assert opened.prediction_layers is None


def test_other_settings_drop_the_prediction(opened):
    opened._predictor = HalfDone(opened.study, [0], 3)
    opened.take_up("std")
    opened.forget_unless(("model", 1, NOT_CALIBRATED, 3, 0))
    assert opened.prediction is not None
    opened.forget_unless(("model", 1, NOT_CALIBRATED, 3, 1))
    assert opened.prediction is None


def test_going_back_to_settings_brings_the_finished_prediction(opened):
    opened._predictor = HalfDone(opened.study, range(SLICES), 3)
    opened.take_up("std")
    finished = opened.prediction
    opened.forget_unless(("model", 1, NOT_CALIBRATED, 3, 1))
    opened.forget_unless(("model", 1, NOT_CALIBRATED, 3, 0))
    assert opened.prediction is finished
    opened.take_up("std")
    assert read_header(opened.prediction_layers)["done"] == list(range(SLICES))


def test_an_unfinished_prediction_is_not_kept(opened):
    opened._predictor = HalfDone(opened.study, [0, 1], 3)
    opened.take_up("std")
    opened.forget_unless(("model", 1, NOT_CALIBRATED, 3, 1))
    opened.forget_unless(("model", 1, NOT_CALIBRATED, 3, 0))
    assert opened.prediction is None


def test_another_measure_is_packed_anew_and_nothing_else(opened):
    opened._predictor = HalfDone(opened.study, range(SLICES), 3)
    opened.take_up("std")
    before, layers = opened.prediction, opened.prediction_layers
    opened.take_up("entropy")
    assert opened.prediction is before
    assert opened.prediction_layers is layers
    assert read_header(opened.doubt_layers)["measure"] == "entropy"


class Scout:
    def __init__(self, found):
        self.found, self.asked = found, 0

    def strongest_slice(self):
        self.asked += 1
        return self.found


def test_the_view_goes_where_the_tumour_is_once(opened):
    scout = Scout(3)
    assert opened.scout(scout, on_screen=0)
    assert opened.first_slice == 3
    assert not opened.scout(scout, on_screen=3)
    assert scout.asked == 1


@pytest.mark.parametrize(
    ("found", "on_screen"),
    [(None, 0), (3, 2), (0, 0)],
    ids=["no tumour is seen", "the user has gone elsewhere", "it is on screen"],
)
def test_the_view_stays_where_it_is(opened, found, on_screen):
    assert not opened.scout(Scout(found), on_screen=on_screen)
    assert opened.first_slice == 0


def whole(opened):
    opened._predictor = HalfDone(opened.study, range(SLICES), 3)
    opened.take_up("std")


def edit(revision, slices):
    said = {"revision": revision, "slices": slices, "lesions": []}
    return ViewerAnswer(0, 0.5, edit=said, revision=revision)


def test_what_the_reader_corrects_is_in_the_mask_shown(opened):
    whole(opened)
    opened.hear(edit(1, {"2": [0, 3, 1]}))
    shown = opened.as_shown(0.5)
    assert shown.mask.sum() == 3
    assert shown.mask[2, 0, :3].all()
    assert opened.prediction.correction is None
    opened.hear(edit(2, {}))
    assert opened.as_shown(0.5).correction is None


def test_what_makes_no_sense_changes_no_correction(opened):
    whole(opened)
    opened.hear(edit(1, {"2": [0, 3, 1]}))
    opened.hear(edit(2, {"77": [0, 3, 1]}))
    assert opened.as_shown(0.5).mask.sum() == 3


def test_corrections_wait_for_their_slice(opened):
    opened._predictor = HalfDone(opened.study, [1], 3)
    opened.take_up("std")
    opened.hear(edit(1, {"1": [0, 2, 1], "2": [0, 3, 1]}))
    assert opened.as_shown(0.5).mask.sum(axis=(1, 2)).tolist() == [0, 2, 0, 0]


def test_numbers_are_measured_once_for_what_is_shown(opened):
    whole(opened)
    first = opened.measured(opened.as_shown(0.5))
    assert opened.measured(opened.as_shown(0.5)) is first
    assert opened.measured(opened.as_shown(0.4)) is not first
    opened.hear(edit(1, {"2": [0, 3, 1]}))
    corrected = opened.measured(opened.as_shown(0.5))
    assert corrected["slices"][2]["area_px"] == 3
    assert any("corrected by hand" in each for each in opened.warnings(opened.as_shown(0.5)))


def test_a_patient_seen_before_opens_where_most_tumour_is(opened):
    whole(opened)
    again = OpenStudy(opened.origin, ReadOptions(), Reading(opened.study), b"", kept=opened.kept)
    again.forget_unless(("model", 1, NOT_CALIBRATED, 3, 0))
    assert again.prediction is opened.prediction
    assert again.first_slice == key_slice(opened.study, opened.prediction)
    assert again.is_scouted


def test_what_was_dropped_is_let_go(opened):
    whole(opened)
    key = (opened.study.source.sha256, ("model", 1, NOT_CALIBRATED, 3, 0))
    dropped = (opened.study.source.sha256, ("model", 1, NOT_CALIBRATED, 4, 0))
    opened.kept.keep(dropped, opened.prediction, is_dropped=True)
    opened.kept.forget_dropped()
    assert opened.kept.get(dropped) is None
    assert opened.kept.get(key) is opened.prediction


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ({}, None),
        ({"threshold": 0.3}, "at a threshold of 0.3"),
        ({"samples": 9}, "with 9 passes and seed 0"),
        ({"model_sha256": "c", "model_id": "other@c"}, "over the outline of other@c"),
    ],
)
def test_what_was_saved_otherwise_says_so(opened, origin, words):
    whole(opened)
    shown = opened.as_shown(0.5)
    told = {"threshold": 0.5, "samples": 3, "seed": 0, "model_sha256": shown.model_sha256}
    opened.saved = SavedCorrection(None, {"corrected": "2026-05-04T12:00", **told, **origin})
    (sentence,) = [each for each in opened.warnings(shown) if "a reader corrected" in each]
    assert "on 2026-05-04." in sentence
    assert (words or "") in sentence
    assert ("may differ" in sentence) == (words is not None)
