"""Writes an evaluation in all its forms."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resunet.evaluation.against import FILE
from resunet.evaluation.outlines import FILE as OUTLINES
from resunet.evaluation.outlines import outlines_entry
from resunet.evaluation.patients import PatientResult
from resunet.export.evaluation.page import evaluation_page
from resunet.export.evaluation.tables import patients_csv, slices_csv
from resunet.export.refusals import writing_to
from resunet.storage import dump_json, write_json, write_text

FILES = (FILE, "slices.csv", "patients.csv", "evaluation.html", OUTLINES)
"""What there is in a result folder, besides what is kept of patients."""


def write_evaluation(
    folder: Path, result: Mapping[str, Any], patients: Sequence[PatientResult]
) -> None:
    """Writes `FILES`.

    Args:
        folder: The result folder; it is made if missing.
        result: Of `resunet.evaluation.result.make_result`.
        patients: What was counted, for the table of slices and the outlines.

    Raises:
        InputError: If the folder cannot be written to.
    """
    stored = dump_json(result)
    plain = json.loads(stored)  # so that the page and the table say what the file says
    with writing_to(folder):
        write_text(folder / "slices.csv", slices_csv(patients))
        write_text(folder / "patients.csv", patients_csv(plain["splits"]))
        write_text(folder / "evaluation.html", evaluation_page(plain))
        kept = ((each.split, each.patient, each.outlines) for each in patients)
        write_json(folder / OUTLINES, outlines_entry(kept))
        write_text(folder / FILE, stored + "\n")
