"""Trainings: started from a form, watched live, and what becomes of them."""

import streamlit as st

from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder, list_runs
from resunet.storage import runs_dir
from resunet.ui import frame, sources
from resunet.ui.notices import literal, show_error
from resunet.ui.training.actions import NEW_RUN, PART, WANTED_PART, show_actions
from resunet.ui.training.comparison import show_comparison, show_overview
from resunet.ui.training.errands import show_errands, show_scores
from resunet.ui.training.form import STARTED, show_form
from resunet.ui.training.watch import (
    WATCH_SECONDS,
    show_card,
    show_curves,
    show_log,
    show_others_at_work,
    show_samples,
    show_state,
)

RUNS = "Runs"
CHOSEN = "training_run"


def main() -> None:
    """The page: the runs there are, or the form for a new one."""
    runs = {run.path.name: run for run in list_runs()}
    st.session_state.setdefault(PART, RUNS if runs else NEW_RUN)
    if (started := st.session_state.pop(STARTED, None)) is not None:
        st.session_state[PART], st.session_state[CHOSEN] = RUNS, started
    if (wanted := st.session_state.pop(WANTED_PART, None)) is not None:
        st.session_state[PART] = wanted
    part = st.segmented_control(
        "View",
        [RUNS, NEW_RUN],
        required=True,
        key=PART,
        persist_state="session",
        label_visibility="collapsed",
    )
    if part == NEW_RUN:
        begin()
    else:
        look_at(runs)


def begin() -> None:
    """The form; a run that it starts is looked at next."""
    root = sources.choose_root()
    try:
        cases = sources.cases_in(root)
    except InputError as error:
        show_error(error)
        return
    st.sidebar.caption(sources.about(root, cases))
    show_form(root, cases)


def look_at(runs: dict[str, RunFolder]) -> None:
    """One run, and others to compare it with."""
    if not runs:
        st.info(
            f"No run yet in `{runs_dir()}`. Start one above, or with\n\n"
            "`python -m resunet train --data /path/to/data --preset small-data`",
            icon=":material/model_training:",
        )
        return
    if st.session_state.get(CHOSEN) not in runs:
        st.session_state[CHOSEN] = next(iter(runs))
    with st.sidebar:
        name = st.selectbox("Run", list(runs), key=CHOSEN, persist_state="session")
        others = st.multiselect(
            "Compare with",
            [other for other in runs if other != name],
            key="training_others",
            persist_state="session",
        )
    watch(runs[name], [runs[other] for other in others if other in runs])
    with st.expander("All runs", icon=":material/list:"):
        show_overview(runs.values())


@st.fragment(run_every=WATCH_SECONDS)
def watch(run: RunFolder, others: list[RunFolder]) -> None:
    """All there is to see of a run, looked at again every few seconds."""
    if not run.exists():
        st.warning(f"{literal(run.path.name)} is there no more.", icon=":material/delete:")
        return
    status, trouble = run.read_status(), ""
    try:
        run.read_config()
    except InputError as error:
        trouble = str(error)
    show_state(run, status)
    show_others_at_work(run)
    show_actions(run, status, is_readable=not trouble)
    if trouble:
        show_error(trouble)
    show_errands(run)
    show_curves([run, *others])
    show_scores(run)
    if others:
        show_comparison([run, *others])
    show_samples(run)
    with st.expander("Card", icon=":material/badge:"):
        show_card(run)
    with st.expander("Log", icon=":material/notes:"):
        show_log(run)


frame.enter("pages/training.py")
main()
