"""What is compared: data folders and options, chosen in the sidebar."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from resunet import __version__
from resunet.cohort.sets import PatientSet, choose_reference, find_sets
from resunet.data.cases import Case
from resunet.data.stamps import stamps_of
from resunet.errors import InputError
from resunet.storage import cache_dir, data_roots, demo_dir
from resunet.ui import sources

_VERSION = 1  # raise it when the files of a comparison change
_DEMO = "Demo patients"
_MORE_HELP = (
    "Further data folders, to compare with the first: choose one that is served, or type a path."
)
_WHOLE_HELP = "Takes the splits of a folder together, so that folders are compared, not splits."
_REFERENCE_HELP = (
    "Its slices say what is usual where broken slices are looked for: best the set that a network "
    "was trained on."
)


@dataclass(frozen=True)
class Request:
    """A comparison that is asked for.

    Attributes:
        roots: The data folders, as they were chosen.
        whole: Whether each folder is one set.
        reference: The set that says what is usual.
    """

    roots: tuple[Path, ...]
    whole: bool
    reference: str

    @property
    def sets(self) -> tuple[PatientSet, ...]:
        """The sets, names of files only, looked up again every minute.

        Raises:
            InputError: As `find_sets`.
        """
        return _sets(self.roots, self.whole)

    @property
    def words(self) -> list[str]:
        """Command and arguments that compare, but for ``--out``."""
        roots = [str(each.resolve()) for each in self.roots]
        words = ["compare", "--check", f"--reference={self.reference}", "--data", *roots]
        return [*words, "--whole"] if self.whole else words

    def folder(self) -> Path:
        """Where its result is kept: another one as soon as a file of the data changes.

        Raises:
            InputError: If a file is gone.
        """
        key = json.dumps([_VERSION, __version__, self.words, _stamps(self.roots, self.whole)])
        return cache_dir() / "comparisons" / hashlib.sha256(key.encode()).hexdigest()[:32]

    def set_of(self, name: str) -> PatientSet | None:
        """The set of this name; None where the folder holds it no more."""
        return next((each for each in self.sets if each.name == name), None)

    def served_root(self, each: PatientSet) -> Path:
        """A set's data folder, as it was chosen."""
        same = (root for root in self.roots if root.resolve() == each.root.resolve())
        return next(same, each.root)


def choose_request() -> Request:
    """The data folder, those it is compared with, and how; in the sidebar.

    Raises:
        InputError: As `find_sets`.
    """
    first = sources.choose_root() or demo_dir()
    with st.sidebar:
        about = st.empty()
        more = _choose_more(first)
        whole = False
        if more:
            whole = st.toggle(
                "Take each folder as one set",
                key="datasets_whole",
                persist_state="session",
                help=_WHOLE_HELP,
            )
        roots = (first, *more)
        sets = _sets(roots, whole)
        of_first = [each for each in sets if each.root.resolve() == first.resolve()]
        about.caption(sources.about(first, [case for each in of_first for case in each.cases]))
        names = [each.name for each in sets]
        reference = choose_reference(names)
        if len(names) > 1:
            chosen = st.selectbox(
                "Reference set",
                names,
                index=names.index(reference),
                key=f"datasets_reference_{hashlib.sha256(repr(names).encode()).hexdigest()[:8]}",
                persist_state="session",
                help=_REFERENCE_HELP,
            )
            reference = chosen if chosen in names else reference
    return Request(roots, whole, reference)


def find_case(each: PatientSet, patient: str, file: str) -> Case | None:
    """The patient of a set whose slice this is; two splits taken together may share a name."""
    found = [case for case in each.cases if case.patient == patient]
    split = file.rpartition("/")[0]
    of_split = [case for case in found if case.split and split.split("/")[0] == case.split]
    return next(iter(of_split or found), None)


def _choose_more(first: Path) -> list[Path]:
    folders = {str(root): root for root in data_roots()} | {_DEMO: demo_dir()}
    others = {name: root for name, root in folders.items() if root.resolve() != first.resolve()}
    chosen = st.multiselect(
        "Compare with",
        list(others),
        accept_new_options=True,
        placeholder="Choose or type a folder",
        key="datasets_more",
        persist_state="session",
        help=_MORE_HELP,
    )
    more: list[Path] = []
    for name in chosen:
        root = folders.get(name) or Path(os.path.expanduser(name))
        if root.resolve() not in [each.resolve() for each in (first, *more)]:
            more.append(root)
    return more


@st.cache_data(ttl=60, scope="session", max_entries=8, show_spinner="Looking through the folder …")
def _sets(roots: tuple[Path, ...], whole: bool) -> tuple[PatientSet, ...]:
    return tuple(find_sets(roots, whole=whole))


@st.cache_data(ttl=60, scope="session", max_entries=8, show_spinner=False)
def _stamps(roots: tuple[Path, ...], whole: bool) -> str:
    """A digest of the names, sizes and times of all files.

    Raises:
        InputError: If a file is gone.
    """
    stamps = []
    for each in _sets(roots, whole):
        for case in each.cases:
            try:
                stamps.append([each.name, case.patient, stamps_of(case)])
            except OSError as error:
                raise InputError(f"{case.folder} cannot be read: {error.strerror}.") from error
    return hashlib.sha256(json.dumps(stamps).encode()).hexdigest()
