"""Comparisons as they are stored, made by hand."""

import numpy as np

from resunet.cohort.intensities import BINS
from resunet.cohort.statistics.quantities import QUANTITIES
from resunet.cohort.stored import StoredComparison, StoredSet

UNTESTED = {"a": None, "b": None, "difference": None, "ci": None, "g": None, "g_ci": None}


def quantities(**tested):
    """Every quantity of a pair: those named with their p and adjusted p, others untested."""
    return {
        name: UNTESTED | dict(zip(("p", "p_adjusted"), tested.get(name, (None, None)), strict=True))
        for name in QUANTITIES
    }


def pair(a="training", b="testing", *, differs=False, p=0.5, **tested):
    return {
        "a": a,
        "b": b,
        "p": p,
        "p_holm": p,
        "differs": differs,
        "quantities": quantities(**tested),
        "summary": [f"{a} and {b}."],
    }


def result(*, sets=("training", "testing"), **changes):
    """``comparison.json`` without any finding."""
    return {
        "alpha": 0.05,
        "checked": True,
        "flags": [],
        "leakage": {"shared_patients": [], "duplicate_slices": [], "similar": 0.75},
        "pairs": [],
        "pairs_reason": "There is one set.",
        "sets": {name: {"patients": 2, "slices": 50} for name in sets},
    } | changes


def stored_set(name="training", patients=("p", "q"), **values):
    return StoredSet(
        name=name,
        distribution=None,
        patients=tuple(patients),
        values={key: np.array(each, np.float64) for key, each in values.items()},
        measures=np.zeros((0, 5)),
        intensities=np.zeros((4, BINS), np.int64),
    )


def stored(*sets, **changes):
    made = result(sets=[each.name for each in sets], **changes)
    return StoredComparison(made, tuple(sets), ())
