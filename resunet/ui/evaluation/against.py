"""Two results on the same patients."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from resunet.errors import InputError
from resunet.evaluation.against import (
    compare_results,
    difference_sentences,
    sentence,
)
from resunet.evaluation.estimates import BOOTSTRAPS
from resunet.export.comparison.numbers import list_at, mapping_at, number_at, signed
from resunet.export.evaluation.entries import split_title, splits_of, written
from resunet.figures.paired import fig_paired
from resunet.ui.evaluation.cells import HALF_PX, table
from resunet.ui.evaluation.results import Stored, how_words, read_stored
from resunet.ui.evaluation.scores import choose_split
from resunet.ui.notices import literal, show_error


def show_against(stored: Stored, others: Sequence[Stored]) -> None:
    """Another result that is chosen, patient by patient beside the one that is shown."""
    comparable = comparable_with(stored, others)
    if not comparable:
        st.info(
            "There is no other result of these patients. Evaluate another model on them, or the "
            "same one with other options.",
            icon=":material/compare_arrows:",
        )
        return
    by_name = {str(each.folder): each for each in comparable}
    chosen = st.selectbox(
        "Beside",
        list(by_name),
        format_func=lambda name: by_name[name].name if name in by_name else name,
        key=f"evaluation_against_{stored.folder.name}",
        persist_state="session",
    )
    other = by_name.get(chosen, comparable[0])
    try:
        found = _compared(
            stored.folder, stored.when.timestamp(), other.folder, other.when.timestamp()
        )
    except InputError as error:
        show_error(error)
        return
    _show(stored, other, found)


def comparable_with(stored: Stored, others: Sequence[Stored]) -> list[Stored]:
    """Other results that score patients who are scored here, the newest first.

    The one that the result itself was compared with, by ``--against``, comes first.
    """
    ours = _patients(stored)
    found = [
        each
        for each in others
        if each.folder != stored.folder
        and any(ours.get(split, set()) & some for split, some in _patients(each).items())
    ]
    first = mapping_at(stored.result, "against").get("folder")
    return sorted(found, key=lambda each: str(each.folder) != first)


def _show(stored: Stored, other: Stored, found: Mapping[str, Any]) -> None:
    pairs_by_split = {
        split: pairs
        for split, pairs in mapping_at(found, "splits").items()
        if list_at(pairs, "by_patient")
    }
    split = choose_split({"splits": pairs_by_split}, f"evaluation_pairs_{other.folder.name}")
    pairs = pairs_by_split[split]
    ours, theirs = names_of(stored, other)
    st.markdown(literal(sentence(split_title(split), pairs, theirs)))
    for words in difference_sentences(found):
        st.caption(literal(words))
    rows = list_at(pairs, "by_patient")
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=HALF_PX, gap="xsmall"):
            st.plotly_chart(
                fig_paired(
                    [str(each["patient"]) for each in rows],
                    [number_at(each, "dice") or 0.0 for each in rows],
                    [number_at(each, "other_dice") or 0.0 for each in rows],
                    a=ours,
                    b=theirs,
                ),
                key="evaluation_paired",
                alt=f"Dice of every patient in {ours} against that in {theirs}",
            )
            st.caption("A dot is a patient; above the line the result shown is better.")
        with st.container(width=HALF_PX, gap="xsmall"):
            head = ["Patient", "Here", "There", "Difference"]
            st.markdown(table(head, [_row(each) for each in rows]))


def names_of(stored: Stored, other: Stored) -> tuple[str, str]:
    """What the two are called: by their models, and how they predicted where these are equal."""
    if stored.model != other.model:
        return stored.model, other.model
    ours, theirs = (
        f"{each.model}, {how_words(each.result) or 'one pass'}" for each in (stored, other)
    )
    if ours != theirs:
        return ours, theirs
    return ours, f"{theirs}, {other.when:%d %b %H:%M}"


def _row(each: Mapping[str, Any]) -> list[str]:
    return [
        str(each["patient"]),
        written(number_at(each, "dice"), 3),
        written(number_at(each, "other_dice"), 3),
        signed(f"{number_at(each, 'difference') or 0.0:.3f}"),
    ]


def _patients(stored: Stored) -> dict[str, set[str]]:
    """Split → patients who have a Dice."""
    return {
        split: {
            name
            for name, dice in mapping_at(mapping_at(summary, "native"), "dice_by_patient").items()
            if dice is not None
        }
        for split, summary in splits_of(stored.result).items()
    }


@st.cache_data(scope="session", max_entries=8, show_spinner="Comparing …")
def _compared(ours: Path, our_time: float, theirs: Path, their_time: float) -> dict[str, Any]:
    """Raises InputError if one of them is gone."""
    one, other = read_stored(ours).result, read_stored(theirs).result
    draws = int(number_at(one, "bootstraps") or BOOTSTRAPS)
    return compare_results(one, other, bootstraps=draws)
