"""A slice that a finding names, as a picture, and the way to it in the viewer."""

import io
from pathlib import Path

import streamlit as st

from resunet.cohort.sets import PatientSet
from resunet.data.cases import Case
from resunet.data.named_slices import numbered, read_named_slice
from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.figures.contrasts import picture_contrasts
from resunet.ui.datasets.request import Request, find_case
from resunet.ui.notices import literal
from resunet.ui.sources import OPEN_CASE, cases_in

_WANTED = "datasets_open"


def show_slice(
    each: PatientSet | None,
    file: str,
    *,
    marked: tuple[str, ...] = (),
    columns: int = 2,
    told: str = "",
) -> None:
    """The four contrasts of a slice with the expert's outline, or why they cannot be shown.

    Args:
        each: The set it is of; None where the data folder holds that set no more.
        file: Its name from the data folder on.
        marked: Contrasts that get a frame.
        columns: How many stand in a row.
        told: What is said of the slice already: why it cannot be shown is not said twice.
    """
    if each is None:
        st.caption("Its set is not in the data folder any more.")
        return
    try:
        picture, outlined = _picture(each.root, file, _changed_ns(each.root, file), marked, columns)
    except InputError as error:
        if str(error) != told:
            st.info(literal(str(error)), icon=":material/broken_image:")
        return
    st.image(picture, width="stretch", output_format="PNG", alt=f"The four contrasts of {file}")
    none = "This slice has no outline, or an empty one."
    st.caption("The expert's outline in red." if outlined else none)


def offer_viewer(request: Request, each: PatientSet | None, patient: str, file: str) -> None:
    """A button that opens a slice in the viewer."""
    case = None if each is None else find_case(each, patient, file)
    st.button(
        "Open in the viewer",
        icon=":material/neurology:",
        key="datasets_viewer",
        disabled=case is None,
        on_click=_open,
        args=(request, each, case, file),
    )


def take_opened() -> bool:
    """Whether a slice is to be opened; the page then goes to the viewer."""
    return bool(st.session_state.pop(_WANTED, False))


def slice_index(case: Case, file: str) -> int | None:
    """Where a slice stands among its patient's; None where that cannot be told.

    Of a head it is read again: its slices need not be numbered from 0 on, without gaps.
    """
    name = file.rpartition("/")[2]
    if case.folder is None:
        names = [each.path.name for each in case.slices]
        return names.index(name) if name in names else None
    parts = numbered(file)
    try:
        numbers = read_case(case).slice_numbers
    except InputError:
        return None
    return numbers.index(parts[1]) if parts is not None and parts[1] in numbers else None


def _open(request: Request, each: PatientSet, case: Case, file: str) -> None:
    """Leaves for the viewer what to open, as it stands among the folder's patients there."""
    root = request.served_root(each)
    name = (case.split, case.patient)
    same = (other for other in cases_in(root) if (other.split, other.patient) == name)
    st.session_state[OPEN_CASE] = (root, next(same, case), slice_index(case, file))
    st.session_state[_WANTED] = True


def _changed_ns(root: Path, file: str) -> int:
    try:
        return (root / file.rpartition(":")[0] if ":" in file else root / file).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


@st.cache_data(scope="session", max_entries=16, show_spinner="Reading the slice …")
def _picture(
    root: Path, file: str, changed_ns: int, marked: tuple[str, ...], columns: int
) -> tuple[bytes, bool]:
    """The picture as PNG, and whether an outline is in it.

    Raises:
        InputError: If the slice cannot be read.
    """
    study = read_named_slice(root, file)
    image = picture_contrasts(study, 0, marked=marked, columns=columns)
    with io.BytesIO() as memory:
        image.save(memory, "png", compress_level=1)
        return memory.getvalue(), study.labels is not None and bool(study.labels.any())
