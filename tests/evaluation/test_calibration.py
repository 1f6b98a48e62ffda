import math

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from resunet.errors import InputError
from resunet.evaluation.calibration import BINS, CalibrationCounts, count_calibration


def drawn(count=200_000, seed=0, bend=1.0):
    """Probabilities, and truths that are tumour with p^bend / (p^bend + (1 − p)^bend)."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0, 1, count).astype(np.float32)
    chance = p**bend / (p**bend + (1 - p) ** bend)
    return p, rng.uniform(0, 1, count) < chance


def test_by_hand():
    p = np.array([0.9, 0.9, 0.1, 0.0], np.float32)
    y = np.array([True, False, False, False])
    counts = count_calibration(p, y)
    assert counts.total == 4
    # bins: 0 alone (gap 0), .1 (gap .1, 1 pixel), .9 twice (mean .9, share .5: gap .4, 2 pixels)
    assert counts.ece == pytest.approx((0.1 + 2 * 0.4) / 4)
    assert counts.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.0) / 4)
    # 0 is kept 1e-7 away from certainty, which costs nothing that is seen
    expected = -(math.log(0.9) + math.log(0.1) + math.log(0.9)) / 4
    assert counts.nll == pytest.approx(expected, rel=1e-6)


def test_what_is_calibrated_has_no_error_and_what_is_not_has_the_known_one():
    p, y = drawn()
    assert count_calibration(p, y).ece < 0.005
    p, y = drawn(bend=2.0)
    # the mean gap over 0 to 1, by adding up
    fine = (np.arange(1_000_000) + 0.5) / 1_000_000
    known = np.abs(fine - fine**2 / (fine**2 + (1 - fine) ** 2)).mean()
    assert count_calibration(p, y).ece == pytest.approx(known, abs=0.004)


def test_the_diagram_and_the_scores_are_those_of_scikit_learn():
    p, y = drawn(5000, seed=1, bend=0.5)
    counts = count_calibration(p, y)
    shares, means = calibration_curve(y, p, n_bins=BINS)
    entry = counts.to_dict()
    np.testing.assert_allclose([b["tumour_share"] for b in entry["reliability"]], shares)
    np.testing.assert_allclose(
        [b["mean_probability"] for b in entry["reliability"]], means, rtol=1e-6
    )
    assert entry["brier"] == pytest.approx(brier_score_loss(y, p.astype(np.float64)))
    assert entry["nll"] == pytest.approx(log_loss(y, p.astype(np.float64)), rel=1e-6)
    assert sum(b["pixels"] for b in entry["reliability"]) == entry["pixels"] == 5000
    assert (entry["reliability"][0]["from"], entry["reliability"][-1]["to"]) == (0.0, 1.0)


def test_a_bin_holds_its_upper_end():
    p = np.array([0.0, 1 / 15, 1.0])
    np.testing.assert_array_equal(
        np.flatnonzero(count_calibration(p, p > 0.5).pixels), [0, BINS - 1]
    )
    assert count_calibration(p, p > 0.5).pixels[0] == 2


def test_counts_of_two_halves_add_up_to_the_whole():
    p, y = drawn(1000)
    halves = count_calibration(p[:300], y[:300]) + count_calibration(p[300:], y[300:])
    whole = count_calibration(p.reshape(10, 100), y.reshape(10, 100))
    for name in ("pixels", "tumour", "probability"):
        np.testing.assert_allclose(getattr(halves, name), getattr(whole, name))
    assert (halves.ece, halves.brier, halves.nll) == pytest.approx(
        (whole.ece, whole.brier, whole.nll)
    )
    assert sum([whole], CalibrationCounts()).ece == whole.ece


def test_without_pixels_nothing_is_known():
    entry = count_calibration(np.zeros(0), np.zeros(0, bool)).to_dict()
    assert all(math.isnan(entry[name]) for name in ("ece", "brier", "nll"))
    assert entry["reason"] == "There is no such pixel."
    assert math.isnan(entry["reliability"][3]["tumour_share"])


def test_certain_and_wrong_costs_much_but_not_endlessly():
    counts = count_calibration(np.array([1.0, 0.0]), np.array([False, True]))
    assert counts.nll == pytest.approx(-math.log(1e-7))


def test_what_is_no_probability_is_refused():
    with pytest.raises(InputError, match=r"runs from 0 to 1\.2, where 0 to 1"):
        count_calibration(np.array([0.0, 1.2]), np.array([True, False]))
    with pytest.raises(InputError, match=r"runs from nan"):
        count_calibration(np.array([math.nan]), np.array([True]))
    with pytest.raises(InputError, match=r"mask_true has shape \(3,\)"):
        count_calibration(np.zeros(2), np.zeros(3, bool))
