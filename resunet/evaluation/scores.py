"""Dice of a split: per slice, per patient and pooled; on the study's grid and the network's.

Conventions (they differ between tools): Dice is hard, at the model's threshold, and
unsmoothed. Both masks empty leaves it undefined: NaN, left out of means and counted. One
empty is 0.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from resunet.data.cases import Case
from resunet.data.usable import studies_of
from resunet.errors import InputError
from resunet.evaluation.seen import OneNetwork, seen_slices
from resunet.evaluation.slices import ceiling, overlaps
from resunet.inference.engines import Engine
from resunet.metrics import BrainCounts, OverlapCounts

RESOLUTIONS = ("native", "grid")
"""The study's own pixels, and the network's."""


@dataclass(frozen=True)
class SliceScore:
    """One slice's overlap of truth and prediction.

    Attributes:
        split: The split's name.
        patient: The patient's name in the data set.
        number: The slice's number in its source.
        native: Counts on the study's own grid.
        grid: Counts on the network's grid.
        ceiling: What a perfect mask on the network's grid scores on the study's own; without
            pixels where it is not known, or there is no tumour.
    """

    split: str
    patient: str
    number: int
    native: BrainCounts
    grid: BrainCounts
    ceiling: OverlapCounts = field(default_factory=OverlapCounts)


def score_cases(
    cases: Sequence[Case],
    engine: Engine,
    *,
    samples: int = 0,
    seed: int = 0,
    skipped: list[str] | None = None,
    on_case: Callable[[Case], None] = lambda case: None,
) -> list[SliceScore]:
    """Scores every slice of some cases that is not left out, holding one patient at a time.

    Args:
        cases: Patients with an expert's outline.
        engine: The network.
        samples: T; the mean of T stochastic passes is scored. 0 is the deterministic pass.
        seed: Seed of the dropout masks.
        skipped: An empty list, which takes a sentence for each file that cannot be used and is
            left out; None where none may be.
        on_case: Called after each patient.

    Raises:
        InputError: If a case cannot be read or has no outline, or all are left out.
    """
    scores: list[SliceScore] = []
    way = OneNetwork(engine, samples=samples, seed=seed)
    for case in cases:
        for study in studies_of(case, skipped):
            scores += [
                SliceScore(case.split, case.patient, seen.number, *overlaps(seen), ceiling(seen))
                for seen in seen_slices(case, study, way)
            ]
        on_case(case)
    if skipped and not scores:
        raise InputError(f"None of {len(cases)} cases can be scored; the first: {skipped[0]}")
    return scores


def summarise(scores: Iterable[SliceScore]) -> dict[str, dict[str, Any]]:
    """Sums up the scores of one split at both resolutions.

    Args:
        scores: At least one.

    Returns:
        Resolution → {"dice_pooled", "dice_patient_mean" (of each patient's pooled Dice),
        "dice_slice_mean", "slices", "patients", "undefined_slices", "undefined_patients",
        "dice_by_patient", "undefined_reason"}, of the study's own grid "ceiling_patient_mean" and
        "ceiling_by_patient" too; undefined values are NaN.

    Raises:
        InputError: If there is no score.
    """
    scores = list(scores)
    if not scores:
        raise InputError("There are no slices to sum up; at least one is accepted.")
    native, grid = (_summary(scores, name) for name in RESOLUTIONS)
    best = {name: counts.dice for name, counts in _by_patient(scores, "ceiling").items()}
    highest = {"ceiling_patient_mean": _mean(best.values()), "ceiling_by_patient": best}
    return {"native": {**native, **highest}, "grid": grid}


def score_entry(
    data: str,
    split: str,
    *,
    samples: int,
    seed: int,
    summary: Mapping[str, Any],
    skipped: Sequence[str] = (),
    excluded: int = 0,
) -> dict[str, Any]:
    """The scores of one split, as a model's card holds them.

    Args:
        data: The data folder's name.
        split: The split's name.
        samples: T; 0 is the deterministic pass.
        seed: Seed of the dropout masks.
        summary: By resolution, of `summarise`.
        skipped: A sentence for each file that was left out; the card counts them, since they name
            folders of this machine.
        excluded: How many slices and patients were left out by name.
    """
    return {
        "data": data,
        "split": split,
        "samples": samples,
        "seed": seed if samples else None,
        "seed_reason": None if samples else "The deterministic pass draws nothing.",
        "files_skipped": len(skipped),
        "excluded": excluded,
        **summary,
    }


_EMPTY = "Undefined where neither the outline nor the prediction holds tumour."


def _summary(scores: list[SliceScore], name: str) -> dict[str, Any]:
    patients = _by_patient(scores, name)
    slices = [getattr(score, name).dice for score in scores]
    by_patient = {patient: counts.dice for patient, counts in patients.items()}
    pooled = sum(patients.values(), OverlapCounts())
    return {
        "dice_pooled": pooled.dice,
        "dice_patient_mean": _mean(by_patient.values()),
        "dice_slice_mean": _mean(slices),
        "slices": len(scores),
        "patients": len(patients),
        "undefined_slices": sum(map(math.isnan, slices)),
        "undefined_patients": sum(map(math.isnan, by_patient.values())),
        "dice_by_patient": by_patient,
        "undefined_reason": _EMPTY if any(map(math.isnan, slices)) else None,
    }


def _by_patient(scores: list[SliceScore], name: str) -> dict[str, OverlapCounts]:
    """Counts over each patient's slices."""
    patients: dict[str, OverlapCounts] = {}
    for score in scores:
        before = patients.get(score.patient, OverlapCounts())
        patients[score.patient] = before + getattr(score, name)
    return patients


def _mean(values: Iterable[float]) -> float:
    """Mean of what is defined; NaN where nothing is."""
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
