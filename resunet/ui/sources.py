"""Where pictures come from: the data folder and the patient, chosen in the sidebar."""

import os
from pathlib import Path

import streamlit as st

from resunet.data.cases import Case, find_cases, split_names
from resunet.storage import data_roots, demo_dir
from resunet.ui.uploads import Upload, choose_upload

_ALL = "All"
_DEMO = "Demo patients"
_DATA_HELP = (
    "To see your own data, type the path of a folder on this machine, or start the app with "
    "`RESUNET_DATA=/path/to/data`. It holds one folder of BraTS NIfTI files a patient, or "
    "`<split>/<patient>_<k>.npz`, one axial slice a file with the arrays t1, t1ce, t2, flair and "
    "mask."
)


def choose_origin() -> Case | Upload:
    """Files that were dropped, or else a patient of the data folder.

    Raises:
        InputError: As `find_cases`.
    """
    return choose_upload() or choose_case(choose_root())


def choose_root() -> Path:
    """The data folder: one of ``RESUNET_DATA``, the demo patients, or one that is typed."""
    roots = {str(root): root for root in data_roots()} | {_DEMO: demo_dir()}
    with st.sidebar:
        chosen = st.selectbox(
            "Data folder",
            list(roots),
            accept_new_options=True,
            placeholder="Type a folder's path",
            help=_DATA_HELP,
            key="data_folder",
            persist_state="session",
        )
        if chosen in (None, _DEMO):
            st.caption(
                "Computed from an anatomical atlas, the outlines too: no patient, no expert."
            )
            return roots[_DEMO]
    return roots.get(chosen, Path(os.path.expanduser(chosen)))


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
