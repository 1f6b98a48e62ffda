"""Computes a list of patients one after the other, a few slices at a time."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from resunet.errors import InputError
from resunet.inference.engines import Engine
from resunet.inference.predict import Predictor
from resunet.review.order import Entry
from resunet.review.patients import Patients
from resunet.review.rows import patient_row
from resunet.review.summaries import Settings, load_row, save_row
from resunet.study import Study

_CHUNK = 8  # slices between two chances to stop; the network computes as many together


class Progress(NamedTuple):
    """How far the work on some patients is.

    Attributes:
        done: Patients that are computed, or cannot be.
        total: Patients.
        share: What is done of all, 0–1; slices of the patient at work count in part.
        seconds_left: Estimated from the patients computed so far; None before the first slices.
    """

    done: int
    total: int
    share: float
    seconds_left: float | None


@dataclass
class _AtWork:
    """The patient that is being computed."""

    id: str
    kept: Path | None
    study: Study
    predictor: Predictor

    @property
    def share(self) -> float:
        return float(self.predictor.done.mean())


class WorkList:
    """Patients that lie together and what is known of each.

    Rows that were computed before are there at once.

    Args:
        patients: The patients.
        settings: What rows depend on; None without a model: nothing is known then.
        clock: Seconds that pass.

    Attributes:
        patients: As given.
        settings: As given.
    """

    def __init__(
        self,
        patients: Patients,
        settings: Settings | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patients, self.settings = patients, settings
        self._clock = clock
        self._seconds = self._computed = 0.0
        self._at_work: _AtWork | None = None
        self._entries: dict[str, Entry] = {}
        for case in patients.cases:
            id_ = patients.id_of(case)
            path = None if settings is None else patients.row_path(case, settings)
            self._entries[id_] = Entry(id_, case, None if path is None else load_row(path))

    @property
    def entries(self) -> list[Entry]:
        """Every patient, by split and name."""
        return list(self._entries.values())

    def __getitem__(self, id_: str) -> Entry:
        return self._entries[id_]

    def to_compute(self, ids: Sequence[str]) -> list[str]:
        """Those of some patients of which nothing is known yet."""
        return [id_ for id_ in ids if self._is_open(id_)]

    def forget_problems(self) -> None:
        """Takes what could not be computed for not computed yet."""
        for id_, entry in self._entries.items():
            self._entries[id_] = replace(entry, problem=None)

    def release(self) -> None:
        """Lets go of the patient at work; its slices are to be computed again."""
        self._at_work = None

    def work(self, engine: Engine, ids: Sequence[str]) -> Iterator[Progress]:
        """Computes patients; gives the progress every few slices.

        Who stops asking loses no work: another call goes on with the slice after. A patient
        that cannot be read or computed gets a sentence as its ``problem``.

        Args:
            engine: The network of `settings`.
            ids: Opaque names of the patients, in the order in which to compute them.

        Raises:
            InputError: If the engine's weights are not those of the settings.
        """
        if self.settings is None or engine.model_sha256 != self.settings.model_sha256:
            raise InputError("The model's weights have changed; open the list again.")
        for id_ in self.to_compute(ids):
            while self._is_open(id_):
                started = self._clock()
                self._computed += self._step(id_, engine, self.settings)
                self._seconds += self._clock() - started
                yield self.progress(ids)

    def progress(self, ids: Sequence[str]) -> Progress:
        """How far the work on these patients is."""
        total, open_ = len(ids), self.to_compute(ids)
        missing = len(open_) - sum(
            self._at_work.share for id_ in open_ if self._at_work and self._at_work.id == id_
        )
        pace = self._seconds / self._computed if self._computed else None
        return Progress(
            done=total - len(open_),
            total=total,
            share=1.0 - missing / total if total else 1.0,
            seconds_left=None if pace is None else pace * missing,
        )

    def _is_open(self, id_: str) -> bool:
        entry = self._entries[id_]
        return entry.row is None and entry.problem is None

    def _step(self, id_: str, engine: Engine, settings: Settings) -> float:
        """Reads a patient, or computes some slices of it; gives what share of it was computed."""
        try:
            if self._at_work is None or self._at_work.id != id_:
                self._begin(id_, engine, settings)
                return 0.0
            return self._compute(self._at_work)
        except InputError as error:
            self._at_work = None
            problem = self.patients.told(str(error))
            self._entries[id_] = replace(self._entries[id_], problem=problem)
            return 0.0

    def _begin(self, id_: str, engine: Engine, settings: Settings) -> None:
        entry = self._entries[id_]
        self._at_work = None  # let go of the patient before while the next is read
        kept = self.patients.row_path(entry.case, settings)
        row = None if kept is None else load_row(kept)  # somebody else may have computed it
        if row is not None:
            self._entries[id_] = replace(entry, row=row)
            return
        study = self.patients.open(entry.case).study
        predictor = Predictor(
            study,
            engine,
            samples=settings.samples,
            seed=settings.seed,
            threshold=settings.threshold,
        )
        self._at_work = _AtWork(id_, kept, study, predictor)

    def _compute(self, work: _AtWork) -> float:
        before = work.share
        missing = [index for index, done in enumerate(work.predictor.done) if not done]
        for _ in work.predictor.compute(missing[:_CHUNK]):
            pass
        if work.predictor.done.all():
            row = patient_row(work.study, work.predictor.prediction())
            self._entries[work.id] = replace(self._entries[work.id], row=row)
            self._at_work = None
            if work.kept is not None:
                save_row(work.kept, row)
        return work.share - before
