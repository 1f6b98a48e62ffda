"""What can be taken away of a result: the files that the command wrote."""

from pathlib import Path

import streamlit as st

from resunet.export.uncertainty import JSON, TABLE

FILES = {
    "evaluation.html": ("One page with all of it", "text/html"),
    "scores.json": ("All scores, as JSON", "application/json"),
    "patients.csv": ("The patients", "text/csv"),
    "slices.csv": ("The slices", "text/csv"),
    JSON: ("The uncertainty, as JSON", "application/json"),
    TABLE: ("Ways to predict", "text/csv"),
}
"""File → what it is, and its type."""

_BUTTON_PX = 250


def show_downloads(folder: Path) -> None:
    """A button for each file that is there."""
    with st.container(horizontal=True):
        for name, (title, mime) in files_in(folder).items():
            st.download_button(
                title,
                (folder / name).read_bytes,
                name,
                mime,
                icon=":material/download:",
                on_click="ignore",
                width=_BUTTON_PX,
                key=f"evaluation_download_{name}",
            )
    st.caption("These files name patients as the data folder does. They lie in this folder:")
    st.code(str(folder), language=None)


def files_in(folder: Path) -> dict[str, tuple[str, str]]:
    """What there is of `FILES`."""
    return {name: entry for name, entry in FILES.items() if (folder / name).is_file()}
