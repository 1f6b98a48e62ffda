"""A page that holds nothing but the slice view, on a made-up patient.

The head is an ellipse, brighter towards the back, with a bright square on the patient's left
(the viewer's right), and in T1 with a dark one on the right; the uppermost three slices have a
bright block near the middle. The expert's tumour is a disc in slices 2 to 8, the network's the
same one pixel larger, but for what it misses left of column 20 in slices 7 and 8; in slices 1 to
3 it finds a second, of 60 voxels, and one place in slice 9 is pointed out; slice 7 has a caution.

Some of it depends on the address:

- ``slow=<path>``: the other contrasts are packed only once that file exists;
- ``alone``: there are none; ``mixed``: they are another study's;
- ``damaged``: bytes are missing, with ``damaged=another`` from the other patient only and with
  ``damaged=prediction`` from the prediction;
- ``whole``: the uppermost slice is computed too;
- ``begun``: an earlier reader's correction comes with the study;
- ``addressed``: the view shows in the browser's address where it stands.
"""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from resunet.errors import InputError
from resunet.study import CONTRASTS, FileGrid, Prediction, Source, Study
from resunet.ui.viewer.component import slice_viewer, wanted_measure
from resunet.ui.viewer.edits import NOTHING, read_edit
from resunet.ui.viewer.payload import pack_contrasts, pack_doubt, pack_prediction, pack_study

SLICES, ROWS, COLUMNS = 12, 96, 80
SPOT = {
    **{"slice": 9, "row": 30, "column": 30, "radius": 4},
    "text": "Slice no. 39 is uncertain at one place without a detection.",
}
CAUTION = "The model is not reliable on this slice: high uncertainty."


def made_up_study(identifier: str) -> Study:
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    head = ((rows - 48) / 42) ** 2 + ((columns - 40) / 34) ** 2 < 1
    images = np.zeros((SLICES, ROWS, COLUMNS, 4), np.float32)
    images[:, head] = (400 + 4 * rows[head])[:, None]
    images[:, 30:40, 55:65] = [900, 1000, 1100, 1200]
    images[:, 25:45, 15:30, CONTRASTS.index("t1")] = 10
    images[9:, 55:70, 35:45] = 1200
    labels = np.zeros((SLICES, ROWS, COLUMNS), np.uint8)
    for k in range(2, 9):
        labels[k] = ((rows - 60) ** 2 + (columns - 25) ** 2 < (k + 2) ** 2) & head
    return Study(
        images=images,
        identifier=identifier,
        source=Source("made-up", "0" * 64),
        labels=labels,
        spacing_mm=(1.0, 1.0),
        slice_positions_mm=np.arange(30.0, 30.0 + SLICES),
        slice_numbers=tuple(range(30, 30 + SLICES)),
        grid=made_up_grid(),
    )


def made_up_grid() -> FileGrid:
    """A file (x, y, z) of 1 mm whose x runs to the left, y to the front and z upwards.

    (slice, row, column) lies 41.5 − column to the right, 50 − row to the front and slice − 3.5
    above the file's origin.
    """
    affine = np.diag([-1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = 41.5, 50 - (ROWS - 1), -3.5
    return FileGrid(
        shape=(COLUMNS, ROWS, SLICES), affine=affine, axes=(2, 1, 0), flipped=(False, True, False)
    )


def made_up_prediction(study: Study) -> Prediction:
    """Computed for all slices but the last; one pixel larger than the expert's outline."""
    tumour = study.labels > 0
    grown = tumour.copy()
    for axis in (1, 2):
        for shift in (-1, 1):
            grown |= np.roll(tumour, shift, axis)
    probability = np.where(tumour, 0.9, np.where(grown, 0.6, 0.02)).astype(np.float32)
    probability[7:9, :, :20] = 0.02
    probability[1:4, 45:49, 55:60] = 0.9
    rim = grown & ~tumour
    std = np.where(rim, 0.2, 0.01).astype(np.float32)
    std[8] *= 2
    entropy = np.where(rim, 0.6, 0.06).astype(np.float32)
    done = np.arange(SLICES) < SLICES - (0 if "whole" in st.query_params else 1)
    maps = {
        "probability": probability,
        **{"std": std, "entropy": entropy, "mutual_information": entropy / 2},
    }
    return Prediction(
        **{name: np.where(done[:, None, None], values, 0) for name, values in maps.items()},
        done=done,
        area_px_samples=np.zeros((25, SLICES), np.int64),
        std_by_t=np.linspace(0.01, 0.02, 25),
        threshold=0.5,
        samples=25,
        seed=1,
        model_id="made-up",
        engine="none",
    )


def earlier_correction() -> np.ndarray:
    """6 pixels added in slice 5, and the tumour's middle pixel taken away."""
    correction = np.zeros((SLICES, ROWS, COLUMNS), np.int8)
    correction[5, 40:42, 50:53] = 1
    correction[5, 60, 25] = -1
    return correction


def others() -> bytes:
    """Counts in the page how often it was asked."""
    st.session_state["packed"] = st.session_state.get("packed", 0) + 1
    gate = st.query_params.get("slow")
    while gate and not Path(gate).exists():
        time.sleep(0.02)
    mixed_up = "mixed" in st.query_params
    return pack_contrasts(replace(study, identifier="a third") if mixed_up else study)


def describe(correction: np.ndarray | None) -> str:
    """How many pixels were added and taken, and the box that holds them."""
    if correction is None:
        return "0 added, 0 taken"
    ends = zip(*(f(np.argwhere(correction), axis=0) for f in (np.min, np.max)), strict=True)
    box = ", ".join(f"{a}–{b}" for a, b in ends)
    return f"{(correction > 0).sum()} added, {(correction < 0).sum()} taken in {box}"


st.set_page_config(layout="wide")
wanted = st.number_input("Slice for the view", 0, SLICES - 1, 5)
predicted = st.toggle("Prediction", value=True)
study = made_up_study("another" if st.toggle("Another patient") else "made-up")
is_saved = st.toggle("Corrected by a colleague", value="begun" in st.query_params)
layers = pack_study(study, earlier_correction() if is_saved else None)
if st.query_params.get("damaged") in ("1", study.identifier):
    layers = layers[:-100]
made_up = made_up_prediction(study)
if st.toggle("Another seed"):  # finds ten times as much of the smaller tumour
    probability = made_up.probability.copy()
    probability[1:4, 20:40, 50:60] = 0.9
    made_up = replace(made_up, probability=probability, seed=2)
prediction = pack_prediction(study, made_up, spots=[SPOT], cautions={7: CAUTION})
if st.query_params.get("damaged") == "prediction":
    prediction = prediction[:-10]
doubt = pack_doubt(study, made_up, measure=wanted_measure("view"))
try:
    state = slice_viewer(
        layers,
        prediction if predicted else None,
        doubt if predicted else None,
        contrast_layers=None if "alone" in st.query_params else others,
        key="view",
        slice_index=int(wanted),
        threshold=0.5,
        address="somebody" if "addressed" in st.query_params else "",
    )
except InputError as error:
    st.error(str(error))
    st.stop()
st.text(f"Other contrasts packed: {st.session_state.get('packed', 0)}")
st.text(f"Python knows slice {state.slice_index} threshold {state.threshold:.2f}")
st.text(f"Python knows measure {state.measure}")
edit = NOTHING if state.edit is None else read_edit(state.edit, study.shape)
st.text("Python knows nonsense" if edit is None else f"Python knows {describe(edit.correction)}")
for each in () if edit is None else edit.verdicts:
    where = (each.slice_index, each.row, each.column)
    st.text(f"Python knows {each.verdict} {each.voxels} voxels at {where}")
