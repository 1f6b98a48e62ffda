"""Where pictures come from: dropped files, or a patient of a data folder; in the sidebar."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from resunet.data.cases import Case, find_cases, split_names
from resunet.review.addresses import find_case, opaque_id
from resunet.review.patients import DataFolder, Patients
from resunet.storage import data_roots, demo_dir
from resunet.ui.dropped import DroppedFiles, dropped_files, forget_dropped
from resunet.ui.session import close_upload
from resunet.ui.uploads import Upload, choose_upload

OPEN_CASE = "open_case"
"""Under this key of the session another page leaves what to open.

(data folder or None for dropped files, patient, slice index or None).
"""

WORK_LIST = "work_list"
"""Under this key of the session the work list's page keeps its list: (what it depends on, it)."""

_FOLDER = "data_folder"
_CASE = "case"
_DROPPED = "dropped_patient"
_ARRIVED = "arrived"
_LOST = "lost_address"
_MOST_DIGITS = 6
_OPENED = "Opened files"
_DEMO = "Demo patients"
_DATA_HELP = (
    "To see your own data, drop a patient's files above, type the path of a folder on this "
    "machine, or start the app with `RESUNET_DATA=/path/to/data`. A data folder holds one folder "
    "of NIfTI or DICOM files a patient, or `<split>/<patient>_<k>.npz`, one axial slice a file "
    "with the arrays t1, t1ce, t2, flair and mask."
)


class Origin(NamedTuple):
    """What is chosen to be looked at.

    Attributes:
        chosen: A patient of a data folder, or files that were dropped.
        address: The opaque name of a patient whom others can open by it too; else empty.
    """

    chosen: Case | Upload
    address: str


def take_request() -> int | None:
    """Chooses the patient that another page, or the page's address, asks for.

    To be called before the controls are made. The address is followed once, as it stood when
    the browser came.

    Returns:
        The index of the slice asked for; None where none is.
    """
    if (request := st.session_state.pop(OPEN_CASE, None)) is not None:
        st.session_state.pop(_LOST, None)
        root, case, slice_index = request
        _choose(root, case)
        return None if slice_index is None else int(slice_index)
    if st.session_state.get(_ARRIVED):
        return None
    st.session_state[_ARRIVED] = True
    wanted = st.query_params.get("case", "")
    found = find_case([*data_roots(), demo_dir()], wanted)
    if found is None:
        st.session_state[_LOST] = bool(wanted)
        return None
    _choose(*found)
    number = st.query_params.get("slice", "")
    return int(number) - 1 if number.isdecimal() and 0 < len(number) < _MOST_DIGITS else None


def is_lost() -> bool:
    """Whether the page's address led to nobody; says so instead of showing somebody else.

    To be called before anything is shown, until the user goes on by hand.
    """
    if not st.session_state.get(_LOST):
        return False
    st.error(
        "The patient of this address is not found on this server: the data folder may have been "
        "moved or is not served, or the address is another server's.",
        icon=":material/link_off:",
    )
    st.button("Choose a patient", on_click=_give_up)
    return True


def _give_up() -> None:
    del st.session_state[_LOST]
    st.query_params.clear()


def _choose(root: Path | None, case: Case) -> None:
    if root is None:
        st.session_state[_FOLDER] = _OPENED
        st.session_state[_DROPPED] = case
        return
    st.session_state[_FOLDER] = _DEMO if root == demo_dir() else str(root)
    st.session_state[_CASE] = case


def choose_origin() -> Origin:
    """Files that were dropped, or a patient of the data folder: what is chosen in the sidebar.

    The controls are as many whatever is chosen: while a prediction goes on, Streamlit leaves
    those on the page that a run no longer shows.

    Raises:
        InputError: As `find_cases`.
    """
    upload = choose_upload(on_files=_show_opened)
    root = choose_root(upload)
    if upload is None or root is not None:
        folder = root or demo_dir()
        cases: Sequence[Case] = cases_in(folder)
        case = _choose_case(cases)
        is_served = folder in (*data_roots(), demo_dir())
        origin = Origin(case, opaque_id(folder, case) if is_served else "")
    else:
        dropped = dropped_files(upload)
        cases = dropped.cases
        origin = Origin(_choose_dropped(dropped), "")
    st.sidebar.caption(about(root, cases))
    return origin


def choose_patients() -> Patients:
    """Files that were dropped, or a data folder, with all patients: chosen in the sidebar.

    Raises:
        InputError: As `find_cases`.
    """
    upload = choose_upload(on_files=_show_opened)
    root = choose_root(upload)
    patients: Patients
    if upload is not None and root is None:
        patients = dropped_files(upload)
    else:
        folder = root or demo_dir()
        patients = DataFolder(folder, cases_in(folder))
    st.sidebar.caption(about(root, patients.cases))
    return patients


def choose_root(upload: Upload | None = None) -> Path | None:
    """The data folder: one of ``RESUNET_DATA``, the demo patients, or one that is typed.

    Args:
        upload: Files that were dropped; they stand among the folders.

    Returns:
        The folder; None where the dropped files are chosen.
    """
    roots: dict[str, Path | None] = {} if upload is None else {_OPENED: None}
    roots |= {str(root): root for root in data_roots()} | {_DEMO: demo_dir()}
    # a page that takes no dropped files leaves the choice of them as it is
    is_elsewhere = upload is None and st.session_state.get(_FOLDER) == _OPENED
    chosen = st.sidebar.selectbox(
        "Data folder",
        list(roots),
        accept_new_options=True,
        placeholder="Type a folder's path",
        help=_DATA_HELP,
        key="other_folder" if is_elsewhere else _FOLDER,
        persist_state="session",
    )
    chosen = chosen or _DEMO
    return roots[chosen] if chosen in roots else Path(os.path.expanduser(chosen))


def about(root: Path | None, cases: Sequence[Case]) -> str:
    """A line on the patients of a data folder, or of the dropped files where that is None."""
    count = f"{len(cases)} patient{'' if len(cases) == 1 else 's'}"
    if root is None:
        some = f"{count}. " if len(cases) > 1 else ""
        return f"{some}Kept in this server's memory, for this browser window only."
    if root == demo_dir():
        return "Computed from an anatomical atlas, the outlines too: no patient, no expert."
    return f"{count} in this folder."


@st.cache_data(ttl=60, scope="session", show_spinner="Looking through the folder …")
def cases_in(root: Path) -> list[Case]:
    """The cases of a data folder: names only, looked up again every minute.

    Raises:
        InputError: As `find_cases`.
    """
    return find_cases(root)


def _choose_case(cases: Sequence[Case]) -> Case:
    """The patient to be shown."""
    with_split = len(split_names(cases)) > 1

    def label(case: Case) -> str:
        return f"{case.patient} ({case.split})" if with_split and case.split else case.patient

    chosen = st.sidebar.selectbox(
        "Patient",
        cases,
        format_func=label,
        key=_CASE,
        persist_state="session",
        help="Type a part of the name, or of the split's, to find a patient.",
    )
    # Streamlit keeps the patient of the folder before where one here is called alike.
    return chosen if chosen in cases else {label(case): case for case in cases}[label(chosen)]


def _choose_dropped(dropped: DroppedFiles) -> Upload:
    case = st.sidebar.selectbox(
        "Patient",
        dropped.cases,
        format_func=lambda case: dropped.upload_of(case).title,
        key=_DROPPED,
        persist_state="session",
        disabled=len(dropped.cases) < 2,
    )
    return dropped.upload_of(case)


def _show_opened(upload: Upload | None) -> None:
    """Files that come are shown; when they go, so does their place among the folders."""
    close_upload()
    forget_dropped()
    _, work_list = st.session_state.get(WORK_LIST, (None, None))
    if work_list is not None and work_list.patients.root is None:
        del st.session_state[WORK_LIST]
    if upload is not None:
        st.session_state[_FOLDER] = _OPENED
    elif st.session_state.get(_FOLDER) == _OPENED:
        del st.session_state[_FOLDER]
