"""The whole result of an evaluation, as ``scores.json`` holds it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resunet import __version__
from resunet.evaluation.estimates import BOOTSTRAPS
from resunet.evaluation.paper import DICE_NOTE, table_4, table_5
from resunet.evaluation.patients import PatientResult
from resunet.evaluation.seen import OneNetwork
from resunet.evaluation.summary import summarise_split
from resunet.evaluation.trained import training_of
from resunet.evaluation.words import conventions
from resunet.inference.models import ModelFile
from resunet.storage import SCHEMA


def make_result(
    patients: Mapping[str, Sequence[PatientResult]],
    way: OneNetwork,
    model: ModelFile,
    *,
    data: Path,
    tolerance_mm: float,
    parameters: int,
    skipped: Sequence[str] = (),
    excluded: Mapping[str, Any] | None = None,
    bootstraps: int = BOOTSTRAPS,
    model_id: str | None = None,
    training: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Sums up splits and puts them together with how they came about.

    Args:
        patients: Split → what was counted of its patients; at least one each.
        way: How it was predicted.
        model: The network's file.
        data: The data folder.
        tolerance_mm: Of the surface Dice.
        parameters: How many the network has that training changes.
        skipped: A sentence for each file that was left out.
        excluded: What was left out by name.
        bootstraps: How often patients are drawn again for the intervals; by the way's seed.
        model_id: What made the predictions is called; the network's own by default.
        training: How it was trained, as `resunet.evaluation.trained.training_of` tells it of the
            model, which is the default.

    Returns:
        JSON values; NaN where undefined, infinite where a distance is. docs/evaluation.md
        describes every key.

    Raises:
        InputError: If a split has no patient.
    """
    engine = way.engine
    splits = {
        split: summarise_split(some, bootstraps=bootstraps, seed=way.seed)
        for split, some in patients.items()
    }
    training = training_of(model) if training is None else dict(training)
    return {
        "schema": SCHEMA,
        "program": __version__,
        "model_id": model_id or engine.model_id,
        "engine": engine.name,
        "data": data.resolve(),
        "samples": way.samples,
        "seed": way.seed,
        "flip": way.flip,
        "threshold": way.threshold,
        "tolerance_mm": tolerance_mm,
        "input_size": engine.config.network.input_size,
        "parameters": parameters,
        "bootstraps": bootstraps,
        "conventions": conventions(threshold=way.threshold, tolerance_mm=tolerance_mm),
        "skipped": list(skipped),
        "excluded": dict(excluded or {}),
        "training": training,
        "splits": {
            split: {**summary, **_overlap(summary, training)} for split, summary in splits.items()
        },
        "table_4": table_4(splits, training),
        "table_4_note": DICE_NOTE,
        "table_5": table_5(
            splits,
            model=model.title or model.name,
            data=data.resolve().name,
            size=engine.config.network.input_size,
            parameters=parameters,
        ),
    }


def _overlap(summary: Mapping[str, Any], training: Mapping[str, Any]) -> dict[str, Any]:
    """How many of a split's patients had a part in the making of the model."""
    scored = set(summary["native"]["dice_by_patient"])
    counts: dict[str, Any] = {}
    for name in ("trained_on", "chosen_on"):
        known = training[name]
        counts[f"patients_{name}"] = None if known is None else len(scored & set(known))
        counts[f"patients_{name}_reason"] = training[f"{name}_reason"]
    return counts
