"""Data sets compared: what differs between them, what is there twice, and what is broken."""

from pathlib import Path

import streamlit as st

from resunet.cohort.stored import StoredComparison
from resunet.errors import InputError
from resunet.ui import frame
from resunet.ui.datasets import computing, waiting
from resunet.ui.datasets.answer import show_answer
from resunet.ui.datasets.broken import show_broken
from resunet.ui.datasets.downloads import show_downloads
from resunet.ui.datasets.effect import show_effect
from resunet.ui.datasets.pairs import key_of
from resunet.ui.datasets.pictures import take_opened
from resunet.ui.datasets.quantities import show_quantities
from resunet.ui.datasets.request import Request, choose_request
from resunet.ui.datasets.scanners import show_intensities, show_sites
from resunet.ui.datasets.twice import show_twice
from resunet.ui.datasets.where import show_where
from resunet.ui.notices import show_error

PARTS = {
    "where": "Where tumours lie",
    "quantities": "Quantities",
    "intensities": "Intensities",
    "sites": "Sites",
    "twice": "Duplicates",
    "broken": "Broken slices",
    "effect": "Effect on the score",
    "files": "Files",
}


def main() -> None:
    """The page: a comparison that is kept, else one that is being made."""
    if take_opened():
        st.switch_page("pages/viewer.py")
    try:
        request = choose_request()
        folder = request.folder()
    except InputError as error:
        show_error(error)
        return
    try:
        stored = computing.stored_in(folder)
    except InputError as error:
        waiting.offer_renewal(request, folder, error)
        return
    if stored is None:
        waiting.wait(request, folder)
    else:
        show(request, folder, stored)


def show(request: Request, folder: Path, stored: StoredComparison) -> None:
    """The answer, and the part of the evidence that is chosen."""
    result = stored.result
    show_answer(result)
    part = choose_part(result)
    if part == "where":
        show_where(stored)
    elif part == "quantities":
        show_quantities(stored)
    elif part == "intensities":
        show_intensities(stored)
    elif part == "sites":
        show_sites(stored)
    elif part == "twice":
        show_twice(request, result)
    elif part == "broken":
        show_broken(request, result)
    elif part == "effect":
        show_effect(request, folder, result)
    else:
        show_downloads(folder, is_running=computing.task_of(folder).state == "running")


def choose_part(result: dict) -> str:
    """One of the parts, with how much is in it where that is a number."""
    leakage = result["leakage"]
    counts = {
        "twice": len(leakage["shared_patients"]) + len(leakage["duplicate_slices"]),
        "broken": len(result["flags"]),
    }

    def words(part: str) -> str:
        return f"{PARTS[part]} ({counts[part]:,})" if counts.get(part) else PARTS[part]

    chosen = st.segmented_control(
        "Evidence",
        list(PARTS),
        format_func=words,
        default="where",
        required=True,
        key=key_of("part", result),
        persist_state="session",
        label_visibility="collapsed",
    )
    return chosen or "where"


frame.enter("pages/datasets.py")
main()
