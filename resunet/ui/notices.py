"""Errors and warnings on a page, and text of files where Markdown is taken."""

import re

import streamlit as st

_MARKS = re.compile(r"[\\`*\[\]<>$~]|(?<![^\W_])_|_(?![^\W_])")
"""What Streamlit would take for formatting; an underscore within a word is none."""


def show_error(error: Exception | str) -> None:
    """One sentence on what went wrong, names in it as they are."""
    st.error(literal(str(error)), icon=":material/error:")


def show_warning(sentence: str) -> None:
    """One sentence to be minded, names in it as they are."""
    st.warning(literal(sentence), icon=":material/warning:")


def literal(text: str) -> str:
    """Text that holds names from files, for a place that takes Markdown."""
    return _MARKS.sub(lambda mark: f"\\{mark[0]}", text)
