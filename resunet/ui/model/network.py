"""The trained network opened up: loaded once, whoever asks, and shared by all sessions."""

from pathlib import Path

import streamlit as st

from resunet.inference.features import Features
from resunet.inference.models import ModelFile
from resunet.ui.engine import changed_ns, loading


def features_of(model: ModelFile) -> Features:
    """The blocks of a model, loaded at the first call.

    Raises:
        InputError: If its weights cannot be used.
    """
    with st.spinner("Opening the network …"):
        return _load(model.weights, changed_ns(model), model)


@st.cache_resource(max_entries=2, show_spinner=False)
def _load(weights: Path, changed_ns: int, _model: ModelFile) -> Features:
    """Keyed by the weights file and its time, as the engine is."""
    with loading():
        return Features(_model)
