import numpy as np
import pytest

from resunet.errors import InputError
from resunet.evaluation.sweep import STEPS, Sweep, no_sweep, sweep_slice, thresholds_with


def random_slice(seed):
    rng = np.random.default_rng(seed)
    truth = rng.random((20, 30)) < 0.2
    probability = np.clip(rng.normal(0.3 + 0.4 * truth, 0.3), 0, 1).astype(np.float32)
    probability[:2] = (np.float32(0.29),)  # a step itself
    return probability, truth


def test_counts_by_hand():
    probability = np.array([[0.0, 0.2, 0.5], [0.6, 0.9, 1.0]], np.float32)
    truth = np.array([[0, 0, 1], [1, 0, 1]], bool)
    found = sweep_slice(probability, truth, (0.1, 0.5, 0.95))
    assert found == Sweep((0.1, 0.5, 0.95), inside=(3, 2, 1), pred=(5, 3, 1), true=3)
    assert found.dice.tolist() == [6 / 8, 4 / 6, 2 / 4]


@pytest.mark.parametrize("seed", range(5))
def test_it_is_exact_at_every_step(seed):
    probability, truth = random_slice(seed)
    thresholds = thresholds_with(0.123)
    found = sweep_slice(probability, truth, thresholds)
    for at, threshold in enumerate(thresholds):
        mask = probability > threshold
        assert (found.inside[at], found.pred[at]) == ((mask & truth).sum(), mask.sum())


def test_sweeps_add_up():
    first, second = random_slice(1), random_slice(2)
    thresholds = thresholds_with(0.5)
    both = [np.concatenate([a, b]) for a, b in zip(first, second, strict=True)]
    summed = sweep_slice(*first, thresholds) + sweep_slice(*second, thresholds)
    assert summed == sweep_slice(*both, thresholds)
    assert no_sweep(thresholds) + summed == summed


def test_sweeps_of_other_thresholds_do_not():
    with pytest.raises(InputError, match="1 thresholds is added, where the same 2"):
        no_sweep((0.1, 0.2)) + no_sweep((0.1,))


def test_nothing_has_no_dice():
    assert np.isnan(no_sweep((0.1, 0.5)).dice).all()
    background = np.zeros((4, 4), np.float32)
    found = sweep_slice(background, background > 0, (0.1, 0.5))
    assert found == no_sweep((0.1, 0.5))


def test_the_models_own_threshold_is_among_the_steps():
    assert thresholds_with(0.5) == STEPS
    assert thresholds_with(0.123) == tuple(sorted((*STEPS, 0.123)))
    assert len(STEPS) == 99
