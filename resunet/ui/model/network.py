"""The trained network opened up: loaded once, whoever asks, and shared by all sessions."""

import gc
from pathlib import Path

import streamlit as st

from resunet.errors import InputError
from resunet.inference.features import Features
from resunet.inference.models import ModelFile


def features_of(model: ModelFile) -> Features:
    """The blocks of a model, loaded at the first call.

    Raises:
        InputError: If its weights cannot be used.
    """
    try:
        changed_ns = model.weights.stat().st_mtime_ns
    except OSError as error:
        raise InputError(f"{model.weights} cannot be read: {error.strerror}.") from error
    with st.spinner("Opening the network …"):
        return _load(model.weights, changed_ns, model)


@st.cache_resource(max_entries=2, show_spinner=False)
def _load(weights: Path, changed_ns: int, _model: ModelFile) -> Features:
    """Keyed by the weights file and its time, as the engine is."""
    gc.unfreeze()  # so that a network which is no longer used is found
    gc.collect()
    features = Features(_model)
    gc.freeze()  # TensorFlow's objects need not be walked by every later collection
    return features
