"""The slice that the Model page looks at, as the network sees it."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resunet.config import PreparationConfig
from resunet.data.preprocess import Preparer, intensity_range
from resunet.errors import InputError
from resunet.figures.panels import window_of
from resunet.study import CONTRASTS, Study
from resunet.ui import sources
from resunet.ui.notices import show_error
from resunet.ui.opening import open_chosen
from resunet.ui.session import OpenStudy
from resunet.ui.viewer.memory import ViewerState
from resunet.ui.viewer.payload import read_header

_VIEWER_MEMORY = "slice_view-memory"
_KEPT = "model_slice"


class ChosenSlice(NamedTuple):
    """One slice of the study that is open in the session."""

    opened: OpenStudy
    slice_index: int

    @property
    def key(self) -> str:
        """Differs from slice to slice."""
        return f"{self.opened.study.source.sha256[:16]}-{self.slice_index}"


class PreparedSlice(NamedTuple):
    """A slice on the network's grid.

    Attributes:
        image: float32 (n, n, 4).
        mask: bool (n, n), the expert's outline; None where there is none.
        background: The value outside the brain.
        pixel_mm: Side of a pixel, or None where the spacing is unknown.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.bool_] | None
    background: float
    pixel_mm: float | None

    def contrast(self, name: str) -> NDArray[np.float32]:
        """float32 (n, n), one of `resunet.study.CONTRASTS`."""
        return self.image[..., CONTRASTS.index(name)]

    def window(self, name: str) -> tuple[float, float]:
        """What of a contrast is drawn black and white: the brain's 1st and 99th percentile."""
        brain = (self.image > self.background + 1e-3).any(axis=-1)
        return window_of(self.contrast(name)[brain])

    def centre(self) -> tuple[int, int]:
        """Row and column in the middle of the expert's outline, else of the picture."""
        if self.mask is None or not self.mask.any():
            return self.image.shape[0] // 2, self.image.shape[1] // 2
        rows, columns = np.nonzero(self.mask)
        return round(float(rows.mean())), round(float(columns.mean()))


def choose_slice() -> ChosenSlice | None:
    """The patient and slice, chosen in the sidebar; None, and why, where there is none to read."""
    try:
        opened = open_chosen(sources.choose_origin().chosen, None)
    except InputError as error:
        show_error(error)
        return None
    if opened is None:
        return None
    slices = opened.study.shape[0]
    if slices == 1:
        return ChosenSlice(opened, 0)
    number = st.sidebar.slider(
        "Slice",
        1,
        slices,
        _first(opened) + 1,
        key=f"model_slice_{opened.study.source.sha256[:16]}",
        persist_state="session",
    )
    return ChosenSlice(opened, number - 1)


def prepare_slice(chosen: ChosenSlice, config: PreparationConfig, size: int) -> PreparedSlice:
    """Prepares a slice as the network would get it; the last one is kept in the session.

    Args:
        chosen: The slice.
        config: How to scale and frame.
        size: n, the side of the network's input in pixels.
    """
    key = (chosen.key, config, size)
    kept = st.session_state.get(_KEPT)
    if kept is None or kept[0] != key:
        kept = (key, prepared_slice(chosen.opened.study, chosen.slice_index, config, size))
        st.session_state[_KEPT] = kept
    return kept[1]


def prepared_slice(
    study: Study, slice_index: int, config: PreparationConfig, size: int
) -> PreparedSlice:
    """Prepares a slice of a study as the network would get it."""
    prepared = Preparer(study, config, size)([slice_index])
    spacing_mm = study.spacing_mm
    return PreparedSlice(
        prepared.images[0],
        None if prepared.mask is None else prepared.mask[0],
        intensity_range(config.scaling)[0],
        None if spacing_mm is None else prepared.frames[0].rows * spacing_mm[0] / size,
    )


def _first(opened: OpenStudy) -> int:
    """The slice on screen in the viewer, where it shows this study; else the study's first."""
    memory = st.session_state.get(_VIEWER_MEMORY)
    state, study = getattr(memory, "state", None), getattr(memory, "study", None)
    if isinstance(state, ViewerState) and study == read_header(opened.layers)["study"]:
        return min(state.slice_index, opened.study.shape[0] - 1)
    return opened.first_slice
