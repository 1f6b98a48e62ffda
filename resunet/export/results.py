"""Everything that comes out of one prediction, as a folder or a zip."""

import io
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from resunet.data.readers.volumes import DicomStack
from resunet.export.dicom import write_dicom
from resunet.export.png import write_png
from resunet.export.provenance import provenance, provenance_lines
from resunet.export.refusals import check_finished, writing_to
from resunet.export.report import write_report
from resunet.export.tables import result_values, write_measures
from resunet.export.volumes import write_layers
from resunet.figures.panels import base_contrast
from resunet.figures.picture import picture_slice
from resunet.measure import correction_sentence, key_slice
from resunet.study import Prediction, Study


def write_results(
    study: Study,
    prediction: Prediction,
    folder: Path,
    *,
    dicom: DicomStack | None = None,
    keep_identity: bool = False,
) -> list[Path]:
    """Writes mask, probability and uncertainty, tables, the key slice's picture and the report.

    Args:
        study: What was predicted on.
        prediction: Its prediction, finished.
        folder: Where to; made if missing.
        dicom: The series that the study was read from, where that is DICOM: the layers are
            written as DICOM objects too, into the folder ``dicom``.
        keep_identity: Whether these carry the source's patient; else a pseudonym.

    Returns:
        The files.

    Raises:
        InputError: If the folder cannot be written to, or the prediction is not finished.
    """
    check_finished(prediction)
    values = result_values(study, prediction)
    files = write_layers(study, prediction, folder)
    files += write_measures(study, prediction, folder, values=values)
    files.append(write_picture(study, prediction, key_slice(study, prediction), folder))
    files.append(write_report(study, prediction, folder, values=values))
    if dicom is not None:
        files += write_dicom(
            study, prediction, dicom, folder / "dicom", keep_identity=keep_identity
        )
    return files


def results_zip(
    study: Study,
    prediction: Prediction,
    *,
    dicom: DicomStack | None = None,
    keep_identity: bool = False,
) -> bytes:
    """The files of `write_results` as one zip.

    Args:
        study: As for `write_results`.
        prediction: As for `write_results`.
        dicom: As for `write_results`.
        keep_identity: As for `write_results`.

    Raises:
        InputError: If the prediction is not finished.
    """
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="resunet-results-") as name:
        folder = Path(name)
        files = write_results(study, prediction, folder, dicom=dicom, keep_identity=keep_identity)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(folder))
    return packed.getvalue()


def write_picture(study: Study, prediction: Prediction, slice_index: int, folder: Path) -> Path:
    """Writes ``picture.png``, the paper's figure 3 of one slice, with its provenance.

    Returns:
        The file.

    Raises:
        InputError: If the folder cannot be written to.
    """
    origin: dict[str, Any] = provenance(study, prediction)
    # the picture writes warnings and the research-use line itself
    notes = [line for line in provenance_lines(origin)[1:] if not line.startswith("Warning: ")]
    said = [*prediction.warnings, correction_sentence(prediction)]
    drawn = replace(prediction, warnings=tuple(sentence for sentence in said if sentence))
    path = folder / "picture.png"
    contrast = base_contrast(study)
    picture = picture_slice(study, drawn, slice_index, contrast=contrast, notes=notes)
    with writing_to(folder):
        write_png(path, picture, origin)
    return path


def picture_bytes(study: Study, prediction: Prediction, slice_index: int) -> bytes:
    """The file of `write_picture`."""
    with tempfile.TemporaryDirectory(prefix="resunet-results-") as name:
        return write_picture(study, prediction, slice_index, Path(name)).read_bytes()


def report_bytes(study: Study, prediction: Prediction) -> bytes:
    """The two pages of `resunet.export.report`."""
    with tempfile.TemporaryDirectory(prefix="resunet-results-") as name:
        values = result_values(study, prediction)
        return write_report(study, prediction, Path(name), values=values).read_bytes()
