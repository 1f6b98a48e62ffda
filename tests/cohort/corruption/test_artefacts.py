"""What scanners do to a contrast: inside the brain alone, by known amounts."""

import numpy as np
import pytest

from resunet.cohort.corruption import artefacts

DEGRADE = {
    "noise": lambda p, rng: artefacts.add_noise(p, 0.1, rng),
    "ghosts": lambda p, rng: artefacts.add_ghosts(p, 0.3, rng),
    "spike": lambda p, rng: artefacts.add_spike(p, 0.1, rng),
    "bias": lambda p, rng: artefacts.add_bias(p, 0.4, rng),
    "clip": lambda p, rng: artefacts.clip_at(p, 95),
    "wrap": lambda p, rng: artefacts.wrap_at(p, 95, rng),
    "blur": lambda p, rng: artefacts.blur(p, 2.0),
}


@pytest.fixture
def picture(head):
    return head[0][..., 2]


@pytest.mark.parametrize("degrade", DEGRADE.values(), ids=DEGRADE)
def test_nothing_outside_the_brain_changes_and_numbers_stay_whole(picture, degrade):
    before = picture.copy()
    broken = degrade(picture, np.random.default_rng(1))
    assert broken.dtype == np.float32
    assert not broken[picture == 0].any()
    assert np.array_equal(broken, np.rint(broken))
    assert not np.array_equal(broken, picture)
    assert np.array_equal(picture, before)


@pytest.mark.parametrize("degrade", DEGRADE.values(), ids=DEGRADE)
def test_an_empty_picture_stays_empty(degrade):
    empty = np.zeros((16, 20), np.float32)
    assert not degrade(empty, np.random.default_rng(1)).any()


def test_noise_has_the_size_asked_for():
    flat = np.full((200, 200), 1000, np.float32)
    noisy = artefacts.add_noise(flat, 0.1, np.random.default_rng(0))
    assert noisy.std() == pytest.approx(100, rel=0.03)
    # Rician: the mean of √((A+n)²+n²) is A + σ²/2A for small σ
    assert noisy.mean() == pytest.approx(1005, abs=1.5)


def test_ghosts_are_copies_of_half_the_depth():
    point = np.full((64, 64), 1e-3, np.float32)
    point[32, 32] = 10000
    ghosted = artefacts.add_ghosts(point, 0.3, np.random.default_rng(3))
    others = np.sort(ghosted.ravel())[::-1]
    assert others[0] == pytest.approx(10000, rel=0.01)
    # two ghosts of at most 0.15; between two pixels one is spread over several
    assert 500 < others[1] <= 1501
    rows, columns = np.nonzero(ghosted > 300)
    assert len(set(rows)) == 1 or len(set(columns)) == 1


def test_stripes_have_one_frequency_and_the_amplitude_asked_for():
    flat = np.full((128, 128), 1000, np.float32)
    striped = artefacts.add_spike(flat, 0.1, np.random.default_rng(0))
    assert striped.max() == pytest.approx(1100, abs=1)
    assert striped.min() == pytest.approx(900, abs=1)
    power = np.abs(np.fft.rfft2(striped - striped.mean())) ** 2
    assert np.sort(power.ravel())[-9:].sum() > 0.9 * power.sum()


def test_a_bias_field_spans_the_share_and_is_smooth():
    flat = np.full((100, 80), 1000, np.float32)
    biased = artefacts.add_bias(flat, 0.4, np.random.default_rng(0))
    assert (biased.min(), biased.max()) == (600, 1400)
    assert np.abs(np.diff(biased, axis=0)).max() < 100


def test_clipping_leaves_what_is_below(picture):
    clipped = artefacts.clip_at(picture, 90)
    top = clipped.max()
    assert 0.09 < (clipped == top).sum() / (picture != 0).sum() < 0.13
    assert np.array_equal(clipped[clipped < top], picture[clipped < top])


def test_wrapped_values_begin_anew():
    ramp = np.arange(1, 101, dtype=np.float32).reshape(10, 10)
    seen = set()
    for seed in range(8):
        wrapped = artefacts.wrap_at(ramp, 90, np.random.default_rng(seed))
        limit = 91  # 90.1 rounded up
        assert np.array_equal(wrapped[ramp < limit], ramp[ramp < limit])
        seen.add(float(wrapped[ramp == 100][0]))
    assert seen == {100 - 91, 100 - 2 * 91}


def test_blur_keeps_a_flat_brain_flat_up_to_its_edge():
    flat = np.zeros((40, 40), np.float32)
    flat[10:30, 10:30] = 500
    assert np.array_equal(artefacts.blur(flat, 2.0), flat)


def test_a_block_lies_in_the_brain(picture):
    brain = picture != 0
    for seed in range(5):
        rows, columns = artefacts.find_block(brain, 12, np.random.default_rng(seed))
        assert rows.stop - rows.start == columns.stop - columns.start == 12
        assert brain[rows, columns].mean() >= 0.8


def test_a_block_larger_than_the_picture_is_the_picture():
    rows, columns = artefacts.find_block(np.ones((8, 8), bool), 24, np.random.default_rng(0))
    assert np.ones((8, 8))[rows, columns].sum() == 64
