"""The findings about a set of slices: which are broken, how, and why that is believed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.corruption.detect import Detector
from resunet.cohort.corruption.kinds import JUDGED_KINDS, MASK_KINDS
from resunet.cohort.corruption.thresholds import Thresholds, settle
from resunet.cohort.corruption.traits import TRAITS
from resunet.cohort.corruption.wording import explain
from resunet.cohort.flags import CERTAIN, Flag
from resunet.errors import InputError
from resunet.study import CONTRASTS

_NOT_EXPLAINED = 3.0  # log odds: a second kind may be so much less likely than the first


def find_flags(
    detector: Detector,
    thresholds: Thresholds,
    files: Sequence[str],
    patients: Sequence[str],
    numbers: Sequence[int | None],
    features: NDArray[np.float32],
) -> list[Flag]:
    """Tells which slices are broken.

    A slice gets the kind that is most above its level. A second one is told only if the one
    concerns the pictures and the other the mask, and both are about as likely: otherwise they
    are two readings of one break. Where a contrast is missing or constant, nothing else is told.

    Args:
        detector: What gives the scores.
        thresholds: Of the reference.
        files: The slices' files, as in `Flag.file`.
        patients: Their patients.
        numbers: Their numbers, None where unknown.
        features: float32 (N, F), of `traits.describe_patient`, in the same order.

    Returns:
        The findings, the surest first; empty where all slices are clean.

    Raises:
        InputError: The sequences are not of one length.
    """
    if not len(files) == len(patients) == len(numbers) == len(features):
        raise InputError(
            f"There are {len(files)} files, {len(patients)} patients, {len(numbers)} numbers and "
            f"{len(features)} rows of features, where as many of each are accepted."
        )
    above = settle(detector.scores(features), patients) - thresholds.levels
    rows = np.flatnonzero((above > 0).any(axis=1))
    contrasts = dict(zip(rows.tolist(), detector.contrasts(features[rows]), strict=True))
    found: list[tuple[float, Flag]] = []
    for row in range(len(features)):
        place = (files[row], patients[row], numbers[row])
        exact = _exact(features[row])
        if exact:
            found += [
                (np.inf, Flag(*place, kind, CERTAIN, contrast, why))
                for kind, contrast, why in exact
            ]
            continue
        for k in _chosen(above[row]) if row in contrasts else []:
            kind, concerned = JUDGED_KINDS[k], contrasts[row][k]
            why = explain(kind, concerned, features[row], thresholds.usual)
            contrast = CONTRASTS[concerned[0]] if len(concerned) == 1 else ""
            flag = Flag(*place, kind, surety(float(above[row, k])), contrast, why)
            found.append((float(above[row, k]), flag))
    found.sort(key=lambda each: (-each[0], each[1].file, each[1].kind))
    return [flag for _, flag in found]


def surety(above: float) -> float:
    """A flag's score from the log odds above its level: 0.5 at the level, towards 1 beyond."""
    return round(1 - 0.5 * float(np.exp(-max(above, 0.0) / 5)), 4)


def _chosen(above: NDArray[np.float32]) -> list[int]:
    """The kinds told of a slice: the best, and perhaps one of the other family."""
    best = int(above.argmax())
    of_mask = np.array([kind in MASK_KINDS for kind in JUDGED_KINDS])
    other = np.where(of_mask == of_mask[best], -np.inf, above)
    second = int(other.argmax())
    close = other[second] > 0 and above[best] - other[second] < _NOT_EXPLAINED
    return [best, second] if close else [best]


def _exact(features: NDArray[np.float32]) -> list[tuple[str, str, str]]:
    """Missing and constant contrasts: (kind, contrast, why)."""
    empty, constant, filled = (
        int(features[TRAITS.index(name)])
        for name in ("empty_contrasts", "constant_contrasts", "filled_contrasts")
    )
    shown = [c.upper() for k, c in enumerate(CONTRASTS) if filled >> k & 1]
    others = f"{', '.join(shown)} show a brain" if len(shown) != 1 else f"{shown[0]} shows a brain"
    found = []
    for k, contrast in enumerate(CONTRASTS):
        name = contrast.upper()
        if empty >> k & 1:
            why = f"{name} is 0 everywhere" + (f", while {others}." if shown else ".")
            found.append(("missing_contrast", contrast, why))
        elif constant >> k & 1:
            why = f"{name} has one value wherever it is not 0" + (
                f", while {others}." if shown else "."
            )
            found.append(("constant_contrast", contrast, why))
    return found
