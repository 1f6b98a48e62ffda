from dataclasses import replace

import numpy as np
import pytest
from synthetic import make_study

from resunet.measure.doubt import doubt
from resunet.measure.reliability import (
    exported_warnings,
    reliability_sentence,
    unreliable_slices,
)
from resunet.study import Prediction

LEVEL = 0.25


def prediction_of(probability, **changes):
    zeros = np.zeros(probability.shape, np.float32)
    values = {
        "done": np.ones(len(probability), bool),
        "area_px_samples": np.zeros((1, len(probability)), np.int64),
        "std_by_t": np.zeros(1),
        "threshold": 0.5,
        "samples": 0,
        "seed": 0,
        "model_id": "m@0",
        "engine": "e",
        "doubt_level": LEVEL,
    }
    return Prediction(probability.astype(np.float32), zeros, zeros, zeros, **values | changes)


@pytest.fixture
def study():
    return make_study(slices=5, height=40, width=40)


@pytest.fixture
def probability(study):
    """Sure; hazy round a small outline; hazy within a large one; nothing; hazy on both sides."""
    p = np.zeros(study.shape)
    p[0, 5:25, 5:25] = 1.0
    p[1, 5:35, 5:35] = 0.1
    p[1, 10:15, 10:15] = 0.9
    p[2, 5:25, 5:25] = 0.55
    p[3, 5:25, 5:25] = 0.4
    p[4, 4:25, 5:25] = 0.6
    p[4, 26:34, 5:25] = 0.45
    return p


def test_slices_above_the_level_are_told_with_why(study, probability):
    found = unreliable_slices(study, prediction_of(probability))
    assert [each.slice_index for each in found] == [1, 2, 4]
    for each in found:
        mask = probability[each.slice_index] > 0.5
        expected = doubt(probability[each.slice_index].astype(np.float32), mask)
        assert each.doubt == pytest.approx(expected)
        assert each.doubt > LEVEL
    small, inside, both = found
    # outside 87.5, inside 2.5 pixels doubted; 25 mm²
    assert small.sentence == (
        "The model is not reliable on this slice: high uncertainty, most of it outside the "
        "outline; a small cross-section."
    )
    # inside 180 pixels, outside none; 400 mm²
    assert inside.reasons == ("high uncertainty, most of it inside the outline",)
    # inside 420 · .4 = 168, outside 160 · .45 = 72
    assert both.reasons == ("high uncertainty, most of it inside the outline",)


def test_doubt_on_both_sides_points_nowhere(study, probability):
    probability[4, 26:34] = 0.45  # 320 pixels: 144 outside
    (found,) = [
        each
        for each in unreliable_slices(study, prediction_of(probability))
        if each.slice_index == 4
    ]
    assert found.reasons == ("high uncertainty",)


def test_what_the_study_is_unlike_in_is_told_too(study, probability):
    unlike = ("unusual intensities of T1", "FLAIR is missing")
    found = unreliable_slices(study, prediction_of(probability, unlike=unlike))
    assert found[1].sentence.endswith("; unusual intensities of T1; FLAIR is missing.")


def test_nothing_is_said_without_a_level_or_of_slices_that_are_not_computed(study, probability):
    assert unreliable_slices(study, prediction_of(probability, doubt_level=None)) == []
    done = np.array([True, False, True, True, False])
    found = unreliable_slices(study, prediction_of(probability, done=done))
    assert [each.slice_index for each in found] == [2]
    assert unreliable_slices(study, prediction_of(probability, doubt_level=1.0)) == []


def test_neither_a_correction_nor_another_threshold_makes_it_more_reliable(study, probability):
    prediction = prediction_of(probability)
    plain = unreliable_slices(study, prediction)
    correction = np.ones(study.shape, np.int8)
    assert unreliable_slices(study, replace(prediction, correction=correction)) == plain
    assert unreliable_slices(study, replace(prediction, threshold=0.99)) == plain


def test_a_smaller_pixel_makes_a_smaller_cross_section(study, probability):
    fine = replace(study, spacing_mm=(0.5, 0.5))
    assert "a small cross-section" in unreliable_slices(fine, prediction_of(probability))[1].reasons
    unknown = replace(study, spacing_mm=None, slice_positions_mm=None)
    plain = unreliable_slices(study, prediction_of(probability))
    assert unreliable_slices(unknown, prediction_of(probability)) == plain


def test_a_result_that_leaves_the_program_lists_them(study, probability):
    numbered = replace(study, slice_numbers=(7, 8, 9, 10, 11))
    prediction = prediction_of(probability, warnings=("Mind this.",))
    sentence = reliability_sentence(numbered, prediction)
    assert sentence.startswith("The model is not reliable on 3 of 5 slices (numbers 8, 9, 11): ")
    assert "above 0.25" in sentence
    assert exported_warnings(numbered, prediction) == ["Mind this.", sentence]
    sure = prediction_of(probability[:, :, :] * 0)
    assert reliability_sentence(numbered, sure) is None
    assert exported_warnings(numbered, sure) == []


def test_many_slices_are_not_all_listed():
    study = make_study(slices=15, height=20, width=20)
    hazy = np.zeros(study.shape)
    hazy[:, 5:9, 5:9] = 0.55
    sentence = reliability_sentence(study, prediction_of(hazy))
    assert (
        "on 15 of 15 slices (numbers 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more):" in sentence
    )
    hazy[1:] = 0
    assert "on 1 of 15 slices (numbers 0):" in reliability_sentence(study, prediction_of(hazy))
