"""What a mask tells beside its pictures."""

import numpy as np
import pytest

from resunet.cohort.corruption import masks, mixups
from resunet.cohort.corruption.frame import make_frame


def traits(images, mask):
    found = masks.measure(make_frame(images, mask))
    return dict(zip(masks.NAMES, found.tolist(), strict=True))


def test_a_mask_on_the_lesion_fits_best_where_it_is(head):
    told = traits(*head)
    assert told["has_mask"] == 1
    assert told["mask_fit"] > 0.2
    assert told["mask_moved_gain"] < 0.05
    assert told["mask_step_flair"] > 0.5
    assert told["mask_bright_share"] > 0.9
    assert told["mask_outside"] == 0


def test_a_moved_mask_would_fit_where_it_was(head):
    images, mask = head
    told = traits(images, mixups.move(mask, (0, -8)))
    assert told["mask_moved_gain"] > 0.1
    assert told["mask_moved_by"] == pytest.approx(4, abs=0.5)
    assert told["mask_fit"] < traits(*head)["mask_fit"]


def test_a_mirrored_mask_would_fit_mirrored(head):
    images, mask = head
    told = traits(images, mixups.mirror(mask, 1))
    assert told["mask_mirrored_gain"] > 0.2
    assert told["mask_mirrored_gain"] > told["mask_upside_down_gain"]


def test_the_share_outside(head):
    images, mask = head
    outside = np.zeros_like(mask)
    outside[:4, :25] = True
    both = mask | outside
    assert traits(images, both)["mask_outside"] == pytest.approx(100 / both.sum())


def test_an_empty_mask_leaves_the_bright_lesion(head):
    images, mask = head
    with_mask, without = traits(images, mask), traits(images, np.zeros_like(mask))
    assert without["unmasked_bright"] > with_mask["unmasked_bright"] + 1
    assert without["flair_bright"] == with_mask["flair_bright"]
    assert without["mask_fit"] == 0


def test_without_a_mask_nothing_is_said_of_one(head):
    told = traits(head[0], None)
    assert all(value == 0 for name, value in told.items() if "mask" in name)
    assert told["flair_bright"] == traits(*head)["flair_bright"]
