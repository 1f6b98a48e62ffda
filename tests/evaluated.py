"""Results of patients made by hand, for the tests of what is summed up of them."""

import math
from dataclasses import replace

from resunet.evaluation.patients import PatientResult, Surface
from resunet.evaluation.slices import SliceResult
from resunet.evaluation.sweep import Sweep
from resunet.metrics import BrainCounts, OverlapCounts

THRESHOLDS = (0.25, 0.5, 0.75)
BRAIN_PX = 1000


def made_slice(
    number=1, *, shared=0, true=0, pred=0, ceiling=None, hd95_mm=math.nan, near=0, surface=0
):
    """A slice of 1,000 pixels of brain, on the grid a quarter of it.

    Args:
        number: Its number.
        shared: Pixels of both outline and prediction.
        true: Pixels of the outline.
        pred: Pixels of the prediction.
        ceiling: Pixels that a perfect mask on the grid finds, and no others; all by default.
        hd95_mm: The distance.
        near: Surface pixels within the tolerance.
        surface: All surface pixels.
    """
    best = true if ceiling is None else ceiling
    return SliceResult(
        number,
        BrainCounts(shared, true, pred, BRAIN_PX - true - pred + shared),
        BrainCounts(shared // 4, true // 4, pred // 4, (BRAIN_PX - true - pred + shared) // 4),
        OverlapCounts(best, true, best),
        hd95_mm,
        near,
        surface,
    )


def made_patient(patient="anna", *slices, split="testing", pixel_mm2=1.0, step_mm=None, **more):
    """A patient of 1 mm pixels, whose slices have gaps unless a step is given.

    At half the threshold as much as half more is predicted, all of it wrong; at three quarters
    half of what is shared is left, and nothing wrong.
    """
    counts = sum((each.native for each in slices), BrainCounts())
    sweep = Sweep(
        THRESHOLDS,
        (counts.intersection, counts.intersection, counts.intersection // 2),
        (counts.pred + counts.pred // 2, counts.pred, counts.intersection // 2),
        counts.true,
    )
    reason = None if step_mm else "The stack of slices has gaps or uneven steps."
    surface = Surface(math.nan, 0, 0) if step_mm else None
    made = PatientResult(split, patient, tuple(slices), sweep, pixel_mm2, step_mm, reason, surface)
    return replace(made, **more)
