from dataclasses import replace

import numpy as np
import pytest

from resunet.phantom import contrasts
from resunet.phantom.anatomy import Tissue
from resunet.phantom.contrasts import (
    TISSUES,
    Scanner,
    _acquire,
    _slices,
    draw_scanner,
    render,
)
from resunet.phantom.tumour import Tumour

T1, T1CE, T2, FLAIR = range(4)

# What the picture of a whole patient shows, white matter being 1


@pytest.fixture(scope="module")
def shown(large):
    """Median intensity of nearly pure tissue, tissue → (t1, t1ce, t2, flair)."""
    tissue, labels = large.tissue, large.tumour.labels
    healthy = (labels == 0) & (tissue.vessel < 0.05)
    where = {
        "white": healthy & (tissue.white > 0.9) & (tissue.beside_ventricle < 0.05),
        "grey": healthy & (tissue.grey > 0.9),
        "fluid": healthy & (tissue.fluid > 0.9),
        "core": labels == 1,
        "oedema": labels == 2,
        "rim": labels == 4,
    }
    medians = {name: np.median(large.images[part], axis=0) for name, part in where.items()}
    return {name: median / medians["white"] for name, median in medians.items()}


def test_t1_shows_white_over_grey_over_fluid(shown):
    for contrast in (T1, T1CE):
        levels = [shown[name][contrast] for name in ("white", "grey", "fluid")]
        assert levels[0] > levels[1] + 0.1 > levels[2] + 0.3


def test_fluid_is_bright_on_t2_and_dark_on_flair(shown):
    assert shown["fluid"][T2] == max(levels[T2] for levels in shown.values())
    assert shown["fluid"][T2] > 2
    assert shown["fluid"][FLAIR] == min(levels[FLAIR] for levels in shown.values())


def test_the_tumour_is_bright_on_flair_and_t2(shown):
    for name in ("oedema", "core", "rim"):
        for contrast in (T2, FLAIR):
            assert shown[name][contrast] > 1.15, (name, contrast)
            assert shown[name][contrast] > shown["grey"][contrast], (name, contrast)


def test_the_rim_lights_up_with_contrast_agent_and_nothing_else_does(shown):
    assert shown["rim"][T1CE] == max(levels[T1CE] for levels in shown.values())
    assert shown["rim"][T1CE] > shown["white"][T1CE] + 0.15
    assert shown["rim"][T1] < shown["white"][T1]
    for name in ("core", "oedema", "grey"):
        assert abs(shown[name][T1CE] - shown[name][T1]) < 0.25


def test_a_file_holds_whole_numbers_with_0_outside_the_brain(large):
    brain = large.tissue.brain
    assert large.images.dtype == np.float32
    assert large.images.shape == (*brain.shape, 4)
    assert not large.images[~brain].any()
    assert large.images[brain].min() >= 1
    assert large.images.max() <= 32767
    np.testing.assert_array_equal(large.images, np.round(large.images))


# Exact, in a toy brain: no noise, no shading, isotropic

SHAPE = (6, 8, 10)
SIGNAL = np.array(
    [
        [1.0, 1.0, 1.0, 1.0],  # white
        [0.8, 0.7, 1.4, 1.2],  # grey
        [0.4, 0.5, 3.0, 0.5],  # fluid
        [0.7, 0.9, 2.5, 2.0],  # oedema
        [0.6, 0.6, 2.8, 1.7],  # core
        [0.9, 1.6, 2.2, 1.9],  # rim
        [0.3, 2.0, 1.1, 0.9],  # vessel
    ]
)
GAIN = np.array([1000.0, 2000.0, 500.0, 100.0])


@pytest.fixture
def toy(monkeypatch):
    """Makes a picture of a brain that is the same everywhere, from shares; its first voxel."""
    monkeypatch.setattr(contrasts, "SHAPE", SHAPE)
    ideal = Scanner(
        signal=SIGNAL,
        shade=np.zeros(4),
        gain=GAIN,
        noise=np.zeros(4),
        bias=np.zeros(4),
        thickness_mm=np.ones(4, int),
        plane=np.zeros(4, int),
        caps=np.zeros(4),
        texture=0.0,
    )

    def make(changes=None, **shares):
        def full(name):
            return np.full(SHAPE, shares.get(name, 0), np.float32)

        healthy = ("grey", "white", "fluid", "vessel", "shade", "ventricle")
        tissue = Tissue(
            np.ones(SHAPE, bool), *(full(name) for name in (*healthy, "beside", "midline"))
        )
        tumour = Tumour(*(full(name) for name in ("core", "rim", "oedema")), np.zeros(SHAPE, "u1"))
        scanner = replace(ideal, **(changes or {}))
        images = render(tissue, tumour, scanner, np.random.default_rng(0))
        assert (images == images[0, 0, 0]).all()
        return images[0, 0, 0] / GAIN

    return make


def signal(name):
    return SIGNAL[TISSUES.index(name)]


@pytest.mark.parametrize("name", ["white", "grey", "fluid"])
def test_pure_tissue_has_its_signal(toy, name):
    np.testing.assert_allclose(toy(**{name: 1}), signal(name), atol=1e-6)


@pytest.mark.parametrize("name", ["oedema", "core", "rim"])
def test_tumour_replaces_the_tissue_it_lies_in(toy, name):
    np.testing.assert_allclose(toy(white=1, **{name: 1}), signal(name), atol=1e-6)
    # a quarter of it leaves three quarters of the tissue
    expected = 0.25 * signal(name) + 0.75 * (0.6 * signal("grey") + 0.4 * signal("fluid"))
    found = toy(grey=0.6, fluid=0.4, **{name: 0.25})
    np.testing.assert_allclose(found, expected, atol=0.5 / GAIN.min() + 1e-6)  # whole numbers


def test_vessels_cover_tissue_but_not_the_core(toy):
    np.testing.assert_allclose(toy(fluid=1, vessel=1), signal("vessel"), atol=1e-6)
    np.testing.assert_allclose(toy(white=1, vessel=1, rim=1), signal("rim"), atol=1e-6)
    expected = 0.5 * signal("vessel") + 0.5 * signal("white")
    np.testing.assert_allclose(toy(white=1, vessel=0.5), expected, atol=0.006)


def test_shading_shows_in_healthy_tissue_and_caps_in_white_matter(toy):
    shade = {"shade": np.array([1.0, 0.5, -0.6, 0.0])}
    expected = signal("grey") + 0.1 * shade["shade"]
    np.testing.assert_allclose(toy(shade, grey=1, shade=0.1), expected, atol=1e-5)
    np.testing.assert_allclose(toy(shade, grey=1, shade=0.1, core=1), signal("core"), atol=1e-6)
    caps = {"caps": np.array([-0.1, 0.0, 0.2, 0.4])}
    expected = signal("white") + 0.5 * caps["caps"]
    np.testing.assert_allclose(toy(caps, white=1, beside=0.5), expected, atol=1e-5)
    np.testing.assert_allclose(toy(caps, fluid=1, beside=0.5), signal("fluid"), atol=1e-6)


# Noise and slices


def acquire(monkeypatch, level, sigma, *, gain=1e4, bias=0.0):
    shape = (24, 40, 40)
    monkeypatch.setattr(contrasts, "SHAPE", shape)
    scanner = Scanner(
        signal=SIGNAL,
        shade=np.zeros(4),
        gain=np.full(4, gain),
        noise=np.full(4, sigma),
        bias=np.full(4, bias),
        thickness_mm=np.ones(4, int),
        plane=np.zeros(4, int),
        caps=np.zeros(4),
        texture=1.0,
    )
    picture = np.full(shape, level, np.float32)
    rng = np.random.default_rng(1)
    return _acquire(picture, scanner, 0, np.ones(shape, bool), rng) / gain


def test_noise_is_rician(monkeypatch):
    # without signal Rayleigh's: mean σ √(π/2), standard deviation σ √(2 − π/2)
    dark = acquire(monkeypatch, 0.0, 0.1)
    assert dark.mean() == pytest.approx(0.1 * np.sqrt(np.pi / 2), rel=0.02)
    assert dark.std() == pytest.approx(0.1 * np.sqrt(2 - np.pi / 2), rel=0.02)
    # far above the noise nearly normal, with mean A + σ² / 2A
    bright = acquire(monkeypatch, 1.0, 0.1)
    assert bright.mean() == pytest.approx(1 + 0.005, abs=0.002)
    assert bright.std() == pytest.approx(0.1, rel=0.03)


def test_a_coil_is_brighter_here_than_there(monkeypatch):
    field = acquire(monkeypatch, 1.0, 0.0, bias=0.3)
    assert field.std() > 0.02
    assert np.abs(np.diff(field, axis=2)).max() < 0.05  # but smoothly


def test_nothing_in_the_brain_is_0_and_nothing_beyond_16_bits(monkeypatch):
    assert acquire(monkeypatch, 0.0, 0.0, gain=100.0).min() * 100 == 1
    assert acquire(monkeypatch, 50.0, 0.0, gain=1e4).max() * 1e4 == pytest.approx(32767)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("thickness", [2, 3, 4, 5])
def test_thick_slices_keep_a_constant_and_the_mean(axis, thickness):
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(
        _slices(np.full((20, 21, 22), 7, np.float32), axis, thickness), 7, rtol=1e-6
    )
    volume = rng.random((60, 61, 62)).astype(np.float32)
    thick = _slices(volume, axis, thickness)
    assert thick.shape == volume.shape
    assert thick.mean() == pytest.approx(volume.mean(), abs=0.01)
    # as smooth as the mean of that many voxels along their axis; not along the others
    assert thick.std() < 1.05 * volume.std() / np.sqrt(thickness)
    other = (axis + 1) % 3
    between = np.diff(thick, axis=other).std() / thick.std()
    assert between == pytest.approx(np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("thickness", [2, 3, 4, 5])
def test_thick_slices_keep_a_ramp_where_it_is(thickness):
    ramp = np.broadcast_to(np.arange(41, dtype=np.float32), (3, 3, 41))
    inner = slice(thickness, -2 * thickness)
    thick = _slices(ramp, 2, thickness)
    np.testing.assert_allclose(thick[..., inner], ramp[..., inner], atol=1e-4)


def test_a_thick_slice_is_the_mean_of_its_voxels():
    line = np.array([0, 0, 0, 0, 9, 0, 0, 0, 0, 0], np.float32).reshape(1, 1, 10)
    # slices of 3 with their middles at 1, 4, 7, 10 hold 0, (0 + 9 + 0)/3, 0, 0; between them a
    # straight line
    np.testing.assert_allclose(_slices(line, 2, 3).ravel(), [0, 0, 1, 2, 3, 2, 1, 0, 0, 0])


def test_slices_of_one_voxel_are_left_alone():
    volume = np.random.default_rng(0).random((5, 6, 7)).astype(np.float32)
    np.testing.assert_array_equal(_slices(volume, 1, 1), volume)


def test_only_thick_acquisitions_are_smoothed(large):
    # of the scanner of this patient, FLAIR alone is thick: 5 mm, axial
    np.testing.assert_array_equal(large.scanner.thickness_mm, [1, 1, 1, 5])
    assert large.scanner.plane[FLAIR] == 0
    white = (large.tissue.white > 0.95) & (large.tumour.labels == 0)
    both = white[1:] & white[:-1]
    steps = [np.diff(large.images[..., c], axis=0)[both].std() for c in (T1, FLAIR)]
    across = white[:, 1:] & white[:, :-1]
    rows = [np.diff(large.images[..., c], axis=1)[across].std() for c in (T1, FLAIR)]
    assert steps[0] / rows[0] == pytest.approx(1, abs=0.1)
    assert steps[1] / rows[1] < 0.6


# Scanners


@pytest.fixture(scope="module")
def scanners():
    return {
        kind: [draw_scanner(np.random.default_rng(seed), kind) for seed in range(300)]
        for kind in ("scanner", "random")
    }


def test_scanners_vary_about_what_is_usual(scanners):
    signals = np.stack([scanner.signal for scanner in scanners["scanner"]])
    np.testing.assert_array_equal(signals[:, 0], 1)  # relative to white matter
    # fluid on FLAIR and T2, the rim on T1CE, oedema on FLAIR
    for tissue, contrast, expected in (
        ("fluid", FLAIR, 0.42),
        ("fluid", T2, 3.2),
        ("rim", T1CE, 1.42),
        ("oedema", FLAIR, 2.05),
        ("grey", T1, 0.77),
    ):
        found = np.median(signals[:, TISSUES.index(tissue), contrast])
        assert found == pytest.approx(expected, rel=0.06), tissue
    # in no scanner is anything so odd that T1 shows fluid over white matter
    assert signals[:, TISSUES.index("fluid"), T1].max() < 1
    assert signals[:, TISSUES.index("fluid"), T2].min() > 1


def test_random_intensities_differ_far_beyond_scanners(scanners):
    spread = {
        kind: np.log(np.stack([s.signal for s in drawn])).std(0) for kind, drawn in scanners.items()
    }
    # uniform in the logarithm from ¼ to 3½: (ln 3.5 − ln 0.25) / √12
    usual = np.log(3.5 / 0.25) / np.sqrt(12)
    healthy = [TISSUES.index(name) for name in ("white", "grey", "fluid", "vessel")]
    np.testing.assert_allclose(spread["random"][healthy], usual, rtol=0.12)
    assert spread["scanner"].max() < 0.5
    assert (spread["random"] > 1.5 * spread["scanner"]).all()
    # any order of tissues: T1 shows fluid over white matter half of the time
    fluid_over_white = [s.signal[2, T1] > s.signal[0, T1] for s in scanners["random"]]
    assert 0.4 < np.mean(fluid_over_white) < 0.6


def test_a_random_tumour_stands_out_on_t2_and_flair(scanners):
    for scanner in scanners["random"]:
        healthy = scanner.signal[:2].mean(0)
        ratio = np.log(scanner.signal[3:6] / healthy)[:, [T2, FLAIR]]
        assert (np.abs(ratio) >= 0.35).all()
        assert (np.abs(ratio) <= 1.0).all()
        assert (np.abs(ratio.sum(0)) == np.abs(ratio).sum(0)).all()  # all brighter, or all darker


@pytest.mark.parametrize("kind", ["scanner", "random"])
def test_examinations_are_of_every_kind(scanners, kind):
    drawn = scanners[kind]
    thickness = np.stack([s.thickness_mm for s in drawn])
    assert set(np.unique(thickness)) == {1, 2, 3, 4, 5}
    thick = (thickness > 1).mean(0)
    assert np.abs(thick - (0.15, 0.25, 0.6, 0.7)).max() < 0.1
    planes = np.stack([s.plane for s in drawn])
    assert set(np.unique(planes)) == {0, 1, 2}
    assert (planes == 0).mean() == pytest.approx(0.8, abs=0.05)
    for name in ("gain", "noise", "bias"):
        values = np.stack([getattr(s, name) for s in drawn])
        assert values.shape == (300, 4)
        assert (values > 0).all()
    assert np.stack([s.noise for s in drawn]).max() <= 0.13


def test_the_same_generator_gives_the_same_scanner():
    for kind in ("scanner", "random"):
        one, same = (draw_scanner(np.random.default_rng(3), kind) for _ in range(2))
        np.testing.assert_array_equal(one.signal, same.signal)
        np.testing.assert_array_equal(one.gain, same.gain)
