"""A cross-validation as one result: every patient scored by a network that never saw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resunet.data.folds import Fold, read_fold
from resunet.errors import InputError
from resunet.evaluation.against import read_scores
from resunet.evaluation.estimates import BOOTSTRAPS
from resunet.evaluation.one_pass import Evaluated
from resunet.evaluation.result import make_result
from resunet.evaluation.scores import RESOLUTIONS
from resunet.evaluation.seen import OneNetwork
from resunet.evaluation.trained import training_of
from resunet.inference.models import ModelFile

HELD_OUT = "held out"
"""What the patients are called together, whatever splits they lie in."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of the patients, scored by the network that was trained without it.

    Attributes:
        fold: Which part.
        model: The network's file.
        way: How it predicts.
        evaluated: What came of the patients.
    """

    fold: Fold
    model: ModelFile
    way: OneNetwork
    evaluated: Evaluated


def cross_validated(
    parts: Sequence[Part],
    *,
    data: Path,
    tolerance_mm: float,
    parameters: int,
    bootstraps: int = BOOTSTRAPS,
) -> dict[str, Any]:
    """Sums up the parts, as `resunet.evaluation.result.make_result` does splits.

    Args:
        parts: Those that are done; at least one.
        data: The data folder.
        tolerance_mm: Of the surface Dice.
        parameters: How many each network has that training changes.
        bootstraps: How often patients are drawn again for the intervals.

    Returns:
        The same keys, all patients being one split, `HELD_OUT`; and ``folds``: of each part
        ``fold``, ``model_id`` and ``patients``.

    Raises:
        InputError: If there is no part, or no patient.
    """
    if not parts:
        raise InputError("There are no parts to sum up; at least one is accepted.")
    first = parts[0]
    preset, count = first.model.config.preset, first.fold.count
    result = make_result(
        {HELD_OUT: [each for part in parts for each in part.evaluated.patients]},
        first.way,
        first.model,
        data=data,
        tolerance_mm=tolerance_mm,
        parameters=parameters,
        skipped=[sentence for part in parts for sentence in part.evaluated.skipped],
        bootstraps=bootstraps,
        model_id=f"{preset}, {len(parts)} of {count} parts held out in turn",
        training=_training(parts),
    )
    folds = [
        {
            "fold": str(part.fold),
            "model_id": part.way.engine.model_id,
            "patients": [each.patient for each in part.evaluated.patients],
        }
        for part in parts
    ]
    return {**result, "folds": folds}


def card_entry(folder: Path) -> dict[str, Any]:
    """What a model's card tells of a cross-validation of its settings.

    Args:
        folder: The cross-validation's result folder; of the model's settings.

    Returns:
        JSON values: ``folds`` (how many), ``data``, ``samples``, ``flip``, ``threshold``,
        ``patients``, ``ceiling`` (an estimate), and for each resolution ``dice_patient_mean`` and
        ``dice_pooled`` (estimates) and ``dice_by_patient``.

    Raises:
        InputError: If it holds none that is done.
    """
    result = read_scores(folder)
    summary, folds = result["splits"].get(HELD_OUT), result.get("folds")
    if summary is None or not folds or len(folds) < read_fold(folds[0]["fold"]).count:
        raise InputError(f"{folder} holds no cross-validation of which all parts are done.")
    entry: dict[str, Any] = {
        "folds": len(folds),
        "data": Path(result["data"]).name,
        **{key: result[key] for key in ("samples", "flip", "threshold")},
        "patients": summary["native"]["patients"],
        "ceiling": summary["ceiling"]["dice"]["patient_mean"],
    }
    for name in RESOLUTIONS:
        measures = summary[name]["measures"]["dice"]
        entry[name] = {
            "dice_patient_mean": measures["patient_mean"],
            "dice_pooled": measures["pooled"],
            "dice_by_patient": summary[name]["dice_by_patient"],
        }
    return entry


def _training(parts: Sequence[Part]) -> dict[str, Any]:
    """How the networks were trained: the time of all of them; nobody is scored by one's own."""
    each = [training_of(part.model) for part in parts]
    minutes = [training["minutes"] for training in each]
    known = [training["chosen_on"] for training in each]
    is_known = None not in known
    total = None if None in minutes else sum(minutes)
    return {
        **each[0],
        "minutes": total,
        "minutes_reason": next((t["minutes_reason"] for t in each if t["minutes"] is None), None),
        "trained_on": [],
        "trained_on_reason": None,
        "chosen_on": sorted(name for names in known for name in names or ()) if is_known else None,
        "chosen_on_reason": next(
            (t["chosen_on_reason"] for t in each if t["chosen_on"] is None), None
        ),
    }
