"""Levels from a reference: the rate is met, broken slices in it do not move them."""

from dataclasses import replace

import numpy as np
import pytest

from resunet.cohort.corruption.detect import Detector
from resunet.cohort.corruption.kinds import JUDGED_KINDS
from resunet.cohort.corruption.thresholds import (
    FEWEST_SLICES,
    LEAST_PATIENTS,
    LEAST_SLICES,
    fit_thresholds,
    settle,
    shipped_thresholds,
)
from resunet.cohort.corruption.traits import TRAITS


class Given(Detector):
    """A detector whose scores stand in the first columns of the features."""

    def scores(self, features):
        return features[:, : len(JUDGED_KINDS)]


@pytest.fixture
def given():
    kinds, traits = len(JUDGED_KINDS), len(TRAITS)
    return Given(
        *(np.zeros(0, int),) * 8,
        # settled scores of a normal distribution: less its 80th percentile, 0.84, and 6
        levels=np.full(kinds, 3.2 - 6.84, np.float32),
        body=np.full(kinds, 1.28 - 6.84, np.float32),
        usual=np.zeros((3, traits), np.float32),
        rate=0.0123,
    )


def reference(count=4000, seed=0):
    return np.random.default_rng(seed).normal(size=(count, len(TRAITS))).astype(np.float32)


def names(count, patients=20):
    return [f"p{k % patients}" for k in range(count)]


def share(thresholds, features):
    settled = settle(features[:, : len(JUDGED_KINDS)], names(len(features)))
    return float((settled > thresholds.levels).any(axis=1).mean())


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_other_clean_slices_are_flagged_at_the_rate(given, rate):
    fitted = fit_thresholds(given, reference(), names(4000), rate=rate)
    assert fitted.rate == pytest.approx(rate, abs=0.001)
    assert share(fitted, reference(seed=1)) == pytest.approx(rate, rel=0.3)
    assert (fitted.slices, fitted.patients) == (4000, 20)


def test_three_percent_of_broken_slices_do_not_raise_the_levels_much(given):
    spoilt = reference()
    spoilt[::33, 4] += 25
    clean, fitted = (fit_thresholds(given, f, names(4000)) for f in (reference(), spoilt))
    assert share(fitted, reference(seed=1)) == pytest.approx(0.01, abs=0.005)
    assert np.abs(fitted.levels - clean.levels).max() < 0.5
    settled = settle(spoilt[:, : len(JUDGED_KINDS)], names(4000))
    assert (settled[::33] > fitted.levels).any(axis=1).all()


def test_a_kind_that_is_usual_here_is_flagged_less_and_the_others_as_before(given):
    noisy = reference()
    noisy[:, 7] += 3
    fitted = fit_thresholds(given, noisy, names(4000))
    plain = fit_thresholds(given, reference(), names(4000))
    raised = fitted.levels - plain.levels
    # 3 more, of which settling takes what lies between 0.84 (80th percentile) and 2
    assert raised[7] == pytest.approx(3 - 1.16, abs=0.3)
    assert np.abs(np.delete(raised, 7)).max() < 0.3


@pytest.mark.parametrize(("count", "patients"), [(FEWEST_SLICES - 1, 20), (0, 0)])
def test_hardly_any_slices_leave_the_shipped_levels(given, count, patients):
    people = names(count, patients) if patients else []
    fitted = fit_thresholds(given, reference(count), people)
    shipped = shipped_thresholds(given)
    assert np.array_equal(fitted.levels, shipped.levels)
    assert (fitted.rate, fitted.slices) == (0.0123, 0)


@pytest.mark.parametrize(
    ("count", "patients"), [(LEAST_SLICES - 1, 20), (1000, LEAST_PATIENTS - 1)]
)
def test_a_small_reference_raises_levels_and_never_lowers_them(given, count, patients):
    people, shipped = names(count, patients), shipped_thresholds(given)
    quiet = fit_thresholds(given, reference(count) / 2, people)
    assert np.array_equal(quiet.levels, shipped.levels)
    assert (quiet.rate, quiet.slices, quiet.is_small) == (0.0123, count, True)
    odd = reference(count)
    odd[:, 7] += 9
    fitted = fit_thresholds(given, odd, people)
    assert fitted.levels[7] > shipped.levels[7] + 6
    assert (fitted.levels >= shipped.levels).all()


def test_a_mask_less_reference_leaves_the_levels_of_masks(given):
    bare = reference()
    bare[:, 8:12] = -30
    fitted = fit_thresholds(given, bare, names(4000))
    assert np.isfinite(fitted.levels).all()
    assert np.ptp(fitted.levels[8:12]) == 0
    assert replace(given, rate=0.5).rate == 0.5


def test_a_patient_who_is_odd_throughout_is_taken_as_usual():
    scores = np.full((20, 2), -10, np.float32)
    scores[:10, 0] = -1  # ten slices of one patient; a slice beyond
    scores[3] = (7, 12)
    settled = settle(scores, ["odd"] * 10 + ["plain"] * 10)
    assert settled[:3, 0].tolist() == [-6, -6, -6]
    assert settled[3].tolist() == [2, 12]
    assert np.array_equal(settled[10:], scores[10:])


def test_a_patient_who_is_broken_throughout_stays_far_above():
    scores = np.full((10, 1), 20, np.float32)
    assert settle(scores, ["p"] * 10).tolist() == [[12]] * 10  # 2 at most is usual, 8 above −6


def test_few_slices_of_a_patient_keep_their_scores():
    scores = np.full((7, 1), 5, np.float32)
    assert np.array_equal(settle(scores, ["p"] * 7), scores)
    assert settle(scores[:0], []).shape == (0, 1)
