"""What can be taken away of a comparison: the files that the command wrote."""

from pathlib import Path

import streamlit as st

from resunet.ui.notices import literal

FILES = {
    "comparison.html": ("One page with all pictures", "text/html"),
    "comparison.json": ("Everything, as JSON", "application/json"),
    "sets.csv": ("The sets", "text/csv"),
    "pairs.csv": ("The differences", "text/csv"),
    "leakage.csv": ("The duplicates", "text/csv"),
    "flags.csv": ("Broken slices", "text/csv"),
    "exclude.txt": ("File names to leave out", "text/plain"),
}
"""File → what it is, and its type."""

_LISTS = "exclude-*.txt"  # of several data folders, one each
_BUTTON_PX = 250
_COMMANDS = """\
python -m resunet train --data /path/to/data --exclude exclude.txt
python -m resunet evaluate --data /path/to/data --exclude exclude.txt"""


def show_downloads(folder: Path, *, is_running: bool) -> None:
    """A button for each file.

    Args:
        folder: Of the comparison.
        is_running: Whether its process still writes.
    """
    with st.container(horizontal=True):
        for name, (title, mime) in files_in(folder).items():
            st.download_button(
                literal(title),
                (folder / name).read_bytes,
                name,
                mime,
                icon=":material/download:",
                on_click="ignore",
                width=_BUTTON_PX,
                key=f"datasets_download_{name}",
            )
    if is_running:
        st.caption("More files are being written.")
    st.markdown(
        "To leave broken slices out of a training or an evaluation, look through the list, and "
        "take lines out of it that you want to keep; then:"
    )
    st.code(_COMMANDS, language=None)
    st.caption("These files name patients and slices as the data folder does.")


def files_in(folder: Path) -> dict[str, tuple[str, str]]:
    """What there is of `FILES`, and the lists of several data folders."""
    there = {name: entry for name, entry in FILES.items() if (folder / name).is_file()}
    for path in sorted(folder.glob(_LISTS)):
        there[path.name] = (f"To leave out: {path.stem.split('-', 2)[-1]}", "text/plain")
    return there
