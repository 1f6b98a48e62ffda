"""Breaks a clean slice in one of the ways of `kinds`, as weakly or strongly as asked.

What weak, middle and strong mean stands in `LEVELS`; it was set by what a reader would just find,
find, or not overlook in a picture, not by what the detector can do (docs/broken-slices.md).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.corruption import artefacts, mixups
from resunet.cohort.corruption.kinds import KINDS, MASK_KINDS
from resunet.errors import InputError

T1, T1CE, T2, FLAIR = range(4)

LEVELS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "noise": (0.05, 0.10, 0.20),  # σ over the brain's mean
        "ghosts": (0.15, 0.3, 0.6),  # depth of the modulation: ghosts of half of it
        "spike": (0.05, 0.10, 0.25),  # amplitude over the brain's mean
        "bias_field": (0.2, 0.4, 0.6),  # ± round 1
        "clipping": (99.0, 95.0, 85.0),  # percentile
        "wrapped_integers": (99.5, 98.0, 90.0),  # percentile
        "blur": (1.0, 2.0, 3.5),  # σ, pixels
        "zeroed_block": (12, 24, 48),  # side, pixels
        "rotated_contrast": (5.0, 15.0, 90.0),  # degrees
        "rotated_mask": (7.0, 15.0, 90.0),  # degrees
        "shifted_mask": (6.0, 12.0, 24.0),  # pixels
        "mask_outside_brain": (0.1, 0.3, 1.0),  # share of the mask
        "empty_mask": (300, 800, 2000),  # pixels of lesion that the mask misses, at least
        "other_slice": (4, 8, 16),  # slices away
    }
)
"""Weak, middle and strong, where a number tells it; the others stand in `corrupt`."""

MINIMUM_TUMOUR_PX = 150
"""Smaller masks are not broken on purpose: a reader would not find it either."""


class Corrupted(NamedTuple):
    """A broken slice.

    Attributes:
        images: float32 (H, W, 4).
        mask: bool (H, W), or None.
        contrasts: The contrasts concerned, as indices; empty where the mask is broken.
    """

    images: NDArray[np.float32]
    mask: NDArray[np.bool_] | None
    contrasts: tuple[int, ...]


def level(kind: str, strength: float) -> float:
    """What a strength means for a kind, between the `LEVELS` in equal ratios.

    Args:
        kind: A key of `LEVELS`.
        strength: 1 weak, 2 middle, 3 strong, and between.
    """
    return float(np.exp(np.interp(strength, (1, 2, 3), np.log(LEVELS[kind]))))


def corrupt(
    images: NDArray[np.float32],
    mask: NDArray[np.bool_] | None,
    kind: str,
    strength: float,
    rng: np.random.Generator,
    *,
    neighbour: NDArray[np.float32] | None = None,
    stranger: NDArray[np.float32] | None = None,
) -> Corrupted:
    """Breaks a slice.

    Flips have no size: weak is left to right about the brain's own middle, middle the same about
    the array's, strong upside down. Swaps: weak T1 and T1CE, middle any two, strong one of these
    with T2 or FLAIR. The same contrast twice: weak with the other's median and 3 % noise, middle
    with the other's median, strong as it is. From another patient: weak stretched onto this
    brain's box, with its median and its outline; middle and strong as it is.

    Args:
        images: float32 (H, W, 4), raw intensities, 0 outside the brain.
        mask: bool (H, W), or None for a slice without one.
        kind: A key of `KINDS`, but unreadable.
        strength: 1 weak, 2 middle, 3 strong, and between.
        rng: Draws the contrast and all else that is left open.
        neighbour: Another slice of the patient, `level` slices away, for ``other_slice``.
        stranger: A slice of another patient, for ``other_patient``.

    Returns:
        The broken slice; the arguments are not changed.

    Raises:
        InputError: The kind is unknown, or what it needs is not given.
    """
    if kind not in KINDS or kind == "unreadable":
        raise InputError(f"kind is {kind}, where one of {', '.join(list(KINDS)[1:])} is accepted.")
    if kind in MASK_KINDS:
        if mask is None or not mask.any():
            raise InputError(f"{kind} was asked for without a mask, where one with tumour is.")
        return Corrupted(images.copy(), _break_mask(images, mask, kind, strength, rng), ())
    broken = images.copy()
    kept = None if mask is None else mask.copy()
    if kind in ("swapped_contrasts", "same_contrast_twice"):
        return Corrupted(broken, kept, _mix_up(broken, kind, strength, rng))
    contrast = int(rng.integers(4))
    picture = images[..., contrast]
    if kind == "zeroed_block":
        at = artefacts.find_block(picture != 0, round(level(kind, strength)), rng)
        broken[at] = np.where(np.arange(4) == contrast, 0, broken[at])
    elif kind == "other_slice":
        broken[..., contrast] = _given(neighbour, "neighbour")[..., contrast]
    elif kind == "other_patient":
        other = _given(stranger, "stranger")[..., contrast]
        weak = strength < 1.5
        broken[..., contrast] = mixups.fit_onto(other, picture, centred=True) if weak else other
    else:
        broken[..., contrast] = _break_contrast(picture, kind, strength, rng)
    return Corrupted(broken, kept, (contrast,))


def _given(images: NDArray[np.float32] | None, name: str) -> NDArray[np.float32]:
    if images is None:
        raise InputError(f"{name} is None, where a slice (rows, columns, 4) is accepted.")
    return images


def _mix_up(
    broken: NDArray[np.float32], kind: str, strength: float, rng: np.random.Generator
) -> tuple[int, int]:
    """Swaps two contrasts, or copies one over another, in place."""
    first, second = (int(c) for c in rng.permutation(4)[:2])
    if kind == "swapped_contrasts":
        if strength < 1.5:
            first, second = T1, T1CE
        elif strength > 2.5:
            first, second = int(rng.integers(2)), int(rng.integers(2, 4))
        broken[..., [first, second]] = broken[..., [second, first]]
        return min(first, second), max(first, second)
    copied = broken[..., first].copy()
    if strength <= 2.5:
        copied = mixups.fit_onto(copied, broken[..., second], centred=False)
    if strength < 1.5:
        copied = artefacts.add_noise(copied, 0.03, rng)
    broken[..., second] = copied
    return min(first, second), max(first, second)


def _break_contrast(
    picture: NDArray[np.float32], kind: str, strength: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """One contrast, broken by itself."""
    if kind == "missing_contrast":
        return np.zeros_like(picture)
    if kind == "constant_contrast":
        return np.where(picture != 0, np.float32(100), np.float32(0))
    if kind == "flipped_contrast":
        return _flip(picture, picture != 0, strength)
    if kind == "rotated_contrast":
        return mixups.turn(picture, _angle(kind, strength, rng))
    at = level(kind, strength)
    if kind == "clipping":
        return artefacts.clip_at(picture, at)
    if kind == "blur":
        return artefacts.blur(picture, at)
    degrade = {
        "noise": artefacts.add_noise,
        "ghosts": artefacts.add_ghosts,
        "spike": artefacts.add_spike,
        "bias_field": artefacts.add_bias,
        "wrapped_integers": artefacts.wrap_at,
    }[kind]
    return degrade(picture, at, rng)


def _break_mask(
    images: NDArray[np.float32],
    mask: NDArray[np.bool_],
    kind: str,
    strength: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """The mask, broken; the pictures stay as they are."""
    brain = (images != 0).any(axis=-1)
    if kind == "flipped_mask":
        return _flip(mask, brain, strength)
    if kind == "rotated_mask":
        return mixups.turn(mask, _angle(kind, strength, rng))
    if kind == "empty_mask":
        return np.zeros_like(mask)
    if kind == "mask_outside_brain":
        return mixups.push_out(mask, brain, min(level(kind, strength), 0.99), rng)
    angle = rng.uniform(0, 2 * np.pi)
    distance = level(kind, strength)
    return mixups.move(mask, (round(distance * np.sin(angle)), round(distance * np.cos(angle))))


def _flip(array: NDArray, brain: NDArray[np.bool_], strength: float) -> NDArray:
    """Mirrored about the brain's own middle, about the array's, or upside down."""
    if strength > 2.5:
        return mixups.mirror(array, 0)
    if strength >= 1.5 or not brain.any():
        return mixups.mirror(array, 1)
    columns = np.flatnonzero(brain.any(axis=0))
    return mixups.mirror(array, 1, centre=(columns[0] + columns[-1]) / 2)


def _angle(kind: str, strength: float, rng: np.random.Generator) -> float:
    """Degrees to either side; strong ones are whole quarter turns, as of a wrong orientation."""
    if strength > 2.5:
        return 90.0 * int(rng.integers(1, 4))
    return float(rng.choice((-1, 1))) * level(kind, strength)
