"""The network of the server: loaded once, whoever asks, and shared by all sessions."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from resunet.errors import InputError
from resunet.inference.calibrated import Calibration
from resunet.inference.engines import Engine, load_engine
from resunet.inference.models import ModelFile, list_models

NO_MODEL = (
    "No trained network yet. Train one on the data folder, about half an hour on two cores:\n\n"
    "`python -m resunet train --data /path/to/data --preset small-data`"
)


def choose_model() -> ModelFile | None:
    """The model, chosen in the sidebar where there are several; None where there is none."""
    models = list_models()
    if not models:
        return None
    return st.sidebar.selectbox(
        "Model",
        models,
        format_func=lambda model: model.name,
        key="model",
        persist_state="session",
        help="Models of the models folder, those that come with the program, and trained runs, "
        "newest first.",
    )


def engine_for(model: ModelFile) -> Engine:
    """The engine of a model, loaded at the first call.

    Raises:
        InputError: If its weights cannot be used.
    """
    return _load(*version_of(model), model)


def version_of(model: ModelFile) -> tuple[str, int, Calibration]:
    """What predictions of a model depend on: its weights file, the file's time, its calibration.

    Raises:
        InputError: If there is no such file.
    """
    return str(model.weights), changed_ns(model), model.calibration


def changed_ns(model: ModelFile) -> int:
    """When a model's weights last changed: what is kept of them is keyed by it.

    Raises:
        InputError: If there is no such file.
    """
    try:
        return model.weights.stat().st_mtime_ns
    except OSError as error:
        raise InputError(f"{model.weights} cannot be read: {error.strerror}.") from error


@contextmanager
def loading() -> Iterator[None]:
    """Keeps the garbage collector off TensorFlow's objects, while they are made and after.

    Importing TensorFlow makes objects by the million and drops none of them; those that stay
    need not be walked by every later collection.
    """
    gc.unfreeze()  # so that a network which is no longer used is found
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


@st.cache_resource(max_entries=2, show_spinner=False)
def _load(weights: str, changed_ns: int, calibration: Calibration, _model: ModelFile) -> Engine:
    """Keyed by `version_of`, so that a newer checkpoint or calibration is taken."""
    with loading():
        return load_engine(_model)
