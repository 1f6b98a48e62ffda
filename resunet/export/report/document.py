"""The report as a file: two pages put together and written, whole or not at all."""

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from resunet.errors import InputError
from resunet.export.refusals import writing_to
from resunet.export.report.pages import Report, draw_first, draw_second
from resunet.export.report.sheet import HEIGHT, WIDTH, Sheet
from resunet.export.report.words import NOTICE, TITLE
from resunet.storage import write_bytes
from resunet.study import Prediction, Study

FILE = "report.pdf"
_KEYWORDS = "brain tumour, MRI, segmentation, uncertainty, research use only"


def write_report(
    study: Study,
    prediction: Prediction,
    folder: Path,
    *,
    values: Mapping[str, Any],
    made: datetime | None = None,
) -> Path:
    """Writes ``report.pdf``: two pages A4 for people, of what the other files hold.

    The first page shows the slice with most tumour, its other contrasts, the slice of the
    highest uncertainty, the numbers and the warnings; the second the lesions, the course over
    the slices, the settings, how to read it, and all warnings again.

    Args:
        study: What was predicted on.
        prediction: Its prediction, on the study's grid; it may be unfinished.
        folder: Where to; made if missing.
        values: `resunet.export.provenance.provenance` and `resunet.measure.measures` of the
            same two, with its lesions and surfaces, merged.
        made: When; None takes now. With the same moment the same input gives the same bytes.

    Returns:
        The file written.

    Raises:
        InputError: If the prediction lies on another grid than the study, the values lack the
            lesions or surfaces, or the folder cannot be written to.
    """
    if prediction.probability.shape != study.shape:
        raise InputError(
            f"prediction has shape {prediction.probability.shape}, "
            f"where the study's shape {study.shape} is accepted."
        )
    if not {"lesions", "hd95_mm"} <= values.keys():
        raise InputError(
            "values lacks the lesions or the distances, where measures(study, prediction, "
            "lesions=True, surfaces=True) is accepted."
        )
    report = Report(study, prediction, values, made or datetime.now().astimezone())
    path = folder / FILE
    with writing_to(folder):
        write_bytes(path, _pdf(report))
    return path


def _pdf(report: Report) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    data = io.BytesIO()
    # invariant: no clock and no random numbers but the moment given
    canvas = Canvas(data, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1, lang="en")
    canvas.setDateFormatter(lambda *_: _pdf_date(report.made))
    version = f"{report.values['program']} {report.values['version']}"
    # half a surrogate pair, as undecodable file names have them, cannot be written
    identifier = report.values["identifier"].encode("utf-8", "replace").decode()
    canvas.setTitle(f"{TITLE}: {identifier}")
    canvas.setAuthor(version)
    canvas.setCreator(version)
    canvas.setSubject(NOTICE)
    canvas.setKeywords(_KEYWORDS)
    shown = draw_first(Sheet(canvas), report)
    canvas.showPage()
    draw_second(Sheet(canvas), report, shown)
    canvas.showPage()
    canvas.save()
    return data.getvalue()


def _pdf_date(moment: datetime) -> str:
    """A moment as PDF has it: ``D:20250131235959+01'00'``."""
    offset = f"{moment:%z}"
    return f"D:{moment:%Y%m%d%H%M%S}" + (f"{offset[:3]}'{offset[3:5]}'" if offset else "")
