"""The work list on a page: what is listed, its tables, its ticks and notes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from resunet.data.cases import Case, split_names
from resunet.errors import InputError
from resunet.inference.models import ModelFile
from resunet.review import order, table
from resunet.review.order import Entry, Wanted
from resunet.review.patients import Patients
from resunet.review.rows import Size
from resunet.review.store import MOST_NOTE, Found, Notebook
from resunet.review.summaries import settings_of
from resunet.review.worklist import WorkList
from resunet.ui import engine
from resunet.ui.sources import OPEN_CASE, WORK_LIST

MOST_SLICES = 2000
"""Rows of the table of slices; more would keep the browser busy."""

_ORDER, _TABLE, _EDITS = "work_order", "work_table", "work_edits"
_RUNNING, _OPENED, _TROUBLE = "work_running", "work_opened", "work_trouble"
_BUTTON = "work_button"
_ROWS_SHOWN, _ROW_PX, _WIDTH_PX = 13, 33, 120
_UNKNOWN, _LABEL = "–", ":material/neurology: Open"
_DOUBT_BAR = 0.5  # where the bar ends, unless there is more


def open_list(patients: Patients, model: ModelFile | None, *, samples: int, seed: int) -> WorkList:
    """The list of some patients, kept in the session until something else is chosen.

    Raises:
        InputError: If the model's weights cannot be used.
    """
    made = None if model is None else (*engine.version_of(model), model.config)
    key = (patients.root, made, model and model.threshold, samples, seed)
    held_key, held = st.session_state.get(WORK_LIST, (None, None))
    if held_key != key:
        st.session_state[_RUNNING] = False
        st.session_state.pop(_ORDER, None)
    if held_key != key or held.patients.cases != patients.cases:
        settings = None if model is None else settings_of(model, samples=samples, seed=seed)
        with st.spinner("Looking for what was computed before …"):
            held = WorkList(patients, settings)
        st.session_state[WORK_LIST] = (key, held)
    return held


def choose_wanted(entries: Sequence[Entry], sizes: Sequence[Size]) -> Wanted:
    """The filters, side by side.

    Args:
        entries: All patients.
        sizes: Of what can be listed; they say in which unit a least size is asked for.
    """
    splits = [split for split in split_names(entry.case for entry in entries) if split]
    unit = order.common_unit(sizes) or "ml"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Find",
            placeholder="Part of a name",
            width=200,
            key="work_text",
            persist_state="session",
        )
        chosen = st.multiselect(
            "Split",
            splits,
            placeholder="All",
            width=250,
            disabled=len(splits) < 2,
            key="work_splits",
            persist_state="session",
        )
        least = st.number_input(
            f"{table.SIZES[unit]}, at least",
            0.0,
            step=50.0 if unit == "px" else 1.0,
            format="%.0f" if unit == "px" else "%.1f",
            width=170,
            key=f"work_least_{unit}",
            persist_state="session",
        )
        only_open = st.toggle("Only not reviewed", key="work_only_open", persist_state="session")
    return Wanted(text, tuple(chosen), only_open, least, unit)


def choose_running(work_list: WorkList, ids: Sequence[str]) -> bool:
    """The button that begins and stops computing.

    Args:
        work_list: The list.
        ids: Opaque names of the patients to be computed.

    Returns:
        Whether computing goes on.
    """
    left = len(work_list.to_compute(ids))
    running = bool(st.session_state.get(_RUNNING)) and left > 0
    st.session_state[_RUNNING] = running
    if running:
        st.button("Stop", key=_BUTTON, icon=":material/stop:", on_click=stop, args=(work_list,))
        return True
    failed = sum(work_list[id_].problem is not None for id_ in ids)
    if left:
        label = f"Compute {left} patient{'' if left == 1 else 's'}"
    else:
        label = f"Try {failed} again" if failed else "All computed"
    st.button(
        label,
        key=_BUTTON,
        type="primary",
        icon=":material/play_arrow:",
        disabled=left + failed == 0,
        on_click=_start,
        args=(work_list,),
    )
    return False


def stop(work_list: WorkList, trouble: str | None = None) -> None:
    """Ends computing, because of what `take_trouble` tells if anything; what is computed stays."""
    st.session_state[_RUNNING] = False
    st.session_state[_TROUBLE] = trouble
    work_list.release()


def show_patients(
    patients: Patients,
    entries: Sequence[Entry],
    wanted: Wanted,
    found: Found,
    *,
    review_first: bool,
    running: bool,
) -> None:
    """The table of patients, with ticks and notes that are saved at once.

    Args:
        patients: Where they lie.
        entries: The patients, as they stand there.
        wanted: The filters.
        found: What was ticked and noted.
        review_first: Whether the most doubtful come first.
        running: Whether computing goes on; then patients keep their places.
    """
    if review_first and running and _ORDER in st.session_state:
        entries = order.in_places(entries, st.session_state[_ORDER])
    elif review_first:
        entries = order.review_first(entries)
        st.session_state[_ORDER] = [entry.id for entry in entries]
    entries = [each for each in entries if order.is_large(each.row, wanted)]
    if not entries:
        _show_none("No patient is like this.")
        return
    columns = table.patient_columns(entries, found)
    name, *others = table.shown(columns)
    opened = [(each.case, each.row.slice_index if each.row else None) for each in entries]
    ids = tuple(entry.id for entry in entries)
    # The identifiers are part of what tells one table from another: where other rows stand in
    # it, or in another order, nothing typed into the old one is taken for theirs.
    st.data_editor(
        _frame(columns, ids),
        column_order=[name, "Open", *others],
        column_config=_config(columns, patients.root, opened, ids),
        disabled=[each for each in columns if each not in ("Reviewed", "Note")],
        hide_index=True,
        placeholder=_UNKNOWN,
        height=_height(ids),
        key=_TABLE,
        on_change=_save,
        args=(patients.reviews, ids),
        alt="Patients",
    )
    st.session_state[_EDITS] = (ids, dict(st.session_state[_TABLE]["edited_rows"]))


def show_slices(
    patients: Patients,
    entries: Sequence[Entry],
    wanted: Wanted,
    found: Found,
    *,
    review_first: bool,
) -> None:
    """The table of the slices of computed patients, at most `MOST_SLICES`; see `show_patients`."""
    slices = order.slices_first(entries) if review_first else order.slices_of(entries)
    slices = [each for each in slices if order.is_large(each.row, wanted)]
    if not slices:
        _show_none("No computed slice is like this.")
        return
    few = slices[:MOST_SLICES]
    columns = table.slice_columns(few, found)
    name, *others = table.shown(columns)
    ids = tuple(each.id for each in few)
    opened = [(each.entry.case, each.row.index) for each in few]
    st.dataframe(
        _frame(columns, ids),
        column_order=[name, "Open", *others],
        column_config=_config(columns, patients.root, opened, ids),
        hide_index=True,
        placeholder=_UNKNOWN,
        height=_height(ids),
        key="work_slices",
        alt="Slices",
    )
    if len(few) < len(slices):
        st.caption(f"The first {len(few):,} of {len(slices):,} slices.")


def take_opened() -> bool:
    """Whether a row was clicked to be opened; `OPEN_CASE` in the session says which."""
    return bool(st.session_state.pop(_OPENED, False))


def take_trouble() -> str | None:
    """What went wrong when something was last clicked or typed; told once."""
    return st.session_state.pop(_TROUBLE, None)


def _show_none(sentence: str) -> None:
    st.info(sentence, icon=":material/filter_alt_off:")


def _frame(columns: table.Columns, ids: Sequence[str]) -> Any:
    """A data frame whose types do not depend on what is known: else the table would start anew."""
    import pandas as pd  # type: ignore[import-untyped]

    types = {name: table.TYPES.get(name, "string") for name in columns}
    frame = {name: pd.array(values, dtype=types[name]) for name, values in columns.items()}
    return pd.DataFrame({"Open": pd.array([_LABEL] * len(ids), "string"), **frame}, index=list(ids))


def _config(
    columns: table.Columns,
    root: Path | None,
    opened: Sequence[tuple[Case, int | None]],
    ids: tuple[str, ...],
) -> dict[str, Any]:
    """How each column is shown, and what a click on a row opens."""
    kinds, explained = st.column_config, table.EXPLAINED
    doubts = [value for value in columns["Doubt"] if value is not None]
    # a key for each set of rows: a click that was on its way opens nobody else
    key = f"work_open_{hash(ids):x}"
    return {
        "Open": kinds.ButtonColumn(
            "",
            type="tertiary",
            width="small",
            key=key,
            on_click=_open,
            args=(key, root, tuple(opened)),
        ),
        table.SIZES["ml"]: kinds.NumberColumn(format="%.1f"),
        table.SIZES["cm²"]: kinds.NumberColumn(format="%.2f", help=explained["Area"]),
        table.SIZES["px"]: kinds.NumberColumn(format="%.0f", help=explained["Area"]),
        table.RANGE: kinds.TextColumn(width=_WIDTH_PX, help=explained[table.RANGE]),
        "Doubt": kinds.ProgressColumn(
            width=_WIDTH_PX,
            format="%.2f",
            min_value=0.0,
            max_value=max([_DOUBT_BAR, *doubts]),
            help=explained["Doubt"],
        ),
        "Dice": kinds.NumberColumn(format="%.3f", help=explained["Dice"]),
        "Slice": kinds.NumberColumn(help=explained["Slice"]),
        "Note": kinds.TextColumn(width=_WIDTH_PX, max_chars=MOST_NOTE),
        "Remark": kinds.TextColumn(width="large"),
    }


def _height(ids: Sequence[str]) -> int:
    return (min(len(ids), _ROWS_SHOWN) + 1) * _ROW_PX + 3


def _start(work_list: WorkList) -> None:
    work_list.forget_problems()
    st.session_state[_RUNNING] = True


def _open(key: str, root: Path | None, opened: Sequence[tuple[Case, int | None]]) -> None:
    """Tells the viewer what to open; the page goes there as soon as it runs."""
    st.session_state[OPEN_CASE] = (root, *opened[st.session_state[key]["row"]])
    st.session_state[_OPENED] = True


def _save(reviews: Notebook, ids: tuple[str, ...]) -> None:
    """Saves the ticks and notes that came since the table was shown."""
    shown, before = st.session_state.get(_EDITS, ((), {}))
    edits = table.new_edits(st.session_state[_TABLE]["edited_rows"], before if shown == ids else {})
    for row, new in edits.items():
        note = (new["Note"] or "") if "Note" in new else None
        try:
            reviews.write(ids[row], reviewed=new.get("Reviewed"), note=note)
        except InputError as error:
            st.session_state[_TROUBLE] = str(error)
