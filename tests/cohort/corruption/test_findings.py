"""Findings: one a slice, the surest first, told in a sentence."""

import numpy as np
import pytest

from resunet.cohort.corruption.detect import FLOOR, Detector
from resunet.cohort.corruption.findings import find_flags, surety
from resunet.cohort.corruption.kinds import JUDGED_KINDS
from resunet.cohort.corruption.thresholds import Thresholds
from resunet.cohort.corruption.traits import TRAITS
from resunet.errors import InputError

NOISE, BLUR, SHIFT = (JUDGED_KINDS.index(k) for k in ("noise", "blur", "shifted_mask"))


class Given(Detector):
    """A detector that was told its scores; everything concerns T2."""

    def __init__(self, scores):
        object.__setattr__(self, "told", np.array(scores, np.float32))

    def scores(self, features):
        return self.told

    def contrasts(self, features):
        return [[() if k == SHIFT else (2,) for k in range(len(JUDGED_KINDS))] for _ in features]


def flags(*rows, features=None):
    scores = np.full((len(rows), len(JUDGED_KINDS)), FLOOR)
    for row, told in enumerate(rows):
        for kind, score in told.items():
            scores[row, kind] = score
    count = len(rows)
    if features is None:
        features = np.zeros((count, len(TRAITS)), np.float32)
    levels = np.full(len(JUDGED_KINDS), 4, np.float32)
    thresholds = Thresholds(levels, 0.01, np.zeros((3, len(TRAITS)), np.float32), 0, 0)
    names = [f"a/p_{k}.npz" for k in range(count)]
    return find_flags(Given(scores), thresholds, names, ["p"] * count, list(range(count)), features)


def test_clean_slices_give_nothing():
    assert flags({}, {NOISE: 4.0}) == []
    assert flags() == []


def test_the_surest_comes_first_and_is_told():
    found = flags({NOISE: 5}, {BLUR: 14, NOISE: 13})
    assert [(f.file, f.kind, f.contrast) for f in found] == [
        ("a/p_1.npz", "blur", "t2"),
        ("a/p_0.npz", "noise", "t2"),
    ]
    assert found[1].score == pytest.approx(1 - 0.5 * np.exp(-0.2), abs=1e-4)
    assert found[0].patient == "p"
    assert found[0].number == 1
    assert found[0].why.endswith(".")


def test_picture_and_mask_are_told_both_where_both_are_likely():
    assert [f.kind for f in flags({NOISE: 20, SHIFT: 19})] == ["noise", "shifted_mask"]
    assert [f.kind for f in flags({NOISE: 20, SHIFT: 12})] == ["noise"]
    assert flags({SHIFT: 9})[0].contrast == ""


def test_missing_and_constant_contrasts_are_certain_and_alone():
    features = np.zeros((2, len(TRAITS)), np.float32)
    for name, bits in (
        ("empty_contrasts", 0b1000),
        ("constant_contrasts", 0b0001),
        ("filled_contrasts", 0b0110),
    ):
        features[1, TRAITS.index(name)] = bits
    found = flags({NOISE: 30}, {NOISE: 30}, features=features)
    assert [(f.kind, f.contrast, f.score) for f in found[:2]] == [
        ("constant_contrast", "t1", 1.0),
        ("missing_contrast", "flair", 1.0),
    ]
    assert found[1].why == "FLAIR is 0 everywhere, while T1CE, T2 show a brain."
    assert [f.kind for f in found[2:]] == ["noise"]
    assert found[2].file == "a/p_0.npz"


def test_surety_grows_from_a_half_to_one():
    assert surety(0) == 0.5
    assert surety(3) < surety(10) < 1
    assert surety(60) == pytest.approx(1, abs=1e-4)


def test_lengths_are_checked():
    empty = np.zeros((1, len(TRAITS)), np.float32)
    with pytest.raises(InputError, match="rows of features"):
        find_flags(Given([[0]]), None, ["a", "b"], ["p"], [0], empty)
