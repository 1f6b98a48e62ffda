"""What another threshold would score."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from resunet.export.comparison.numbers import finite, list_at, mapping_at, number_at
from resunet.export.evaluation.entries import split_title, splits_of, written
from resunet.figures.threshold_sweep import DiceByThreshold, fig_threshold_sweep
from resunet.ui.evaluation.cells import table


def show_thresholds(result: Mapping[str, Any]) -> None:
    """Dice at every threshold, and the best one."""
    threshold = number_at(result, "threshold") or 0.0
    curves = sweeps_of(result)
    st.plotly_chart(
        fig_threshold_sweep(curves, threshold=threshold),
        key="evaluation_sweep",
        alt="Dice at every threshold",
    )
    st.caption(
        f"On the study's own pixels; the upright line is the threshold in use, {threshold:g}. The "
        "best one is found on the very patients it is scored on, so its Dice is somewhat too good; "
        "it is chosen on other patients, or left alone."
    )
    head = ["Split", "Best threshold", "Dice there", f"Dice at {threshold:g}"]
    rows = []
    for each, summary in zip(curves, splits_of(result).values(), strict=True):
        sweep = mapping_at(summary, "sweep")
        here = dict(zip(each.thresholds, each.patient_mean, strict=True)).get(threshold)
        best = number_at(sweep, "best_threshold")
        there = number_at(sweep, "best_dice_patient_mean")
        rows.append([each.name, written(best, 2), written(there, 3), written(here, 3)])
    st.markdown(table(head, rows))


def sweeps_of(result: Mapping[str, Any]) -> list[DiceByThreshold]:
    """Each split's Dice by threshold."""
    return [
        DiceByThreshold(
            split_title(name),
            [float(each) for each in list_at(sweep, "thresholds")],
            [finite(each) for each in list_at(sweep, "dice_patient_mean")],
            [finite(each) for each in list_at(sweep, "dice_pooled")],
        )
        for name, summary in splits_of(result).items()
        if (sweep := mapping_at(summary, "sweep")) is not None
    ]
