"""The patients with their pictures, those with the lowest Dice first."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resunet.data.cases import Case
from resunet.data.named_slices import read_named_slice
from resunet.errors import InputError
from resunet.evaluation.outlines import FILE, LARGEST, WORST
from resunet.evaluation.stored import SLICES, ShownSlice, read_shown
from resunet.export.comparison.numbers import NONE, list_at, mapping_at, number_at
from resunet.export.evaluation.entries import splits_of, written
from resunet.figures.labels import shortened
from resunet.figures.outlined import picture_outlined
from resunet.ui.evaluation.opening import find_patient, folder_of, name_of, open_patient
from resunet.ui.evaluation.patients import show_patients
from resunet.ui.evaluation.results import Stored
from resunet.ui.evaluation.scores import choose_split
from resunet.ui.notices import literal, show_error

_WHICH = {WORST: "Worst slice", LARGEST: "Largest tumour"}
_AT_ONCE = 6
_CARD_PX, _NAME_LETTERS = 300, 34
_MORE = "evaluation_gallery_most"


class Card(NamedTuple):
    """A patient in the gallery.

    Attributes:
        split: The patient's split in the result.
        patient: The patient's name.
        dice: Over all slices; None where it is undefined.
        shown: The slice; None where the result does not tell one.
    """

    split: str
    patient: str
    dice: float | None
    shown: ShownSlice | None


def show_gallery(stored: Stored) -> None:
    """Pictures of the worst or the largest slice of each patient, with a way to the viewer."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = choose_split(stored.result, "evaluation_gallery_split")
        which = st.segmented_control(
            "Slice",
            list(_WHICH),
            format_func=_WHICH.__getitem__,
            default=WORST,
            required=True,
            key="evaluation_gallery_slice",
            persist_state="session",
            label_visibility="collapsed",
        )
    try:
        cards = cards_of(stored.result, _shown(stored.folder, _stamp(stored.folder)), split, which)
    except InputError as error:
        show_error(error)
        return
    root = folder_of(stored.result)
    if root is None:
        st.info(
            f"The data folder {literal(str(stored.result.get('data')))} is not there, so that its "
            "patients cannot be shown.",
            icon=":material/folder_off:",
        )
        return
    kept = any(card.shown is not None and card.shown.mask is not None for card in cards)
    told = "Patients of the lowest Dice first. Expert's outline red"
    unkept = "; this result has not kept the network's, the viewer predicts it anew."
    st.caption(f"{told}, {literal(stored.model)} blue." if kept else f"{told}{unkept}")
    most = _AT_ONCE * (1 + st.session_state.get(_MORE, {}).get((stored.folder, split), 0))
    with st.container(horizontal=True, gap="medium"):
        for card in cards[:most]:
            with st.container(width=_CARD_PX, gap="xsmall"):
                _show_card(stored, root, card)
    if len(cards) > most:
        st.button(
            f"Show more ({len(cards) - most} left)",
            key="evaluation_gallery_more",
            icon=":material/expand_more:",
            on_click=_more,
            args=(stored.folder, split),
        )
    show_patients(splits_of(stored.result)[split])


def cards_of(
    result: Mapping[str, Any],
    shown: Mapping[str, Mapping[str, Mapping[str, ShownSlice]]],
    split: str,
    which: str,
) -> list[Card]:
    """The patients of a split, the lowest Dice first, those without one last."""
    kept = shown.get(split, {})
    return [
        Card(
            split,
            str(each["patient"]),
            number_at(mapping_at(each, "native"), "dice"),
            kept.get(str(each["patient"]), {}).get(which),
        )
        for each in list_at(splits_of(result)[split], "patients")
    ]


def _show_card(stored: Stored, root: Path, card: Card) -> None:
    case = find_patient(root, card.split, card.patient)
    shown = card.shown
    name = None if case is None or shown is None else name_of(case, shown.number)
    _show_picture(root, card, case, name)
    st.markdown(
        f"**{literal(shortened(card.patient, _NAME_LETTERS))}**  \n"
        f"Dice {written(card.dice, 3)}" + ("" if shown is None else _slice_words(shown))
    )
    st.button(
        "Open in the viewer",
        icon=":material/neurology:",
        key=f"evaluation_open_{card.split}_{card.patient}",
        disabled=case is None,
        on_click=open_patient,
        args=(root, case, None if shown is None else shown.number, stored.model),
    )


def _show_picture(root: Path, card: Card, case: Case | None, name: str | None) -> None:
    if card.shown is None:
        st.info("Neither outline nor prediction holds tumour.", icon=":material/check:")
        return
    if case is None or name is None:
        st.info(
            "The data folder does not hold this slice any more.", icon=":material/broken_image:"
        )
        return
    try:
        mask = card.shown.mask
        picture = _picture(root, name, _changed_ns(root, name), mask)
    except InputError as error:
        st.info(literal(str(error)), icon=":material/broken_image:")
        return
    st.image(
        picture, width="stretch", output_format="PNG", alt=f"{card.patient} with both outlines"
    )


def _slice_words(shown: ShownSlice) -> str:
    dice = NONE if np.isnan(shown.dice) else written(shown.dice, 3)
    empty = shown.mask is not None and not shown.mask.any()
    missed = ": nothing is predicted" if empty else ""
    return f"; {dice} in slice {shown.number}, shown{missed}"


def _more(folder: Path, split: str) -> None:
    held = st.session_state.setdefault(_MORE, {})
    held[(folder, split)] = held.get((folder, split), 0) + 1


def _stamp(folder: Path) -> int:
    """When what tells the slices was written; 0 where there is none."""
    for name in (FILE, SLICES):
        try:
            return (folder / name).stat().st_mtime_ns
        except OSError:
            continue
    return 0


def _changed_ns(root: Path, name: str) -> int:
    try:
        return (
            (root / (name if name.endswith(".npz") else name.rpartition(":")[0])).stat().st_mtime_ns
        )
    except (OSError, ValueError):
        return 0


@st.cache_data(scope="session", max_entries=2, show_spinner=False)
def _shown(folder: Path, changed_ns: int) -> Mapping[str, Mapping[str, Mapping[str, ShownSlice]]]:
    return read_shown(folder)


@st.cache_data(scope="session", max_entries=64, show_spinner="Reading the slice …")
def _picture(root: Path, name: str, changed_ns: int, mask: NDArray[np.bool_] | None) -> bytes:
    """The picture as PNG.

    Raises:
        InputError: If the slice cannot be read, or is of another size than what was predicted.
    """
    study = read_named_slice(root, name)
    with io.BytesIO() as memory:
        picture_outlined(study, 0, mask).save(memory, "png", compress_level=1)
        return memory.getvalue()
