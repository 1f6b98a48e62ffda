"""Turned, mirrored, moved: exact where it can be."""

import numpy as np
import pytest

from resunet.cohort.corruption import mixups


@pytest.mark.parametrize("axis", [0, 1])
def test_mirroring_twice_changes_nothing(head, axis):
    images, mask = head
    for array in (images[..., 0], mask):
        assert np.array_equal(mixups.mirror(mixups.mirror(array, axis), axis), array)


def test_mirroring_about_a_column_keeps_that_column():
    picture = np.zeros((4, 9), np.float32)
    picture[1] = [0, 1, 2, 3, 4, 5, 0, 0, 0]
    mirrored = mixups.mirror(picture, 1, centre=3.0)
    assert mirrored[1].tolist() == [0, 5, 4, 3, 2, 1, 0, 0, 0]


def test_four_quarter_turns_are_none(head):
    picture = head[0][..., 1]
    turned = picture
    for _ in range(4):
        turned = mixups.turn(turned, 90)
    assert np.array_equal(turned, picture)
    assert np.array_equal(mixups.turn(picture, 180), picture[::-1, ::-1])


def test_turning_there_and_back_nearly_restores(head):
    images, mask = head
    there = mixups.turn(images[..., 0], 15)
    assert np.corrcoef(mixups.turn(there, -15).ravel(), images[..., 0].ravel())[0, 1] > 0.9
    mask_there = mixups.turn(mask, 15)
    assert mask_there.dtype == bool
    assert mask_there.sum() == pytest.approx(mask.sum(), rel=0.05)


def test_moving_is_by_whole_pixels_and_loses_what_leaves():
    picture = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert mixups.move(picture, (1, -1)).tolist() == [[0, 0, 0, 0], [1, 2, 3, 0], [5, 6, 7, 0]]
    assert mixups.move(picture > 4, (-2, 0)).tolist() == [
        [True] * 4,
        [False] * 4,
        [False] * 4,
    ]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_mask_is_pushed_out_by_the_share_asked_for(head, share):
    images, mask = head
    brain = (images != 0).any(axis=-1)
    pushed = mixups.push_out(mask, brain, share, np.random.default_rng(0))
    outside = (pushed & ~brain).sum() / pushed.sum()
    assert share <= outside < share + 0.25


def test_fitting_onto_takes_outline_and_median(heads):
    here, there = heads(seed=1)[0][..., 0], heads(seed=2, size=128)[0][..., 0] * 7
    fitted = mixups.fit_onto(np.roll(there, 9, axis=0), here, centred=True)
    assert np.array_equal(fitted != 0, here != 0)
    assert np.median(fitted[fitted != 0]) == pytest.approx(np.median(here[here != 0]), rel=0.05)


def test_fitting_an_empty_picture_changes_nothing(head):
    empty = np.zeros((128, 128), np.float32)
    assert not mixups.fit_onto(empty, head[0][..., 0], centred=True).any()
