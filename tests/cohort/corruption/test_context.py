"""A slice beside its neighbours."""

import numpy as np
import pytest

from resunet.cohort.corruption import context
from resunet.cohort.corruption.traits import describe_slice


@pytest.fixture(scope="module")
def stack(heads):
    """Five neighbouring slices, as they are kept."""
    return [heads(level=0.1 * k) for k in range(5)]


def compare(slices, at=2, without=()):
    kept = [describe_slice(*each) for each in slices]
    others = [kept[k] for k in range(len(kept)) if k != at and k not in without]
    found = context.compare(
        kept[at].thumbs,
        kept[at].covers,
        kept[at].mask,
        [(o.thumbs, o.covers, o.mask) for o in others],
    )
    return dict(zip(context.NAMES, found.tolist(), strict=True))


def replaced(stack, images=None, mask=None, at=2):
    changed = list(stack)
    changed[at] = (
        stack[at][0] if images is None else images,
        stack[at][1] if mask is None else mask,
    )
    return changed


def test_two_neighbours_on_either_side_or_more_on_one():
    numbers = np.array([10, 11, 12, 14, 15, 30])
    assert context.nearest(numbers, 2) == [1, 0, 3, 4]
    assert context.nearest(numbers, 0) == [1, 2, 3, 4]
    assert context.nearest(numbers, 5) == []


def test_a_slice_of_the_same_number_is_no_neighbour():
    assert context.nearest(np.array([3, 3, 4]), 0) == [2]


def test_without_neighbours_all_is_0(stack):
    kept = describe_slice(*stack[0])
    assert not context.compare(kept.thumbs, kept.covers, kept.mask, []).any()


def test_a_clean_slice_is_like_itself(stack):
    told = compare(stack)
    assert told["neighbours"] == 4
    for contrast in ("t1", "t1ce", "t2", "flair"):
        assert told[f"like_itself_{contrast}"] > 0.8
        assert told[f"like_mirrored_more_{contrast}"] < 0
        assert told[f"outline_changed_{contrast}"] < np.log(0.02)
    assert told["mask_like"] > 0.9


def test_swapped_contrasts_are_like_each_other(stack):
    images = stack[2][0][..., [0, 1, 3, 2]]
    told = compare(replaced(stack, images))
    assert told["like_t2_as_flair"] > told["like_t2_as_t2"] + 0.1
    assert told["like_another_more_t2"] > 0.1


def test_mirrored_contrasts_are_like_their_mirror(stack):
    images = stack[2][0].copy()
    images[..., 1] = images[:, ::-1, 1]
    told = compare(replaced(stack, images))
    assert told["like_mirrored_more_t1ce"] > 0.05
    assert told["like_mirrored_more_t1"] < 0


def test_one_broken_neighbour_does_not_accuse_a_clean_slice(stack):
    broken = replaced(stack, stack[3][0][::-1], at=3)
    told, clean = compare(broken), compare(stack)
    assert told["like_itself_t1"] == pytest.approx(clean["like_itself_t1"], abs=0.05)


def test_a_tint_is_told_apart_from_the_neighbours(stack):
    images = stack[2][0].copy()
    images[..., 0] *= np.exp(0.5 * np.linspace(-1, 1, 128))[None]
    told = compare(replaced(stack, images))
    assert told["tint_change_x_t1"] > 0.15
    assert abs(told["tint_change_y_t1"]) < 0.1
    assert told["tint_change_t1"] > told["tint_change_t2"] + 1


def test_masks_beside_masks(stack):
    mask = stack[2][1]
    mirrored = compare(replaced(stack, mask=mask[:, ::-1]))
    assert mirrored["mask_mirrored_more"] > 0.5
    moved = compare(replaced(stack, mask=np.roll(mask, 8, axis=0)))
    assert moved["mask_moved_cells"] == pytest.approx(4, abs=0.6)
    assert moved["mask_centre_moved"] == pytest.approx(4, abs=0.3)
    empty = compare(replaced(stack, mask=np.zeros_like(mask)))
    assert empty["mask_grown"] < -3
    assert empty["mask_lost_share"] > 0.9
    assert empty["mask_like"] == 0


def test_without_masks_nothing_is_said_of_them(stack):
    told = compare([(images, None) for images, _ in stack])
    assert all(value == 0 for name, value in told.items() if name.startswith("mask"))
