"""Sentences: the clue that stands out, its value, what is usual."""

import numpy as np
import pytest

from resunet.cohort.corruption.clues import CLUES
from resunet.cohort.corruption.kinds import JUDGED_KINDS, MASK_KINDS
from resunet.cohort.corruption.traits import TRAITS
from resunet.cohort.corruption.wording import explain
from resunet.study import CONTRASTS


def usual():
    """5th, 50th and 95th percentile −1, 0 and 1 of every trait."""
    return np.repeat(np.array([[-1], [0], [1]], np.float32), len(TRAITS), axis=1)


@pytest.mark.parametrize("kind", JUDGED_KINDS)
def test_every_clue_names_a_trait(kind):
    for clue in CLUES[kind]:
        for i, j in ((0, 1), (0, 3), (2, 3)):
            first, second = CONTRASTS[i], CONTRASTS[j]
            name = clue.trait.format(c=first, i=first, j=second)
            assert name in TRAITS, name
        assert clue.sign in (1, -1)


def test_the_clue_that_stands_out_is_said():
    features = np.zeros(len(TRAITS), np.float32)
    features[TRAITS.index("edges_mirrored_gain_t2")] = 4
    features[TRAITS.index("edges_here_t2")] = -3
    said = explain("flipped_contrast", (2,), features, usual())
    assert said == (
        "Mirrored left to right, T2's edges agree with the others' more, by 4.00, "
        "where -1.00 to 1.00 is usual."
    )


def test_shares_are_written_as_shares():
    features = np.zeros(len(TRAITS), np.float32)
    features[TRAITS.index("share_at_top_flair")] = np.log(50.1)
    said = explain("clipping", (3,), features, usual())
    assert "FLAIR's pixels" in said
    assert "5 %, where 0.027 % to 0.26 % is usual" in said


@pytest.mark.parametrize("kind", JUDGED_KINDS)
def test_where_nothing_stands_out_that_is_said(kind):
    contrasts = () if kind in MASK_KINDS else (0, 1)
    said = explain(kind, contrasts, np.zeros(len(TRAITS), np.float32), usual())
    assert said.startswith("Many measures together speak for it")
    assert said.endswith(".")
