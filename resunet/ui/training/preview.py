"""Augmented samples of the training split, as the settings of the form draw them (figure A4)."""

from collections.abc import Sequence

import streamlit as st

from resunet.config import Config, PreparationConfig
from resunet.data.cases import Case
from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.study import CONTRASTS
from resunet.ui.model.augmentation import ALL, choose_contrast, picture_draws
from resunet.ui.model.slices import PreparedSlice, prepared_slice
from resunet.ui.notices import literal, show_error

_COLUMNS = 7
_TILE_PX = 150
_SEED = "training_preview_seed"
_PATIENT = "training_preview_patient"


def show_preview(cases: Sequence[Case], config: Config) -> None:
    """A slice of the training split as it is, and independent draws of it.

    Args:
        cases: The data folder's patients.
        config: The settings.
    """
    training = [case for case in cases if case.split == "training"]
    if not training:
        st.caption("Without a split training there is nothing to draw from.")
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        contrast = choose_contrast("training_preview_contrast", "collapsed")
        st.button("Draw again", icon=":material/casino:", on_click=_next, args=(_SEED,))
        st.button("Another patient", icon=":material/person:", on_click=_next, args=(_PATIENT,))
    case = training[st.session_state.get(_PATIENT, 0) % len(training)]
    try:
        prepared = _prepare(case, config.preparation, config.network.input_size)
    except InputError as error:
        show_error(error)
        return
    count = 2 * _COLUMNS - 1 if contrast != ALL else 2
    with st.spinner("Drawing …"):  # the first time, TensorFlow is loaded
        picture = picture_draws(
            prepared,
            config,
            config.augment,
            contrast,
            config.seed + st.session_state.get(_SEED, 0),
            count=count,
            columns=_COLUMNS if contrast != ALL else len(CONTRASTS) * (1 + count) // 2,
            tile_px=_TILE_PX,
        )
    st.image(picture, width="stretch", alt="A training slice as it is, and after random changes")
    shared = "each slice draws its own" if config.augment.per_sample else "a batch shares one draw"
    st.caption(
        f"{literal(case.patient)}: the slice with the largest tumour as it is, and {count} draws "
        f"of the code that trains; in training {shared}."
    )


@st.cache_data(max_entries=2, scope="session", show_spinner=False)
def _prepare(case: Case, preparation: PreparationConfig, size: int) -> PreparedSlice:
    """The slice with the largest tumour."""
    study = read_case(case)
    areas = None if study.mask is None else study.mask.sum(axis=(1, 2))
    index = study.shape[0] // 2 if areas is None else int(areas.argmax())
    return prepared_slice(study, index, preparation, size)


def _next(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, 0) + 1
