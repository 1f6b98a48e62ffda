import numpy as np
import pytest
from bright import BLOCK, NOTHING, TALLER, BrightEngine, WaveringEngine, write

from resunet.data.cases import find_cases
from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.evaluation.seen import OneNetwork, seen_slices
from resunet.study import CONTRASTS


class SlopeEngine(BrightEngine):
    """Finds more the farther to the left of the picture, whatever it shows."""

    def passes(self, images, masks):
        super().passes(images, masks)
        slope = np.linspace(1.0, 0.0, images.shape[2], dtype=np.float32)
        return np.broadcast_to(slope, (len(masks), *images.shape[:3])).copy()


def seen(case, way):
    return list(seen_slices(case, read_case(case), way))


@pytest.fixture
def case(tmp_path):
    (case,) = write(tmp_path, {"anna": {3: (BLOCK, BLOCK), 4: (TALLER, NOTHING)}})
    return case


def test_what_is_seen_of_a_slice(case):
    first, second = seen(case, OneNetwork(BrightEngine()))
    assert (first.index, first.number, first.threshold) == (0, 3, 0.5)
    assert first.spacing_mm is None
    assert first.passes.shape == (1, 16, 16)
    block = np.zeros((32, 32), bool)
    block[BLOCK] = True
    np.testing.assert_array_equal(first.truth, block)
    np.testing.assert_array_equal(first.mask, block)
    np.testing.assert_array_equal(first.grid_truth, block[::2, ::2])
    np.testing.assert_array_equal(first.grid_mask, first.grid_truth)
    assert first.brain.all()
    assert first.grid_brain.all()
    assert (second.index, second.number, second.truth.sum()) == (1, 4, 20)
    assert not second.mask.any()


def test_the_brain_is_where_any_contrast_is_not_0(tmp_path):
    arrays = {contrast: np.zeros((32, 32)) for contrast in CONTRASTS}
    arrays["t1"][4:, :20] = 40.0
    arrays["flair"][2:4, :20] = 7.0  # there alone
    path = tmp_path / "testing" / "anna_1.npz"
    path.parent.mkdir()
    np.savez(path, mask=np.zeros((32, 32), np.uint8), **arrays)
    (only,) = seen(find_cases(tmp_path)[0], OneNetwork(BrightEngine()))
    expected = np.zeros((32, 32), bool)
    expected[2:, :20] = True
    np.testing.assert_array_equal(only.brain, expected)
    np.testing.assert_array_equal(only.grid_brain, expected[::2, ::2])


def test_the_probability_is_the_mean_of_the_passes(case):
    """Found in the first and the fourth of four passes."""
    first = seen(case, OneNetwork(WaveringEngine(), samples=4))[0]
    assert first.passes.shape == (4, 16, 16)
    assert set(np.unique(first.grid_probability).tolist()) == {0.0, 0.5}
    assert first.probability.max() == pytest.approx(0.5)
    assert not first.mask.any()  # one half is not above one half


def test_a_threshold_of_its_own(case):
    first = seen(case, OneNetwork(WaveringEngine(), samples=4, threshold=0.4))[0]
    assert first.threshold == 0.4
    assert first.grid_mask.sum() == 4


def test_flipping_averages_with_the_mirrored_slice(case):
    engine = SlopeEngine()
    plain = seen(case, OneNetwork(engine))[0].passes
    slope = np.linspace(1.0, 0.0, 16)
    np.testing.assert_allclose(plain, np.broadcast_to(slope, plain.shape), atol=1e-6)
    engine.calls.clear()
    flipped = seen(case, OneNetwork(engine, flip=True))[0].passes
    assert flipped.dtype == np.float32
    np.testing.assert_allclose(flipped, 0.5, atol=1e-6)  # as much from left as from right
    assert len(engine.calls) == 2


def test_flipping_a_network_that_sees_no_side_changes_nothing(case):
    plain, flipped = (seen(case, OneNetwork(BrightEngine(), flip=flip))[0] for flip in (0, 1))
    np.testing.assert_array_equal(plain.passes, flipped.passes)


def test_the_key_differs_wherever_predictions_may(case):
    engine, other = BrightEngine(), BrightEngine()
    other.model_sha256 = "c" * 64
    ways = [
        OneNetwork(engine),
        OneNetwork(other),
        OneNetwork(engine, samples=2),
        OneNetwork(engine, samples=2, seed=1),
        OneNetwork(engine, flip=True),
        OneNetwork(engine, threshold=0.4),
    ]
    keys = [dict(way.key) for way in ways]
    assert all(a != b for at, a in enumerate(keys) for b in keys[at + 1 :])
    # without samples nothing is drawn
    assert OneNetwork(engine, seed=1).key == OneNetwork(engine, seed=2).key


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"samples": -1}, "samples is -1"),
        ({"seed": -2}, "seed -2"),
        ({"threshold": 1.5}, "threshold is 1.5, where 0 to 1"),
    ],
)
def test_what_is_refused(settings, words):
    with pytest.raises(InputError, match=words):
        OneNetwork(BrightEngine(), **settings)
