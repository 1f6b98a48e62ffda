"""The work list: patients and slices in the order in which a reader had best look at them."""

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resunet.errors import InputError
from resunet.inference.models import ModelFile
from resunet.review.order import listed
from resunet.review.words import count_words, progress_words
from resunet.review.worklist import WorkList
from resunet.ui import engine, frame, sources, worklist
from resunet.ui.notices import show_error

SHOW_EVERY_SECONDS = 4.0  # between two looks at what has been computed meanwhile
PATIENTS, SLICES = "Patients", "Slices"
REVIEW, FOLDER = "Review first", "As in the folder"
MEANING = {
    (PATIENTS, REVIEW): "Patients in whom no tumour was found, then the others by falling doubt; "
    "last what could not be computed.",
    (PATIENTS, FOLDER): "By split and name.",
    (SLICES, REVIEW): "By falling doubt; then slices in which no tumour was found, beginning with "
    "those in which the network came nearest to one.",
    (SLICES, FOLDER): "By split, name and slice.",
}
LATER = "Patients keep their places until computing ends or is stopped."


def main() -> None:
    """The page, from choosing to computing."""
    try:
        patients = sources.choose_patients()
        model = engine.choose_model()
        samples, seed = (0, 0) if model is None else choose_sampling()
        work_list = worklist.open_list(patients, model, samples=samples, seed=seed)
    except InputError as error:
        show_error(error)
        return
    view(work_list, model)


def choose_sampling() -> tuple[int, int]:
    """Number of stochastic passes and their seed."""
    with st.sidebar:
        samples = st.slider(
            "Stochastic passes T",
            2,
            64,
            10,
            key="work_samples",
            persist_state="session",
            help="Ten are enough for the order; the viewer takes more for its uncertainty map.",
        )
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="work_seed", persist_state="session")
    return samples, int(seed)


@st.fragment
def view(work_list: WorkList, model: ModelFile | None) -> None:
    """The table; what is to be computed is computed after it is shown."""
    if worklist.take_opened():
        st.switch_page("pages/viewer.py")
    st.subheader("Work list")
    top = st.container(horizontal=True, vertical_alignment="center")
    with top:
        subject = choose("Table", PATIENTS, SLICES, key="work_subject")
        sorting = choose("Order", REVIEW, FOLDER, key="work_sorting")
    patients = work_list.patients
    found = patients.reviews.read_all()
    reviewed = {id_ for id_, review in found.reviews.items() if review.reviewed}
    rows = [entry.row for entry in work_list.entries if entry.row is not None]
    sizes = [each.size for row in rows for each in (row.slices if subject == SLICES else (row,))]
    wanted = worklist.choose_wanted(work_list.entries, sizes)
    entries = listed(work_list.entries, wanted, reviewed)
    ids = [entry.id for entry in entries]
    with top:
        running = model is not None and worklist.choose_running(work_list, ids)
        place = st.container()
    if trouble := worklist.take_trouble():
        show_error(trouble)
    steady = running and (subject, sorting) == (PATIENTS, REVIEW)
    counted = count_words(entries, reviewed, len(work_list.entries))
    st.caption(f"{LATER if steady else MEANING[subject, sorting]} {counted}")
    first = sorting == REVIEW
    if subject == PATIENTS:
        worklist.show_patients(
            patients, entries, wanted, found, review_first=first, running=running
        )
    else:
        worklist.show_slices(patients, entries, wanted, found, review_first=first)
    if model is None:
        st.info(engine.NO_MODEL, icon=":material/model_training:")
    elif running:
        compute(place, work_list, model, ids)


def choose(label: str, *options: str, key: str) -> str:
    """One of some options side by side; the first by default."""
    return st.segmented_control(
        label,
        options,
        required=True,
        default=options[0],
        key=key,
        persist_state="session",
        label_visibility="collapsed",
    )


def compute(place: DeltaGenerator, work_list: WorkList, model: ModelFile, ids: list[str]) -> None:
    """Computes for some seconds, and shows what came of it."""
    progress = work_list.progress(ids)
    bar = place.progress(progress.share, progress_words(progress))
    until = time.monotonic() + SHOW_EVERY_SECONDS
    try:
        with st.spinner("Loading the network …"):
            network = engine.engine_for(model)
        for progress in work_list.work(network, ids):
            bar.progress(progress.share, progress_words(progress))
            if time.monotonic() > until:
                break
    except InputError as error:
        worklist.stop(work_list, str(error))
    st.rerun()


frame.enter("pages/worklist.py")
main()
