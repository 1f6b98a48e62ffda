"""The answer before any chart: the figures of each split with their intervals, every patient."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from resunet.export.comparison.numbers import (
    interval_at,
    list_at,
    mapping_at,
    number_at,
)
from resunet.export.evaluation.entries import digits_of, split_title, splits_of
from resunet.export.evaluation.scores import part_sentences
from resunet.figures.patients import Group, fig_patients
from resunet.ui.evaluation.cells import Reasons, estimate, table
from resunet.ui.evaluation.results import Stored
from resunet.ui.notices import literal

_WORDS_PX, _SPLIT_PX = 250, 170
_BESIDE = 2  # splits of a table that leaves room beside it
_OFF = "{} off by, %"
_OVERLAPS = {"sensitivity": "Sensitivity", "precision": "Precision", "hd95_mm": "HD95, mm"}


def show_headline(stored: Stored) -> None:
    """What is shown in a sentence, the figures, and a point for each patient."""
    splits = splits_of(stored.result)
    st.markdown(literal(stored.sentence))
    for name, summary in splits.items():
        for sentence in part_sentences(summary):
            st.markdown(
                f":orange[:material/warning:] {literal(f'{split_title(name)}: {sentence}')}"
            )
    reasons = Reasons()
    with st.container(horizontal=True, gap="medium"):
        width = _WORDS_PX + _SPLIT_PX * len(splits)
        with st.container(width=width, gap="xsmall"):
            rows = headline_rows(stored.result, reasons)
            st.markdown(table(["Mean of patients", *map(split_title, splits)], rows))
            reasons.show()
        is_beside = len(splits) <= _BESIDE
        with st.container(width="stretch" if is_beside else width, gap="xsmall"):
            _show_strip(stored.result)
            with st.popover("How these figures are to be read", icon=":material/menu_book:"):
                show_conventions(stored.result)


def show_conventions(result: Mapping[str, Any]) -> None:
    """The conventions that the figures follow."""
    st.markdown("\n".join(f"- {literal(str(each))}" for each in list_at(result, "conventions")))


def headline_rows(result: Mapping[str, Any], reasons: Reasons) -> list[list[str]]:
    """A row for each figure, a column for each split.

    Args:
        result: ``scores.json``.
        reasons: Takes why a figure is not known.
    """
    splits = list(splits_of(result).values())
    native = [mapping_at(mapping_at(each, "native"), "measures") for each in splits]
    rows = [
        ["Dice, study's own pixels"]
        + [estimate(_mean(each, "dice"), 3, reasons) for each in native],
        ["Ceiling of the network's grid"]
        + [estimate(_mean(mapping_at(each, "ceiling"), "dice"), 3, reasons) for each in splits],
    ]
    for key, words in _OVERLAPS.items():
        cells = [estimate(_mean(each, key), digits_of(key), reasons) for each in native]
        rows.append([words, *cells])
    rows.append(_size_row(splits, reasons))
    rows.append(
        ["False tumour, mm² a slice"]
        + [
            estimate(mapping_at(mapping_at(each, "tumour_free"), "mean_mm2"), 1, reasons)
            for each in splits
        ]
    )
    return rows


def _show_strip(result: Mapping[str, Any]) -> None:
    """Every patient's Dice, a row for each split."""
    groups = [group_of(name, summary) for name, summary in splits_of(result).items()]
    st.plotly_chart(
        fig_patients(groups, title="Dice", limits=(0.0, 1.0)),
        key="evaluation_strip",
        alt="Dice of every patient, by split",
    )
    st.caption(
        "A point is a patient, pooled over all slices: hover over it for the name. The box holds "
        "the middle half, the diamond above it is the mean with its 95 % interval. False tumour is "
        "what is predicted in slices where the expert outlines nothing."
    )


def group_of(name: str, summary: Mapping[str, Any]) -> Group:
    """The patients of a split with their Dice."""
    patients = list_at(summary, "patients")
    dice = [number_at(mapping_at(each, "native"), "dice") for each in patients]
    mean = _mean(mapping_at(mapping_at(summary, "native"), "measures"), "dice")
    return Group(
        split_title(name),
        [str(each.get("patient")) for each in patients],
        np.array([np.nan if value is None else value for value in dice], np.float64),
        number_at(mean, "value"),
        interval_at(mean),
    )


def _mean(measures: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return mapping_at(mapping_at(measures, key), "patient_mean")


def _size_row(splits: Sequence[Mapping[str, Any]], reasons: Reasons) -> list[str]:
    """Of volumes where all splits have them, else of summed areas."""
    errors = [mapping_at(each, "size_errors") for each in splits]
    volumes = [mapping_at(each, "volume_error_absolute_percent") for each in errors]
    if all(number_at(each, "value") is not None for each in volumes):
        return [_OFF.format("Volume"), *(estimate(each, 0) for each in volumes)]
    areas = [mapping_at(each, "area_error_absolute_percent") for each in errors]
    return [_OFF.format("Summed areas"), *(estimate(each, 0, reasons) for each in areas)]
