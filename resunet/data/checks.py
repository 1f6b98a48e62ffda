"""What is odd about a study, measured on its pixels, in sentences that say what to do.

The limits were set on 40 patients of BraTS 2018, three whole volumes and the four demo patients,
all skull-stripped, for which none of them may speak, whole or slice by slice; on one patient
straight from the scanner; and on stripped patients to which fluid, skull and scalp were added,
with and without noise in the air. What was measured stands beside each limit.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from resunet.data.heads import Sample, look, ring_share
from resunet.study import CONTRASTS, Study

# Share of directions, in the contrast that shows least. Stripped: at most .10 of a study and .40
# of a single slice; straight from the scanner .60; simulated heads .63 and more.
_MOST_RING = 0.5

# Share of the pixels outside the head. Stripped: at most .01; noise in the air 1.0.
_MOST_BACKGROUND = 0.1
_LEAST_OUTSIDE = 0.05  # of the picture: else it is cut to the brain and has no background

# Outline of the largest slice: stripped at most 201 cm², with scalp 230 to 290. A head of 62 cm
# round, beyond the 97th centile of adults (Bushby et al., Arch Dis Child 67, 1992), less 12 mm
# of skull and scalp all round, is 236 cm². Of the stack: whole stripped brains 1.2 to 1.6 l.
_MOST_AREA_CM2 = 240.0
_MOST_VOLUME_L = 2.2

# A brain is 120 to 150 mm wide here, a newborn's 80; an adult's head with its ears 200.
_WIDTH_MM = (80.0, 220.0)
_MOST_HEIGHT_MM = 300.0  # a head with its neck fills the usual field of view of 256 mm
_WHOLE = 0.6  # where first and last slice are smaller, by this share, the largest is between

# A field of view of 205 mm in 512 pixels is 0.4 mm, one of 250 mm in 160 pixels 1.6 mm.
_PIXEL_MM = (0.4, 1.6)
_MOST_OBLONG = 1.25  # scanners reconstruct square pixels
# A lesion of 10 mm, the smallest that is measured (RANO: Wen et al., J Clin Oncol 28, 2010),
# lies in three slices up to 3 mm apart.
_STEP_MM = (0.5, 3.0)

# Dice of two contrasts' outlines: stripped at least .79 (a FLAIR that ends in the brain).
_LEAST_DICE = 0.7
# The part of the smaller outline that lies inside the larger: stripped at least .97.
_LEAST_INSIDE = 0.85
_FEWEST = 200  # pixels of an outline of which this is told

_STRIP = (
    "The networks know skull-stripped heads alone: what they outline outside the brain is wrong, "
    "and inside it less sure. Remove skull and scalp first, for example with HD-BET, SynthStrip "
    "(FreeSurfer) or BET (FSL)."
)
_TOOLS = "for example with the BraTS Toolkit, CaPTk or ANTs"


def check_study(study: Study) -> tuple[str, ...]:
    """Looks for what a network would silently get wrong.

    Up to 16 slices are looked at, so that a whole volume takes a fraction of a second. Empty
    slices, missing contrasts and contrasts that are the same everywhere are left out.

    Args:
        study: As a reader made it.

    Returns:
        A sentence or two for each finding: contrasts that hold nothing or the same as another
        one, skull and scalp, a background that is not 0, contrasts in different places, unusual
        distances of pixels and slices, impossible sizes. Empty where nothing is odd.
    """
    sample = look(study)
    if sample is None:
        return tuple(_distances(study))
    sizes = _sizes(study, sample)
    return (
        *_stripping(study, sample, sized=not sizes),
        *_constant(study, sample),
        *_twins(study, sample),
        *_overlap(sample),
        *_distances(study),
        *sizes,
    )


def _name(contrast: int) -> str:
    return CONTRASTS[contrast].upper()


def _constant(study: Study, sample: Sample) -> list[str]:
    """Contrasts that hold nothing, unless the reader said so."""
    if any("is the same everywhere" in warning for warning in study.warnings):
        return []
    return [
        f"{_name(c)} is the same everywhere."
        for c, contrast in enumerate(CONTRASTS)
        if c not in sample.contrasts
        and contrast not in study.missing
        and np.ptp(study.images[..., c]) == 0
    ]


def _twins(study: Study, sample: Sample) -> list[str]:
    """Contrasts that hold the same pictures."""
    for i, first in enumerate(sample.contrasts):
        alike = [
            other
            for j, other in enumerate(sample.contrasts)
            if j > i
            and np.array_equal(sample.stored[i], sample.stored[j])
            and np.array_equal(study.images[..., first], study.images[..., other])
        ]
        if alike:
            names = ", ".join(_name(c) for c in (first, *alike[:-1]))
            return [
                f"{names} and {_name(alike[-1])} are the same pictures, so not all are what they "
                "are taken for, and the prediction is not to be trusted: name the file of each "
                "contrast."
            ]
    return []


def _stripping(study: Study, sample: Sample, *, sized: bool) -> list[str]:
    """Skull and scalp, or a background that is not 0.

    Args:
        study: The study.
        sample: What is looked at.
        sized: Whether the spacing can be trusted, so that sizes tell something.
    """
    head = sample.head()
    signs = []
    ring = min(ring_share(levels) for levels in sample.levels)
    if ring >= _MOST_RING:
        signs.append(
            f"in {_percent(ring)} of directions from the middle a bright rim, as of scalp, lies "
            "round a dark ring, as of bone"
        )
    if sized:
        signs += _too_large(study, sample, head)
    share, offsets = _background(sample, head)
    noisy = share >= _MOST_BACKGROUND and offsets is None
    not_0 = f"{_percent(share)} of the pixels outside the head are not 0"
    if signs:
        signs += [not_0] if noisy else []
        return [f"The head does not seem to be skull-stripped: {'; '.join(signs)}. {_STRIP}"]
    if noisy:
        return [
            f"The background is not empty: {not_0}, as before skull-stripping, or after resampling "
            f"a stripped head; then set it to 0. {_STRIP}"
        ]
    if share >= _MOST_BACKGROUND:
        return [
            f"The background is not 0 but {offsets}, and the networks take every pixel that is "
            "not 0 for brain: set it to 0 outside the brain."
        ]
    return []


def _too_large(study: Study, sample: Sample, head: NDArray[np.bool_]) -> list[str]:
    """Whether the outline is larger than a brain, where lengths are known."""
    if study.spacing_mm is None:
        return []
    pixel_cm2 = study.spacing_mm[0] * study.spacing_mm[1] * sample.thinned**2 / 100
    areas = head.sum(axis=(1, 2)) * pixel_cm2
    if areas.max() > _MOST_AREA_CM2:
        return [
            f"its largest slice has {areas.max():.0f} cm², where brains have up to "
            f"{_MOST_AREA_CM2:.0f}"
        ]
    volume_l = areas.mean() * sample.span * (study.slice_step_mm or 0.0) / 10 / 1000
    if volume_l > _MOST_VOLUME_L:
        return [f"it has {volume_l:.1f} litres, where brains have up to {_MOST_VOLUME_L:g}"]
    return []


def _background(sample: Sample, head: NDArray[np.bool_]) -> tuple[float, str | None]:
    """The share outside the head that is not 0; its values in words where they are constant."""
    outside = ~head
    if outside.mean() < _LEAST_OUTSIDE:
        return 0.0, None
    values = sample.stored[:, outside]
    share = float((values != 0).any(axis=0).mean())
    constant = np.median(values, axis=1)
    if (values == constant[:, None]).all(axis=0).mean() < 1 - _MOST_BACKGROUND:
        return share, None
    words = [
        f"{value:.4g} in {_name(contrast)}"
        for contrast, value in zip(sample.contrasts, constant, strict=True)
        if value != 0
    ]
    return share, ", ".join(words)


def _overlap(sample: Sample) -> list[str]:
    """The two contrasts whose outlines agree least, where that is too little."""
    counts = sample.outlines.sum(axis=(1, 2, 3))
    worst: tuple[float, str] | None = None
    for i, j in itertools.combinations(range(len(sample.contrasts)), 2):
        if min(counts[i], counts[j]) < _FEWEST:
            continue
        shared = int((sample.outlines[i] & sample.outlines[j]).sum())
        dice = 2 * shared / int(counts[i] + counts[j])
        if dice < _LEAST_DICE or shared / min(counts[i], counts[j]) < _LEAST_INSIDE:
            pair = f"{_name(sample.contrasts[i])} and {_name(sample.contrasts[j])}"
            worst = min(worst or (1.0, ""), (dice, pair))
    if worst is None:
        return []
    return [
        f"{worst[1]} do not show the head in one place: their outlines agree by {worst[0]:.2f} "
        f"(Dice). They are probably not registered: register them to each other, {_TOOLS}."
    ]


def _distances(study: Study) -> list[str]:
    """Unusual distances of pixels and of slices."""
    found = []
    if study.spacing_mm is not None:
        row, column = study.spacing_mm
        told = f"Pixels are {row:.3g} mm high and {column:.3g} mm wide, where"
        between = f"{_PIXEL_MM[0]:g} to {_PIXEL_MM[1]:g} mm is usual"
        usual = "The networks learnt from 1 mm: check the spacing, or resample to 1 mm"
        if max(row, column) > _MOST_OBLONG * min(row, column):
            found.append(
                f"{told} axial series have square ones: either it was not taken axially, and is "
                f"coarser one way, or the spacing is wrong. {usual}, {_TOOLS}."
            )
        elif max(row, column) > _PIXEL_MM[1]:
            found.append(
                f"{told} {between}: small tumours are lost and areas are coarse. {usual}, {_TOOLS}."
            )
        elif min(row, column) < _PIXEL_MM[0]:
            found.append(
                f"{told} {between}: if they are not so small, "
                f"areas and volumes are wrong. {usual}, {_TOOLS}."
            )
    step = study.slice_step_mm
    if step is not None and step > _STEP_MM[1]:
        found.append(
            f"Slices lie {step:.3g} mm apart, and the networks learnt from 1 mm: small tumours "
            "fall between two slices, and volumes are coarse. Where there is a thinner series, "
            f"use it; register and resample to 1 mm, {_TOOLS}."
        )
    elif step is not None and step < _STEP_MM[0]:
        found.append(
            f"Slices lie {step:.3g} mm apart, where {_STEP_MM[0]:g} to {_STEP_MM[1]:g} mm is "
            "usual: if that is not so, volumes are wrong. Check the distance of the slices."
        )
    return found


def _sizes(study: Study, sample: Sample) -> list[str]:
    """Sizes that no head has, so that the distances of pixels or slices are probably wrong."""
    if study.spacing_mm is None:
        return []
    head = sample.head()
    areas = head.sum(axis=(1, 2))
    columns = np.flatnonzero(head[areas.argmax()].any(axis=0))
    width = (columns[-1] - columns[0] + 1) * sample.thinned * study.spacing_mm[1]
    whole = max(areas[0], areas[-1]) < _WHOLE * areas.max()
    found = []
    if width > _WIDTH_MM[1] or (whole and width < _WIDTH_MM[0]):
        found.append(
            f"The head is {width:.0f} mm wide in its largest slice, where {_WIDTH_MM[0]:.0f} to "
            f"{_WIDTH_MM[1]:.0f} mm is possible: the pixel spacing of {study.spacing_mm[1]:.3g} "
            "mm is probably wrong, and areas and volumes with it. Check the spacing."
        )
    height = (sample.span - 1) * (study.slice_step_mm or 0.0)
    if height > _MOST_HEIGHT_MM:
        found.append(
            f"The head is {height:.0f} mm high, where up to {_MOST_HEIGHT_MM:.0f} mm is possible: "
            f"the slice distance of {study.slice_step_mm:.3g} mm is probably wrong, and volumes "
            "with it. Check the distance of the slices."
        )
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
