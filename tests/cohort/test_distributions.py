import numpy as np
import pytest

from resunet.cohort.distributions import (
    QUADRANTS,
    MaskDistribution,
    summary,
)
from resunet.errors import InputError


def counted(name, masks, *, first=0):
    """The distribution of some masks (S, H, W), two of which belong to a patient."""
    masks = np.asarray(masks, bool)
    patients = frozenset(f"patient-{(first + index) // 2}" for index in range(len(masks)))
    tumour_slices = int(masks.any(axis=(1, 2)).sum())
    return MaskDistribution(
        name, masks.sum(axis=0, dtype=np.int64), len(masks), tumour_slices, patients
    )


@pytest.fixture
def masks():
    rng = np.random.default_rng(11)
    share = rng.random((9, 12))
    masks = rng.random((7, 9, 12)) < share
    masks[3] = False
    return masks


def distribution_of(mask, name="a"):
    return counted(name, [mask])


def test_two_slices_by_hand():
    first = np.array([[1, 1], [0, 0]], bool)
    second = np.array([[1, 0], [0, 0]], bool)
    found = counted("set", [first, second])
    assert found.hits.tolist() == [[2, 1], [0, 0]]
    assert found.mean.tolist() == [[1.0, 0.5], [0.0, 0.0]]
    assert found.std.tolist() == [[0.0, 0.5], [0.0, 0.0]]
    assert found.mean_area_px == 1.5


def test_streaming_equals_numpy_over_the_whole_stack(masks):
    found = counted("set", masks)
    np.testing.assert_array_equal(found.mean, masks.mean(axis=0))
    np.testing.assert_allclose(found.std, masks.std(axis=0), rtol=0, atol=1e-15)
    assert found.mean.dtype == found.std.dtype == np.float64
    assert found.hits.dtype == np.int64


def test_counts_of_slices_and_patients(masks):
    found = counted("set", masks)
    assert (found.slices, found.tumour_slices) == (7, 6)
    assert found.patients == {"patient-0", "patient-1", "patient-2", "patient-3"}
    assert found.empty_share == pytest.approx(1 / 7)


def test_two_parts_added_equal_the_whole_bit_for_bit(masks):
    whole = counted("set", masks)
    # Split in the middle of a patient: the patient counts once.
    joined = counted("set", masks[:3]) + counted("rest", masks[3:], first=3)
    assert joined.name == "set"
    assert joined.patients == whole.patients
    assert (joined.slices, joined.tumour_slices) == (whole.slices, whole.tumour_slices)
    for name in ("hits", "mean", "std"):
        assert getattr(joined, name).tobytes() == getattr(whole, name).tobytes()


def test_order_does_not_matter(masks):
    forward = counted("set", masks)
    backward = counted("set", masks[::-1])
    assert forward.std.tobytes() == backward.std.tobytes()


def test_std_is_exact_where_one_slice_differs_from_many():
    # p(1−p) from a rounded mean loses digits; the counts keep 999,999 · 1.
    found = MaskDistribution("set", np.array([[999_999]]), 1_000_000, 999_999, frozenset("p"))
    assert found.std[0, 0] == np.sqrt(999_999) / 1_000_000


@pytest.mark.parametrize(
    ("row", "column", "quadrant"),
    [
        (0, 0, "right_anterior"),  # top left of the picture
        (0, 3, "left_anterior"),
        (3, 0, "right_posterior"),
        (3, 3, "left_posterior"),
        (1, 2, "left_anterior"),  # beside the centre
    ],
)
def test_quadrants_are_named_by_the_patients_side(row, column, quadrant):
    mask = np.zeros((4, 4), bool)
    mask[row, column] = True
    expected = dict.fromkeys(QUADRANTS, 0.0) | {quadrant: 1.0}
    assert distribution_of(mask).quadrants == expected


def test_the_middle_of_odd_sizes_belongs_half_to_either_side():
    mask = np.zeros((3, 5), bool)
    mask[1, 2] = True
    assert set(distribution_of(mask).quadrants.values()) == {0.25}
    mask[1, 2], mask[0, 2] = False, True
    found = distribution_of(mask).quadrants
    assert (found["left_anterior"], found["right_anterior"]) == (0.5, 0.5)


def test_quadrants_sum_to_one_and_swap_under_a_flip(masks):
    found = counted("set", masks).quadrants
    flipped = counted("set", masks[:, :, ::-1]).quadrants
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-12)
    assert found["left_anterior"] == pytest.approx(flipped["right_anterior"])
    assert found["right_posterior"] == pytest.approx(flipped["left_posterior"])
    assert found["left_anterior"] != pytest.approx(flipped["left_anterior"])


def test_the_empty_set_is_refused():
    with pytest.raises(InputError, match="The set testing holds no mask"):
        MaskDistribution("testing", np.zeros((2, 2), np.int64), 0, 0, frozenset())


def test_parts_of_different_shape_do_not_add(masks):
    a, b = distribution_of(np.ones((2, 2))), distribution_of(np.ones((1, 2)), "b")
    with pytest.raises(InputError, match="The set b has pictures of"):
        a + b


def test_the_counts_cannot_be_written_to(masks):
    with pytest.raises(ValueError):
        counted("set", masks).hits[0, 0] = 3


def test_summary_by_hand():
    left = np.zeros((2, 4), bool)
    left[0, 2:] = True
    found = summary(counted("set", [left, np.zeros((2, 4), bool)]))
    assert found["slices"] == 2
    assert found["patients"] == 1
    assert found["tumour_slices"] == 1
    assert found["empty_share"] == 0.5
    assert found["mean_area_px"] == 1.0
    assert found["quadrants"]["left_anterior"] == 1.0
    assert found["quadrants_reason"] is None


def test_a_set_without_tumour_has_no_quadrants_and_says_why():
    found = summary(distribution_of(np.zeros((2, 2))))
    assert found["quadrants"] is None
    assert found["quadrants_reason"] == "The set holds no tumour."
