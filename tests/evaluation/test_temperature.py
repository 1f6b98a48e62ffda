import json
import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.evaluation.calibration import count_calibration
from resunet.evaluation.temperature import (
    TEMPERATURES,
    TemperatureCounts,
    count_temperatures,
    fit_temperature,
    scaled,
    scaled_threshold,
)
from resunet.storage import dump_json


def overconfident(temperature, shape=(1, 120, 120), seed=0):
    """Probabilities that are too sure by a known temperature, and truths drawn from honest ones."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0.0, 3.0, shape)
    honest = 1 / (1 + np.exp(-logits[0] / temperature))
    probability = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return probability, rng.uniform(size=honest.shape) < honest


def counted(passes, truth, region=None):
    """The counts of one region, all pixels by default."""
    region = np.ones(truth.shape, bool) if region is None else region
    return count_temperatures(passes, lambda mean: mean, truth, {"all": region})["all"]


@pytest.mark.parametrize("known", [0.6, 1.0, 1.7, 3.3])
def test_the_fit_recovers_a_known_temperature(known):
    passes, truth = overconfident(known)
    found = fit_temperature(counted(passes, truth))
    assert found == pytest.approx(known, rel=0.05)
    # the least loss of all, by a dense search of another kind
    losses = [
        count_calibration(scaled(passes[0], t), truth).nll
        for t in np.linspace(0.9 * found, 1.1 * found, 41)
    ]
    assert min(losses) >= count_calibration(scaled(passes[0], found), truth).nll - 1e-6
    if known > 1.5:
        before, after = (count_calibration(scaled(passes[0], t), truth).ece for t in (1.0, found))
        assert after < 0.02 < before


def test_the_mean_over_scaled_passes_is_fitted():
    """Two passes that disagree: their mean is less sure than each, so they may be surer."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0.0, 2.0, (60, 60))
    passes = np.stack([logits + 1.5, logits - 1.5])
    target = 2.0
    mean = (1 / (1 + np.exp(-passes / target))).mean(axis=0)
    truth = rng.uniform(size=mean.shape) < mean
    counts = counted((1 / (1 + np.exp(-passes))).astype(np.float32), truth)
    assert fit_temperature(counts) == pytest.approx(target, rel=0.15)


def test_only_the_pixels_of_a_region_count():
    passes, truth = overconfident(2.0)
    some = np.zeros(truth.shape, bool)
    some[10:40] = True
    counts = counted(passes, truth, some)
    assert counts.pixels == 30 * 120
    one = TEMPERATURES.index(1.0)
    expected = count_calibration(scaled(passes[0], TEMPERATURES[one])[some], truth[some])
    assert counts.counts[one].log_loss == pytest.approx(expected.log_loss, rel=1e-5)
    assert counts.at(1.03) is counts.counts[one]
    assert counts.at(1000.0) is counts.counts[-1]


def test_counts_of_two_halves_add_up_to_the_whole():
    passes, truth = overconfident(2.0)
    whole = counted(passes, truth)
    halves = [counted(passes[:, rows], truth[rows]) for rows in (slice(0, 50), slice(50, None))]
    added = sum(halves, TemperatureCounts())
    assert added.pixels == whole.pixels
    for one, other in zip(added.counts, whole.counts, strict=True):
        np.testing.assert_allclose(one.tumour, other.tumour)
        assert (one.ece, one.nll) == (pytest.approx(other.ece), pytest.approx(other.nll))


def test_what_is_kept_is_read_again():
    passes, truth = overconfident(2.0, shape=(2, 20, 20))
    counts = counted(passes, truth)
    again = TemperatureCounts.read(json.loads(dump_json(counts.kept())))
    assert fit_temperature(again) == fit_temperature(counts)
    assert again.at(2.0).ece == counts.at(2.0).ece


def test_a_loss_that_falls_to_the_end_gives_the_end():
    certain = np.full((1, 4, 4), 0.9, np.float32)
    right = counted(certain, np.ones((4, 4), bool))
    assert fit_temperature(right) == pytest.approx(TEMPERATURES[0])
    # .9 of which half is right: the hotter the better
    half = counted(certain, np.arange(16).reshape(4, 4) % 2 == 0)
    assert fit_temperature(half) == pytest.approx(TEMPERATURES[-1])


def test_without_pixels_there_is_no_temperature():
    none = counted(np.zeros((1, 4, 4), np.float32), np.ones((4, 4), bool), np.zeros((4, 4), bool))
    assert none.pixels == 0
    with pytest.raises(InputError, match="no pixel to fit a temperature to"):
        fit_temperature(none)


def test_scaling_by_hand():
    p = np.array([0.0, 0.2, 0.5, 0.8, 1.0], np.float32)
    # odds of 4 to 1 at T = 2 are 2 to 1
    np.testing.assert_allclose(scaled(p, 2.0)[1:4], [1 / 3, 0.5, 2 / 3], rtol=1e-6)
    np.testing.assert_allclose(scaled(p, 1.0), p, atol=2e-7)
    assert scaled(p, 2.0)[2] == np.float32(0.5)
    assert scaled(p, 0.5).dtype == np.float32


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.73])
def test_a_scaled_threshold_leaves_masks_as_they_were(threshold):
    p = np.random.default_rng(0).uniform(0, 1, 5000).astype(np.float32)
    for temperature in (0.4, 1.6, 5.0):
        after = scaled(p, temperature) > scaled_threshold(threshold, temperature)
        np.testing.assert_array_equal(after, p > threshold)
    assert scaled_threshold(0.5, 3.0) == 0.5
    assert (scaled_threshold(0.0, 3.0), scaled_threshold(1.0, 3.0)) == (0.0, 1.0)
    assert math.isclose(scaled_threshold(0.8, 2.0), 2 / 3)
