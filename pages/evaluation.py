"""Evaluation: what a network scores on patients whose truth is known, and where it fails."""

import streamlit as st

from resunet.errors import InputError
from resunet.ui import frame
from resunet.ui.engine import NO_MODEL
from resunet.ui.evaluation import waiting
from resunet.ui.evaluation.against import show_against
from resunet.ui.evaluation.downloads import show_downloads
from resunet.ui.evaluation.gallery import show_gallery
from resunet.ui.evaluation.headline import show_headline
from resunet.ui.evaluation.opening import take_opened
from resunet.ui.evaluation.paper import show_paper
from resunet.ui.evaluation.request import Request, choose_request
from resunet.ui.evaluation.results import Stored, choose_result
from resunet.ui.evaluation.scores import show_scores
from resunet.ui.evaluation.sizes import show_sizes
from resunet.ui.evaluation.thresholds import show_thresholds
from resunet.ui.evaluation.uncertainty import show_uncertainty
from resunet.ui.notices import show_error

PARTS = {
    "gallery": "Worst first",
    "scores": "All scores",
    "sizes": "By size",
    "thresholds": "Threshold",
    "uncertainty": "Uncertainty",
    "against": "Beside another result",
    "paper": "Beside the paper",
    "files": "Files",
}


def main() -> None:
    """The page: what is computed, and the result that is chosen."""
    if take_opened():
        st.switch_page("pages/viewer.py")
    request: Request | None = None
    try:
        request = choose_request()
    except InputError as error:
        show_error(error)
    waiting.offer(request)
    is_pending = waiting.show_unfinished()
    stored, others = choose_result()
    if stored is not None:
        show(stored, others)
    elif not is_pending:
        welcome(request)


def welcome(request: Request | None) -> None:
    """What the page is for, while there is nothing to show."""
    if request is None:
        st.info(NO_MODEL, icon=":material/model_training:")
    st.markdown(
        "Nothing was evaluated yet. Choose a data folder whose patients have an expert's outline, "
        "its splits and a model, and press **Evaluate**: the network outlines every slice, and you "
        "see how well it does on how many patients and how sure that is, where it fails, and how "
        "that compares with the paper and with other models."
    )


def show(stored: Stored, others: list[Stored]) -> None:
    """The figures, and the part of the evidence that is chosen."""
    show_headline(stored)
    part = st.segmented_control(
        "Evidence",
        list(PARTS),
        format_func=PARTS.__getitem__,
        default="gallery",
        required=True,
        key="evaluation_part",
        persist_state="session",
        label_visibility="collapsed",
    )
    if part == "scores":
        show_scores(stored.result)
    elif part == "sizes":
        show_sizes(stored.result)
    elif part == "thresholds":
        show_thresholds(stored.result)
    elif part == "uncertainty":
        show_uncertainty(stored.folder)
    elif part == "against":
        show_against(stored, others)
    elif part == "paper":
        show_paper(stored.result)
    elif part == "files":
        show_downloads(stored.folder)
    else:
        show_gallery(stored)


frame.enter("pages/evaluation.py")
main()
