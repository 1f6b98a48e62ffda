"""What a scanner shows of a brain: T1, T1 with contrast agent, T2 and FLAIR.

The intensities are relative to healthy white matter. Their usual values and spread are those
measured on 30 patients of BraTS 2018 from several scanners (medians and 10th to 90th
percentiles of patients).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.phantom.anatomy import SHAPE, Tissue
from resunet.phantom.fields import Volume, smooth_noise
from resunet.phantom.tumour import Tumour
from resunet.study import CONTRASTS

TISSUES = ("white", "grey", "fluid", "oedema", "core", "rim", "vessel")


@dataclass(frozen=True)
class Scanner:
    """How one examination looks.

    Attributes:
        signal: float (7, 4): signal of each of `TISSUES` (a row) in t1, t1ce, t2, flair.
        shade: How the average brain's T1 shading shows in each contrast, (4,).
        gain: Intensity of white matter in each contrast's file, (4,).
        noise: Standard deviation of the noise, relative to white matter, (4,).
        bias: Standard deviation of the logarithm of the receive field, (4,).
        thickness_mm: Slice thickness of the acquisition, (4,), 1 for an isotropic one.
        plane: Axis that was thick, (4,): 0 axial, 1 coronal, 2 sagittal.
        caps: How much brighter white matter is beside the ventricles, (4,).
        texture: How uneven tumour tissue is, 0 for not at all.
    """

    signal: NDArray[np.float64]
    shade: NDArray[np.float64]
    gain: NDArray[np.float64]
    noise: NDArray[np.float64]
    bias: NDArray[np.float64]
    thickness_mm: NDArray[np.int64]
    plane: NDArray[np.int64]
    caps: NDArray[np.float64]
    texture: float


# median over patients, and how patients vary (logarithm, about half the 10–90 % range / 1.28)
_USUAL = np.array(
    [
        [1.00, 1.00, 1.00, 1.00],  # white
        [0.77, 0.82, 1.35, 1.19],  # grey
        [0.36, 0.45, 3.20, 0.42],  # fluid
        [0.78, 0.79, 2.45, 2.05],  # oedema, where it is full
        [0.64, 0.70, 2.90, 1.80],  # core
        [0.75, 1.42, 2.25, 1.80],  # rim
        [0.75, 1.90, 1.10, 0.95],  # vessel
    ]
)
_SPREAD = np.array(
    [
        [0.00, 0.00, 0.00, 0.00],
        [0.05, 0.05, 0.06, 0.05],
        [0.18, 0.18, 0.20, 0.35],
        [0.07, 0.10, 0.14, 0.14],
        [0.13, 0.13, 0.16, 0.26],
        [0.13, 0.14, 0.15, 0.14],
        [0.15, 0.22, 0.15, 0.15],
    ]
)
# standard deviation within a tumour, relative to white matter, over that of `uneven` below
_UNEVEN = (0.3, 0.6, 1.7, 1.2)


def draw_scanner(rng: np.random.Generator, intensities: str) -> Scanner:
    """How one examination looks.

    Args:
        rng: Where it comes from.
        intensities: ``"scanner"``: as real scanners differ; ``"random"``: far beyond, each
            tissue of each contrast at nearly any level, for training data that teach shape.
    """
    # a scanner that shows more contrast does so for all tissues
    strength = np.exp(rng.normal(0, 0.12, 4))
    signal = _USUAL**strength * np.exp(_SPREAD * rng.normal(0, 1, _SPREAD.shape))
    if intensities == "random":
        signal = np.exp(rng.uniform(np.log(0.25), np.log(3.5), _USUAL.shape))
        # a tumour that looks like what is round it could not be learnt
        signal[3:6] = _apart(rng, signal[:2].mean(0), signal[3:6])
    thick = rng.random(4) < (0.15, 0.25, 0.6, 0.7)
    return Scanner(
        signal=signal,
        shade=np.array([1.0, 0.8, -0.6, -0.3]) * rng.uniform(0.7, 1.2),
        gain=np.exp(rng.normal(np.log((450, 470, 300, 200)), (0.45, 0.45, 0.6, 0.5))),
        noise=rng.uniform((0.015, 0.03, 0.03, 0.05), (0.05, 0.09, 0.08, 0.13)),
        bias=rng.uniform(0.02, 0.08, 4),
        thickness_mm=np.where(thick, rng.integers(2, 6, 4), 1),
        plane=np.where(rng.random(4) < 0.8, 0, rng.integers(1, 3, 4)),
        caps=np.array([-0.05, -0.05, 0.25, 0.45]) * rng.uniform(0, 1.2),
        texture=float(rng.uniform(0.6, 1.4)),
    )


def render(
    tissue: Tissue, tumour: Tumour, scanner: Scanner, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The four contrasts of a patient.

    Returns:
        float32 (S, H, W, 4), 0 outside the brain, above 0 inside, whole numbers.
    """
    healthy = 1 - np.minimum(tumour.core + tumour.rim + tumour.oedema, 1)
    shares = {
        "white": tissue.white * healthy,
        "grey": tissue.grey * healthy,
        "fluid": tissue.fluid * healthy,
        "oedema": tumour.oedema,
        "core": tumour.core,
        "rim": tumour.rim,
    }
    coarse, fine = smooth_noise(rng, SHAPE, 4.5), smooth_noise(rng, SHAPE, 1.6)
    solid = tumour.core + np.float32(0.6) * tumour.rim
    uneven = np.float32(scanner.texture) * (
        (np.float32(0.27) * coarse + np.float32(0.1) * fine) * solid
        + np.float32(0.18) * coarse * tumour.oedema
    )
    out = np.zeros((*SHAPE, len(CONTRASTS)), np.float32)
    for c in range(len(CONTRASTS)):
        level = dict(zip(TISSUES, scanner.signal[:, c].astype(np.float32), strict=True))
        picture = sum((shares[name] * level[name] for name in shares), np.float32(0))
        picture += tissue.shade * np.float32(scanner.shade[c]) * healthy
        blood = tissue.vessel * (1 - tumour.core - tumour.rim)
        picture += blood * (level["vessel"] - picture)
        picture += uneven * np.float32(_UNEVEN[c])
        picture += np.float32(scanner.caps[c]) * tissue.beside_ventricle * shares["white"]
        out[..., c] = _acquire(np.maximum(picture, 0.02), scanner, c, tissue.brain, rng)
    return out


def _acquire(
    picture: Volume, scanner: Scanner, c: int, brain: NDArray[np.bool_], rng: np.random.Generator
) -> Volume:
    """Coil, slices, noise and file of one contrast."""
    bias = np.exp(np.float32(scanner.bias[c]) * smooth_noise(rng, SHAPE, 55.0))
    sigma = np.float32(scanner.noise[c])
    # Rician: the magnitude of a signal with noise in both channels
    real = picture * bias + sigma * rng.standard_normal(SHAPE, np.float32)
    magnitude = np.sqrt(np.square(real) + np.square(sigma * rng.standard_normal(SHAPE, np.float32)))
    if scanner.thickness_mm[c] > 1:
        magnitude = _slices(magnitude, int(scanner.plane[c]), int(scanner.thickness_mm[c]))
    values = np.round(magnitude * np.float32(scanner.gain[c]))
    return np.where(brain, np.clip(values, 1, 32767), 0).astype(np.float32)


def _slices(volume: Volume, axis: int, thickness: int) -> Volume:
    """Thick slices, each the mean of its voxels, put back onto 1 mm by linear interpolation."""
    n = volume.shape[axis]
    count = -(-n // thickness)
    beyond = [(0, count * thickness - n if i == axis else 0) for i in range(volume.ndim)]
    shape = list(volume.shape)
    shape[axis : axis + 1] = [count, thickness]
    thick = np.pad(volume, beyond, mode="edge").reshape(shape).mean(axis + 1)
    # the first slice's middle lies (thickness − 1)/2 voxels in
    place = np.clip((np.arange(n) - (thickness - 1) / 2) / thickness, 0, count - 1)
    below = place.astype(int)
    t = (place - below).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(3)])
    above = np.minimum(below + 1, count - 1)
    return (1 - t) * np.take(thick, below, axis) + t * np.take(thick, above, axis)


def _apart(
    rng: np.random.Generator, healthy: NDArray[np.float64], signal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Tumour signals at least a third off the healthy brain's, in T2 and FLAIR."""
    out = signal.copy()
    for c in (2, 3):
        factor = np.exp(rng.choice((-1, 1)) * rng.uniform(0.35, 1.0, len(signal)))
        out[:, c] = healthy[c] * factor
    return out
