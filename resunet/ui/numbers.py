"""The numbers under the slice view."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st

from resunet.measure import INTERVAL_PERCENT, measures
from resunet.study import Prediction, Study
from resunet.ui.viewer.component import ViewerState

_UNKNOWN = "–"


class Number(NamedTuple):
    """One number: its name, value, what stands below it, and what it means or lacks."""

    label: str
    value: str
    below: str | None = None
    explanation: str | None = None


def show_numbers(study: Study, prediction: Prediction, state: ViewerState) -> None:
    """Numbers of the slice on screen and of the whole patient, side by side in a row.

    Args:
        study: The study.
        prediction: What is known so far.
        state: The slice and threshold on screen.
    """
    for number in numbers(study, prediction, state):
        st.metric(
            number.label,
            number.value,
            number.below,
            delta_color="off",
            delta_arrow="off",
            help=number.explanation,
            width="content",
        )


def numbers(study: Study, prediction: Prediction, state: ViewerState) -> Iterator[Number]:
    """The numbers of a slice and its patient.

    They follow the threshold on screen. Intervals over the passes hold for the prediction's
    own threshold and are left out for another.
    """
    values = measures(study, replace(prediction, threshold=state.threshold))
    of_slice = values["slices"][state.slice_index]
    yield Number(
        "Dice, slice",
        _text(of_slice["dice"], ".3f"),
        explanation=of_slice["dice_reason"] or "Overlap of the outlines: 1 is equal, 0 apart.",
    )
    yield _patient_dice(values, bool(prediction.done.all()))
    if study.spacing_mm is None:
        yield Number("Area, px", _text(of_slice["area_px"], ",.0f"), None, "Spacing unknown.")
    else:
        yield Number("Area, mm²", _text(of_slice["area_mm2"], ",.0f"))
    yield _volume(values)
    yield Number(
        "Highest uncertainty",
        _text(of_slice["std_max"], ".3f"),
        explanation="Largest standard deviation over the passes in this slice, tumour or not.",
    )


def _patient_dice(values: dict[str, Any], complete: bool) -> Number:
    if not complete:
        return Number("Dice, patient", _UNKNOWN, None, "Given when all slices are computed.")
    pooled = f"Pooled over {values['dice_slices']} slices."
    return Number(
        "Dice, patient", _text(values["dice"], ".3f"), None, values["dice_reason"] or pooled
    )


def _volume(values: dict[str, Any]) -> Number:
    interval = values["volume_ml_interval"]
    low, high = INTERVAL_PERCENT
    explanation = f"Below: {low:.0f}th to {high:.0f}th percentile over the stochastic passes."
    return Number(
        "Volume, ml",
        _text(values["volume_ml"], ".1f"),
        None if interval is None else f"{interval[0]:.1f}–{interval[1]:.1f}",
        values["volume_reason"] or (None if interval is None else explanation),
    )


def _text(value: float | None, form: str) -> str:
    return _UNKNOWN if value is None else format(value, form)
