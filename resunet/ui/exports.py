"""What can be taken away from the slice view: made when it is asked for."""

from collections.abc import Callable

import streamlit as st

from resunet.export.results import picture_bytes, report_bytes, results_zip
from resunet.study import Prediction
from resunet.ui.session import OpenStudy

_WIDTH_PX = 340  # so that the menu leaves the picture in sight
_DICOM_HELP = (
    "Without this, DICOM results carry a pseudonym and none of the source's dates, and still refer "
    "to the source images by their identifiers. With it they file into the same study of a PACS."
)


def show_exports(opened: OpenStudy, prediction: Prediction, slice_index: int) -> None:
    """A menu of files of the prediction at the threshold on screen.

    Args:
        opened: The study.
        prediction: What is known so far, as it is shown; only the slice's picture is offered
            before it is done.
        slice_index: The slice on screen.
    """
    study = opened.study
    name, whole = study.identifier, bool(prediction.done.all())
    slice_done = bool(prediction.done[slice_index])
    number = study.slice_numbers[slice_index]
    with st.popover("Export", icon=":material/download:"), st.container(width=_WIDTH_PX):
        _offer(
            "Picture of this slice",
            f"{name}_{number}.png",
            "image/png",
            lambda: picture_bytes(study, prediction, slice_index),
            ready=slice_done,
        )
        _offer(
            "Report, two pages",
            f"{name}.pdf",
            "application/pdf",
            lambda: report_bytes(study, prediction),
            ready=whole,
        )
        keep = opened.reading.dicom is not None and st.checkbox(
            "Carry the patient's identity in DICOM",
            key=f"keep_identity-{study.source.sha256[:16]}",  # chosen anew for each patient
            help=_DICOM_HELP,
        )
        _offer(
            "All results, as zip",
            f"{name}.zip",
            "application/zip",
            lambda: results_zip(study, prediction, dicom=opened.reading.dicom, keep_identity=keep),
            ready=whole,
        )
        layers = "DICOM segmentations and parametric map, " if opened.reading.dicom else ""
        kind = "npz" if study.grid is None else "NIfTI"
        st.caption(
            f"The zip holds mask, probability and uncertainty as {kind}, {layers}measurements as "
            "JSON and CSV, the picture and the report."
            + ("" if whole else " It is offered once all slices are computed.")
        )


def _offer(
    label: str, file_name: str, mime: str, make: Callable[[], bytes], *, ready: bool
) -> None:
    st.download_button(
        label,
        make,
        file_name,
        mime,
        on_click="ignore",
        disabled=not ready,
        width="stretch",
        key=f"export-{mime}",
    )
