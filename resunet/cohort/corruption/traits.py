"""What is measured of a slice by itself, and beside its neighbours in the same patient.

`describe_slice` looks at pixels and is the slow half (some 30 ms a slice); it keeps pictures of
64×64 cells. `describe_patient` compares them and gives the features a detector works on, numbers
alone, so that findings can be told again with other thresholds without opening a picture.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.corruption import context, intensities, masks, relations, spectrum
from resunet.cohort.corruption.frame import Frame, halve, make_frame

_LEAST_BRAIN = 0.01  # of the square picture: below it a slice is the end of a volume

_EXACT = ("empty_contrasts", "constant_contrasts", "filled_contrasts")
OWN: tuple[str, ...] = (
    *_EXACT,
    *intensities.NAMES,
    *spectrum.NAMES,
    *relations.NAMES,
    *masks.NAMES,
)
"""What is measured of a slice by itself."""

TRAITS: tuple[str, ...] = (
    *OWN,
    *context.NAMES,
    *(f"change_of_{name}" for name in OWN),
    *(f"apart_of_{name}" for name in OWN),
)
"""The columns of `describe_patient`: of a slice itself, beside its neighbours, its change against
the neighbour that is most like it in that trait, and how far apart it is from what is usual in
the patient. A break changes against all neighbours, anatomy against some."""

LEAST_SLICES = 8
"""What is usual in a patient is told of at least so many slices."""

MASK_COLUMNS: tuple[int, ...] = tuple(
    column for column, name in enumerate(TRAITS) if "mask" in name
)
"""The columns that are 0 for a slice without a mask."""


class SliceTraits(NamedTuple):
    """What is kept of one slice.

    Attributes:
        own: float32 (len(`OWN`),), finite.
        thumbs: float16 (4, 64, 64), intensity over the contrast's median; 0 outside.
        covers: uint8 (4, 64, 64), share of the support in 255ths.
        mask: uint8 (64, 64), share of the mask in 255ths; None for a slice without a mask.
    """

    own: NDArray[np.float32]
    thumbs: NDArray[np.float16]
    covers: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None


def describe_slice(images: NDArray[np.float32], mask: NDArray | None) -> SliceTraits:
    """Measures one slice.

    Args:
        images: float32 (H, W, 4), finite, raw intensities, 0 outside the brain; from 2×2 on.
        mask: (H, W) mask or labels, not 0 in tumour; None for a slice without a mask.

    Returns:
        The slice's traits; a slice without any brain has all 0 but its mask's.

    Raises:
        InputError: The shapes do not fit.
    """
    frame = make_frame(images, mask)
    own = np.concatenate(
        [
            _exact(frame),
            intensities.measure(frame),
            spectrum.measure(frame),
            relations.measure(frame),
            masks.measure(frame),
        ]
    )
    cells = None if frame.mask is None else np.rint(halve(frame.mask) * 255).astype(np.uint8)
    return SliceTraits(
        own=np.nan_to_num(own, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32),
        thumbs=np.clip(halve(frame.field), -30, 30).astype(np.float16),
        covers=np.rint(halve(frame.cover) * 255).astype(np.uint8),
        mask=cells,
    )


def describe_patient(slices: Sequence[SliceTraits], numbers: Sequence[int]) -> NDArray[np.float32]:
    """Sets the slices of one patient beside each other.

    Args:
        slices: In any order.
        numbers: The slices' numbers, 1 mm or one slice apart; a slice is compared with up to four
            others that are near by, with none if there is none.

    Returns:
        float32 (N, len(`TRAITS`)), finite; (0, …) for no slice.
    """
    order = np.asarray(numbers)
    rows = [np.zeros((0, len(TRAITS)), np.float32)]
    typical = find_typical([described.own for described in slices])
    for index, described in enumerate(slices):
        near = [slices[k] for k in context.nearest(order, index)]
        rows.append(describe_beside(described, near, typical)[None])
    return np.concatenate(rows)


def find_typical(own: Sequence[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    """What is usual in a patient: the median of its slices, None for fewer than `LEAST_SLICES`."""
    return np.median(own, axis=0) if len(own) >= LEAST_SLICES else None


def describe_beside(
    described: SliceTraits,
    neighbours: Sequence[SliceTraits],
    typical: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """One row of `describe_patient`.

    Args:
        described: The slice.
        neighbours: Those it is compared with.
        typical: Of `find_typical`.

    Returns:
        float32 (len(`TRAITS`),); what cannot be told is 0.
    """
    beside = context.compare(
        described.thumbs,
        described.covers,
        described.mask,
        [(other.thumbs, other.covers, other.mask) for other in neighbours],
    )
    change = np.zeros_like(described.own)
    if neighbours:
        changes = described.own - np.stack([other.own for other in neighbours])
        least = np.abs(changes).argmin(axis=0)
        change = np.take_along_axis(changes, least[None], axis=0)[0]
    apart = np.zeros_like(change) if typical is None else described.own - typical
    return np.concatenate([described.own, beside, change, apart]).astype(np.float32)


def _exact(frame: Frame) -> NDArray[np.float64]:
    """Which contrasts are 0 everywhere, constant, or show something, each as a number in bits.

    Contrast 0 counts 1, contrast 1 counts 2, contrast 2 counts 4 and contrast 3 counts 8. All are
    0 where the slice shows next to no brain: the ends of a volume are empty.
    """
    found = np.zeros(3)
    if frame.cover.max(axis=0).mean() < _LEAST_BRAIN:
        return found
    least = _LEAST_BRAIN * frame.brain.sum()
    for c, values in enumerate(frame.values):
        constant = values.size > least and values[0] == values[-1]
        found[0 if values.size == 0 else 1 if constant else 2] += 2**c
    return found
