"""From a patient in a result to the patient in the data folder, and on into the viewer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from resunet.data.cases import Case
from resunet.data.named_slices import slice_name
from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.evaluation.cross_validation import HELD_OUT
from resunet.inference.models import list_models
from resunet.storage import data_roots, demo_dir
from resunet.ui.sources import OPEN_CASE, cases_in

_WANTED = "evaluation_open"


def take_opened() -> bool:
    """Whether a patient is to be opened; the page then goes to the viewer."""
    return bool(st.session_state.pop(_WANTED, False))


def folder_of(result: Mapping[str, Any]) -> Path | None:
    """The data folder of a result, as it is served if it is; None where it is not there."""
    root = Path(str(result.get("data") or ""))
    if not root.is_absolute() or not root.is_dir():
        return None
    served = (each for each in (*data_roots(), demo_dir()) if each.resolve() == root.resolve())
    return next(served, root)


def find_patient(root: Path, split: str, patient: str) -> Case | None:
    """The patient in the data folder; None where it is not there any more.

    Held-out patients are found by name: a cross-validation takes all splits together.
    """
    try:
        named = [case for case in cases_in(root) if case.patient == patient]
    except InputError:
        return None
    of_split = [case for case in named if case.split == split]
    return next(iter(of_split or (named if split == HELD_OUT else [])), None)


def name_of(case: Case, number: int) -> str | None:
    """What a slice is called from the data folder on; None where the patient has no such one."""
    if case.folder is not None:
        return slice_name(case, number)
    files = (each for each in case.slices if each.number == number)
    return next((slice_name(case, each) for each in files), None)


def open_patient(root: Path, case: Case, number: int | None, model_name: str) -> None:
    """Leaves for the viewer what to open, and with which model.

    Args:
        root: The data folder.
        case: The patient.
        number: The slice's number in its source; None opens where most tumour is.
        model_name: What the model is called; one that is not there changes nothing.
    """
    st.session_state[OPEN_CASE] = (root, case, _index(case, number))
    st.session_state[_WANTED] = True
    model = next((each for each in list_models() if each.name == model_name), None)
    if model is not None:
        st.session_state["model"] = model


def _index(case: Case, number: int | None) -> int | None:
    """Where a slice stands among its patient's; None where that cannot be told."""
    if number is None:
        return None
    if case.folder is None:
        numbers: tuple[int, ...] = tuple(each.number for each in case.slices)
    else:
        try:
            numbers = tuple(read_case(case).slice_numbers)
        except InputError:
            return None
    return numbers.index(number) if number in numbers else None
