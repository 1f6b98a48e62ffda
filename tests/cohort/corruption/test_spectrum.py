"""What frequencies tell: stripes and echoes stand out."""

import numpy as np

from resunet.cohort.corruption import artefacts, spectrum
from resunet.cohort.corruption.frame import make_frame


def traits(images):
    found = spectrum.measure(make_frame(images, None))
    return dict(zip(spectrum.NAMES, found.tolist(), strict=True))


def changed(images, degrade):
    broken = images.copy()
    broken[..., 1] = degrade(images[..., 1])
    return traits(broken)


def test_stripes_stand_out(heads):
    images, _ = heads(size=256)
    before = traits(images)
    rng = np.random.default_rng(2)
    told = changed(images, lambda p: artefacts.add_spike(p, 0.1, rng))
    assert told["stripes_t1ce"] > before["stripes_t1ce"] + 1
    assert told["stripes_t1"] == before["stripes_t1"]


def test_an_echo_stands_out():
    """Noise and its copy moved by 40 rows: the cepstrum has a point there."""
    noise = np.random.default_rng(0).normal(1000, 100, (192, 192)).astype(np.float32)
    images = np.repeat(noise[..., None], 4, axis=-1)
    before = traits(images)
    images[..., 1] = noise + 0.5 * np.roll(noise, 40, axis=0)
    told = traits(images)
    assert told["echo_rows_t1ce"] > before["echo_rows_t1ce"] + 1
    assert told["echo_columns_t1ce"] < before["echo_columns_t1ce"] + 1
    images[..., 1] = noise + 0.5 * np.roll(noise, 40, axis=1)
    assert traits(images)["echo_columns_t1ce"] > before["echo_columns_t1ce"] + 1


def test_blur_empties_the_high_bands(heads):
    images, _ = heads(size=256)
    before = traits(images)
    told = changed(images, lambda p: artefacts.blur(p, 2.0))
    assert told["band_4_t1ce"] < before["band_4_t1ce"] - 1
    assert abs(told["band_0_t1ce"] - before["band_0_t1ce"]) < 0.5
