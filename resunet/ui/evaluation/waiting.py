"""Evaluations that are not done: how far they are, and ways to stop them and to go on."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from resunet.errors import InputError
from resunet.evaluation.progress import read_progress
from resunet.ui.evaluation import computing
from resunet.ui.evaluation.computing import Asked
from resunet.ui.evaluation.request import Request
from resunet.ui.evaluation.results import show_next
from resunet.ui.notices import literal, show_error

LOOK_SECONDS = 2.0
"""Between two looks at the folders."""

_TROUBLE = "evaluation_trouble"
_WATCHED = "evaluation_watched"


def offer(request: Request | None) -> None:
    """The button that asks for an evaluation; in the sidebar."""
    count = 0 if request is None else len(request.cases)
    label = f"Evaluate on {count} patient{'' if count == 1 else 's'}" if count else "Evaluate"
    st.sidebar.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=request is None,
        key="evaluation_start",
        on_click=_act,
        args=(_ask, request),
    )


def show_unfinished() -> bool:
    """What runs, was stopped or has failed.

    Returns:
        Whether there is anything of that.
    """
    if (trouble := st.session_state.pop(_TROUBLE, None)) is not None:
        show_error(trouble)
    pending = computing.unfinished()
    watched: set[Path] = st.session_state.setdefault(_WATCHED, set())
    for folder in [each for each in watched if computing.is_done(each)]:
        watched.discard(folder)
        show_next(folder)
    if any(asked.state == "running" for asked in pending):
        _watch(tuple(pending))
    else:
        _show(pending)
    return bool(pending)


@st.fragment(run_every=LOOK_SECONDS)
def _watch(pending: Sequence[Asked]) -> None:
    now = computing.unfinished()
    if [asked.folder for asked in now] != [asked.folder for asked in pending]:
        st.rerun()
    if not any(asked.state == "running" for asked in now):
        st.rerun()
    _show(now)


def _show(pending: Sequence[Asked]) -> None:
    for asked in pending:
        with st.container(border=True, gap="xsmall"):
            _show_one(asked)


def _show_one(asked: Asked) -> None:
    state = asked.state
    parts = read_progress(asked.folder)
    done, total = sum(part.done for part in parts), sum(part.total for part in parts)
    if state == "running":
        at = next((part for part in parts if part.done < part.total), None)
        words = "Loading the network …" if not parts else "Summing up …"
        if at is not None:
            words = f"{at.what}: {at.done} of {at.total} patients are scored"
        share, button = done / max(total, 1), ("Stop", ":material/stop:", computing.stop)
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap="xsmall"):
                st.markdown(f"**{literal(asked.title)}**")
                st.progress(share, literal(words))
            _button(asked, *button)
        st.caption("You can leave the page meanwhile; what is scored is kept.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xsmall"):
            scored = f"{done} of {total} patients are scored and stay so." if parts else ""
            if state == "stopped":
                st.markdown(f"**{literal(asked.title)}** was stopped. {scored}")
            else:
                why = asked.task.message or "the process ended without a word."
                show_error(f"{asked.title} could not be evaluated: {why}")
        label = "Go on" if state == "stopped" else "Retry"
        _button(asked, label, ":material/play_arrow:", computing.go_on)
        _button(asked, "Discard", ":material/delete:", computing.discard)


def _button(asked: Asked, label: str, icon: str, action: Callable[[Asked], None]) -> None:
    st.button(
        label,
        icon=icon,
        key=f"evaluation_{label}_{asked.folder.name}",
        on_click=_act,
        args=(_watched, action, asked),
    )


def _ask(request: Request) -> None:
    asked = computing.ask(request)
    if computing.is_done(asked.folder):
        st.toast("This evaluation is there already.", icon=":material/done_all:")
    _follow(asked)


def _watched(action: Callable[[Asked], None], asked: Asked) -> None:
    action(asked)
    _follow(asked)


def _follow(asked: Asked) -> None:
    """Shows its result as soon as it is there."""
    st.session_state.setdefault(_WATCHED, set()).add(asked.folder)


def _act(action: Callable[..., None], *arguments: object) -> None:
    """Does something, and keeps what went wrong to be told."""
    try:
        action(*arguments)
    except (InputError, OSError) as error:
        st.session_state[_TROUBLE] = str(error)
