"""Computes a prediction a few seconds at a time, so that the page can be used meanwhile."""

import streamlit as st

from resunet.errors import InputError
from resunet.inference.models import ModelFile
from resunet.ui import engine
from resunet.ui.notices import show_error
from resunet.ui.session import OpenStudy

SHOW_EVERY_SECONDS = 4.0  # between two looks at what has been computed meanwhile

_STOPPED = "stopped"  # the study whose prediction was stopped
_WIDTH_PX = 420


def compute(opened: OpenStudy, model: ModelFile, samples: int, seed: int, slice_index: int) -> None:
    """Computes the slice on screen, or else others for some seconds, and shows them.

    Args:
        opened: The study.
        model: The network.
        samples: T, the number of stochastic passes.
        seed: Their seed.
        slice_index: The slice on screen.
    """
    try:
        with st.spinner("Loading the network …"):
            network = engine.engine_for(model)
        predictor = opened.predictor(network, samples, seed)
        missing = [index for index, done in enumerate(predictor.done) if not done]
        is_stopped = st.session_state.get(_STOPPED) == _name(opened)
        if not predictor.done[slice_index]:
            missing = [slice_index]
        elif is_stopped:
            _show_stopped(len(missing), predictor.done.size)
            return
        with st.container(horizontal=True, vertical_alignment="bottom", width=_WIDTH_PX):
            words = "Predicting …" if opened.is_scouted else "Looking for the tumour …"
            bar = st.progress(predictor.done.mean(), words)
            st.button("Stop", key="stop_predicting", on_click=_stop, args=(_name(opened),))
        if opened.scout(predictor, slice_index):
            st.rerun()
        nearest = sorted(missing, key=lambda index: abs(index - slice_index))
        for done in opened.compute(predictor, nearest, SHOW_EVERY_SECONDS):
            bar.progress(done / predictor.done.size, _words(opened, done, predictor.done.size))
    except InputError as error:
        if not opened.has_failed:
            opened.has_failed = True
            st.rerun()  # what waits for the first slice waits no more
        show_error(error)
        return
    st.rerun()


def _words(opened: OpenStudy, done: int, total: int) -> str:
    said = f"Predicting: {done} of {total} slices"
    left = (total - done) * opened.seconds / max(opened.computed, 1)
    if opened.computed < 8 or left < 1:  # too few to tell
        return said
    return f"{said}, about {left:.0f} s left"


def _show_stopped(left: int, total: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"Stopped: {left} of {total} slices are not predicted.")
        st.button("Go on", key="go_on_predicting", on_click=_stop, args=(None,))


def _stop(name: str | None) -> None:
    st.session_state[_STOPPED] = name


def _name(opened: OpenStudy) -> str:
    return opened.study.source.sha256
