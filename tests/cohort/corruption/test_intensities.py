"""What values tell, on pictures whose answer is known."""

import numpy as np
import pytest

from resunet.cohort.corruption import artefacts, intensities
from resunet.cohort.corruption.frame import make_frame


def traits(images):
    found = intensities.measure(make_frame(images, None))
    assert found.dtype == np.float32
    return dict(zip(intensities.NAMES, found.tolist(), strict=True))


def test_the_distribution_by_hand():
    images = np.zeros((40, 40, 4), np.float32)
    images[10:30, 10:30, 0] = np.arange(1, 401).reshape(20, 20)
    images[10:30, 10:30, 1:] = 7
    told = traits(images)
    assert np.exp(told["log_median_t1"]) == pytest.approx(200, abs=1)
    assert np.exp(told["log_spread_t1"]) == pytest.approx(360, abs=2)
    assert told["skew_t1"] == pytest.approx(0, abs=0.02)
    assert np.exp(told["distinct_t1"]) == pytest.approx(1)
    # 1 of 400 pixels has the highest value: 2.5 thousandths
    assert np.exp(told["share_at_top_t1"]) == pytest.approx(2.6, abs=0.01)
    assert np.exp(told["share_at_top_t2"]) == pytest.approx(1000.1, abs=0.1)


def test_noise_and_blur_move_their_traits_apart(head):
    images, _ = head
    before = traits(images)
    noisy, blurred = images.copy(), images.copy()
    noisy[..., 2] = artefacts.add_noise(images[..., 2], 0.1, np.random.default_rng(0))
    blurred[..., 2] = artefacts.blur(images[..., 2], 2.0)
    assert traits(noisy)["noise_t2"] > before["noise_t2"] + 0.5
    assert traits(blurred)["noise_t2"] < before["noise_t2"] - 0.5
    assert traits(blurred)["curvature_t2"] < before["curvature_t2"] - 0.5
    assert traits(noisy)["noise_t1"] == before["noise_t1"]


def test_jumps_and_values_below_zero(head):
    images = head[0].copy()
    images[60:64, 60:64, 3] = -500
    told = traits(images)
    share = 16 / (head[0][..., 3] != 0).sum()
    assert np.exp(told["negative_flair"]) == pytest.approx(1000 * share + 0.1, rel=0.01)
    assert told["jumps_flair"] > traits(head[0])["jumps_flair"]


def test_a_square_hole_is_measured(head):
    images = head[0].copy()
    images[50:74, 55:79, 0] = 0
    told = traits(images)
    assert told["zero_square_t1"] == 24
    assert told["straight_edge_t1"] == 24
    assert told["zero_square_t1ce"] == 0
    missing = 24 * 24 / (head[0][..., 0] != 0).sum()
    assert np.exp(told["missing_t1"]) == pytest.approx(1000 * missing + 0.1, rel=0.01)


def test_a_tint_is_told_by_its_slope():
    images = np.full((128, 128, 4), 100, np.float32)
    images[..., 1] *= np.exp(0.3 * np.linspace(-1, 1, 128))[None]
    told = traits(images)
    assert told["tint_x_t1ce"] == pytest.approx(0.3, abs=0.03)
    assert told["tint_y_t1ce"] == pytest.approx(0, abs=0.01)
    assert told["tint_x_t1"] == pytest.approx(0, abs=1e-4)


def test_an_empty_contrast_has_zeros():
    images = np.full((32, 32, 4), 5, np.float32)
    images[..., 2] = 0
    told = traits(images)
    assert all(value == 0 for name, value in told.items() if name.endswith("_t2"))
