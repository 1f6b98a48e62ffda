import numpy as np
import pytest

from resunet.training.order import slice_order


def stream(seed, steps, batch, count):
    return np.concatenate([slice_order(seed, step, batch, count) for step in steps])


@pytest.mark.parametrize(("batch", "count"), [(4, 12), (5, 12), (12, 12), (30, 12), (1, 3), (7, 1)])
def test_every_pass_is_a_permutation(batch, count):
    indices = stream(3, range(60), batch, count)
    passes = indices[: len(indices) // count * count].reshape(-1, count)
    np.testing.assert_array_equal(np.sort(passes, axis=1), [np.arange(count)] * len(passes))


def test_every_pass_has_an_order_of_its_own():
    passes = stream(0, range(40), 10, 100).reshape(4, 100)
    assert len({tuple(each) for each in passes}) == 4
    assert not any((each == np.arange(100)).all() for each in passes)


def test_a_step_depends_on_seed_and_number_alone():
    forward = [slice_order(7, step, 5, 12) for step in range(30)]
    for step in np.random.default_rng(0).permutation(30):  # also back, and past the cache
        slice_order(8, step, 5, 12)
        np.testing.assert_array_equal(slice_order(7, int(step), 5, 12), forward[step])


def test_other_seeds_give_other_orders():
    assert not np.array_equal(slice_order(0, 0, 50, 50), slice_order(1, 0, 50, 50))


def test_a_batch_may_span_passes():
    # 5 slices in batches of 3: the second batch ends the first pass and begins the next
    first, second = slice_order(0, 0, 3, 5), slice_order(0, 1, 3, 5)
    assert set(first) | set(second[:2]) == set(range(5))
    third, fourth = slice_order(0, 2, 3, 5), slice_order(0, 3, 3, 5)
    assert {second[2], *third, fourth[0]} == set(range(5))


def test_the_batch_size_only_cuts_the_stream():
    np.testing.assert_array_equal(stream(1, range(12), 5, 9), stream(1, range(6), 10, 9))


def test_shape_and_type():
    indices = slice_order(0, 0, 6, 4)
    assert indices.shape == (6,)
    assert indices.dtype == np.int64
