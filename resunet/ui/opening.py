"""Opens what was chosen, and asks what only the user can know: which file is which contrast."""

import re
from collections.abc import Sequence

import streamlit as st

from resunet.data.cases import Case
from resunet.data.contrasts import LABELS, UnclearContrasts
from resunet.data.readers import Candidate, GridsDiffer, ReadOptions
from resunet.errors import InputError
from resunet.inference.models import ModelFile
from resunet.ui.notices import literal, show_error
from resunet.ui.session import OpenStudy, open_study
from resunet.ui.uploads import Upload

_NAMES = {
    "t1": "T1",
    "t1ce": "T1 with contrast agent",
    "t2": "T2",
    "flair": "FLAIR",
    LABELS: "Expert's segmentation",
}
_NONE = "–"
_LEFT_ASIDE = 12  # candidates named at most
_SAY_WHICH = re.compile(r": say which, as \w+=name\.$")
"""What an error adds for the command line; here a form follows."""


def open_chosen(
    origin: Case | Upload, model: ModelFile | None, address: str = ""
) -> OpenStudy | None:
    """The chosen study; None where it cannot be opened, which is then said and mended here.

    Args:
        origin: A patient of a data folder, or files that were dropped.
        model: The network in use, or None.
        address: The opaque name of a patient of a data folder.
    """
    options = _options(origin)
    # a place of its own, empty as soon as the study opens: a prediction keeps the run going, and
    # Streamlit leaves on the page what a run has not replaced
    place = st.empty()
    try:
        return open_study(origin, options, address)
    except InputError as error:
        with place.container():
            show_error(_SAY_WHICH.sub(".", str(error)))
            if isinstance(error, UnclearContrasts):
                _ask_contrasts(origin, options, error.candidates, model)
            elif isinstance(error, GridsDiffer):
                _ask_resampling(origin, options)
            if options != ReadOptions() and st.button(
                "Undo what was chosen", icon=":material/undo:"
            ):
                _choose(origin, ReadOptions())
    return None


def show_how(opened: OpenStudy, model: ModelFile | None) -> None:
    """What each contrast was read from and why, with a way to say otherwise; in the sidebar.

    As many elements whatever was read, for the reason that `sources.choose_origin` gives.
    """
    candidates = opened.reading.candidates
    used = {candidate.contrast: candidate for candidate in candidates}
    with st.sidebar.popover("Which file is which", icon=":material/fact_check:", width="stretch"):
        for contrast, words in _NAMES.items():
            if contrast in used:
                st.text(f"{words}: {used[contrast].name}", help=literal(used[contrast].reason))
            else:
                st.text(f"{words}: {'none' if candidates else 'an array of each npz slice'}")
        aside = [c.name for c in candidates if c.contrast is None]
        more = "" if len(aside) <= _LEFT_ASIDE else f" and {len(aside) - _LEFT_ASIDE} more"
        st.caption(f"Left aside: {literal(', '.join(aside[:_LEFT_ASIDE])) or 'nothing'}{more}")
        wanted = st.toggle(
            "Choose otherwise", key=f"otherwise-{_key(opened.origin)}", disabled=not candidates
        )
        if wanted and candidates:
            _ask_contrasts(opened.origin, opened.options, candidates, model)


def _options(origin: Case | Upload) -> ReadOptions:
    return st.session_state.get(_key(origin)) or ReadOptions()


def _key(origin: Case | Upload) -> str:
    return f"read-{hash(origin):x}"


def _choose(origin: Case | Upload, options: ReadOptions) -> None:
    st.session_state[_key(origin)] = options
    st.rerun()


def _ask_contrasts(
    origin: Case | Upload,
    options: ReadOptions,
    candidates: Sequence[Candidate],
    model: ModelFile | None,
) -> None:
    """A choice of file for each contrast, the guesses chosen already."""
    names = [candidate.name for candidate in candidates]
    if not names:
        return
    with st.form(f"contrasts-{_key(origin)}", border=True):
        st.markdown("**Which is which?** What was recognised is chosen already.")
        chosen = {}
        for contrast, words in _NAMES.items():
            guessed = [c for c in candidates if c.contrast == contrast]
            chosen[contrast] = st.selectbox(
                words,
                [_NONE, *names],
                index=1 + names.index(guessed[0].name) if len(guessed) == 1 else 0,
                help=literal("; ".join(f"{c.name}: {c.reason}" for c in guessed)) or None,
            )
        fill = options.fill_missing
        if model is not None and model.config.augment.contrast_dropout > 0:
            fill = st.checkbox(
                "Fill a missing contrast with zeros",
                value=fill,
                help="This network was trained to do without one contrast; it sees less.",
            )
        if st.form_submit_button("Open", type="primary"):
            kept = tuple((c, "" if name == _NONE else name) for c, name in chosen.items())
            taken = [name for _, name in kept if name]
            if twice := next((name for name in taken if taken.count(name) > 1), None):
                show_error(f"{twice} is chosen twice; one contrast for each is accepted.")
                return
            _choose(origin, ReadOptions(kept, options.resample, fill))


def _ask_resampling(origin: Case | Upload, options: ReadOptions) -> None:
    st.markdown(
        "The contrasts can be brought onto the T1CE's grid by their position in the scanner. That "
        "corrects no movement of the patient; every picture and export will say so."
    )
    if st.button("Resample to the T1CE's grid", icon=":material/grid_on:"):
        _choose(origin, ReadOptions(options.contrasts, True, options.fill_missing))
