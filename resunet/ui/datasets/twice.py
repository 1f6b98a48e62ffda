"""Patients in two sets and slices that are there twice, with both pictures side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from resunet.ui.datasets.pairs import key_of
from resunet.ui.datasets.pictures import show_slice
from resunet.ui.datasets.request import Request
from resunet.ui.notices import literal

PATIENTS, SLICES = "Patients", "Slices"
MOST_ROWS = 2000
"""Rows of a table; more would keep the browser busy."""

_ROW_PX = 33
_TURNS = {
    "": "as it is",
    "left_right": "mirrored",
    "up_down": "upside down",
    "both": "turned by 180°",
}


def show_twice(request: Request, result: Mapping[str, Any]) -> None:
    """The tables, and the two slices of the row that is chosen."""
    leakage = result["leakage"]
    found = {
        PATIENTS: leakage["shared_patients"],
        SLICES: leakage["duplicate_slices"],
    }
    if not any(found.values()):
        st.markdown(
            ":green[:material/check_circle:] No patient is in two sets, neither by name nor by "
            "pictures, and no slice is there twice."
        )
        _explain(leakage)
        return
    there = [name for name, rows in found.items() if rows]
    kind = st.segmented_control(
        "What is there twice",
        there,
        format_func=lambda name: f"{name} ({len(found[name]):,})",
        default=there[0],
        required=True,
        key=key_of("twice", result),
        persist_state="session",
        label_visibility="collapsed",
    )
    _show_entries(request, result, kind, found[kind])
    _explain(leakage)


def _show_entries(
    request: Request, result: Mapping[str, Any], kind: str, entries: Sequence[Mapping[str, Any]]
) -> None:
    """A table, and the pictures of its row that is chosen."""
    rows = patient_rows(entries) if kind == PATIENTS else slice_rows(entries)
    picked = st.dataframe(
        rows[:MOST_ROWS],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [0]}},
        key=key_of(f"twice_{kind}", result),
        height=min(len(rows) + 1, 9) * _ROW_PX + 3,
        column_config={"Agreement": st.column_config.NumberColumn(format="%.3f")},
    )
    if len(rows) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} of {len(rows):,}.")
    chosen = next(iter(picked.selection.rows), None)
    if chosen is not None and chosen < len(entries):
        _show_both(request, entries[chosen], is_patient=kind == PATIENTS)


def patient_rows(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each pair of patients that seem to be one."""
    return [
        {
            "Patient": each["a"]["patient"],
            "Set": each["a"]["set"],
            "Other patient": each["b"]["patient"],
            "Other set": each["b"]["set"],
            "By": _by(each),
            "Agreement": each["similarity"],
            "Slices": each["slices"],
            "The other is": _TURNS[each["turn"]],
        }
        for each in entries
    ]


def slice_rows(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each two slices that show one picture."""
    return [
        {
            "Slice": each["a"]["file"],
            "Set": each["a"]["set"],
            "Other slice": each["b"]["file"],
            "Other set": each["b"]["set"],
            "Agreement": each["similarity"],
            "The other is": _TURNS[each["turn"]],
        }
        for each in entries
    ]


def _by(each: Mapping[str, Any]) -> str:
    by_picture = any(each["files"])
    if each["same_name"]:
        return "name and pictures" if by_picture else "name"
    return "pictures"


def _show_both(request: Request, each: Mapping[str, Any], *, is_patient: bool) -> None:
    files = each["files"] if is_patient else (each["a"]["file"], each["b"]["file"])
    if not all(files):
        st.caption("Called alike; there are no slices of theirs that look alike.")
        return
    for place, side, file in zip(st.columns(2), ("a", "b"), files, strict=True):
        with place:
            st.markdown(f"**{literal(each[side]['set'])}**: {literal(file)}")
            show_slice(request.set_of(each[side]["set"]), file)


def _explain(leakage: Mapping[str, Any]) -> None:
    st.caption(
        "Patients are compared by name, and by small prints of their pictures, whatever they are "
        f"called: from an agreement of {leakage['similar']:.2f} on two are taken for one. "
        "Mirrored and turned pictures are found too."
    )
