"""A page that holds nothing but the slice view, on a made-up patient.

The head is an ellipse, brighter towards the back, with a bright square on the patient's left
(the viewer's right), and in T1 with a dark one on the right; the expert's tumour is a disc, the
network's the same one pixel larger. With `?slow` in the address the other contrasts are packed
only once the file named there exists.
"""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from resunet.errors import InputError
from resunet.study import CONTRASTS, Prediction, Source, Study
from resunet.ui.viewer.component import slice_viewer
from resunet.ui.viewer.payload import pack_contrasts, pack_prediction, pack_study

SLICES, ROWS, COLUMNS = 12, 96, 80


def made_up_study() -> Study:
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    head = ((rows - 48) / 42) ** 2 + ((columns - 40) / 34) ** 2 < 1
    images = np.zeros((SLICES, ROWS, COLUMNS, 4), np.float32)
    images[:, head] = (400 + 4 * rows[head])[:, None]
    images[:, 30:40, 55:65] = [900, 1000, 1100, 1200]
    images[:, 25:45, 15:30, CONTRASTS.index("t1")] = 10
    labels = np.zeros((SLICES, ROWS, COLUMNS), np.uint8)
    for k in range(2, 9):
        labels[k] = ((rows - 60) ** 2 + (columns - 25) ** 2 < (k + 2) ** 2) & head
    return Study(
        images=images,
        identifier="made-up",
        source=Source("made-up", "0" * 64),
        labels=labels,
        spacing_mm=(1.0, 1.0),
        slice_positions_mm=np.arange(30.0, 30.0 + SLICES),
        slice_numbers=tuple(range(30, 30 + SLICES)),
    )


def made_up_prediction(study: Study) -> Prediction:
    """Computed for all slices but the last; one pixel larger than the expert's outline."""
    tumour = study.labels > 0
    grown = tumour.copy()
    for axis in (1, 2):
        for shift in (-1, 1):
            grown |= np.roll(tumour, shift, axis)
    probability = np.where(tumour, 0.9, np.where(grown, 0.6, 0.02)).astype(np.float32)
    std = np.where(grown & ~tumour, 0.2, 0.01).astype(np.float32)
    done = np.arange(SLICES) < SLICES - 1
    probability[~done] = 0
    std[~done] = 0
    return Prediction(
        probability=probability,
        std=std,
        entropy=std,
        mutual_information=std,
        done=done,
        area_px_samples=np.zeros((25, SLICES), np.int64),
        std_by_t=np.zeros(25),
        threshold=0.5,
        samples=25,
        seed=1,
        model_id="made-up",
        engine="none",
    )


def others() -> bytes:
    """Counts in the page how often it was asked."""
    st.session_state["packed"] = st.session_state.get("packed", 0) + 1
    gate = st.query_params.get("slow")
    while gate and not Path(gate).exists():
        time.sleep(0.02)
    mixed_up = "mixed" in st.query_params
    return pack_contrasts(replace(study, identifier="another") if mixed_up else study)


st.set_page_config(layout="wide")
study = made_up_study()
wanted = st.number_input("Slice for the view", 0, SLICES - 1, 5)
predicted = st.toggle("Prediction", value=True)
layers = pack_study(study)
if "damaged" in st.query_params:
    layers = layers[:-100]
try:
    state = slice_viewer(
        layers,
        pack_prediction(study, made_up_prediction(study)) if predicted else None,
        contrast_layers=None if "alone" in st.query_params else others,
        key="view",
        slice_index=int(wanted),
        threshold=0.5,
    )
except InputError as error:
    st.error(str(error))
    st.stop()
st.text(f"Other contrasts packed: {st.session_state.get('packed', 0)}")
st.text(f"Python knows slice {state.slice_index} threshold {state.threshold:.2f}")
