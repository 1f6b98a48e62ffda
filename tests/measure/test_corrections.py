from dataclasses import replace

import numpy as np
import pytest
from synthetic import make_study

from resunet.measure import correction_counts, correction_sentence, result_warnings
from resunet.measure.corrections import changed_px
from resunet.study import Prediction

SHAPE = (4, 5, 6)


def predicted(correction=None, **fields):
    """Tumour of probability 0.8 in the first two rows of every slice, 0.3 elsewhere."""
    probability = np.full(SHAPE, 0.3, np.float32)
    probability[:, :2] = 0.8
    zeros = np.zeros(SHAPE, np.float32)
    made = Prediction(
        probability,
        std=zeros,
        entropy=zeros.copy(),
        mutual_information=zeros.copy(),
        done=np.ones(SHAPE[0], bool),
        area_px_samples=np.full((1, SHAPE[0]), 12),
        std_by_t=np.zeros(1),
        threshold=0.5,
        samples=0,
        seed=0,
        model_id="m",
        engine="e",
        correction=correction,
    )
    return replace(made, **fields)


def strokes(*, added=(), removed=()):
    """Of each (slice, rows, columns) a stroke."""
    correction = np.zeros(SHAPE, np.int8)
    for place in added:
        correction[place] = 1
    for place in removed:
        correction[place] = -1
    return correction


def test_what_a_reader_changed_is_counted_slice_by_slice():
    # slice 1: rows 1 and 2 of three columns, of which row 1 was tumour anyway, so 3 added;
    # slice 3: 6 added, and of rows 0 to 4 of a column the two that were tumour taken away
    correction = strokes(
        added=[(1, slice(1, 3), slice(0, 3)), (3, 4, slice(None))],
        removed=[(3, slice(0, 4), 2)],
    )
    assert changed_px(predicted(correction)).tolist() == [[0, 3, 0, 6], [0, 0, 0, 2]]
    assert correction_counts(predicted(correction)) == {
        "added_px": 9,
        "removed_px": 2,
        "slices": 2,
    }


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_the_masks(seed):
    rng = np.random.default_rng(seed)
    probability = rng.random(SHAPE, np.float32)
    correction = rng.integers(-1, 2, SHAPE).astype(np.int8)
    own = predicted(probability=probability)
    corrected = replace(own, correction=correction)
    added, removed = corrected.mask & ~own.mask, own.mask & ~corrected.mask
    assert changed_px(corrected).tolist() == [
        [int(each.sum()) for each in added],
        [int(each.sum()) for each in removed],
    ]


@pytest.mark.parametrize(
    "correction",
    [
        None,
        strokes(),
        strokes(added=[(0, 0, slice(None))], removed=[(2, 4, slice(None))]),  # as they were
    ],
)
def test_a_mask_that_is_the_networks_own_is_not_corrected(correction):
    prediction = predicted(correction)
    assert not changed_px(prediction).any()
    assert correction_counts(prediction) is None
    assert correction_sentence(prediction) is None


def test_counts_are_those_at_the_threshold():
    prediction = predicted(strokes(added=[(0, 4, 4)], removed=[(1, 0, 0)]))
    assert changed_px(prediction).sum(axis=1).tolist() == [1, 1]
    assert changed_px(replace(prediction, threshold=0.2)).sum(axis=1).tolist() == [0, 1]
    assert changed_px(replace(prediction, threshold=0.9)).sum(axis=1).tolist() == [1, 0]


def test_the_sentence_has_number_and_kind():
    many = strokes(added=[(0, 3, slice(0, 4)), (1, 3, 0), (2, 3, 0)], removed=[(0, 0, slice(0, 3))])
    assert correction_sentence(predicted(many)) == (
        "The outline was corrected by hand in 3 slices: 6 pixels added, 3 taken away."
    )
    assert correction_sentence(predicted(strokes(added=[(0, 3, 0)]))) == (
        "The outline was corrected by hand in 1 slice: 1 pixel added, 0 taken away."
    )


def test_warnings_are_the_studys_the_predictions_and_the_corrections():
    study = replace(make_study(), warnings=("Of the study.",))
    prediction = predicted(warnings=("Of the prediction.",))
    assert result_warnings(study, prediction) == ["Of the study.", "Of the prediction."]
    corrected = replace(prediction, correction=strokes(removed=[(0, 0, 0)]))
    assert result_warnings(study, corrected) == [
        "Of the study.",
        "Of the prediction.",
        "The outline was corrected by hand in 1 slice: 0 pixels added, 1 taken away.",
    ]
