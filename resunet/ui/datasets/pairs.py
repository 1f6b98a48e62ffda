"""Which two sets are looked at."""

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from resunet.ui.datasets.answer import by_difference


def key_of(name: str, result: Mapping[str, Any]) -> str:
    """A control's key that is another one for other sets, so that nothing chosen for them stays."""
    names = repr([*result["sets"]])
    return f"datasets_{name}_{hashlib.sha256(names.encode()).hexdigest()[:8]}"


def choose_pair(result: Mapping[str, Any], *, width: int = 320) -> int | None:
    """The index of a pair, at first of that which differs most; None where there is no pair."""
    pairs = result["pairs"]
    if not pairs:
        return None
    order = by_difference(pairs)

    def words(index: int) -> str:
        return f"{pairs[index]['b']} against {pairs[index]['a']}"

    chosen = st.selectbox(
        "Pair",
        order,
        format_func=words,
        width=width,
        disabled=len(order) < 2,
        key=key_of("pair", result),
        persist_state="session",
    )
    return chosen if chosen in order else order[0]
