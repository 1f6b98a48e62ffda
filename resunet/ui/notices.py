"""Errors and warnings on a page, and text of files where Markdown is taken."""

import re
from collections.abc import Sequence

import streamlit as st

_PLACES = "places_of_warnings"

_MARKS = re.compile(r"[\\`*\[\]<>$~]|(?<![^\W_])_|_(?![^\W_])|:(?=[\w+/-]+:)|^[#+-]")
"""What Streamlit would take for formatting; an underscore within a word is none."""


def show_error(error: Exception | str) -> None:
    """One sentence on what went wrong, names in it as they are."""
    st.error(literal(str(error)), icon=":material/error:")


def show_warnings(sentences: Sequence[str]) -> None:
    """Sentences to be minded, names in them as they are.

    Where fewer are shown than before, the others go at once: while a prediction goes on,
    Streamlit leaves on the page what a run no longer shows.
    """
    places = max(len(sentences), st.session_state.get(_PLACES, 0))
    st.session_state[_PLACES] = places
    for sentence in sentences:
        st.warning(literal(sentence), icon=":material/warning:")
    for _ in range(places - len(sentences)):
        st.empty()


def literal(text: str) -> str:
    """Text that holds names from files, for a place that takes Markdown."""
    return _MARKS.sub(lambda mark: f"\\{mark[0]}", " ".join(text.split("\n")))
