"""All scores of every split, and the conventions they follow."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from resunet.export.comparison.numbers import mapping_at, number_at, percent, whole
from resunet.export.evaluation.entries import (
    MEASURES,
    digits_of,
    split_title,
    splits_of,
)
from resunet.export.evaluation.scores import RESOLUTIONS, WAYS
from resunet.ui.evaluation.cells import HALF_PX, Reasons, estimate, table
from resunet.ui.evaluation.headline import show_conventions

_ERRORS = {
    "volume_error_ml": "Volume, ml",
    "volume_error_percent": "Volume, %",
    "area_error_mm2": "Summed areas, mm²",
    "area_error_percent": "Summed areas, %",
}


def show_scores(result: Mapping[str, Any]) -> None:
    """Tables of a split that is chosen, and how they are to be read."""
    splits = splits_of(result)
    name = choose_split(result, "evaluation_scores_split")
    summary, reasons = splits[name], Reasons()
    native = mapping_at(summary, "native")
    st.caption(
        f"{whole(native.get('patients'))} patients, {whole(native.get('slices'))} slices, of which "
        f"{whole(native.get('undefined_slices'))} have no Dice: neither outline nor prediction "
        "holds tumour. In brackets 95 % intervals over patients."
    )
    st.markdown(table(["", *WAYS.values()], score_rows(summary, reasons)))
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=HALF_PX, gap="xsmall"):
            st.markdown("##### Errors of size")
            head = ["Prediction less outline", "Patients", "Mean", "Without its sign"]
            st.markdown(table(head, error_rows(summary)))
        with st.container(width=HALF_PX, gap="xsmall"):
            st.markdown("##### Slices without tumour")
            st.markdown(table(["", "Value"], tumour_free_rows(summary, reasons)))
    reasons.show()
    with st.expander(
        "How these figures are to be read", icon=":material/menu_book:", expanded=True
    ):
        show_conventions(result)


def choose_split(result: Mapping[str, Any], key: str) -> str:
    """One of the splits; without a control where there is only one."""
    names = list(splits_of(result))
    if len(names) < 2:
        return names[0]
    chosen = st.segmented_control(
        "Split",
        names,
        format_func=split_title,
        default=names[0],
        required=True,
        key=f"{key}_{'/'.join(names)}",
        persist_state="session",
        label_visibility="collapsed",
    )
    return chosen if chosen in names else names[0]


def score_rows(summary: Mapping[str, Any], reasons: Reasons) -> list[list[str]]:
    """A row for each measure on either kind of pixels, and the ceiling."""
    rows = []
    for resolution, words in RESOLUTIONS.items():
        measures = mapping_at(mapping_at(summary, resolution), "measures")
        for key, title in MEASURES.items():
            if key in measures:
                rows.append([f"{title}, {words}", *_ways(measures, key, reasons)])
        if resolution == "native":
            rows.append(
                ["Ceiling of Dice", *_ways(mapping_at(summary, "ceiling"), "dice", reasons)]
            )
    return rows


def error_rows(summary: Mapping[str, Any]) -> list[list[str]]:
    """Volume and summed areas, those that are known."""
    errors = mapping_at(summary, "size_errors")
    rows = []
    for key, title in _ERRORS.items():
        entry = mapping_at(errors, key)
        stem, _, unit = key.rpartition("_")
        absolute = mapping_at(errors, f"{stem}_absolute_{unit}")
        if number_at(entry, "value") is not None:
            digits = digits_of(key)
            cells = [estimate(each, digits) for each in (entry, absolute)]
            rows.append([title, whole(entry.get("patients")), *cells])
    return rows


def tumour_free_rows(summary: Mapping[str, Any], reasons: Reasons) -> list[list[str]]:
    """What is predicted where there is nothing."""
    free = mapping_at(summary, "tumour_free")
    share = mapping_at(free, "share")
    return [
        ["Slices", whole(free.get("slices"))],
        ["With something predicted", whole(free.get("with_false_positives"))],
        ["Their share", percent(number_at(share, "value"))],
        ["Mean area predicted, mm²", estimate(mapping_at(free, "mean_mm2"), 1, reasons)],
        ["Largest, mm²", whole(free.get("largest_mm2"))],
    ]


def _ways(measures: Mapping[str, Any], key: str, reasons: Reasons) -> list[str]:
    """The three ways to sum up; a distance is never pooled."""
    ways = mapping_at(measures, key)
    return [
        estimate(mapping_at(ways, way), digits_of(key), reasons) if way in ways else ""
        for way in WAYS
    ]
