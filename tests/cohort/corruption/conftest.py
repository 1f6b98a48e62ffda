"""Drawn heads with folds: no two sides alike, four contrasts of one anatomy, a lesion."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

_WHITE = np.array([400.0, 420.0, 180.0, 260.0])
_GREY = np.array([300.0, 310.0, 300.0, 320.0])
_FLUID = np.array([120.0, 130.0, 700.0, 110.0])
_LESION = np.array([250.0, 300.0, 560.0, 620.0])


def draw_head(seed=0, size=128, lesion=True, level=0.0):
    """Images float32 (size, size, 4), whole numbers, and mask bool (size, size).

    Args:
        seed: Another seed is another patient.
        size: Rows and columns.
        lesion: Whether there is one.
        level: The slice's height; near-by levels look alike.
    """
    rng = np.random.default_rng(seed)
    maps = [gaussian_filter(rng.normal(size=(size, size)), size / 32) for _ in range(3)]
    mixed = maps[0] + level * maps[1]
    mixed = mixed / mixed.std()
    y, x = np.mgrid[:size, :size] / size - 0.5
    brain = (y / 0.42) ** 2 + (x / 0.34) ** 2 < 1
    brain &= ~((y < -0.2) & (x < -0.12))
    tissue = np.where(mixed[..., None] > 0, _WHITE, _GREY)
    tissue = np.where(mixed[..., None] > 1.3, _FLUID, tissue)
    centre = (0.08, 0.13 * rng.choice((-1, 1)))
    mask = np.hypot(y - centre[0], x - centre[1]) < 0.11
    mask &= brain & lesion
    tissue = np.where(mask[..., None], _LESION, tissue)
    noise = np.random.default_rng([seed, int(1000 * level)]).normal(0, 8, tissue.shape)
    smooth = gaussian_filter(tissue, (0.7, 0.7, 0))
    images = np.where(brain[..., None], np.maximum(np.rint(smooth + noise), 1), 0)
    return images.astype(np.float32), mask


@pytest.fixture(scope="session")
def head():
    """One slice: images and mask. Not to be changed."""
    return draw_head()


@pytest.fixture(scope="session")
def heads():
    """Makes slices: `draw_head`."""
    return draw_head
