"""The numbers under the slice view."""

from dataclasses import replace

import streamlit as st

from resunet.measure import INTERVAL_PERCENT, measures
from resunet.study import Prediction, Study
from resunet.ui.viewer.component import ViewerState

_UNKNOWN = "–"


def show_numbers(study: Study, prediction: Prediction | None, state: ViewerState) -> None:
    """A row of numbers of the slice on screen and of the whole patient.

    Args:
        study: The study.
        prediction: What is known so far, or None.
        state: The slice and threshold on screen; numbers follow the threshold, intervals
            over the passes hold for the prediction's own and are left out for another.
    """
    if prediction is None:
        return
    own = state.threshold == prediction.threshold
    values = measures(study, replace(prediction, threshold=state.threshold))
    of_slice = values["slices"][state.slice_index]
    columns = st.columns(5)
    columns[0].metric(
        "Dice, this slice",
        _number(of_slice["dice"], ".3f"),
        help=of_slice["dice_reason"] or "Overlap of the two outlines: 1 is equal, 0 apart.",
    )
    columns[1].metric(
        "Dice, patient",
        _number(values["dice"], ".3f"),
        help=values["dice_reason"] or f"Pooled over {values['dice_slices']} slices.",
    )
    area, unit = of_slice["area_mm2"], "mm²"
    if study.spacing_mm is None:
        area, unit = of_slice["area_px"], "px"
    columns[2].metric(f"Tumour area, {unit}", _number(area, ",.0f"))
    low_high = values["volume_ml_interval"] if own else None
    spread = "" if low_high is None else f"{low_high[0]:.1f}–{low_high[1]:.1f}"
    columns[3].metric(
        "Tumour volume, ml",
        _number(values["volume_ml"], ".1f"),
        spread or None,
        delta_color="off",
        delta_arrow="off",
        help=values["volume_reason"]
        or f"Below: {INTERVAL_PERCENT[0]:.0f}th to {INTERVAL_PERCENT[1]:.0f}th percentile over "
        "the stochastic passes.",
    )
    columns[4].metric(
        "Highest uncertainty",
        _number(of_slice["std_max"], ".3f"),
        help="Largest standard deviation over the passes in this slice, tumour or not.",
    )


def _number(value: float | None, form: str) -> str:
    return _UNKNOWN if value is None else format(value, form)
