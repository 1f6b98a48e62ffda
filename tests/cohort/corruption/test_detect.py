"""Scores from coefficients: by hand, and from a file that must fit."""

import numpy as np
import pytest

from resunet.cohort.corruption.detect import FLOOR, Detector, Network, fingerprint, look_at, squash
from resunet.cohort.corruption.kinds import JUDGED_KINDS, MASK_KINDS
from resunet.cohort.corruption.traits import TRAITS
from resunet.errors import InputError
from resunet.storage import write_npz
from resunet.study import CONTRASTS

NOISE, SHIFT = JUDGED_KINDS.index("noise"), JUDGED_KINDS.index("shifted_mask")
USED = np.array([TRAITS.index("noise_t1"), TRAITS.index("noise_t2"), TRAITS.index("mask_like")])


# a first stage of two classes (unbroken, noise) that looks at one trait of each contrast
EACH = np.array([[TRAITS.index(f"noise_{c}")] for c in CONTRASTS])


@pytest.fixture
def tiny():
    """Two stages of one layer: clean, noise in T1, noise in T2, a shifted mask.

    The first says of a contrast that it is noisy with log odds 4 times its trait; of that a
    quarter goes on. Three traits and four such numbers are what the second looks at.
    """
    count = len(TRAITS)
    each = np.zeros((1, 6, 2), np.float32)  # own trait, the others' mean, which of four
    each[0, 0, 1] = 4
    whole = np.zeros((1, 7, 4), np.float32)
    whole[0, 3, 1] = 2  # T1's number
    whole[0, 5, 2] = 2  # T2's number
    whole[0, 2, 3] = 2  # the mask's trait
    return Detector(
        centre=np.zeros(count, np.float32),
        scale=np.ones(count, np.float32),
        each_columns=EACH,
        each=Network((each,), (np.zeros((1, 2), np.float32),)),
        columns=USED,
        whole=Network((whole,), (np.array([[1, 0, 0, 0]], np.float32),)),
        class_kind=np.array([-1, NOISE, NOISE, SHIFT]),
        class_contrasts=np.array([0, 1, 4, 0]),
        levels=np.zeros(len(JUDGED_KINDS), np.float32),
        body=np.zeros(len(JUDGED_KINDS), np.float32),
        usual=np.zeros((3, count), np.float32),
        rate=0.01,
    )


def rows(*values, mask=True):
    features = np.zeros((len(values), len(TRAITS)), np.float32)
    features[:, USED] = values
    features[:, TRAITS.index("has_mask")] = mask
    return features


def test_scores_are_log_odds_against_clean(tiny):
    scores = tiny.scores(rows((1, 0, 0), (0, 0, 2)))
    # noise: log(e² + e⁰) − 1, of the two contrasts together
    assert scores[0, NOISE] == pytest.approx(np.log(np.exp(2) + 1) - 1)
    assert scores[0, SHIFT] == pytest.approx(-1)
    assert scores[1, SHIFT] == pytest.approx(3)
    assert scores[0, JUDGED_KINDS.index("blur")] == FLOOR
    assert scores.dtype == np.float32


def test_the_first_stage_sees_a_contrast_the_others_and_which_it_is():
    squashed = np.array([[1, 2, 3, 6]], np.float32)
    seen = look_at(squashed, np.array([[0], [1], [2], [3]]), 1)
    assert seen.tolist() == [[2, pytest.approx(10 / 3), 0, 1, 0, 0]]


def test_networks_are_averaged_in_their_log_probabilities():
    weights = np.array([[[0.0, 2.0]], [[0.0, 4.0]]], np.float32)
    shares = Network((weights,), (np.zeros((2, 2), np.float32),)).log_shares(np.ones((1, 1)))
    assert shares[0, 1] - shares[0, 0] == pytest.approx(3)


def test_without_a_mask_its_kinds_are_not_told(tiny):
    scores = tiny.scores(rows((0, 0, 4), mask=False))
    for kind in MASK_KINDS:
        assert scores[0, JUDGED_KINDS.index(kind)] == FLOOR


def test_the_contrast_is_that_of_the_best_class(tiny):
    told = tiny.contrasts(rows((3, 1, 0), (1, 3, 0)))
    assert [row[NOISE] for row in told] == [(0,), (2,)]
    assert told[0][SHIFT] == ()


def test_a_slice_by_itself_scores_as_among_others(tiny):
    many = np.random.default_rng(0).normal(size=(20, len(TRAITS))).astype(np.float32)
    assert np.allclose(tiny.scores(many)[7], tiny.scores(many[7:8])[0], atol=1e-5)
    assert tiny.scores(many[:0]).shape == (0, len(JUDGED_KINDS))


def test_a_file_gives_the_detector_back(tiny, tmp_path):
    write_npz(tmp_path / "d.npz", tiny.arrays())
    again = Detector.load(tmp_path / "d.npz")
    features = rows((1, 2, 3), (0, 0, 0))
    assert np.allclose(again.scores(features), tiny.scores(features), atol=0.01)
    assert again.rate == 0.01


def test_files_that_do_not_fit_are_refused(tiny, tmp_path):
    with pytest.raises(InputError, match=r"none\.npz cannot be read"):
        Detector.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(InputError, match="cannot be read"):
        Detector.load(tmp_path / "text.npz")
    write_npz(tmp_path / "other.npz", tiny.arrays() | {"made_for": np.array("other traits")})
    with pytest.raises(InputError, match="for these traits"):
        Detector.load(tmp_path / "other.npz")
    pickled = {"made_for": np.array([{"a": 1}], dtype=object)}
    np.savez(tmp_path / "pickled.npz", **pickled)
    with pytest.raises(InputError, match="cannot be read"):
        Detector.load(tmp_path / "pickled.npz")


def test_features_of_another_length_are_refused(tiny):
    with pytest.raises(InputError, match="features has shape"):
        tiny.scores(np.zeros((2, 5), np.float32))


def test_squashing_leaves_5_spreads_and_draws_in_what_is_beyond():
    values = np.array([0, 0.1, -5, 5 * np.e, -1e9])
    assert squash(values) == pytest.approx([0, 0.1, -5, 7, -9])
    assert squash(values).dtype == np.float32


def test_the_shipped_detector_is_for_these_traits():
    shipped = Detector.load()
    assert shipped.arrays()["made_for"] == fingerprint()
    assert 0 < shipped.rate < 0.05
    assert shipped.scores(np.zeros((1, len(TRAITS)), np.float32)).shape == (1, len(JUDGED_KINDS))
