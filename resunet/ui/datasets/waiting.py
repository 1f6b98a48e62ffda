"""While a comparison is computed: how far it is, what is known so far, and a way to stop it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from resunet.errors import InputError
from resunet.figures.distributions import fig_mask_distributions
from resunet.ui.datasets import computing
from resunet.ui.datasets.computing import Seen
from resunet.ui.datasets.request import Request
from resunet.ui.datasets.where import ONE_SET_PX
from resunet.ui.notices import show_error

LOOK_SECONDS = 2.0
"""Between two looks at the folder."""

_TROUBLE = "datasets_trouble"


def wait(request: Request, folder: Path) -> None:
    """Starts what has not been started, and shows how it goes on until it is done."""
    task = computing.task_of(folder)
    if task.state == "none" and not computing.is_stopped(folder):
        _act(folder, computing.start, request, folder)
    _watch(request, folder)


def offer_renewal(request: Request, folder: Path, error: InputError) -> None:
    """What is wrong with a comparison that is kept, and a way to make it anew."""
    show_error(error)
    st.button(
        "Retry",
        key="datasets_again",
        icon=":material/play_arrow:",
        on_click=_act,
        args=(folder, computing.start, request, folder),
    )


@st.fragment(run_every=LOOK_SECONDS)
def _watch(request: Request, folder: Path) -> None:
    if computing.is_done(folder):
        st.rerun()
    try:
        _show_state(request, folder)
    except InputError as error:
        show_error(error)


def _show_state(request: Request, folder: Path) -> None:
    """How it goes on.

    Raises:
        InputError: If a file of the data is gone.
    """
    troubled, trouble = st.session_state.get(_TROUBLE, (None, ""))
    state = computing.task_of(folder).state
    if troubled == folder:
        show_error(trouble)
        _offer("Retry", request, folder)
    elif computing.is_stopped(folder) and state != "running":
        seen = computing.look(request, folder)
        st.info(
            f"Comparing was stopped. {_patients(seen)} are read and stay so.",
            icon=":material/stop_circle:",
        )
        _offer("Go on", request, folder)
    elif state != "running":
        message = computing.task_of(folder).message or "the process ended without a word."
        show_error(f"The sets could not be compared: {message}")
        _offer("Retry", request, folder)
    else:
        _show_progress(request, folder)


def _show_progress(request: Request, folder: Path) -> None:
    seen = computing.look(request, folder)
    reading = seen.done < seen.total
    words = f"{_patients(seen)} are read" if reading else "All patients are read; comparing …"
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            st.progress(seen.done / max(seen.total, 1), words)
        st.button(
            "Stop", icon=":material/stop:", on_click=_act, args=(folder, computing.stop, folder)
        )
    st.caption(
        "Each slice is read once and looked at for faults; what is read is kept, so that the next "
        "time takes seconds. You can leave the page meanwhile."
    )
    if seen.sets:
        shown = [seen.sets[each.name] for each in request.sets if each.name in seen.sets]
        st.markdown("**Where the tumours are, as far as patients are read**")
        st.plotly_chart(
            fig_mask_distributions(shown),
            width=ONE_SET_PX if len(shown) == 1 else "stretch",
            key="datasets_so_far",
            alt="Mean and standard deviation of the masks read so far",
        )


def _offer(label: str, request: Request, folder: Path) -> None:
    st.button(
        label,
        key="datasets_again",
        icon=":material/play_arrow:",
        on_click=_act,
        args=(folder, computing.start, request, folder),
    )


def _act(folder: Path, action: Callable[..., None], *arguments: object) -> None:
    """Does something about a comparison, and keeps what went wrong until the next try."""
    st.session_state.pop(_TROUBLE, None)
    try:
        action(*arguments)
    except (InputError, OSError) as error:
        st.session_state[_TROUBLE] = (folder, str(error))


def _patients(seen: Seen) -> str:
    return f"{seen.done:,} of {seen.total:,} patients"
