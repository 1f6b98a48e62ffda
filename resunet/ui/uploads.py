"""Files that were dropped on the app: kept in the session, on disk only while they are read.

They are one patient's, or several patients': npz slices, or a zip of a data folder. Then each
patient is an upload of its own, with the files that are theirs.
"""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from resunet.data.cases import parse_slice_name
from resunet.data.readers import Reading, ReadOptions, open_input
from resunet.data.readers.archive import unpacked
from resunet.data.readers.patients import several_patients
from resunet.errors import InputError

_WIDGET, _KEPT = "upload", "uploaded"
_MOST_NAME_BYTES = 200  # file systems take 255
_HELP = (
    "One patient: the NIfTI or PNG files of T1, T1 with contrast agent, T2 and FLAIR; a 4-D NIfTI "
    "file; npz slices; DICOM files; or a zip of any of these, quickest for DICOM. A segmentation "
    "is optional. Several patients: npz slices, or a zip with a folder for each. Files stay in "
    "this server's memory until they are removed or closed, or this browser window is."
)


@dataclass(frozen=True)
class Upload:
    """Files as the browser sent them.

    Attributes:
        ids: What tells this upload from others.
        files: The files.
        patient: Whose files these are among those that came together; empty for all.
        split: The set that this patient belongs to, or empty.
        places: The patient's files and folders in the zip; empty for all.
    """

    ids: tuple[str, ...]
    files: tuple[UploadedFile, ...] = field(compare=False, repr=False)
    patient: str = ""
    split: str = ""
    places: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def title(self) -> str:
        """What a person would call it: the patient; else the first file, and how many there are."""
        if self.patient:
            return f"{self.patient} ({self.split})" if self.split else self.patient
        more = len(self.files) - 1
        return _file_name(self.files[0].name) + (f" and {more} more" if more else "")

    def read(self, options: ReadOptions) -> Reading:
        """Reads them as one patient; the files on disk are gone afterwards.

        Raises:
            InputError: As `resunet.data.readers.open_input`, told of the file names alone; or if
                the disk does not take them.
        """
        with self._on_disk() as paths:
            if not self.places:
                return open_input(paths, options)
            with unpacked(paths[0], self.places) as folder:
                return open_input([folder / place for place in self.places], options)

    def patients(self) -> tuple["Upload", ...]:
        """Each patient's files, by split and name; where there is one, all of them."""
        by_patient: dict[str, list[UploadedFile]] = {}
        for file in self.files:
            parts = parse_slice_name(_file_name(file.name))
            by_patient.setdefault("" if parts is None else parts[0], []).append(file)
        if "" not in by_patient and len(by_patient) > 1:
            return tuple(
                Upload(tuple(file.file_id for file in files), tuple(files), patient)
                for patient, files in sorted(by_patient.items())
            )
        if len(self.files) == 1 and _is_zip(self.files[0].name):
            with suppress(InputError):  # reading will say what is wrong with it
                return self._patients_in_zip() or (self,)
        return (self,)

    def _patients_in_zip(self) -> tuple["Upload", ...]:
        with self._on_disk() as paths, unpacked(paths[0]) as folder:
            return tuple(
                replace(
                    self,
                    patient=case.patient,
                    split=case.split,
                    places=tuple(place.relative_to(folder).as_posix() for place in case.places),
                )
                for case in several_patients(folder)
            )

    @contextmanager
    def _on_disk(self) -> Iterator[list[Path]]:
        """The files in a temporary folder; errors that name it are told without."""
        with tempfile.TemporaryDirectory(prefix="resunet-upload-") as name:
            folder = Path(name)
            try:
                paths = _write(self.files, folder)
            except OSError as error:
                raise InputError(
                    f"What was dropped cannot be laid on this server's disk to be read: "
                    f"{error.strerror or error}."
                ) from error
            try:
                yield paths
            except InputError as error:
                error.args = (_plain(str(error), folder),)
                raise


def choose_upload(on_files: Callable[[Upload | None], None]) -> Upload | None:
    """Where files are dropped, in the sidebar; what was dropped last, or None.

    What was dropped stays open when another page is looked at and the control forgets its files;
    then a button closes it, since the control can remove only what it lists.

    Args:
        on_files: Called when files were added or taken away, with what there is now.
    """
    listed = st.sidebar.file_uploader(
        "Open a patient's MRI",
        accept_multiple_files=True,
        key=_WIDGET,
        on_change=_take,
        args=(on_files,),
        help=_HELP,
    )
    upload = st.session_state.get(_KEPT)
    place = st.sidebar.empty()  # always there, for the reason that `sources.choose_origin` gives
    if upload is not None and not listed:
        place.button(
            "Close the opened files",
            key="close_upload",
            icon=":material/close:",
            width="stretch",
            on_click=_keep,
            args=(None, on_files),
        )
    return upload


def _take(on_files: Callable[[Upload | None], None]) -> None:
    files = st.session_state[_WIDGET]
    upload = Upload(tuple(file.file_id for file in files), tuple(files)) if files else None
    _keep(upload, on_files)


def _keep(upload: Upload | None, on_files: Callable[[Upload | None], None]) -> None:
    st.session_state[_KEPT] = upload
    on_files(upload)


def _write(files: tuple[UploadedFile, ...], folder: Path) -> list[Path]:
    """Writes each file into a folder of its own, since two may be called alike.

    Returns:
        A file that came alone, and each zip, by itself; the folder of all others.
    """
    alone, others = [], False
    for number, file in enumerate(files, 1):
        path = folder / str(number) / _file_name(file.name)
        path.parent.mkdir()
        path.write_bytes(file.getvalue())  # the bytes themselves; getbuffer would copy them
        if len(files) == 1 or _is_zip(path.name):
            alone.append(path)
        else:
            others = True
    return [folder, *alone] if others else alone


def _file_name(sent: str) -> str:
    """A name for the disk: without the folders that some browsers send with it.

    Where it is too long its end is kept, which tells the kind of file.
    """
    last = PurePosixPath(sent.replace("\\", "/")).name
    name = "".join(letter if letter.isprintable() else "_" for letter in last)
    name = name.encode()[-_MOST_NAME_BYTES:].decode(errors="ignore")
    return "file" if name in ("", "..") else name


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _plain(sentence: str, folder: Path) -> str:
    """A sentence without the folder that the user has not made."""
    told = re.sub(rf"{re.escape(str(folder))}/\d+/", "", sentence)
    return told.replace(str(folder), "What was dropped")
