"""Slices that seem broken: how many of each kind, all in a table, and the picture of one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from resunet.cohort.corruption.kinds import KINDS
from resunet.study import CONTRASTS
from resunet.ui.datasets.pairs import key_of
from resunet.ui.datasets.pictures import offer_viewer, show_slice
from resunet.ui.datasets.request import Request
from resunet.ui.notices import literal

MOST_ROWS = 2000
"""Rows of the table; more would keep the browser busy."""

_TABLE_PX = 570
_SHOWN_ROWS, _ROW_PX = 15, 33

Flag = Mapping[str, Any]


def show_broken(request: Request, result: Mapping[str, Any]) -> None:
    """The findings."""
    flags = result["flags"]
    _show_summary(result)
    if not flags:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sets = _choose("Set", [*result["sets"]], "flag_sets", result, width=260)
        there = Counter(each["kind"] for each in flags)
        kinds = _choose("Kind", [k for k in KINDS if k in there], "flag_kinds", result, width=420)
    chosen = chosen_flags(flags, sets, kinds)
    if not chosen:
        st.info("No finding is like this.", icon=":material/filter_alt_off:")
        return
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=_TABLE_PX):
            flag = _choose_row(chosen, result, (sets, kinds))
        with st.container(width="stretch"):
            if flag is not None:
                _show_flag(request, flag)
    _explain(there)


def chosen_flags(flags: Sequence[Flag], sets: Sequence[str], kinds: Sequence[str]) -> list[Flag]:
    """The findings in some sets and of some kinds, all where none is named; surest first."""
    kept = [
        each
        for each in flags
        if (not sets or each["set"] in sets) and (not kinds or each["kind"] in kinds)
    ]
    return sorted(kept, key=lambda each: -each["score"])


def flag_rows(flags: Sequence[Flag]) -> list[dict[str, Any]]:
    """A row for each finding; the set only where the file's folder does not tell it."""
    is_told = all(each["file"].split("/")[0] == each["set"] for each in flags)
    return [
        {
            "Kind": title_of(each["kind"]),
            "Contrast": each["contrast"].upper(),
            "Score": each["score"],
            "File": each["file"].rpartition("/")[2],
            **({} if is_told else {"Set": each["set"]}),
        }
        for each in flags
    ]


def title_of(kind: str) -> str:
    """What people call a kind."""
    return KINDS[kind].title if kind in KINDS else kind


def _show_summary(result: Mapping[str, Any]) -> None:
    st.caption(literal(" ".join(result.get("flags_summary", ()))))
    if not result["flags"] and result["checked"]:
        st.markdown(
            f":green[:material/check_circle:] {len(KINDS)} kinds of faults were looked for: "
            + literal(", ".join(kind.title.lower() for kind in KINDS.values()) + ".")
        )


def _choose(
    label: str, options: Sequence[str], name: str, result: Mapping[str, Any], *, width: int
) -> list[str]:
    there = Counter(each["set" if label == "Set" else "kind"] for each in result["flags"])
    return st.multiselect(
        label,
        options,
        format_func=lambda option: (
            f"{option if label == 'Set' else title_of(option)} ({there[option]:,})"
        ),
        placeholder="All",
        width=width,
        key=key_of(name, result),
        persist_state="session",
    )


def _choose_row(chosen: list[Flag], result: Mapping[str, Any], filters: Any) -> Flag | None:
    rows = flag_rows(chosen[:MOST_ROWS])
    # a key for each choice of rows: what was selected in others is not taken for these
    picked = st.dataframe(
        rows,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [0]}},
        key=f"{key_of('flags', result)}_{hash(repr(filters)):x}",
        height=min(len(rows) + 1, _SHOWN_ROWS) * _ROW_PX + 3,
        column_config={
            "Kind": st.column_config.TextColumn(width=175),
            "Contrast": st.column_config.TextColumn(width=65),
            "File": st.column_config.TextColumn(width=210),
            "Score": st.column_config.ProgressColumn(
                format="%.2f",
                min_value=0.0,
                max_value=1.0,
                width=75,
                help="How sure, 1 being certain; comparable within a kind.",
            ),
        },
    )
    if len(chosen) > MOST_ROWS:
        st.caption(f"The surest {MOST_ROWS:,} of {len(chosen):,} findings.")
    row = next(iter(picked.selection.rows), None)
    return chosen[row] if row is not None and row < len(chosen) else None


def _show_flag(request: Request, flag: Flag) -> None:
    each = request.set_of(flag["set"])
    contrast = f" of {flag['contrast'].upper()}" if flag["contrast"] else ""
    st.markdown(
        f"**{literal(title_of(flag['kind']))}{literal(contrast)}**  \n{literal(flag['file'])}"
    )
    folder = "" if each is None else f"{each.root}/"
    st.markdown(literal(flag["why"].replace(folder, "")))
    marked = tuple(name for name in CONTRASTS if name == flag["contrast"])
    show_slice(each, flag["file"], marked=marked, told=flag["why"])
    meaning = KINDS[flag["kind"]].meaning if flag["kind"] in KINDS else ""
    if meaning not in flag["why"]:
        st.caption(literal(meaning))
    offer_viewer(request, each, flag["patient"], flag["file"])


def _explain(there: Mapping[str, int]) -> None:
    with st.expander("What the kinds mean, and what to do", icon=":material/help:"):
        st.markdown(
            "\n".join(
                f"- **{literal(kind.title)}** ({there.get(name, 0):,}): {literal(kind.meaning)}"
                for name, kind in KINDS.items()
            )
        )
