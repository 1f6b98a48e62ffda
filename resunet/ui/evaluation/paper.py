"""The result beside the paper's, and beside the literature that the paper quotes."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from resunet.export.comparison.numbers import NONE, list_at, number_at, percent
from resunet.export.evaluation.beside import table_4_figure
from resunet.ui.evaluation.cells import Reasons, table
from resunet.ui.notices import literal


def show_paper(result: Mapping[str, Any]) -> None:
    """Tables 4 and 5, ours beside them."""
    reasons = Reasons()
    st.markdown("##### Table 4: the paper's own network")
    head = ["", "Here, pooled on the grid", "Here, mean of patients, native", "The paper"]
    st.markdown(table(head, table_4_rows(result, reasons)))
    st.caption(literal(str(result.get("table_4_note") or "")))
    reasons.show()
    reasons = Reasons()
    st.markdown("##### Table 5: whole tumour, as the paper quotes the literature")
    head = ["Model", "Scored on", "What is comparable, and what is not", "", "Dice", "Parameters"]
    st.markdown(table(head, table_5_rows(result, reasons), texts=3))
    reasons.show()


def table_4_rows(result: Mapping[str, Any], reasons: Reasons) -> list[list[str]]:
    """The paper's figures and ours."""
    rows = []
    for line in list_at(result, "table_4"):
        if line.get("ours") is None:
            reasons.add(line, "ours")
        native = number_at(line, "ours_patient_mean")
        rows.append(
            [
                str(line["what"]),
                table_4_figure(line, line.get("ours")),
                "" if native is None else percent(native),
                table_4_figure(line, line.get("paper")),
            ]
        )
    return rows


def table_5_rows(result: Mapping[str, Any], reasons: Reasons) -> list[list[str]]:
    """The literature's figures and ours, which say so."""
    rows = []
    for line in list_at(result, "table_5"):
        dice, parameters = number_at(line, "dice"), number_at(line, "parameters")
        for key, value in (("dice", dice), ("parameters", parameters)):
            if value is None:
                reasons.add(line, key)
        rows.append(
            [
                f"{line['model']} (here)" if line.get("ours") else str(line["model"]),
                str(line["data"]),
                str(line["comparable"]),
                f"{line['dimensions']}D",
                percent(dice),
                NONE if parameters is None else f"{parameters / 1e6:,.1f} M",
            ]
        )
    return rows
