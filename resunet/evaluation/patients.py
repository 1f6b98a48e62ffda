"""What is counted and measured of one patient."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from resunet.data.cases import Case
from resunet.evaluation.outlines import ChosenSlices, Outlined
from resunet.evaluation.seen import SeenSlice, Way, seen_slices
from resunet.evaluation.slices import SliceResult, measure_slice
from resunet.evaluation.sweep import Sweep, no_sweep, sweep_slice, thresholds_with
from resunet.measure import pixel_area_mm2, volume_reason
from resunet.metrics import BrainCounts, OverlapCounts, surface_distances
from resunet.study import Study

SOME_LEFT_OUT = "Some slices of the stack are left out."


class Counter(Protocol):
    """Counts something more, slice by slice of one patient."""

    def add(self, seen: SeenSlice) -> None:
        """Takes one slice in."""
        ...

    def result(self) -> dict[str, Any]:
        """What was counted, as JSON values; NaN comes back as None, infinity as ``"inf"``."""
        ...


Counters = Mapping[str, Callable[[Study], Counter]]
"""Name → what makes a counter for a patient. The name tells the counter's settings and its
version too, since kept results are found by it."""


@dataclass(frozen=True)
class Surface:
    """How far two masks' surfaces lie apart in three dimensions.

    Attributes:
        hd95_mm: The 95 % Hausdorff distance; infinite where only one mask holds tumour, NaN
            where neither does.
        near_px: Surface voxels of both masks within the tolerance of the other's surface.
        surface_px: All surface voxels of both.
    """

    hd95_mm: float
    near_px: int
    surface_px: int


@dataclass(frozen=True)
class PatientResult:
    """One patient.

    Attributes:
        split: The split's name.
        patient: The patient's name in the data set.
        slices: What was counted of each slice, in slice order.
        sweep: Pixels above each threshold, over all slices.
        pixel_mm2: Area of a pixel of the study; None where the spacing is unknown.
        step_mm: Distance of neighbouring slices of a gap-free stack; else None.
        volume_reason: Why there is no volume and no distance in three dimensions; None where
            the stack is gap-free and whole.
        surface: The distances in three dimensions; None where ``volume_reason`` says why.
        extra: Name of a counter → what it counted.
        outlines: One of `resunet.evaluation.outlines.CHOSEN` → what is predicted in that slice.
    """

    split: str
    patient: str
    slices: tuple[SliceResult, ...]
    sweep: Sweep
    pixel_mm2: float | None
    step_mm: float | None
    volume_reason: str | None
    surface: Surface | None
    extra: Mapping[str, Any] = field(default_factory=dict)
    outlines: Mapping[str, Outlined] = field(default_factory=dict)

    @property
    def native(self) -> BrainCounts:
        """Counts over all slices, on the study's own grid."""
        return sum((each.native for each in self.slices), BrainCounts())

    @property
    def grid(self) -> BrainCounts:
        """Counts over all slices, on the network's grid."""
        return sum((each.grid for each in self.slices), BrainCounts())

    @property
    def ceiling(self) -> OverlapCounts:
        """Overlap with what a perfect mask on the network's grid gives, over all slices."""
        return sum((each.ceiling for each in self.slices), OverlapCounts())


def measure_patient(
    case: Case,
    study: Study,
    way: Way,
    *,
    tolerance_mm: float,
    counters: Counters | None = None,
    on_slice: Callable[[SeenSlice], None] = lambda seen: None,
) -> PatientResult:
    """Counts and measures one patient.

    Args:
        case: The patient.
        study: The patient's pictures, with the expert's outline.
        way: How to predict.
        tolerance_mm: Of the surface Dice.
        counters: What else to count.
        on_slice: Called after each slice; what it raises ends the work.

    Raises:
        InputError: If there is no outline.
    """
    reason = volume_reason(study) or (SOME_LEFT_OUT if case.left_out else None)
    working = {name: make(study) for name, make in (counters or {}).items()}
    thresholds = thresholds_with(way.threshold)
    slices, sweep, chosen = [], no_sweep(thresholds), ChosenSlices()
    masks = None if reason else np.zeros(study.shape, bool)
    for seen in seen_slices(case, study, way):
        slices.append(measure_slice(seen, tolerance_mm=tolerance_mm))
        chosen.add(seen, slices[-1])
        sweep += sweep_slice(seen.probability, seen.truth, thresholds)
        for counter in working.values():
            counter.add(seen)
        if masks is not None:
            masks[seen.index] = seen.mask
        on_slice(seen)
    return PatientResult(
        split=case.split,
        patient=case.patient,
        slices=tuple(slices),
        sweep=sweep,
        pixel_mm2=pixel_area_mm2(study),
        step_mm=study.slice_step_mm if reason is None else None,
        volume_reason=reason,
        surface=None if masks is None else _surface(study, masks, tolerance_mm),
        extra={name: counter.result() for name, counter in working.items()},
        outlines=chosen.result(),
    )


def _surface(study: Study, masks: NDArray[np.bool_], tolerance_mm: float) -> Surface | None:
    """The distances of a gap-free stack."""
    if study.mask is None or study.spacing_mm is None or study.slice_step_mm is None:
        return None
    if not (study.mask.any() or masks.any()):
        return Surface(math.nan, 0, 0)
    spacing_mm = (study.slice_step_mm, *study.spacing_mm)
    apart = surface_distances(study.mask, masks, spacing_mm)
    return Surface(apart.hd95_mm, *apart.within(tolerance_mm))
