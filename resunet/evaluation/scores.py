"""Dice of a split: per slice, per patient and pooled; on the study's grid and the network's.

Conventions (they differ between tools): Dice is hard, at the model's threshold, and
unsmoothed. Both masks empty leaves it undefined: NaN, left out of means and counted. One
empty is 0.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resunet.data.cases import Case
from resunet.data.preprocess import restore
from resunet.data.usable import studies_of
from resunet.errors import InputError
from resunet.inference.engines import Engine
from resunet.inference.predict import Passes
from resunet.metrics import OverlapCounts, count_overlap
from resunet.storage import write_text
from resunet.study import Study

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
    """

    split: str
    patient: str
    number: int
    native: OverlapCounts
    grid: OverlapCounts


def score_cases(
    cases: Sequence[Case],
    engine: Engine,
    *,
    samples: int = 0,
    seed: int = 0,
    skipped: list[str] | None = None,
    on_case: Callable[[Case], None] = lambda case: None,
) -> list[SliceScore]:
    """Scores every slice of some cases, holding one patient at a time.

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
    for case in cases:
        for study in studies_of(case, skipped):
            scores += _score_study(case, study, engine, samples, seed)
        on_case(case)
    if skipped and not scores:
        raise InputError(f"None of {len(cases)} cases can be scored; the first: {skipped[0]}")
    return scores


def _score_study(
    case: Case, study: Study, engine: Engine, samples: int, seed: int
) -> Iterator[SliceScore]:
    """Scores every slice of one patient."""
    if study.mask is None:
        raise InputError(f"{case.patient} in {case.split} has no mask to score against.")
    passes = Passes(study, engine, samples=samples, seed=seed)
    for result in passes(range(study.shape[0])):
        probability = result.probability.mean(axis=0, dtype=np.float64).astype(np.float32)
        native = restore(probability, result.frame, study.shape[1:])
        truth = np.zeros(probability.shape, bool) if result.mask is None else result.mask
        yield SliceScore(
            case.split,
            case.patient,
            study.slice_numbers[result.slice_index],
            count_overlap(study.mask[result.slice_index], native > engine.threshold),
            count_overlap(truth, probability > engine.threshold),
        )


def summarise(scores: Iterable[SliceScore]) -> dict[str, dict[str, Any]]:
    """Sums up the scores of one split at both resolutions.

    Args:
        scores: At least one.

    Returns:
        Resolution → {"dice_pooled", "dice_patient_mean" (of each patient's pooled Dice),
        "dice_slice_mean", "slices", "patients", "undefined_slices", "undefined_patients",
        "dice_by_patient", "undefined_reason"}; undefined values are NaN.

    Raises:
        InputError: If there is no score.
    """
    scores = list(scores)
    if not scores:
        raise InputError("There are no slices to sum up; at least one is accepted.")
    return {name: _summary(scores, name) for name in RESOLUTIONS}


def score_entry(
    data: str,
    split: str,
    *,
    samples: int,
    seed: int,
    summary: Mapping[str, Any],
    skipped: Sequence[str] = (),
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
    """
    return {
        "data": data,
        "split": split,
        "samples": samples,
        "seed": seed if samples else None,
        "seed_reason": None if samples else "The deterministic pass draws nothing.",
        "files_skipped": len(skipped),
        **summary,
    }


def write_slices(path: Path, scores: Iterable[SliceScore]) -> None:
    """Writes one CSV line a slice; an undefined Dice is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    counts = [f"{name}_{field}" for name in RESOLUTIONS for field in _FIELDS]
    writer.writerow(["split", "patient", "slice", *counts])
    for score in scores:
        row: list[Any] = [score.split, score.patient, score.number]
        for name in RESOLUTIONS:
            overlap: OverlapCounts = getattr(score, name)
            dice = "" if math.isnan(overlap.dice) else f"{overlap.dice:.6f}"
            row += [dice, overlap.intersection, overlap.true, overlap.pred]
        writer.writerow(row)
    write_text(path, text.getvalue())


_EMPTY = "Undefined where neither the outline nor the prediction holds tumour."
_FIELDS = ("dice", "intersection_px", "true_px", "pred_px")


def _summary(scores: list[SliceScore], name: str) -> dict[str, Any]:
    patients: dict[str, OverlapCounts] = {}
    for score in scores:
        patients[score.patient] = patients.get(score.patient, OverlapCounts()) + getattr(
            score, name
        )
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


def _mean(values: Iterable[float]) -> float:
    """Mean of what is defined; NaN where nothing is."""
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
