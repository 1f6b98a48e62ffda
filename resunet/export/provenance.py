"""What every export says of itself: program, model, input, settings, warnings."""

from typing import Any

from resunet import DISCLAIMER, PROGRAM, __version__
from resunet.measure import correction_counts
from resunet.measure.reliability import exported_warnings
from resunet.storage import SCHEMA
from resunet.study import Prediction, Study


def provenance(study: Study, prediction: Prediction) -> dict[str, Any]:
    """Where a prediction comes from, as JSON values.

    Args:
        study: What was predicted on.
        prediction: Its prediction.

    Returns:
        ``"schema": 1`` and, all always there: ``notice`` (the research-use line), ``program``,
        ``version``, ``model_id``, ``model_sha256``, ``engine``, ``input_format``,
        ``input_sha256``, ``identifier``, ``samples`` (T), ``seed``, ``threshold``,
        ``temperature`` (1 where probabilities are the network's own), ``spacing_mm`` ([row,
        column] or null), ``slice_step_mm`` (null for stacks with gaps and single slices),
        ``correction`` (`resunet.measure.correction_counts`, null for an outline that is the
        network's own) and ``warnings``. No header field of the source, no folder.
    """
    return {
        "schema": SCHEMA,
        "notice": f"{DISCLAIMER}.",
        "program": PROGRAM,
        "version": __version__,
        "model_id": prediction.model_id,
        "model_sha256": prediction.model_sha256 or None,
        "engine": prediction.engine,
        "input_format": study.source.format,
        "input_sha256": study.source.sha256,
        "identifier": study.identifier,
        "samples": prediction.samples,
        "seed": prediction.seed,
        "threshold": float(prediction.threshold),
        "temperature": float(prediction.temperature),
        "spacing_mm": None if study.spacing_mm is None else [float(v) for v in study.spacing_mm],
        "slice_step_mm": study.slice_step_mm,
        "correction": correction_counts(prediction),
        "warnings": exported_warnings(study, prediction),
    }


def provenance_lines(values: dict[str, Any]) -> list[str]:
    """The same for people: one short line for each fact, the warnings last.

    Args:
        values: Of `provenance`.
    """
    spacing = values["spacing_mm"]
    pixels = "unknown" if spacing is None else f"{spacing[0]:g} × {spacing[1]:g} mm"
    step = values["slice_step_mm"]
    apart = "" if step is None else f", slices {step:g} mm apart"
    passes = values["samples"]
    way = f"{passes} stochastic passes, seed {values['seed']}" if passes else "one pass, no dropout"
    temperature = values["temperature"]
    calibrated = "" if temperature == 1 else f", temperature {temperature:.3g}"
    return [
        values["notice"],
        f"{values['program']} {values['version']}, {values['engine']}",
        f"Model {values['model_id']}, SHA-256 {values['model_sha256'] or 'unknown'}",
        f"Input {values['identifier']} ({values['input_format']}), SHA-256 "
        f"{values['input_sha256']}",
        f"{way}, threshold {values['threshold']:g}{calibrated}",
        f"Pixels {pixels}{apart}",
        *(f"Warning: {warning}" for warning in values["warnings"]),
    ]
