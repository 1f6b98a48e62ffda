"""Dropped files as patients to choose among, and as a work list; known to one session alone."""

import streamlit as st

from resunet.data.cases import Case
from resunet.data.readers import Reading, ReadOptions
from resunet.review.addresses import opaque_name
from resunet.review.patients import Patients
from resunet.review.store import Jottings
from resunet.ui.uploads import Upload

_KEY = "dropped_files"


class DroppedFiles(Patients):
    """The patients of an upload.

    Nothing of them is kept: what is computed, ticked and noted goes with the session.

    Args:
        upload: What was dropped.
    """

    def __init__(self, upload: Upload) -> None:
        self._of_case = {
            Case(each.split, each.patient or each.title): each for each in upload.patients()
        }
        super().__init__(tuple(self._of_case), Jottings())

    def upload_of(self, case: Case) -> Upload:
        """The files of a patient."""
        return self._of_case[case]

    def id_of(self, case: Case) -> str:
        """Of the files that came, and of who they are."""
        return opaque_name([*self.upload_of(case).ids, case.split, case.patient])

    def open(self, case: Case) -> Reading:
        """As `Upload.read`."""
        return self.upload_of(case).read(ReadOptions())


def dropped_files(upload: Upload) -> DroppedFiles:
    """The patients of an upload, looked for once."""
    held, dropped = st.session_state.get(_KEY, (None, None))
    if held != upload or dropped is None:
        with st.spinner("Looking through what was dropped …"):
            dropped = DroppedFiles(upload)
        st.session_state[_KEY] = upload, dropped
    return dropped


def forget_dropped() -> None:
    """Lets go of what was dropped, and of all that was computed, ticked and noted of it."""
    st.session_state.pop(_KEY, None)
