"""The slice view: FLAIR with the expert's outline, the network's, and its uncertainty."""

import time

import streamlit as st

from resunet.errors import InputError
from resunet.inference.models import ModelFile
from resunet.ui import engine, frame, sources
from resunet.ui.exports import show_exports
from resunet.ui.notices import show_error, show_warning
from resunet.ui.numbers import show_numbers
from resunet.ui.opening import open_chosen, show_how
from resunet.ui.session import OpenStudy
from resunet.ui.viewer.component import slice_viewer

SHOW_EVERY_SECONDS = 4.0  # between two looks at what has been computed meanwhile


def main() -> None:
    """The page, from choosing to computing."""
    try:
        origin = sources.choose_origin()
    except InputError as error:
        show_error(error)
        return
    model = engine.choose_model()
    opened = open_chosen(origin, model)
    if opened is None:
        return
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
        opened.forget_unless((str(model.weights), samples, seed))
    opened.take_up()
    prediction = opened.prediction
    state = slice_viewer(
        opened.layers,
        opened.prediction_layers,
        contrast_layers=opened.contrast_layers,
        key="slice_view",
        slice_index=opened.first_slice,
        threshold=0.5 if model is None else model.threshold,
        waiting="No trained network" if model is None else "Waiting for the prediction",
    )
    if prediction is not None:
        with st.container(horizontal=True, gap="large"):
            show_numbers(opened.study, prediction, state)
            show_exports(opened, prediction, state)
    warnings = opened.study.warnings + (() if prediction is None else prediction.warnings)
    for sentence in warnings:
        show_warning(sentence)
    if model is None:
        st.info(engine.NO_MODEL, icon=":material/model_training:")
    elif prediction is None or not prediction.done.all():
        compute(opened, model, samples, seed, state.slice_index)


def compute(opened: OpenStudy, model: ModelFile, samples: int, seed: int, slice_index: int) -> None:
    """Computes the slice on screen, or else others for some seconds, and shows them."""
    try:
        with st.spinner("Loading the network …"):
            network = engine.engine_for(model)
        predictor = opened.predictor(network, samples, seed)
        missing = [i for i, done in enumerate(predictor.done) if not done]
        if not predictor.done[slice_index]:
            missing = [slice_index]
        total = predictor.done.size
        bar = st.progress(predictor.done.mean(), "Predicting …")
        until = time.monotonic() + SHOW_EVERY_SECONDS
        for _ in predictor.compute(sorted(missing, key=lambda i: abs(i - slice_index))):
            done = int(predictor.done.sum())
            bar.progress(done / total, f"Predicting: {done} of {total} slices")
            if time.monotonic() > until:
                break
    except InputError as error:
        show_error(error)
        return
    st.rerun()


frame.enter("pages/viewer.py")
main()
