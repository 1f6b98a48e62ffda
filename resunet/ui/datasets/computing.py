"""Comparisons in folders: read where they are done, else computed by a process of their own."""

import shutil
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from resunet.cohort.distributions import MaskDistribution
from resunet.cohort.stored import RESULT, StoredComparison, read_comparison
from resunet.jobs.tasks import Task
from resunet.ui.datasets.request import Request

_KEPT = 24  # comparisons; older ones are computed again, from surveys that are kept
_STOPPED = "stopped"
_SEEN = "datasets_seen"


class Seen(NamedTuple):
    """What this browser's session has seen of the patients read so far.

    Attributes:
        folder: Of the comparison it belongs to.
        files: Survey's file → the set's name, of patients not read yet.
        total: How many patients there are.
        sets: The sets' name → where the tumours read so far lie.
    """

    folder: Path
    files: dict[Path, str]
    total: int
    sets: dict[str, MaskDistribution]

    @property
    def done(self) -> int:
        """How many patients are read."""
        return self.total - len(self.files)


def stored_in(folder: Path) -> StoredComparison | None:
    """The comparison in a folder; None while it is not done.

    Raises:
        InputError: If it is damaged.
    """
    try:
        changed_ns = (folder / RESULT).stat().st_mtime_ns
    except OSError:
        return None
    return _read(folder, changed_ns)


def task_of(folder: Path) -> Task:
    """The process that computes a comparison."""
    return Task(folder)


def is_done(folder: Path) -> bool:
    """Whether there is a result."""
    return (folder / RESULT).is_file()


def is_stopped(folder: Path) -> bool:
    """Whether somebody stopped it."""
    return (folder / _STOPPED).is_file()


def start(request: Request, folder: Path) -> None:
    """Computes a comparison, unless somebody else does so already.

    Raises:
        OSError: If the folder cannot be written to.
    """
    _forget_old(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (_STOPPED, RESULT):  # a damaged result must not pass for the one that comes
        (folder / name).unlink(missing_ok=True)
    task_of(folder).start([*request.words, "--out", str(folder.absolute())])


def stop(folder: Path) -> None:
    """Ends computing; patients that were read stay read.

    Raises:
        InputError: If the process is another user's.
        OSError: If the folder cannot be written to.
    """
    (folder / _STOPPED).touch()
    task_of(folder).stop()


def look(request: Request, folder: Path) -> Seen:
    """What is read so far, each patient's survey opened once.

    Raises:
        InputError: If a file of the data is gone.
    """
    # what reads pictures is loaded only where some are still to be read
    from resunet.cohort.survey import SetSurvey
    from resunet.cohort.survey_cache import read_survey, survey_file

    seen: Seen | None = st.session_state.get(_SEEN)
    if seen is None or seen.folder != folder:
        files = {survey_file(case): each.name for each in request.sets for case in each.cases}
        seen = Seen(folder, files, len(files), {})
        st.session_state[_SEEN] = seen
    for file, name in list(seen.files.items()):
        survey = read_survey(file, checked=True) if file.exists() else None
        if survey is None:
            continue
        del seen.files[file]
        counts = survey.counts
        found = SetSurvey(name, survey.hits.astype("int64"), {counts.patient: counts}).distribution
        if found is not None:
            seen.sets[name] = seen.sets[name] + found if name in seen.sets else found
    return seen


@st.cache_data(scope="session", max_entries=3, show_spinner=False)
def _read(folder: Path, changed_ns: int) -> StoredComparison:
    return read_comparison(folder)


def _forget_old(folder: Path) -> None:
    """Removes all but the newest comparisons."""
    try:
        others = [each for each in folder.parent.iterdir() if each.is_dir() and each != folder]
        others.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
    except OSError:
        return
    for each in others[_KEPT - 1 :]:
        if task_of(each).state != "running":
            shutil.rmtree(each, ignore_errors=True)
