"""Estimates as text, and tables of text: those that scroll would load a megabyte of script."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from resunet.export.comparison.numbers import NONE, finite, interval_at, number_at
from resunet.export.evaluation.entries import between, written
from resunet.ui.notices import literal

FIXED = "\u00a0"
"""A space at which no line ends."""


HALF_PX = 480
"""The width of what stands beside another on a wide page, and below it on a narrow one."""


class Reasons:
    """Why values of a table are not known, to stand below it."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def add(self, entry: Mapping[str, Any], key: str = "value") -> None:
        """Notes why a value is not known, where that is said."""
        reason = entry.get(f"{key}_reason")
        if isinstance(reason, str) and reason:
            self._found[reason] = None

    def show(self) -> None:
        """All of them, each once."""
        if self._found:
            st.caption(f"{NONE} {literal(' '.join(self._found))}")


def estimate(entry: Mapping[str, Any], digits: int, reasons: Reasons | None = None) -> str:
    """A value with its interval, and how many infinite ones were left out."""
    value = number_at(entry, "value")
    if value is None:
        if reasons is not None:
            reasons.add(entry)
        return NONE
    ends, infinite = interval_at(entry), finite(entry.get("infinite"))
    interval = "" if ends is None else f" ({between(ends, digits).replace(' ', FIXED)})"
    left_out = f", {infinite:.0f}{FIXED}infinite left out" if infinite else ""
    return f"{written(value, digits)}{interval}{left_out}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1) -> str:
    """A table in Markdown.

    Args:
        head: Titles of the columns.
        rows: Cells, as many in each row.
        texts: How many columns from the left hold text; numbers stand on the right.
    """

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(literal(cell).replace('|', chr(92) + '|') for cell in cells)} |"

    rule = "|".join("---" if at < texts else "---:" for at in range(len(head)))
    return "\n".join([line(head), f"|{rule}|", *map(line, rows)])
