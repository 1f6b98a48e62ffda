"""What one browser session holds: the study on screen and its prediction, nothing older.

Patients' pictures live in the session's state alone, never in a cache that sessions share.
"""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from resunet.data.cases import Case
from resunet.data.readers import Reading, ReadOptions, open_case
from resunet.inference.engines import Engine
from resunet.inference.predict import Predictor
from resunet.study import Prediction, Study
from resunet.ui.uploads import Upload
from resunet.ui.viewer.payload import pack_contrasts, pack_prediction, pack_study

_KEY = "open_study"


@dataclass
class OpenStudy:
    """A study on screen.

    Attributes:
        origin: Where it was read from.
        options: How.
        reading: The study, and how it was found.
        layers: Its FLAIR and outline for the slice view.
        prediction: What is known of it, or None.
        prediction_layers: That for the slice view, or None.
    """

    origin: Case | Upload
    options: ReadOptions
    reading: Reading
    layers: bytes
    prediction: Prediction | None = None
    prediction_layers: bytes | None = None
    _contrast_layers: bytes | None = field(default=None, repr=False)
    _predictor: Predictor | None = field(default=None, repr=False)
    _settings: tuple[str, int, int] | None = None

    @property
    def study(self) -> Study:
        """The study."""
        return self.reading.study

    @property
    def first_slice(self) -> int:
        """Where to open: the slice with the largest outline, or the middle one."""
        mask = self.study.mask
        if mask is None or not mask.any():
            return self.study.shape[0] // 2
        return int(np.argmax(mask.sum(axis=(1, 2))))

    def contrast_layers(self) -> bytes:
        """Its other contrasts for the slice view, packed when first asked for."""
        if self._contrast_layers is None:
            self._contrast_layers = pack_contrasts(self.study)
        return self._contrast_layers

    def forget_unless(self, settings: tuple[str, int, int]) -> None:
        """Drops a prediction made by another model, number of passes or seed."""
        if self._settings != settings:
            self._settings, self._predictor = settings, None
            self.prediction = self.prediction_layers = None

    def predictor(self, engine: Engine, samples: int, seed: int) -> Predictor:
        """The prediction in progress, begun where there is none."""
        if self._predictor is None:
            self._predictor = Predictor(self.study, engine, samples=samples, seed=seed)
        return self._predictor

    def take_up(self) -> None:
        """Takes what is computed so far to the screen; nothing where that stands there.

        A run that was overtaken by one with other settings leaves no trace.
        """
        predictor = self._predictor
        if predictor is None:
            return
        if self.prediction is not None and self.prediction.done.sum() == predictor.done.sum():
            return
        prediction = predictor.prediction()
        layers = pack_prediction(self.study, prediction)
        if predictor is self._predictor:
            self.prediction, self.prediction_layers = prediction, layers
            if prediction.done.all():
                self._predictor = None  # it holds the maps a second time


def open_study(origin: Case | Upload, options: ReadOptions | None = None) -> OpenStudy:
    """The study of a case or of dropped files, read only when these change.

    Raises:
        InputError: If it cannot be read; what was open stays open.
    """
    options = options or ReadOptions()
    opened = st.session_state.get(_KEY)
    if not isinstance(opened, OpenStudy) or (opened.origin, opened.options) != (origin, options):
        reading = _read(origin, options)
        opened = OpenStudy(origin, options, reading, pack_study(reading.study))
        st.session_state[_KEY] = opened
    return opened


def close_upload() -> None:
    """Lets go of a study that was read from dropped files, since these have changed."""
    opened = st.session_state.get(_KEY)
    if isinstance(opened, OpenStudy) and isinstance(opened.origin, Upload):
        del st.session_state[_KEY]


def _read(origin: Case | Upload, options: ReadOptions) -> Reading:
    return open_case(origin, options) if isinstance(origin, Case) else origin.read(options)
