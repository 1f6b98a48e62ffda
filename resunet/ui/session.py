"""What one browser session holds: the study on screen, its prediction and its corrections.

Patients' pictures live in the session's state alone, never in a cache that sessions share.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import streamlit as st

from resunet.data.cases import Case
from resunet.data.readers import Reading, ReadOptions, open_case
from resunet.errors import InputError
from resunet.inference.calibrated import Calibration
from resunet.inference.engines import Engine
from resunet.inference.models import ModelFile
from resunet.inference.predict import Predictor
from resunet.measure import result_warnings
from resunet.measure.areas import key_slice
from resunet.measure.reliability import unreliable_slices
from resunet.review.corrections import SavedCorrection, load_correction
from resunet.study import Prediction, Study
from resunet.ui.numbers import measured
from resunet.ui.predictions import KeptPredictions
from resunet.ui.spots import spots_of
from resunet.ui.uploads import Upload
from resunet.ui.viewer.component import ViewerAnswer
from resunet.ui.viewer.edits import NOTHING, Edit, read_edit, read_verdicts
from resunet.ui.viewer.payload import (
    Measure,
    pack_contrasts,
    pack_doubt,
    pack_prediction,
    pack_study,
)

_KEY = "open_study"
_PREDICTIONS = "predictions"

Settings = tuple[str, int, Calibration, int, int]
"""What a prediction is made with: weights file, its time, calibration, T and seed."""


@dataclass
class OpenStudy:
    """A study on screen.

    Attributes:
        origin: Where it was read from.
        options: How.
        reading: The study, and how it was found.
        layers: Its FLAIR and outline for the slice view.
        address: Its opaque name, where it is a patient of a data folder; else empty.
        saved: The correction that an earlier reader left, or None.
        trouble: Why that cannot be shown, one sentence, or empty.
        first_slice: Where to open.
        has_failed: Whether predicting has failed.
        is_scouted: Whether `first_slice` is settled.
        prediction: What is known of it, or None; as the network said it.
        prediction_layers: That for the slice view, or None.
        doubt_layers: Its uncertainty for the slice view, or None.
        edit: What the reader corrects.
        saved_revision: The revision of the corrections that is kept.
        saved_when: The time of the correction that this reader knows to be kept, or empty.
        seconds: Time spent computing, in which ``computed`` slices were done.
        computed: See ``seconds``.
        kept: Finished predictions of the session.
    """

    origin: Case | Upload
    options: ReadOptions
    reading: Reading
    layers: bytes
    address: str = ""
    saved: SavedCorrection | None = None
    trouble: str = ""
    first_slice: int = 0
    has_failed: bool = False
    is_scouted: bool = False
    prediction: Prediction | None = None
    prediction_layers: bytes | None = None
    doubt_layers: bytes | None = None
    edit: Edit = NOTHING
    saved_revision: int = 0
    saved_when: str = ""
    seconds: float = 0.0
    computed: int = 0
    kept: KeptPredictions = field(default_factory=KeptPredictions, repr=False)
    _doubts: dict[Measure, bytes] = field(default_factory=dict, repr=False)
    _contrast_layers: bytes | None = field(default=None, repr=False)
    _predictor: Predictor | None = field(default=None, repr=False)
    _settings: Settings | None = None
    _measured: tuple[tuple[Any, ...], dict[str, Any]] | None = field(default=None, repr=False)

    @property
    def study(self) -> Study:
        """The study."""
        return self.reading.study

    def contrast_layers(self, is_predicting: bool) -> bytes | None:
        """Its other contrasts for the slice view, packed when first asked for.

        Args:
            is_predicting: Whether a prediction is to come.

        Returns:
            The payload; None while the first slice's prediction is awaited, which packing them
            would hold up.
        """
        if is_predicting and self.prediction is None and not self.has_failed:
            return None
        if self._contrast_layers is None:
            self._contrast_layers = pack_contrasts(self.study)
        return self._contrast_layers

    def forget_unless(self, settings: Settings) -> None:
        """Drops a prediction made by another model, number of passes or seed.

        One that this session made before takes its place.
        """
        if self._settings != settings:
            self._settings, self._predictor = settings, None
            self.seconds, self.computed = 0.0, 0
            self.prediction_layers = self.doubt_layers = None
            self.prediction = self.kept.get((self.study.source.sha256, settings))
            if self.prediction is not None and not self.is_scouted:
                self.first_slice, self.is_scouted = key_slice(self.study, self.prediction), True

    def predictor(self, engine: Engine, samples: int, seed: int) -> Predictor:
        """The prediction in progress, begun where there is none."""
        if self._predictor is None:
            self._predictor = Predictor(self.study, engine, samples=samples, seed=seed)
        return self._predictor

    def compute(self, predictor: Predictor, slices: Sequence[int], seconds: float) -> Any:
        """Computes slices for some time; gives the number done after each."""
        begun = last = time.monotonic()
        for _ in predictor.compute(slices):
            now = time.monotonic()
            self.seconds, self.computed, last = self.seconds + now - last, self.computed + 1, now
            yield int(predictor.done.sum())
            if now > begun + seconds:
                return

    def take_up(self, measure: Measure) -> None:
        """Takes what is computed so far to the screen; nothing where that stands there.

        A run that was overtaken by one with other settings leaves no trace.

        Args:
            measure: The map to be shown as uncertainty.
        """
        predictor, prediction = self._predictor, self.prediction
        done = 0 if prediction is None else int(prediction.done.sum())
        if predictor is not None and done != predictor.done.sum():
            prediction = predictor.prediction()
        if prediction is None:
            return
        layers, doubts = self.prediction_layers, self._doubts
        if prediction is not self.prediction or layers is None:
            spots = spots_of(self.study, prediction)
            found = unreliable_slices(self.study, prediction)
            cautions = {each.slice_index: each.sentence for each in found}
            layers = pack_prediction(self.study, prediction, spots=spots, cautions=cautions)
            doubts = {}
        if measure not in doubts:
            doubts[measure] = pack_doubt(self.study, prediction, measure=measure)
        if predictor is not self._predictor:
            return
        self.prediction, self.prediction_layers = prediction, layers
        self._doubts, self.doubt_layers = doubts, doubts[measure]
        if predictor is not None and prediction.done.all():
            self.kept.keep(
                (self.study.source.sha256, self._settings),
                prediction,
                is_dropped=isinstance(self.origin, Upload),
            )
            self._predictor = None  # it holds the maps a second time

    def scout(self, predictor: Predictor, on_screen: int) -> bool:
        """Finds where the tumour is, unless the user has gone elsewhere meanwhile.

        Returns:
            Whether the view has to move.
        """
        if self.is_scouted:
            return False
        self.is_scouted = True
        found = predictor.strongest_slice()
        if found is None or on_screen != self.first_slice or found == on_screen:
            return False
        self.first_slice = found
        return True

    def hear(self, answer: ViewerAnswer) -> None:
        """Takes in what the reader corrected, where that is new."""
        if answer.revision and answer.revision != self.edit.revision:
            self.edit = read_edit(answer.edit, self.study.shape) or self.edit

    def as_shown(self, threshold: float) -> Prediction | None:
        """The prediction at the threshold on screen, as corrected by hand."""
        if self.prediction is None:
            return None
        correction = self.edit.correction
        if correction is not None and not self.prediction.done.all():
            correction = np.where(self.prediction.done[:, None, None], correction, 0)
            correction = correction.astype(np.int8)
        return replace(self.prediction, threshold=threshold, correction=correction)

    def measured(self, shown: Prediction) -> dict[str, Any]:
        """All that is measured of `as_shown`, kept while nothing of it changes."""
        stands = (self.prediction, shown.threshold, self.edit.revision)
        if self._measured is None or self._measured[0] != stands:
            self._measured = stands, measured(self.study, shown)
        return self._measured[1]

    def warnings(self, shown: Prediction | None) -> list[str]:
        """Sentences to be shown with the picture."""
        said = list(self.study.warnings) if shown is None else result_warnings(self.study, shown)
        if self.trouble:
            said.append(self.trouble)
        if self.saved is not None and self.edit.revision == 0:
            said.append(self.saved.sentence(shown))
        return said

    def threshold(self, model: ModelFile | None) -> float:
        """Where the threshold begins: the model's, or that at which a reader saved the outline."""
        if model is None:
            return 0.5
        saved = None if self.saved is None else self.saved.threshold_of(model.name)
        return model.threshold if saved is None else saved

    @property
    def sitting(self) -> str:
        """Tells what a browser still knows of dropped files from the same files dropped anew."""
        return " ".join(self.origin.ids) if isinstance(self.origin, Upload) else ""


def open_study(
    origin: Case | Upload, options: ReadOptions | None = None, address: str = ""
) -> OpenStudy:
    """The study of a case or of dropped files, read only when these change.

    Args:
        origin: The case or files.
        options: How to read them.
        address: The opaque name of a case; what was saved of it comes with it.

    Raises:
        InputError: If it cannot be read; what was open stays open.
    """
    options = options or ReadOptions()
    opened = st.session_state.get(_KEY)
    if not isinstance(opened, OpenStudy) or (opened.origin, opened.options) != (origin, options):
        reading = _read(origin, options)
        study = reading.study
        saved, trouble = None, ""
        try:
            saved = load_correction(address, study) if address else None
        except InputError as error:
            trouble = str(error)
        correction = None if saved is None else saved.correction
        verdicts = () if saved is None else read_verdicts(saved.origin.get("verdicts"), study.shape)
        layers = pack_study(study, correction, verdicts)
        opened = OpenStudy(origin, options, reading, layers, address, saved, trouble)
        opened.first_slice = _likely_slice(study)
        opened.edit = Edit(0, correction, verdicts)
        opened.saved_when = "" if saved is None else saved.when
        opened.kept = st.session_state.setdefault(_PREDICTIONS, KeptPredictions())
        st.session_state[_KEY] = opened
    return opened


def close_upload() -> None:
    """Lets go of a study that was read from dropped files, since these have changed."""
    opened = st.session_state.get(_KEY)
    if isinstance(opened, OpenStudy) and isinstance(opened.origin, Upload):
        del st.session_state[_KEY]
    if _PREDICTIONS in st.session_state:
        st.session_state[_PREDICTIONS].forget_dropped()


def _read(origin: Case | Upload, options: ReadOptions) -> Reading:
    return open_case(origin, options) if isinstance(origin, Case) else origin.read(options)


def _likely_slice(study: Study) -> int:
    """Where to open before anything is predicted: the largest outline, or the middle."""
    mask = study.mask
    if mask is None or not mask.any():
        return study.shape[0] // 2
    return int(np.argmax(mask.sum(axis=(1, 2))))
