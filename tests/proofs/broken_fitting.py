"""Fits the detector's coefficients on simulated breaks. scikit-learn is needed here alone."""

import warnings
from dataclasses import replace

import numpy as np
from broken_features import Rows
from broken_material import CLEAN
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from resunet.cohort.corruption import context, intensities, relations, spectrum
from resunet.cohort.corruption.detect import Detector, Network, look_at, squash
from resunet.cohort.corruption.kinds import JUDGED_KINDS, ONE_CONTRAST_KINDS
from resunet.cohort.corruption.traits import TRAITS
from resunet.study import CONTRASTS

UNITS = {"each": (64, 32), "whole": (96, 64)}
EPOCHS = {"each": 16, "whole": 16}
DECAY = {"each": 1e-1, "whole": 1e-1}
MEMBERS = 2

# a scanner's own scale tells nothing of one slice; its change between neighbours does
_LEFT_OUT = ("log_median_", "log_spread_", "empty_contrasts", "constant_contrasts",
             "filled_contrasts")  # fmt: skip
_ONE = [JUDGED_KINDS.index(kind) for kind in ONE_CONTRAST_KINDS]


def used_columns() -> np.ndarray:
    """The traits that are looked at."""
    return np.array([k for k, name in enumerate(TRAITS) if not name.startswith(_LEFT_OUT)])


def columns_of_each() -> np.ndarray:
    """(4, V): the traits of each contrast, in the same order."""
    single = [
        name.removesuffix("_t1")
        for name in (*intensities.NAMES, *spectrum.NAMES, *relations.NAMES, *context.NAMES)
        if name.endswith("_t1") and f"{name.removesuffix('_t1')}_flair" in TRAITS
    ]
    names = [
        f"{before}{name}"
        for before in ("", "change_of_", "apart_of_")
        for name in single
        if not (f"{name}_".startswith(_LEFT_OUT) and not before)
    ]
    names = [name for name in names if f"{name}_t1" in TRAITS]
    return np.array([[TRAITS.index(f"{name}_{c}") for name in names] for c in CONTRASTS])


def train(inputs: np.ndarray, targets: np.ndarray, stage: str, seed: int) -> MLPClassifier:
    """One network."""
    network = MLPClassifier(
        UNITS[stage],
        alpha=DECAY[stage],
        batch_size=256,
        learning_rate_init=2e-3,
        max_iter=EPOCHS[stage],
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return network.fit(inputs, targets)


def as_network(members: list[MLPClassifier]) -> Network:
    """Plain arrays of networks of one shape."""
    depth = range(len(members[0].coefs_))
    return Network(
        tuple(np.stack([m.coefs_[k] for m in members]).astype(np.float32) for k in depth),
        tuple(np.stack([m.intercepts_[k] for m in members]).astype(np.float32) for k in depth),
    )


def fit_each(squashed: np.ndarray, rows: Rows, columns: np.ndarray, seed: int) -> MLPClassifier:
    """The first stage: each broken contrast, and as many unbroken ones again."""
    rng = np.random.default_rng(seed)
    inputs, targets = [], []
    single = np.isin(rows.kind, _ONE)
    whole = ~single & (rows.contrasts == 0)
    for c in range(len(CONTRASTS)):
        hit = single & (rows.contrasts == 1 << c)
        unhit = (single & ~hit & (rng.random(hit.size) < 0.2)) | (
            whole & (rng.random(hit.size) < 0.4)
        )
        for chosen, labels in ((hit, rows.kind), (unhit, np.full(hit.size, CLEAN))):
            inputs.append(look_at(squashed[chosen], columns, c))
            targets.append(labels[chosen])
    return train(np.concatenate(inputs), np.concatenate(targets), "each", seed)


def fit(rows: Rows, seed: int, members: int = MEMBERS) -> Detector:
    """A detector fitted on rows, clean and broken.

    The second stage learns from what the first said of patients it was not fitted on: two of
    the first stage, each fitted on half of the patients. The product takes the mean of both.
    """
    clean = rows.features[rows.kind == CLEAN]
    low, centre, high = np.percentile(clean, (10, 50, 90), axis=0)
    scale = np.maximum((high - low) / 2.56, 0.25 * clean.std(axis=0))
    scale = np.where(scale > 1e-6, scale, 1.0).astype(np.float32)
    centre = centre.astype(np.float32)
    squashed = squash((rows.features - centre) / scale)
    each_columns = columns_of_each()
    half = np.unique(rows.patient)[::2]
    first = np.isin(rows.patient, half)
    halves = [
        fit_each(squashed[part], rows.where(part), each_columns, seed + k)
        for k, part in enumerate((first, ~first))
    ]
    codes = rows.kind.astype(int) * 16 + rows.contrasts.astype(int)
    classes, targets = np.unique(codes, return_inverse=True)
    detector = Detector(
        centre=centre,
        scale=scale,
        each_columns=each_columns,
        each=as_network(halves),
        columns=used_columns(),
        whole=as_network(halves),
        class_kind=np.where(classes < 0, CLEAN, classes // 16),
        class_contrasts=np.where(classes < 0, 0, classes % 16),
        levels=np.zeros(len(JUDGED_KINDS), np.float32),
        body=np.zeros(len(JUDGED_KINDS), np.float32),
        usual=np.percentile(clean, (5, 50, 95), axis=0).astype(np.float32),
        rate=1.0,
    )
    inputs = np.empty((len(squashed), len(detector.columns) + 4 * len(_ONE)), np.float32)
    for part, other in ((first, halves[1]), (~first, halves[0])):
        inputs[part] = replace(detector, each=as_network([other])).inputs(squashed[part])
    trained = [train(inputs, targets, "whole", seed + 10 + k) for k in range(members)]
    return replace(detector, whole=as_network(trained))


def operating_point(detector: Detector, scored: list[np.ndarray], rate: float) -> Detector:
    """Sets levels so that a share of clean slices is flagged, all kinds together.

    Args:
        detector: Whose levels are set.
        scored: Settled scores of clean slices, by networks that did not see their patients.
        rate: The share.
    """
    clean = np.concatenate(scored)
    level = np.quantile(clean.max(axis=1), 1 - rate)
    return replace(
        detector,
        levels=np.full(len(JUDGED_KINDS), level, np.float32),
        body=np.percentile(clean, 90, axis=0).astype(np.float32),
        rate=rate,
    )
