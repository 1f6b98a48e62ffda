"""How much of the gap between two sets' scores the flagged slices explain.

A set's score is the mean over patients of each patient's Dice, pooled over its slices, by the
conventions of `resunet.evaluation.scores`: at the model's threshold, unsmoothed, and undefined
where neither mask holds tumour. It is taken with all slices, and without the flagged ones.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.evaluation.effect_words import FEWEST_PATIENTS, gap_sentences
from resunet.evaluation.scores import RESOLUTIONS, SliceScore

FlaggedSlice = tuple[str, int]
"""A patient's name and a slice number; all files of that number count as flagged."""

CONFIDENCE = 0.95
"""Of all intervals."""

_WAYS = ("with_flagged", "without_flagged")
_CHUNK = 1 << 20  # draws of patients held at once

_UNDEFINED = "No patient has a Dice: of none is a slice left that holds tumour."
_TOO_FEW = f"Fewer than {FEWEST_PATIENTS} patients have a Dice."


@dataclass(frozen=True, eq=False)
class _ScoredSet:
    """One set of patients.

    Attributes:
        slices: How many were scored.
        flagged: How many of them are flagged.
        flagged_not_scored: How many flagged ones were not scored.
        patients: How many have a scored slice.
        patients_left: How many have one that is not flagged.
        dice: float64 (2 resolutions, 2 ways, P), each patient's pooled Dice; NaN undefined.
        drawn: float64 (bootstraps, 2 resolutions, 2 ways), the mean over patients drawn again.
    """

    slices: int
    flagged: int
    flagged_not_scored: int
    patients: int
    patients_left: int
    dice: NDArray[np.float64]
    drawn: NDArray[np.float64]

    def defined(self, resolution: int) -> int:
        """How many patients have a Dice with the flagged slices, and without: the fewer."""
        return int(np.isfinite(self.dice[resolution]).sum(axis=-1).min())


def effect_of_flags(
    scores: Mapping[str, Sequence[SliceScore]],
    flagged: Mapping[str, Set[FlaggedSlice]],
    reference: str,
    *,
    bootstraps: int = 2000,
    seed: int = 0,
) -> dict[str, Any]:
    """Compares each set's score with the reference's, with the flagged slices and without.

    Intervals are percentiles over patients drawn again within each set, 95 % between them. With
    and without the flagged slices the same patients are drawn, so that the difference is paired.
    Of a few patients such intervals are somewhat too narrow.

    Args:
        scores: Set → its scored slices.
        flagged: Set → its flagged slices; sets that are not named have none.
        reference: The set that the others are compared with.
        bootstraps: How often patients are drawn, 1 or more.
        seed: Of the drawing.

    Returns:
        JSON values: "sets" (name → slices, patients, mean Dice by resolution with and without
        flagged slices, in [0, 1]), "gaps" (name → by resolution "gap_points", "gap_without_points"
        and "explained_points", each with "ci", in hundredths of Dice, the reference less the set;
        "sentences" on the study's own pixels), and "sentences" of all sets. What is undefined is
        None, with the reason beside it.

    Raises:
        InputError: If the reference is no set, or ``bootstraps`` is below 1.
    """
    if reference not in scores:
        known = ", ".join(scores) or "none"
        raise InputError(f"The reference is {reference}, where a set is accepted: {known}.")
    if bootstraps < 1:
        raise InputError(f"bootstraps is {bootstraps}, where 1 or more is accepted.")
    generators = np.random.default_rng(seed).spawn(len(scores))
    sets = {
        name: _scored(some, flagged.get(name, frozenset()), bootstraps, rng)
        for (name, some), rng in zip(scores.items(), generators, strict=True)
    }
    entries = {name: _set_entry(each) for name, each in sets.items()}
    gaps = {}
    for name, each in sets.items():
        if name != reference:
            gap = {
                resolution: _gap_entry(sets[reference], each, at)
                for at, resolution in enumerate(RESOLUTIONS)
            }
            named = {which: entries[which] for which in (reference, name)}
            gaps[name] = {**gap, "sentences": gap_sentences(named, gap[RESOLUTIONS[0]])}
    return {
        "schema": 1,
        "reference": reference,
        "bootstraps": bootstraps,
        "seed": seed,
        "confidence": CONFIDENCE,
        "sets": entries,
        "gaps": gaps,
        "sentences": [sentence for gap in gaps.values() for sentence in gap["sentences"]],
    }


def _scored(
    scores: Sequence[SliceScore],
    flagged: Set[FlaggedSlice],
    bootstraps: int,
    rng: np.random.Generator,
) -> _ScoredSet:
    """Each patient's Dice, as it is and with the patients drawn again."""
    places = {name: at for at, name in enumerate(dict.fromkeys(each.patient for each in scores))}
    patients = np.array([places[each.patient] for each in scores], np.intp)
    out = np.array([(each.patient, each.number) in flagged for each in scores], bool)
    counts = np.array(
        [
            [(at.intersection, at.true + at.pred) for at in (each.native, each.grid)]
            for each in scores
        ],
        np.float64,
    ).reshape(len(scores), len(RESOLUTIONS), 2)
    pooled = np.zeros((len(_WAYS), len(places), len(RESOLUTIONS), 2))
    for way, used in zip(pooled, (np.ones_like(out), ~out), strict=True):
        np.add.at(way, patients[used], counts[used])
    total = pooled[..., 1]
    dice = np.where(total > 0, 2 * pooled[..., 0] / np.where(total > 0, total, 1), np.nan)
    dice = dice.transpose(2, 0, 1)
    found = flagged & {(each.patient, each.number) for each in scores}
    return _ScoredSet(
        slices=len(scores),
        flagged=int(out.sum()),
        flagged_not_scored=len(flagged) - len(found),
        patients=len(places),
        patients_left=len(np.unique(patients[~out])),
        dice=dice,
        drawn=_drawn_means(dice, bootstraps, rng),
    )


def _drawn_means(
    dice: NDArray[np.float64], bootstraps: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """float64 (bootstraps, 2, 2): means over patients drawn with replacement; NaN undefined."""
    count = dice.shape[-1]
    if not count:
        return np.full((bootstraps, *dice.shape[:-1]), np.nan)
    columns = dice.reshape(-1, count).T
    known = np.isfinite(columns)
    values, known = np.where(known, columns, 0.0), known.astype(np.float64)
    parts = []
    rows = max(_CHUNK // count, 1)
    for first in range(0, bootstraps, rows):
        some = min(rows, bootstraps - first)
        drawn = rng.integers(count, size=(some, count)) + count * np.arange(some)[:, None]
        times = np.bincount(drawn.ravel(), minlength=some * count).astype(np.float64)
        times = times.reshape(some, count)
        parts.append(_ratio(times @ values, times @ known))
    return np.concatenate(parts).reshape(bootstraps, *dice.shape[:-1])


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """One divided by the other; NaN where that is 0."""
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def _mean(values: NDArray[np.float64]) -> float:
    """Mean of what is defined; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _set_entry(each: _ScoredSet) -> dict[str, Any]:
    """What is told of one set."""
    entry: dict[str, Any] = {
        "slices": each.slices,
        "flagged": each.flagged,
        "flagged_not_scored": each.flagged_not_scored,
        "patients": each.patients,
        "patients_without_flagged": each.patients_left,
    }
    for at, resolution in enumerate(RESOLUTIONS):
        entry[resolution] = {}
        for way, name in enumerate(_WAYS):
            dice = each.dice[at, way]
            defined = int(np.isfinite(dice).sum())
            entry[resolution][name] = {
                **_value("dice_patient_mean", _mean(dice)),
                **_interval(each.drawn[:, at, way], defined),
                "patients": defined,
            }
    return entry


def _gap_entry(reference: _ScoredSet, other: _ScoredSet, at: int) -> dict[str, Any]:
    """The gap of two sets at one resolution, in points, and how much of it is explained."""
    means = [[_mean(each.dice[at, way]) for way in (0, 1)] for each in (reference, other)]
    gaps = 100 * (np.array(means[0]) - np.array(means[1]))
    drawn = 100 * (reference.drawn[:, at] - other.drawn[:, at])
    fewest = min(reference.defined(at), other.defined(at))
    return {
        "gap_points": _point(gaps[0], drawn[:, 0], fewest),
        "gap_without_points": _point(gaps[1], drawn[:, 1], fewest),
        "explained_points": _point(gaps[0] - gaps[1], drawn[:, 0] - drawn[:, 1], fewest),
    }


def _point(value: float, drawn: NDArray[np.float64], fewest: int) -> dict[str, Any]:
    return {**_value("value", value), **_interval(drawn, fewest)}


def _value(key: str, value: float) -> dict[str, Any]:
    """A value, or None and why."""
    if np.isfinite(value):
        return {key: float(value)}
    return {key: None, f"{key}_reason": _UNDEFINED}


def _interval(drawn: Iterable[float], patients: int) -> dict[str, Any]:
    """The percentiles of what was drawn, or None and why."""
    known = np.asarray(drawn)
    known = known[np.isfinite(known)]
    if patients < FEWEST_PATIENTS or not known.size:
        return {"ci": None, "ci_reason": _TOO_FEW}
    tail = (1 - CONFIDENCE) / 2
    return {"ci": [float(end) for end in np.quantile(known, (tail, 1 - tail))]}
