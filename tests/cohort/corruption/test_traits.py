"""The features of slices: of one length, finite, and the same in any order."""

import numpy as np
import pytest

from resunet.cohort.corruption.traits import (
    MASK_COLUMNS,
    OWN,
    TRAITS,
    describe_patient,
    describe_slice,
)
from resunet.errors import InputError


def test_names_are_unique():
    assert len(set(TRAITS)) == len(TRAITS) > 500


@pytest.mark.parametrize("shape", [(2, 2), (3, 7), (64, 64), (155, 240), (512, 512)])
@pytest.mark.parametrize("content", ["nothing", "noise", "one value"])
def test_any_size_gives_finite_features(shape, content):
    images = np.zeros((*shape, 4), np.float32)
    if content == "noise":
        images += np.random.default_rng(0).normal(100, 30, images.shape).astype(np.float32)
    elif content == "one value":
        images += 5
    for mask in (None, np.zeros(shape, bool), np.ones(shape, np.uint8)):
        described = describe_slice(images, mask)
        features = describe_patient([described] * 3, [1, 2, 3])
        assert features.shape == (3, len(TRAITS))
        assert features.dtype == np.float32
        assert np.isfinite(features).all()


def test_what_is_kept_is_small(head):
    described = describe_slice(*head)
    assert described.own.shape == (len(OWN),)
    assert sum(a.nbytes for a in described) < 60_000
    assert described.thumbs.dtype == np.float16


def test_a_scanners_scale_changes_next_to_nothing(head):
    images, mask = head
    gains = np.array([3, 0.7, 10, 2], np.float32)
    first, second = describe_slice(images, mask), describe_slice(images * gains, mask)
    scale = [k for k, name in enumerate(OWN) if name.startswith(("log_median", "log_spread"))]
    assert np.allclose(np.delete(first.own, scale), np.delete(second.own, scale), atol=0.02)
    assert second.own[OWN.index("log_median_t2")] - first.own[OWN.index("log_median_t2")] == (
        pytest.approx(np.log(10), abs=0.01)
    )


def test_the_order_of_slices_does_not_matter(heads):
    numbers = [5, 1, 3, 2, 20]
    kept = [describe_slice(*heads(level=0.1 * n)) for n in numbers]
    features = describe_patient(kept, numbers)
    order = np.argsort(numbers)
    again = describe_patient([kept[k] for k in order], [numbers[k] for k in order])
    assert np.array_equal(features[order], again)
    alone = TRAITS.index("neighbours")
    assert features[:, alone].tolist() == [3, 3, 3, 3, 0]
    assert not features[4, len(OWN) :].any()


def test_no_slice_gives_no_row():
    assert describe_patient([], []).shape == (0, len(TRAITS))


def test_labels_are_a_mask(head):
    images, mask = head
    assert np.array_equal(
        describe_slice(images, mask.astype(np.uint8) * 4).own, describe_slice(images, mask).own
    )


def test_without_a_mask_its_columns_are_0(heads):
    kept = [describe_slice(heads(level=0.1 * n)[0], None) for n in range(3)]
    assert not describe_patient(kept, [0, 1, 2])[:, list(MASK_COLUMNS)].any()


def test_missing_and_constant_contrasts_are_told_exactly(head):
    images = head[0].copy()
    images[..., 1] = 0
    images[..., 3] = np.where(images[..., 3] != 0, 50, 0)
    own = describe_slice(images, None).own
    assert own[:3].tolist() == [2, 8, 5]


def test_the_empty_end_of_a_volume_misses_nothing():
    assert not describe_slice(np.zeros((64, 64, 4), np.float32), None).own[:3].any()


def test_shapes_are_checked():
    with pytest.raises(InputError, match="images has shape"):
        describe_slice(np.zeros((4, 4, 3), np.float32), None)
