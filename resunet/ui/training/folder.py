"""The data folder of a training: what it holds, and what is wrong with it."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from resunet.data.cases import Case
from resunet.data.examination import (
    Examination,
    Finding,
    SplitContent,
    shared_patients,
    split_contents,
)
from resunet.ui import sources
from resunet.ui.model.words import markdown_table
from resunet.ui.notices import literal

_KEPT = "training_examination"
_SHOWN = 20  # sentences of each kind
_LOOK_SECONDS = 1.0
_VALIDATION = "validating"
_NEEDED = ("training", _VALIDATION)


@dataclass(frozen=True)
class FolderCheck:
    """What the form needs to know about a data folder.

    Attributes:
        obstacle: Why it cannot be trained on; empty where it can.
        validation_slices: Slices to validate on, as far as names tell.
        skip_bad: Whether files that cannot be used are to be left out.
    """

    obstacle: str
    validation_slices: int
    skip_bad: bool


def check_folder(root: Path, cases: Sequence[Case]) -> FolderCheck:
    """Shows what the folder holds, at once by names and then by reading all of it."""
    contents = split_contents(cases)
    examination = _examination(root, cases)
    # looked at again and again only while there is more to come
    is_watched = not examination.is_done
    every = _LOOK_SECONDS if is_watched else None
    st.fragment(_show, run_every=every)(examination, is_watched, itertools.count())
    names = {content.name for content in contents}
    missing = [name for name in _NEEDED if name not in names]
    shared = [
        patient for patient, splits in shared_patients(cases).items() if set(splits) >= set(_NEEDED)
    ]
    obstacle = ""
    if missing:
        found = ", ".join(sorted(filter(None, names))) or "no split"
        obstacle = (
            f"A training needs the splits {' and '.join(_NEEDED)}; this folder has {found}. Choose "
            "another one on the left."
        )
    elif shared:
        some = _many(len(shared), "patient is", "patients are")
        obstacle = f"{some} both in training and in validating, as {shared[0]}."
    # before it is known whether there is any: a training may start before all is read
    skip_bad = st.toggle(
        "Leave out files that cannot be used",
        value=True,
        key="training_skip_bad",
        persist_state="session",
        help="Else such a file ends the training before it begins. The run's log lists every file "
        "that is left out.",
    )
    if examination.unusable and not skip_bad:
        files = _many(len(examination.unusable), "file", "files")
        obstacle = obstacle or f"{files} cannot be used."
    return FolderCheck(obstacle, _validation_slices(contents, examination.findings), skip_bad)


def _validation_slices(contents: Sequence[SplitContent], findings: Sequence[Finding]) -> int:
    """By the names of files; of volumes, as many as were read so far."""
    named = next((content.slices for content in contents if content.name == _VALIDATION), None)
    read = sum(finding.slices for finding in findings if finding.case.split == _VALIDATION)
    return read if named is None else named


def _examination(root: Path, cases: Sequence[Case]) -> Examination:
    """The examination of these files, begun where they are others than before."""
    key = (root, tuple(cases))
    kept_key, examination = st.session_state.get(_KEPT, (None, None))
    if kept_key == key:
        return examination
    if examination is not None:
        examination.end()
    examination = Examination(cases)
    st.session_state[_KEPT] = (key, examination)
    return examination


def _show(examination: Examination, is_watched: bool, looks: Iterator[int]) -> None:
    """The table, and below it what is wrong; the page runs anew once all is read.

    Args:
        examination: What is shown.
        is_watched: Whether there was more to come when the page last ran.
        looks: Counts the looks since then. The first is part of that run, which must not be broken
            off: what was clicked would be forgotten.
    """
    is_done = examination.is_done
    if next(looks) > 0 and is_watched and is_done:
        st.rerun()
    findings = list(examination.findings)
    st.markdown(
        _table(examination.cases, findings),
        help="Empty: slices without tumour. Bad: files that cannot be used.",
    )
    if not is_done:
        total = len(examination.cases)
        st.progress(len(findings) / total, f"Reading: {len(findings)} of {total} patients")
    _show_shared(examination.cases)
    unusable, odd = examination.unusable, examination.odd
    if examination.trouble:
        st.error(literal(examination.trouble), icon=":material/error:")
    if unusable:
        files = _many(len(unusable), "file", "files")
        _list(f"{files} cannot be used", unusable, ":material/error:")
    if odd:
        things = _many(len(odd), "thing is", "things are")
        _list(f"{things} odd", odd, ":material/warning:")
    if is_done and not unusable and not odd and not examination.trouble:
        st.caption(":material/check: Every file was read; nothing is odd.")
    elif is_done and st.button("Check again", icon=":material/refresh:", type="tertiary"):
        del st.session_state[_KEPT]
        sources.cases_in.clear()
        st.rerun()


def _table(cases: Sequence[Case], findings: Sequence[Finding]) -> str:
    """The splits in numbers: what names tell at once, and what reading has brought to light."""
    rows = []
    for content in split_contents(cases):
        found = [finding for finding in findings if finding.case.split == content.name]
        read = sum(finding.slices for finding in found)
        empty = sum(finding.empty for finding in found)
        bad = sum(len(finding.unusable) for finding in found)
        is_read = len(found) == content.patients
        slices = read if is_read else content.slices
        rows.append(
            (
                literal(content.name) or "–",
                f"{content.patients}",
                "…" if slices is None else f"{slices:,}",
                f"{empty:,}" if is_read else "…",
                f":red[**{bad}**]" if bad else ("0" if is_read else "…"),
            )
        )
    return markdown_table(("Split", "Patients", "Slices", "Empty", "Bad"), rows, "lrrrr")


def _show_shared(cases: Sequence[Case]) -> None:
    shared = shared_patients(cases)
    if not shared:
        st.caption(":material/check: No patient is in two splits.")
        return
    sentences = [f"{patient}: {', '.join(splits)}" for patient, splits in shared.items()]
    some = _many(len(shared), "patient is", "patients are")
    _list(f"{some} in more than one split", sentences, ":material/error:")


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _list(title: str, sentences: Sequence[str], icon: str) -> None:
    with st.expander(title, icon=icon):
        st.markdown("\n".join(f"- {literal(sentence)}" for sentence in sentences[:_SHOWN]))
        if len(sentences) > _SHOWN:
            st.caption(f"and {len(sentences) - _SHOWN} more")
