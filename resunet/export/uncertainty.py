"""The quality of uncertainty as files: ``uncertainty.json``, and the ways as a table."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from resunet.storage import write_json, write_text

JSON, TABLE = "uncertainty.json", "ways.csv"
"""The files' names."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "network_passes": ("passes",),
        "dice_patient_mean": ("dice_patient_mean",),
        "ece_near_outlines": ("calibration", "band", "ece"),
        "ece_near_outlines_crossed": ("temperature", "crossed", "band", "ece"),
        "temperature": ("temperature", "fitted"),
        "brier_near_outlines": ("calibration", "band", "brier"),
        "nll_near_outlines": ("calibration", "band", "nll"),
        "ece_brain": ("calibration", "brain", "ece"),
        "nll_brain": ("calibration", "brain", "nll"),
        "auc_slices_doubt": ("review_first", "slices", "doubt", "auc"),
        "auc_patients_doubt": ("review_first", "patients", "doubt", "auc"),
        "auc_all_slices": ("review_first", "list", "auc"),
        "error_overlap_entropy": ("errors", "entropy", "overlap", "dice"),
        "risk_coverage_entropy": ("errors", "entropy", "risk_coverage", "area"),
        "qu_brats_std": ("errors", "std", "qu_brats", "score"),
        "qu_brats_entropy": ("errors", "entropy", "qu_brats", "score"),
        "interval_share_slices": ("intervals", "slices", "share_inside"),
        "interval_share_patients": ("intervals", "patients", "share_inside"),
    }
)
"""Column of the table → where its number stands in a way's entry."""


def write_uncertainty(folder: Path, result: Mapping[str, Any]) -> None:
    """Writes ``uncertainty.json``, and ``ways.csv`` with a line for each split and way.

    Args:
        folder: Where to; it is there.
        result: ``splits`` → split → ``ways`` → a way's entry
            (`resunet.evaluation.uncertainty_summary.summarise_uncertainty`), and what else there
            is to say.
    """
    write_json(folder / JSON, dict(result))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["split", "way", *COLUMNS])
    for split, ways in result["splits"].items():
        for name, entry in ways["ways"].items():
            writer.writerow([split, name, *(_cell(entry, path) for path in COLUMNS.values())])
    write_text(folder / TABLE, text.getvalue())


def value_at(entry: Mapping[str, Any], path: tuple[str, ...]) -> float | None:
    """A number of a way's entry; None where it is undefined or not there."""
    found: Any = entry
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, int | float) and found == found else None


def _cell(entry: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """Six digits after the point; empty where undefined."""
    value = value_at(entry, path)
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.6f}"
