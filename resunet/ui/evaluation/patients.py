"""Every patient in a table, those with the lowest Dice first."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from resunet.export.comparison.numbers import list_at, mapping_at, number_at

_ROW_PX, _ROWS_SHOWN = 33, 14
_FORMATS = {
    "Dice": "%.3f",
    "Ceiling": "%.3f",
    "Sensitivity": "%.3f",
    "Precision": "%.3f",
    "Surface Dice": "%.3f",
    "HD95, mm": "%.1f",
    "Tumour, cm²": "%.1f",
    "Error, %": "%.0f",
}
_ERROR_HELP = "Of the summed areas, the prediction less the outline."


def show_patients(summary: Mapping[str, Any]) -> None:
    """The table, once it is asked for: it loads a megabyte of script."""
    rows = patient_rows(summary)
    if not st.toggle(
        f"All {len(rows)} patients in a table",
        key="evaluation_patients",
        persist_state="session",
    ):
        return
    number = st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        key="evaluation_patients_table",
        height=(min(len(rows), _ROWS_SHOWN) + 1) * _ROW_PX + 3,
        placeholder="–",
        column_config={
            name: number(format=form, help=_ERROR_HELP if name == "Error, %" else None)
            for name, form in _FORMATS.items()
        },
    )
    st.caption(
        "On the study's own pixels. Tumour: the expert's areas in all slices summed up. A dash is "
        "undefined; an HD95 is infinite where only one of outline and prediction holds tumour."
    )


def patient_rows(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each patient of a split."""
    rows = []
    for each in list_at(summary, "patients"):
        native, area = mapping_at(each, "native"), number_at(each, "summed_area_mm2")
        infinite = each.get("hd95_mm") == "inf"
        rows.append(
            {
                "Patient": str(each["patient"]),
                "Slices": each.get("slices"),
                "With tumour": each.get("tumour_slices"),
                "Dice": number_at(native, "dice"),
                "Ceiling": number_at(each, "ceiling_dice"),
                "Sensitivity": number_at(native, "sensitivity"),
                "Precision": number_at(native, "precision"),
                "Surface Dice": number_at(each, "surface_dice"),
                "HD95, mm": math.inf if infinite else number_at(each, "hd95_mm"),
                "Tumour, cm²": None if area is None else area / 100.0,
                "Error, %": number_at(each, "area_error_percent"),
            }
        )
    return rows
