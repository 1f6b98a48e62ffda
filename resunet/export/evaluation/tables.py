"""The two tables of an evaluation: one line a slice, one line a patient.

CSV (RFC 4180, UTF-8, decimal point); an empty cell is undefined, ``inf`` is infinite. A name that
a spreadsheet would take for a formula gets a leading apostrophe.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resunet.evaluation.patients import PatientResult
from resunet.evaluation.scores import RESOLUTIONS
from resunet.evaluation.slices import SliceResult
from resunet.export.cells import harmless
from resunet.metrics import BrainCounts

_COUNTS = ("intersection", "true", "pred")
_OVERLAPS = ("dice", "iou", "sensitivity", "specificity", "precision")

PATIENT_COLUMNS = (
    "slices",
    "tumour_slices",
    *(f"{resolution}_{name}" for resolution in RESOLUTIONS for name in _OVERLAPS),
    "ceiling_dice",
    "distance_dimensions",
    "hd95_mm",
    "hd95_slice_mean_mm",
    "hd95_infinite_slices",
    "surface_dice",
    "summed_area_mm2",
    "pred_summed_area_mm2",
    "area_error_mm2",
    "area_error_percent",
    "volume_ml",
    "pred_volume_ml",
    "volume_error_ml",
    "volume_error_percent",
    "tumour_free_slices",
    "false_positive_slices",
    "false_positive_mean_px",
    "false_positive_mean_mm2",
)
"""After ``split`` and ``patient``; keys of `resunet.evaluation.measures.patient_measures`, those of
overlaps with their resolution before."""

SLICE_COLUMNS = (
    *(
        f"{name}_{field}"
        for name in RESOLUTIONS
        for field in ("dice", *(f"{c}_px" for c in _COUNTS))
    ),
    *(f"{name}_negative_px" for name in RESOLUTIONS),
    "ceiling_dice",
    "hd95_mm",
    "surface_dice",
    "area_mm2",
    "pred_area_mm2",
)
"""After ``split``, ``patient`` and ``slice``."""


def slices_csv(patients: Iterable[PatientResult]) -> str:
    """One line a slice, in the order of the patients.

    Args:
        patients: What was counted.
    """
    rows = (
        [
            harmless(patient.split),
            harmless(patient.patient),
            str(each.number),
            *_slice(patient, each),
        ]
        for patient in patients
        for each in patient.slices
    )
    return _written(("split", "patient", "slice", *SLICE_COLUMNS), rows)


def patients_csv(splits: Mapping[str, Mapping[str, Any]]) -> str:
    """One line a patient, the worst of each split first.

    Args:
        splits: Of ``scores.json``.
    """
    rows = (
        [harmless(split), harmless(each["patient"]), *(map(_cell, _patient(each)))]
        for split, summary in splits.items()
        for each in summary["patients"]
    )
    return _written(("split", "patient", *PATIENT_COLUMNS), rows)


def _slice(patient: PatientResult, each: SliceResult) -> list[str]:
    pixel = math.nan if patient.pixel_mm2 is None else patient.pixel_mm2
    cells: list[str] = []
    for name in RESOLUTIONS:
        counts: BrainCounts = getattr(each, name)
        cells += [_cell(counts.dice), *(str(getattr(counts, field)) for field in _COUNTS)]
    cells += [str(getattr(each, name).negative) for name in RESOLUTIONS]
    figures = (
        each.ceiling.dice,
        each.hd95_mm,
        each.surface_dice,
        each.native.true * pixel,
        each.native.pred * pixel,
    )
    return [*cells, *map(_cell, figures)]


def _patient(values: Mapping[str, Any]) -> list[Any]:
    flat = dict(values)
    for resolution in RESOLUTIONS:
        flat |= {f"{resolution}_{name}": values[resolution][name] for name in _OVERLAPS}
    return [flat[column] for column in PATIENT_COLUMNS]


def _cell(value: Any) -> str:
    """A number; infinity may come as it stands in JSON."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if value == "inf" or (isinstance(value, float) and math.isinf(value)):
        return "inf"
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def _written(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
