"""Keeps what a reader corrected, where the patient is one that is found again."""

import streamlit as st

from resunet.errors import InputError
from resunet.export.provenance import provenance
from resunet.review.corrections import save_correction
from resunet.study import Prediction
from resunet.ui.notices import show_error
from resunet.ui.session import OpenStudy

_FAILED = "saving_failed"


def show_saving(opened: OpenStudy, shown: Prediction) -> None:
    """A button that keeps the correction; for patients of data folders.

    Args:
        opened: The study.
        shown: The prediction as corrected.
    """
    if not opened.address:
        return
    st.button(
        "Save correction",
        icon=":material/save:",
        key="save_correction",
        disabled=opened.edit.revision == opened.saved_revision,
        on_click=_save,
        args=(opened, shown),
        help="Keeps the corrected outline on this server: whoever opens this patient next begins "
        "with it. Exports hold it without being saved.",
    )
    if _FAILED in st.session_state:
        show_error(st.session_state.pop(_FAILED))


def _save(opened: OpenStudy, shown: Prediction) -> None:
    origin = provenance(opened.study, shown)
    origin["verdicts"] = [verdict._asdict() for verdict in opened.edit.verdicts]
    try:
        save_correction(opened.address, shown, origin)
    except InputError as error:
        st.session_state[_FAILED] = error
        return
    opened.saved_revision = opened.edit.revision
