"""The slice view: FLAIR with the expert's outline, the network's, and its uncertainty."""

from functools import partial

import streamlit as st

from resunet.errors import InputError
from resunet.inference.models import ModelFile
from resunet.study import Prediction
from resunet.ui import engine, frame, sources
from resunet.ui.computing import compute
from resunet.ui.exports import show_exports
from resunet.ui.keeping import show_saving
from resunet.ui.notices import show_error, show_warnings
from resunet.ui.numbers import show_numbers
from resunet.ui.opening import open_chosen, show_how
from resunet.ui.session import OpenStudy
from resunet.ui.viewer.component import ViewerAnswer, forget_place, slice_viewer, wanted_measure
from resunet.ui.volume_view import show_volume

VIEW = "slice_view"


def main() -> None:
    """The page, from choosing to computing."""
    wanted_slice = sources.take_request()
    if sources.is_lost():
        return
    try:
        origin = sources.choose_origin()
    except InputError as error:
        show_error(error)
        return
    model = engine.choose_model()
    opened = open_chosen(origin.chosen, model, origin.address)
    if opened is None:
        return
    if wanted_slice is not None:
        opened.first_slice, opened.is_scouted = wanted_slice, True
        forget_place(VIEW)
    samples, seed = (0, 0) if model is None else choose_sampling()
    show_how(opened, model)
    view(opened, model, samples, seed)


def choose_sampling() -> tuple[int, int]:
    """Number of stochastic passes and their seed."""
    with st.sidebar:
        samples = st.slider(
            "Stochastic passes T",
            2,
            64,
            25,
            key="samples",
            persist_state="session",
            help="More passes measure the uncertainty better: its relative error is 14 % at "
            "16 passes, 9 % at 32, 6 % at 64.",
        )
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="seed", persist_state="session")
    return samples, int(seed)


@st.fragment
def view(opened: OpenStudy, model: ModelFile | None, samples: int, seed: int) -> None:
    """Picture and numbers; what is not computed yet is computed after they are shown."""
    if model is not None:
        opened.forget_unless((*engine.version_of(model), samples, seed))
    opened.take_up(wanted_measure(VIEW))
    answer = slice_viewer(
        opened.layers,
        opened.prediction_layers,
        opened.doubt_layers,
        contrast_layers=partial(opened.contrast_layers, model is not None),
        key=VIEW,
        slice_index=opened.first_slice,
        threshold=opened.threshold(model),
        waiting="No trained network" if model is None else "Waiting for the prediction",
        address=opened.address,
        sitting=opened.sitting,
    )
    opened.hear(answer)
    shown = opened.as_shown(answer.threshold)
    if shown is None:
        st.empty()  # the last patient's numbers go at once, not when the run ends
    else:
        with st.container():
            show_results(opened, shown, answer)
    show_warnings(opened.warnings(shown))
    if model is None:
        st.info(engine.NO_MODEL, icon=":material/model_training:")
    elif shown is None or not shown.done.all():
        compute(opened, model, samples, seed, answer.slice_index)


def show_results(opened: OpenStudy, shown: Prediction, answer: ViewerAnswer) -> None:
    """The numbers, and what can be done with them."""
    show_numbers(opened.study, shown, opened.measured(shown), answer.slice_index)
    with st.container(horizontal=True):
        show_exports(opened, shown, answer.slice_index)
        if st.button("3D", icon=":material/view_in_ar:", disabled=not shown.done.all()):
            show_in_3d(opened, shown, answer)
        show_saving(opened, shown)


@st.dialog("In three dimensions", width="large")
def show_in_3d(opened: OpenStudy, shown: Prediction, answer: ViewerAnswer) -> None:
    """Brain and tumour as surfaces, over the page, in the colours of the slice view."""
    show_volume(opened.study, shown, measure=answer.measure, colors=answer.palette)


frame.enter("pages/viewer.py")
main()
