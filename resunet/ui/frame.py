"""The frame round every page: navigation, and the line that is always there."""

from contextvars import ContextVar
from pathlib import Path

import streamlit as st

from resunet import DISCLAIMER

_ROOT = Path(__file__).parents[2]
_WANTED = "wanted_page"
_inside: ContextVar[bool] = ContextVar("inside", default=False)


def show() -> None:
    """Page settings, navigation, the research-use line, and then the page itself."""
    st.set_page_config(
        page_title="ResU-Net",
        page_icon=str(_ROOT / "assets" / "logo.svg"),
        layout="wide",
        initial_sidebar_state="expanded",
    )
    page = st.navigation(
        [
            st.Page("pages/viewer.py", title="Viewer", icon=":material/neurology:", default=True),
            st.Page("pages/worklist.py", title="Work list", icon=":material/checklist:"),
            st.Page("pages/datasets.py", title="Data sets", icon=":material/stacked_bar_chart:"),
            st.Page("pages/training.py", title="Training", icon=":material/show_chart:"),
            st.Page("pages/evaluation.py", title="Evaluation", icon=":material/fact_check:"),
            st.Page("pages/model.py", title="Model", icon=":material/account_tree:"),
        ],
        position="top",
    )
    if _WANTED in st.session_state:
        st.switch_page(st.session_state.pop(_WANTED))
    with st.bottom:
        st.caption(f"{DISCLAIMER}.", text_alignment="center")
    token = _inside.set(True)
    try:
        page.run()
    finally:
        _inside.reset(token)


def enter(page: str) -> None:
    """Makes sure that a page stands in its frame; every page begins with it.

    A server that has not run ``app.py`` yet takes the folder ``pages/`` for Streamlit's older
    kind of pages and runs a page alone when its address is opened first. Such a run goes
    through ``app.py`` and comes back.

    Args:
        page: The page's script, as ``pages/<name>.py``.
    """
    if not _inside.get():
        st.session_state[_WANTED] = page
        st.switch_page("app.py")
