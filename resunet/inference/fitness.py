"""Whether a study looks as the patients a network was trained on: its prepared intensities.

The card of a model holds, over its training patients, the lowest and highest of a few percentiles
of each contrast and of the correlations of contrasts, as the network is shown them. A study far
outside is warned of: another scanner or preprocessing, or contrasts that are exchanged.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.config import Config, PreparationConfig
from resunet.data.preprocess import Preparer, intensity_range
from resunet.errors import InputError
from resunet.records import check
from resunet.study import CONTRASTS, Study

PERCENTILES = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)
PAIRS = tuple(f"{one}, {other}" for one, other in itertools.combinations(CONTRASTS, 2))
"""The pairs of contrasts, as a card names them."""

FEWEST_PATIENTS = 20
"""From fewer training patients a range says too little: by ten of the 40 BraTS 2018 patients, one
other in six was warned of; by 20, one in 20; by 30, one in 28."""

# How far outside, as a share of the range's width. Leave-one-out over 40 BraTS 2018 patients:
# percentiles one above (1.58; its FLAIR ends in the middle of the brain), the next at .67;
# correlations none above, the highest at .24, by 30 patients alone at .37; the demo patients,
# who are synthetic, at .52 and .38.
_MARGIN = 0.75
_PAIR_MARGIN = 0.45

_SLICES = 16  # looked at, evenly spaced over those that hold brain
# A few slices, or a thin slab, differ from whole patients without anything being odd: of slabs
# of 10 slices 14 % would be warned of, of slabs of 60 mm 3 %.
_FEWEST_SLICES = 8
_LEAST_HEIGHT_MM = 50.0


class Profile(NamedTuple):
    """A study's prepared intensities inside the brain.

    Attributes:
        values: float64 (4, P), percentiles of each contrast; NaN for a missing contrast.
        correlations: float64 (6,), of each of `PAIRS`; NaN where it is not defined.
    """

    values: NDArray[np.float64]
    correlations: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class IntensityRanges:
    """The lowest and highest profile over a model's training patients.

    Attributes:
        low: The lowest.
        high: The highest.
        patients: Of how many patients.
    """

    low: Profile
    high: Profile
    patients: int

    def to_dict(self) -> dict[str, Any]:
        """JSON values, of which `read_ranges` is the inverse."""
        return {
            "patients": self.patients,
            "percentiles": list(PERCENTILES),
            "low": _by_name(CONTRASTS, self.low.values),
            "high": _by_name(CONTRASTS, self.high.values),
            "correlations_low": _by_name(PAIRS, self.low.correlations),
            "correlations_high": _by_name(PAIRS, self.high.correlations),
        }


def intensity_profile(
    study: Study, config: PreparationConfig, size: int, slices: Sequence[int] | None = None
) -> Profile | None:
    """A study's prepared intensities (see `profile_of`).

    Args:
        study: The study.
        config: How the network's input is prepared.
        size: Side of the network's input in pixels.
        slices: Which slices to look at; all by default.
    """
    return profile_of(Preparer(study, config, size), slices)


def profile_of(prepare: Preparer, slices: Sequence[int] | None = None) -> Profile | None:
    """A study's prepared intensities, over up to 16 slices of it.

    Args:
        prepare: Prepares the study's slices.
        slices: Which of them to look at; all by default.

    Returns:
        The profile; None where the brain is seen in fewer than 8 slices or less than 50 mm.
    """
    study = prepare.study
    held = np.flatnonzero(prepare.brain.any(axis=(1, 2)))
    if slices is not None:
        held = np.intersect1d(held, np.asarray(slices, np.intp))
    if held.size < _FEWEST_SLICES:
        return None
    positions = study.slice_positions_mm
    if positions is not None and positions[held[-1]] - positions[held[0]] < _LEAST_HEIGHT_MM:
        return None
    places = np.linspace(0, held.size - 1, min(_SLICES, held.size)).round().astype(int)
    images = prepare(held[places]).images
    background = intensity_range(prepare.config.scaling)[0]
    inside = images[(images > background + 1e-3).any(axis=-1)].astype(np.float64)
    if not inside.size:
        return None
    values = np.percentile(inside, PERCENTILES, axis=0).T
    values[[contrast in study.missing for contrast in CONTRASTS]] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):  # a contrast that is even has none
        correlations = np.asarray(np.corrcoef(inside, rowvar=False))
    return Profile(values, correlations[np.triu_indices(len(CONTRASTS), 1)])


def ranges_over(profiles: Sequence[Profile]) -> IntensityRanges:
    """The lowest and highest of the training patients' profiles.

    Raises:
        InputError: If there are fewer than 20.
    """
    if len(profiles) < FEWEST_PATIENTS:
        raise InputError(
            f"Ranges of intensities were asked for of {len(profiles)} patients, where at least "
            f"{FEWEST_PATIENTS}, each with {_FEWEST_SLICES} slices or more, are accepted."
        )
    values = np.stack([profile.values for profile in profiles])
    correlations = np.stack([profile.correlations for profile in profiles])
    return IntensityRanges(
        Profile(values.min(axis=0), correlations.min(axis=0)),
        Profile(values.max(axis=0), correlations.max(axis=0)),
        len(profiles),
    )


def profile_warnings(profile: Profile, ranges: IntensityRanges) -> tuple[str, ...]:
    """What of a study lies outside the ranges by more than a margin.

    Of 40 BraTS 2018 patients one was warned of by the other 39, whose FLAIR ends in the middle
    of the brain; by 30 of them drawn at random, 4 % of the other 10. Exchanged contrasts were
    found in all patients (T1 and T2), 95 % (T1CE and T2), 75 % (T1 and FLAIR), 57 % (T1 and
    T1CE), 52 % (T2 and FLAIR) and 32 % (T1CE and FLAIR): no warning does not mean that all is
    well.

    Args:
        profile: The study's.
        ranges: The model's.

    Returns:
        At most one warning, which names the contrasts.
    """
    names, pairs = _oddities(profile, ranges)
    found = []
    if names:
        found.append(f"The intensities of {_listed(names)} lie far outside those")
    if pairs:
        start = "the way" if found else "The way"
        found.append(f"{start} {', '.join(pairs)} go together is not that")
    if not found:
        return ()
    return (
        f"{', and '.join(found)} of the {ranges.patients} patients that the network learnt from: "
        "another scanner or preprocessing, contrasts that are exchanged, or more than the brain "
        "in the pictures. The network has seen nothing like it: check which contrast is which, "
        "and trust the prediction less.",
    )


def unlike_words(profile: Profile, ranges: IntensityRanges) -> tuple[str, ...]:
    """The same in a few words, such as ``"unusual intensities of T1 and FLAIR"``."""
    names, pairs = _oddities(profile, ranges)
    words = [f"unusual intensities of {_listed(names)}"] if names else []
    words += [f"an unusual relation of {', '.join(pairs)}"] if pairs else []
    return tuple(words)


def missing_warnings(study: Study, config: Config, model: str) -> tuple[str, ...]:
    """What it means that a study lacks a contrast.

    Args:
        study: The study.
        config: The model's settings.
        model: What the model is called.

    Raises:
        InputError: If the model was not trained to do without.
    """
    if not study.missing:
        return ()
    lacking = _listed([contrast.upper() for contrast in study.missing])
    if config.augment.contrast_dropout == 0:
        raise InputError(
            f"The study lacks {lacking}, and {model} was not trained to do without: all four "
            "contrasts, or a model trained with augment.contrast_dropout above 0, are accepted."
        )
    if len(study.missing) > 1:
        raise InputError(
            f"The study lacks {lacking}, and {model} was trained to do without one contrast, not "
            "several: at least three contrasts are accepted."
        )
    return (
        f"Predicted without {lacking}, which the study lacks: the network was trained to do "
        "without one contrast, and it sees less.",
    )


def read_ranges(values: Any) -> IntensityRanges:
    """Reads what `IntensityRanges.to_dict` wrote.

    Raises:
        InputError: Names the value that is wrong, dotted from ``intensities``.
    """
    check(isinstance(values, dict), "intensities", values, "an object")
    patients = values.get("patients")
    counted = type(patients) is int and patients > 0
    check(counted, "intensities.patients", patients, "a whole number above 0")
    stated = values.get("percentiles")
    check(stated == list(PERCENTILES), "intensities.percentiles", stated, str(list(PERCENTILES)))
    low = _profile(values, "low")
    high = _profile(values, "high")
    if (low.values > high.values).any() or (low.correlations > high.correlations).any():
        raise InputError("intensities.low lies above intensities.high; the reverse is accepted.")
    return IntensityRanges(low, high, patients)


def _profile(values: dict[str, Any], name: str) -> Profile:
    count = len(PERCENTILES)
    lines = _record(values, name, CONTRASTS)
    for contrast, line in lines.items():
        well = isinstance(line, list) and len(line) == count and all(map(_is_number, line))
        check(well, f"intensities.{name}.{contrast}", line, f"a list of {count} numbers")
    pairs = _record(values, f"correlations_{name}", PAIRS)
    for pair, value in pairs.items():
        well = _is_number(value) and -1 <= value <= 1
        check(well, f"intensities.correlations_{name}.{pair}", value, "a number from −1 to 1")
    return Profile(
        np.array([lines[contrast] for contrast in CONTRASTS], np.float64),
        np.array([pairs[pair] for pair in PAIRS], np.float64),
    )


def _record(values: dict[str, Any], name: str, keys: Sequence[str]) -> dict[str, Any]:
    found = values.get(name)
    well = isinstance(found, dict) and set(found) == set(keys)
    check(well, f"intensities.{name}", found, f"an object of {'; '.join(keys)}")
    return dict(found or {})


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _by_name(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, Any]:
    """Names → values as a card has them, to four digits after the point."""
    return dict(zip(names, np.round(values, 4).tolist(), strict=True))


def _outside(
    values: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    margin: float,
) -> NDArray[np.bool_]:
    """Which values lie outside by more than the margin; NaN does not."""
    room = margin * (high - low) + 1e-3  # the card's own rounding is no difference
    return np.asarray((values < low - room) | (values > high + room))


def _oddities(profile: Profile, ranges: IntensityRanges) -> tuple[list[str], list[str]]:
    """The contrasts whose intensities lie outside, and the pairs that go together otherwise."""
    odd = _outside(profile.values, ranges.low.values, ranges.high.values, _MARGIN)
    low, high = ranges.low.correlations, ranges.high.correlations
    unlike = _outside(profile.correlations, low, high, _PAIR_MARGIN)
    names = [name.upper() for name, line in zip(CONTRASTS, odd, strict=True) if line.any()]
    pairs = [
        pair.upper().replace(", ", " and ")
        for pair, is_unlike in zip(PAIRS, unlike, strict=True)
        if is_unlike
    ]
    return names, pairs


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence, such as ``"T1, T2 and FLAIR"``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
