"""Keeps what a reader corrected, where the patient is one that is found again."""

import streamlit as st

from resunet.errors import InputError
from resunet.export.provenance import provenance
from resunet.review.corrections import save_correction, saved_when
from resunet.study import Prediction
from resunet.ui.notices import show_error
from resunet.ui.session import OpenStudy
from resunet.ui.viewer.edits import Edit

_FAILED = "saving_failed"
_HELP = (
    "Keeps the corrected outline on this server: whoever opens this patient next begins with it. "
    "It waits until all slices are predicted. Exports hold the outline without being saved."
)


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
        disabled=opened.edit.revision == opened.saved_revision or not shown.done.all(),
        on_click=_save,
        args=(opened, shown, opened.edit),
        help=_HELP,
    )
    if _FAILED in st.session_state:
        show_error(st.session_state.pop(_FAILED))


def _save(opened: OpenStudy, shown: Prediction, edit: Edit) -> None:
    """Saves the outline that was on screen; another reader's is not replaced without a word."""
    origin = provenance(opened.study, shown)
    origin["verdicts"] = [verdict._asdict() for verdict in edit.verdicts]
    there = saved_when(opened.address, opened.study)
    if there and there != opened.saved_when:
        opened.saved_when = there
        st.session_state[_FAILED] = (
            f"Another reader has saved a correction of this patient at {there[:16]} UTC; save "
            "again to put yours in its place, or open the patient anew to begin with theirs."
        )
        return
    try:
        save_correction(opened.address, shown, origin)
    except InputError as error:
        st.session_state[_FAILED] = error
        return
    opened.saved_when = saved_when(opened.address, opened.study)
    opened.saved_revision = edit.revision
