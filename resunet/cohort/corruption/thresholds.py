"""From which score on a slice is flagged, so that few clean ones are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.corruption.detect import FLOOR, Detector
from resunet.cohort.corruption.traits import LEAST_SLICES as LEAST_OF_PATIENT

LEAST_SLICES = 500
LEAST_PATIENTS = 10
"""A reference with fewer slices or patients cannot well tell one slice in a hundred: it may raise
the shipped levels, where its pictures are odder than those of the fit, and never lowers them."""

FEWEST_SLICES = 60
"""A reference with fewer slices tells nothing: the shipped levels stay."""

MOST_BROKEN = 0.05
"""Up to this share of a reference may be broken and is left out of its quantile."""

_USUAL = (-6.0, 2.0)
"""What a patient's own usual score may be. Of 40 clean patients most lie below; those few who are
odd throughout, above. A patient who is broken throughout stays above the levels by what is more."""

_OF_ITS_OWN = 80  # percentile: up to a fifth of a patient's slices may be broken alike

_CERTAIN = 6.0  # this much above the level, next to no clean slice of the fit was found


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Where flags begin.

    Attributes:
        levels: float32 (K,), the settled scores from which on a slice is flagged.
        rate: The expected share of clean slices that are flagged, all kinds together.
        usual: float32 (3, F), 5th, 50th and 95th percentile of each trait.
        slices: Slices of the reference; 0 where the patients of the fit stand for it.
        patients: Its patients.
    """

    levels: NDArray[np.float32]
    rate: float
    usual: NDArray[np.float32]
    slices: int
    patients: int

    @property
    def is_small(self) -> bool:
        """Whether the reference was too small to stand alone."""
        return _is_small(self.slices, self.patients)


def shipped_thresholds(detector: Detector) -> Thresholds:
    """Those of the patients the detector was fitted on, measured on each while left out."""
    return Thresholds(detector.levels, detector.rate, detector.usual, 0, 0)


def settle(scores: NDArray[np.float32], patients: Sequence[str]) -> NDArray[np.float32]:
    """Takes from the scores what is usual in the patient: some heads are odd throughout.

    Args:
        scores: float32 (N, K), of `Detector.scores`.
        patients: The patient of each slice.

    Returns:
        float32 (N, K). Patients with fewer than `traits.LEAST_SLICES` slices keep their scores.
    """
    settled = scores.copy()
    names = np.asarray(patients)
    for name in np.unique(names):
        of_patient = names == name
        if of_patient.sum() >= LEAST_OF_PATIENT:
            settled[of_patient] -= find_oddness(scores[of_patient])
    return settled


def find_oddness(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """(K,): how much odder than most a patient is throughout, from the scores of its slices."""
    low, high = _USUAL
    return np.clip(np.percentile(scores, _OF_ITS_OWN, axis=0), low, high) - low


def fit_thresholds(
    detector: Detector,
    features: NDArray[np.float32],
    patients: Sequence[str],
    *,
    rate: float = 0.01,
) -> Thresholds:
    """Sets the levels so that a share of the reference's clean slices is flagged.

    Each kind's level keeps its distance from the 90th percentile of that kind's scores, which a
    few broken slices do not move; then all levels move together until the rate is met. Slices far
    beyond count as broken and are left out first, up to `MOST_BROKEN` of all.

    Args:
        detector: What gives the scores.
        features: float32 (N, F), of the reference, such as the training set.
        patients: The patient of each slice.
        rate: The share of clean slices to be flagged at most, all kinds together.

    Returns:
        The levels and the expected rate; with fewer than `LEAST_SLICES` slices or
        `LEAST_PATIENTS` patients no level is below the shipped one, and with fewer than
        `FEWEST_SLICES` slices they are those of `shipped_thresholds`.
    """
    people = len(set(patients))
    if len(features) < FEWEST_SLICES:
        return shipped_thresholds(detector)
    scores = settle(detector.scores(features), patients)
    body = np.percentile(scores, 90, axis=0)
    told = scores.max(axis=0) > FLOOR
    levels = detector.levels + np.where(told, np.maximum(body - detector.body, 0), 0)
    above = (scores - levels).max(axis=1)
    order = np.sort(above)
    broken = min(int((above > _CERTAIN).sum()), int(MOST_BROKEN * len(above)))
    clean = order[: len(order) - broken]
    levels = levels + np.quantile(clean, 1 - rate)
    is_small = _is_small(len(features), people)
    if is_small:
        levels = np.maximum(levels, detector.levels)
    usual = np.percentile(features, (5, 50, 95), axis=0)
    flagged = float((scores > levels).any(axis=1).sum() - broken) / len(clean)
    return Thresholds(
        levels.astype(np.float32),
        max(flagged, detector.rate if is_small else 0.0),
        usual.astype(np.float32),
        len(features),
        people,
    )


def _is_small(slices: int, patients: int) -> bool:
    return slices < LEAST_SLICES or patients < LEAST_PATIENTS
