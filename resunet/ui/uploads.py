"""Files that were dropped on the app: kept in the session, on disk only while they are read."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from resunet.data.readers import Reading, ReadOptions, open_input
from resunet.errors import InputError

_WIDGET, _KEPT = "upload", "uploaded"
_HELP = (
    "One patient: the NIfTI or PNG files of T1, T1 with contrast agent, T2 and FLAIR; a 4-D NIfTI "
    "file; npz slices; DICOM files; or a zip of any of these. A segmentation is optional. Files "
    "stay in this server's memory until they are removed from the list or the page is left."
)


@dataclass(frozen=True)
class Upload:
    """The files of one patient, as the browser sent them.

    Attributes:
        ids: What tells this upload from others.
        files: The files.
    """

    ids: tuple[str, ...]
    files: tuple[UploadedFile, ...] = field(compare=False, repr=False)

    @property
    def title(self) -> str:
        """What a person would call it: its first file, and how many there are."""
        more = len(self.files) - 1
        return self.files[0].name + (f" and {more} more" if more else "")

    def read(self, options: ReadOptions) -> Reading:
        """Reads them; the files on disk are gone afterwards.

        Raises:
            InputError: As `resunet.data.readers.open_input`, told of the file names alone.
        """
        with tempfile.TemporaryDirectory(prefix="resunet-upload-") as name:
            folder = Path(name)
            try:
                return open_input(_write(self.files, folder), options)
            except InputError as error:
                error.args = (_plain(str(error), folder),)
                raise


def choose_upload(on_files: Callable[[Upload | None], None]) -> Upload | None:
    """Where files are dropped, in the sidebar; what was dropped last, or None.

    What was dropped stays open when another page is looked at and the control forgets its files.

    Args:
        on_files: Called when files were added or taken away, with what there is now.
    """
    st.sidebar.file_uploader(
        "Open a patient's MRI",
        accept_multiple_files=True,
        key=_WIDGET,
        on_change=_take,
        args=(on_files,),
        help=_HELP,
    )
    return st.session_state.get(_KEPT)


def _take(on_files: Callable[[Upload | None], None]) -> None:
    files = st.session_state[_WIDGET]
    upload = Upload(tuple(file.file_id for file in files), tuple(files)) if files else None
    st.session_state[_KEPT] = upload
    on_files(upload)


def _write(files: tuple[UploadedFile, ...], folder: Path) -> list[Path]:
    """Writes each file into a folder of its own, since two may be called alike.

    Returns:
        A file that came alone, and each zip, by itself; the folder of all others.
    """
    alone, others = [], False
    for number, file in enumerate(files):
        # some browsers send a folder's path with the name
        name = PurePosixPath(file.name.replace("\\", "/")).name or "file"
        path = folder / str(number) / name[-120:]
        path.parent.mkdir()
        path.write_bytes(file.getbuffer())
        if len(files) == 1 or path.suffix.lower() == ".zip":
            alone.append(path)
        else:
            others = True
    return [folder, *alone] if others else alone


def _plain(sentence: str, folder: Path) -> str:
    """A sentence without the folder that the user has not made."""
    told = re.sub(rf"{re.escape(str(folder))}/\d+/", "", sentence)
    return told.replace(str(folder), "What was dropped")
