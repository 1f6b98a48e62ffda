"""Where pictures come from: the data folder and the patient, chosen in the sidebar."""

import os
from pathlib import Path

import streamlit as st

from resunet.data.cases import Case, find_cases, split_names
from resunet.storage import data_roots

_ALL = "All"


def choose_root() -> Path | None:
    """The data folder: one of ``RESUNET_DATA``, or one that is typed; None while there is none."""
    served = [str(root) for root in data_roots()]
    chosen = st.sidebar.selectbox(
        "Data folder",
        served,
        accept_new_options=True,
        placeholder="Type a folder's path",
        help="Folders served by RESUNET_DATA, or any folder of this machine: type its path.",
        key="data_folder",
        persist_state="session",
    )
    return Path(os.path.expanduser(chosen)) if chosen else None


def explain_data() -> None:
    """Tells someone without data what is wanted."""
    st.info(
        "No data folder yet. Type one into the sidebar, or start the app with one:\n\n"
        "`RESUNET_DATA=/path/to/data streamlit run app.py`\n\n"
        "A data folder holds `<split>/<patient>_<k>.npz`, one axial slice a file with the "
        "arrays t1, t1ce, t2, flair and mask, or one folder of BraTS NIfTI files a patient.",
        icon=":material/folder_open:",
    )


@st.cache_data(ttl=60, scope="session", show_spinner="Looking through the folder …")
def cases_in(root: Path) -> list[Case]:
    """The cases of a data folder: names only, looked up again every minute.

    Raises:
        InputError: As `find_cases`.
    """
    return find_cases(root)


def choose_case(root: Path) -> Case:
    """The patient to be shown.

    Raises:
        InputError: As `find_cases`.
    """
    cases = cases_in(root)
    splits = split_names(cases)
    with st.sidebar:
        if len(splits) > 1:
            split = st.selectbox("Split", [_ALL, *splits], key="split", persist_state="session")
            cases = [case for case in cases if split in (_ALL, case.split)]
        return st.selectbox(
            "Patient",
            cases,
            format_func=lambda case: case.patient,
            key="case",
            persist_state="session",
            help="Type a part of the name to find a patient.",
        )
