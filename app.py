"""The frame of the app: page settings, navigation, and the line that is always there."""

from pathlib import Path

import streamlit as st

LOGO = Path(__file__).parent / "assets" / "logo.svg"

st.set_page_config(
    page_title="ResU-Net",
    page_icon=str(LOGO),
    layout="wide",
    initial_sidebar_state="expanded",
)
page = st.navigation(
    [
        st.Page("pages/viewer.py", title="Viewer", icon=":material/neurology:", default=True),
        st.Page("pages/datasets.py", title="Data sets", icon=":material/stacked_bar_chart:"),
        st.Page("pages/training.py", title="Training", icon=":material/show_chart:"),
    ],
    position="top",
)
with st.bottom:
    st.caption("Research use only; not a medical device.", text_alignment="center")
page.run()
