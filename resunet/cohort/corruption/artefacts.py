"""What scanners and converters do to a contrast, simulated inside the brain.

Every function takes one contrast, float32 (H, W) raw intensities that are 0 outside the brain,
and gives a new one whose background is still 0: a data provider strips the skull after the
scanner has done its worst, so that nothing outside the brain gives the artefact away.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Picture = NDArray[np.float32]


def add_noise(picture: Picture, share: float, rng: np.random.Generator) -> Picture:
    """Rician noise, as of a magnitude image (Gudbjartsson & Patz, Magn Reson Med 34, 1995).

    Args:
        picture: float32 (H, W).
        share: Standard deviation in the real and imaginary part, over the brain's mean.
        rng: Source of the noise.

    Returns:
        float32 (H, W), whole numbers.
    """
    brain = picture != 0
    scale = share * _mean(picture, brain)
    real = picture + rng.normal(0.0, 1.0, picture.shape) * scale
    imaginary = rng.normal(0.0, 1.0, picture.shape) * scale
    return _whole(np.hypot(real, imaginary), brain)


def add_ghosts(picture: Picture, share: float, rng: np.random.Generator) -> Picture:
    """Ghosts of periodic motion: copies of the head, moved along the phase direction.

    A periodic motion modulates the lines of k-space, which adds a copy of the head to either side
    (Wood & Henkelman, Med Phys 12, 1985; TorchIO's RandomGhosting).

    Args:
        picture: float32 (H, W).
        share: Depth of the modulation; each ghost has half of it.
        rng: Draws direction, phase and distance: 1/3 to 1/8 of the picture, as farther ghosts lie
            outside the brain and go with the background.

    Returns:
        float32 (H, W), whole numbers.
    """
    brain = picture != 0
    axis = int(rng.integers(2))
    length = picture.shape[axis]
    lines = np.fft.fftfreq(length) * length
    distance = length / rng.uniform(3, 8)
    # in quadrature with the head a ghost cannot be seen on it: a reader would call that clean
    phase = np.pi * rng.integers(2) + rng.uniform(-np.pi / 4, np.pi / 4)
    wave = np.cos(2 * np.pi * lines * distance / length + phase)
    factors = 1 + share * wave
    spectrum = np.fft.fft2(picture) * (factors[:, None] if axis == 0 else factors[None])
    return _whole(np.abs(np.fft.ifft2(spectrum)), brain)


def add_spike(picture: Picture, share: float, rng: np.random.Generator) -> Picture:
    """One wrong point in k-space: stripes over the whole picture (herringbone).

    A spike is a sinusoid in the image (Heiland, AJNR 29, 2008; TorchIO's RandomSpike).

    Args:
        picture: float32 (H, W).
        share: The stripes' amplitude, over the brain's mean.
        rng: Draws place and phase of the point.

    Returns:
        float32 (H, W), whole numbers.
    """
    brain = picture != 0
    rows, columns = picture.shape
    angle = rng.uniform(0, np.pi)
    frequency = rng.uniform(0.06, 0.45)  # cycles a pixel
    y, x = np.mgrid[:rows, :columns]
    phase = 2 * np.pi * frequency * (y * np.sin(angle) + x * np.cos(angle))
    stripes = np.cos(phase + rng.uniform(0, 2 * np.pi))
    return _whole(np.abs(picture + share * _mean(picture, brain) * stripes), brain)


def add_bias(picture: Picture, share: float, rng: np.random.Generator) -> Picture:
    """A smooth field of sensitivity, a polynomial of third order (Van Leemput, IEEE TMI 18, 1999).

    Args:
        picture: float32 (H, W).
        share: The field runs from 1 − share to 1 + share inside the brain.
        rng: Draws the coefficients.

    Returns:
        float32 (H, W), whole numbers.
    """
    brain = picture != 0
    y, x = (np.linspace(-1, 1, length) for length in picture.shape)
    powers = [(i, j) for i in range(4) for j in range(4 - i) if i + j]
    field = np.zeros(picture.shape)
    for i, j in powers:
        field += rng.normal() / (i + j) * np.outer(y**i, x**j)
    if brain.any():
        low, high = field[brain].min(), field[brain].max()
        field = 1 + share * (2 * (field - low) / max(high - low, 1e-9) - 1)
    return _whole(picture * field, brain)


def clip_at(picture: Picture, percentile: float) -> Picture:
    """All values above a percentile of the brain become that value, as in a poor export.

    Args:
        picture: float32 (H, W).
        percentile: In [0, 100].

    Returns:
        float32 (H, W), whole numbers.
    """
    brain = picture != 0
    if not brain.any():
        return picture.copy()
    return _whole(np.minimum(picture, np.percentile(picture[brain], percentile)), brain)


def wrap_at(picture: Picture, percentile: float, rng: np.random.Generator) -> Picture:
    """Values too large for an integer begin anew, from 0 (unsigned) or from below (signed).

    Args:
        picture: float32 (H, W).
        percentile: Of the brain; the smallest value that does not fit.
        rng: Draws whether the integer has a sign.

    Returns:
        float32 (H, W), whole numbers.
    """
    brain = picture != 0
    if not brain.any():
        return picture.copy()
    limit = max(np.ceil(np.percentile(picture[brain], percentile)), 1.0)
    wrapped = np.where(picture < limit, picture, picture - limit * (1 + rng.integers(2)))
    return _whole(wrapped, brain)


def blur(picture: Picture, sigma_px: float) -> Picture:
    """A Gaussian blur inside the brain; the edge towards the background stays as sharp as it was.

    Args:
        picture: float32 (H, W).
        sigma_px: Standard deviation in pixels.

    Returns:
        float32 (H, W), whole numbers.
    """
    brain = picture != 0
    weight = gaussian_filter(brain.astype(np.float32), sigma_px)
    return _whole(gaussian_filter(picture, sigma_px) / np.maximum(weight, 1e-6), brain)


def find_block(
    brain: NDArray[np.bool_], side_px: int, rng: np.random.Generator
) -> tuple[slice, slice]:
    """A square that lies in the brain as far as it can.

    Args:
        brain: bool (H, W).
        side_px: The square's side.
        rng: Draws the place.

    Returns:
        Its rows and columns; four fifths of it are brain where 64 trials find such a place.
    """
    rows, columns = np.nonzero(brain)
    best = (-1.0, 0, 0)
    for _ in range(64 if rows.size else 0):
        at = int(rng.integers(rows.size))
        top = int(np.clip(rows[at] - side_px // 2, 0, max(brain.shape[0] - side_px, 0)))
        left = int(np.clip(columns[at] - side_px // 2, 0, max(brain.shape[1] - side_px, 0)))
        share = float(brain[top : top + side_px, left : left + side_px].mean())
        best = max(best, (share, top, left))
        if share >= 0.8:
            break
    _, top, left = best
    return slice(top, top + side_px), slice(left, left + side_px)


def _mean(picture: Picture, brain: NDArray[np.bool_]) -> float:
    return float(np.abs(picture[brain]).mean()) if brain.any() else 0.0


def _whole(values: NDArray, brain: NDArray[np.bool_]) -> Picture:
    """Whole numbers inside the brain, 0 outside."""
    return np.where(brain, np.rint(values), 0).astype(np.float32)
