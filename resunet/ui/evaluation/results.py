"""Results that are there: which one is shown, and what it is in one sentence."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from resunet.errors import InputError
from resunet.evaluation.against import FILE, read_scores
from resunet.evaluation.cross_validation import HELD_OUT
from resunet.evaluation.stored import find_results
from resunet.export.comparison.numbers import count, list_at, mapping_at, number_at
from resunet.export.evaluation.entries import data_name, split_title, splits_of
from resunet.storage import home
from resunet.ui.notices import show_error

_CHOSEN = "evaluation_result"
_NEXT = "evaluation_next"
_MORE = "evaluation_more"
_HELP = (
    "Evaluations and cross-validations in the program's home, the newest first. For one that lies "
    "elsewhere type the path of its folder."
)


class Stored(NamedTuple):
    """A result that can be shown.

    Attributes:
        folder: Where it lies.
        result: What its ``scores.json`` holds.
        when: When that was written.
    """

    folder: Path
    result: Mapping[str, Any]
    when: datetime

    @property
    def model(self) -> str:
        """What the model is called, without its digest."""
        return str(self.result.get("model_id") or "?").partition("@")[0]

    @property
    def name(self) -> str:
        """The result in a list."""
        splits = ", ".join(map(split_title, splits_of(self.result)))
        how = how_words(self.result)
        date = f"{self.when:%d %b %Y, %H:%M}".lstrip("0")
        return " · ".join(
            [date, self.model, f"{data_name(self.result)}: {splits}", *([how] if how else [])]
        )

    @property
    def sentence(self) -> str:
        """What is shown, and on how many patients."""
        parts = [
            f"{count(int(number_at(native, 'patients') or 0), 'patient')} "
            f"({int(number_at(native, 'slices') or 0):,} slices)" + _of_split(name)
            for name, summary in splits_of(self.result).items()
            if (native := mapping_at(summary, "native"))
        ]
        how = how_words(self.result) or "one deterministic pass"
        left_out = len(list_at(self.result, "skipped"))
        left_out += int(number_at(mapping_at(self.result, "excluded"), "count") or 0)
        more = f"; {count(left_out, 'file')} left out" if left_out else ""
        return (
            f"{self.model} on {' and '.join(parts)} in {data_name(self.result)}: {how}, "
            f"threshold {number_at(self.result, 'threshold') or 0:g}{more}."
        )


def _of_split(name: str) -> str:
    if name == HELD_OUT:
        return ", each new to its network,"
    return f" of {name}" if name else ""


def how_words(result: Mapping[str, Any]) -> str:
    """How it was predicted, in few words; empty for one deterministic pass."""
    samples = int(number_at(result, "samples") or 0)
    passes = f"mean of {samples} passes" if samples else ""
    return ", ".join(filter(None, (passes, "mirrored too" if result.get("flip") else "")))


def show_next(folder: Path) -> None:
    """Chooses a result, before the control is made."""
    st.session_state[_NEXT] = str(folder)


def stored_results() -> list[Stored]:
    """All results that can be read, the newest first; those in typed folders too."""
    roots = [home(), *map(Path, st.session_state.get(_MORE, ()))]
    found = []
    for folder in find_results(roots):
        try:
            found.append(read_stored(folder))
        except InputError:  # being written, or no result after all
            continue
    return found


def read_stored(folder: Path) -> Stored:
    """A result.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        changed_ns = (folder / FILE).stat().st_mtime_ns
    except OSError as error:
        raise InputError(f"{folder} holds no result of «python -m resunet evaluate».") from error
    when = datetime.fromtimestamp(changed_ns / 1e9)
    result = _scores(folder, changed_ns)
    if not splits_of(result):
        raise InputError(f"{folder / FILE} holds no split.")
    return Stored(folder, result, when)


def choose_result() -> tuple[Stored | None, list[Stored]]:
    """The result that is shown, and all there are."""
    stored = stored_results()
    typed = st.session_state.get(_CHOSEN)
    names = [str(each.folder) for each in stored]
    if typed is not None and typed not in names:
        stored = _take_typed(typed)
        names = [str(each.folder) for each in stored]
    if (wanted := st.session_state.pop(_NEXT, None)) in names:
        st.session_state[_CHOSEN] = wanted
    if not stored:
        return None, []
    by_name = dict(zip(names, stored, strict=True))
    if st.session_state.get(_CHOSEN) not in by_name:
        st.session_state.pop(_CHOSEN, None)
    chosen = st.selectbox(
        "Result",
        names,
        format_func=lambda name: by_name[name].name if name in by_name else name,
        accept_new_options=True,
        key=_CHOSEN,
        persist_state="session",
        help=_HELP,
    )
    return by_name.get(chosen or names[0], stored[0]), stored


def _take_typed(path: str) -> list[Stored]:
    """Looks through a folder that was typed, and says so where it holds no result."""
    folder = Path(os.path.expanduser(path))
    folder = folder.parent if folder.name == FILE else folder
    found = find_results([folder])
    if not found:
        show_error(f"{folder} holds no result of «python -m resunet evaluate».")
        st.session_state.pop(_CHOSEN, None)
        return stored_results()
    more: Sequence[str] = st.session_state.get(_MORE, ())
    st.session_state[_MORE] = (*more, str(folder))
    st.session_state[_NEXT] = str(found[0])
    return stored_results()


@st.cache_data(scope="session", max_entries=64, show_spinner=False)
def _scores(folder: Path, changed_ns: int) -> dict[str, Any]:
    return read_scores(folder)
