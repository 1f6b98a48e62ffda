"""Features for fitting and for the blind test, from what was measured: neighbours differ."""

from typing import NamedTuple

import numpy as np
from broken_material import CLEAN, Material

from resunet.cohort.corruption.context import nearest
from resunet.cohort.corruption.kinds import JUDGED_KINDS, MASK_KINDS
from resunet.cohort.corruption.traits import MASK_COLUMNS, describe_beside, find_typical

HIDDEN = 0.1
"""The share of broken slices among which everything is hidden."""
ROUNDS = 4
"""How often each clean slice is looked at, its neighbours being broken differently."""

_MASK_CODES = [JUDGED_KINDS.index(kind) for kind in MASK_KINDS]


class Rows(NamedTuple):
    """Features and what they are of."""

    features: np.ndarray  # float32 (R, F)
    kind: np.ndarray  # index of JUDGED_KINDS, or CLEAN
    contrasts: np.ndarray  # bits
    strength: np.ndarray
    index: np.ndarray
    patient: np.ndarray  # int

    def where(self, chosen):
        return Rows(*(field[chosen] for field in self))


class Sampler:
    """One patient, its slices clean or broken: rows of features of any of them."""

    def __init__(self, made: Material, rng, *, tested: bool):
        self.made, self.rng = made, rng
        self.count = made.numbers.size
        which = (made.kind != CLEAN) & ((made.strength > 0) == tested)
        self.broken = [np.flatnonzero(which & (made.index == k)) for k in range(self.count)]
        self.traits = [made.traits(row) for row in range(made.kind.size)]
        self.fields: list[tuple] = []

    def version(self, share: float) -> np.ndarray:
        """The patient once, as rows: a share of its slices broken in any way."""
        rows = np.arange(self.count)
        for k in np.flatnonzero(self.rng.random(self.count) < share):
            if self.broken[k].size:
                rows[k] = self.rng.choice(self.broken[k])
        return rows

    def add(self, row: int, others: list[int], typical: np.ndarray | None) -> None:
        """Describes one slice beside others."""
        features = describe_beside(self.traits[row], [self.traits[k] for k in others], typical)
        self.fields.append((features, row))

    def add_among(self, row: int, share: float, most: int | None = None) -> None:
        """Describes one slice in a version of its patient, as `describe_patient` would."""
        version = self.version(share)
        index = int(self.made.index[row])
        version[index] = row
        near = [int(version[k]) for k in nearest(self.made.numbers, index)]
        if most is not None:
            self.add(row, near[:most], None)
        else:
            self.add(row, near, find_typical(self.made.own[version]))

    def add_alike(self, row: int) -> None:
        """Describes one slice whose whole patient is broken alike."""
        made = self.made
        index = int(made.index[row])
        same = [
            [int(k) for k in self.broken[near] if self._like(int(k), row)]
            for near in nearest(made.numbers, index)
        ]
        others = [rows[0] for rows in same if rows]
        self.add(row, others, np.median(made.own[[row, *others]], axis=0))

    def _like(self, one: int, other: int) -> bool:
        made = self.made
        return all(
            field[one] == field[other]
            for field in (made.kind, made.contrasts, made.random_strength)
        )

    def rows(self, patient: int) -> Rows:
        rows = np.array([row for _, row in self.fields])
        made = self.made
        strength = np.where(made.strength > 0, made.strength, made.random_strength)
        return Rows(
            np.stack([features for features, _ in self.fields]).astype(np.float32),
            made.kind[rows],
            made.contrasts[rows],
            strength[rows],
            made.index[rows],
            np.full(rows.size, patient),
        )


def fitting_rows(made: Material, patient: int, seed: int) -> Rows:
    """Broken and clean slices for fitting: among others, few or none, and whole patients alike."""
    rng = np.random.default_rng([seed, patient, 1])
    sampler = Sampler(made, rng, tested=False)
    for row in np.flatnonzero((made.strength == 0) & (made.kind != CLEAN)):
        draw = rng.random()
        if draw < 0.08:
            sampler.add_among(int(row), 0.0, 0)
        elif draw < 0.14:
            sampler.add_among(int(row), HIDDEN, int(rng.integers(1, 3)))
        elif draw < 0.2:
            sampler.add_alike(int(row))
        else:
            sampler.add_among(int(row), rng.choice((0.0, HIDDEN, 2 * HIDDEN)))
    for index in range(made.numbers.size):
        for share in (0.0, 0.0, HIDDEN, HIDDEN, HIDDEN, 2 * HIDDEN, 2 * HIDDEN):
            sampler.add_among(index, share)
        sampler.add_among(index, 0.0, 0)
        sampler.add_among(index, HIDDEN, int(rng.integers(1, 3)))
    rows = sampler.rows(patient)
    bare = ~np.isin(rows.kind, _MASK_CODES) & (rng.random(len(rows.kind)) < 0.1)
    rows.features[np.ix_(bare, MASK_COLUMNS)] = 0
    return rows


def hidden_rows(made: Material, patient: int, seed: int, *, alone: bool = False) -> Rows:
    """The blind test: broken slices among the patient's others, a tenth of which are broken too.

    Args:
        made: One patient.
        patient: Its number.
        seed: Draws which others are broken.
        alone: Whether slices stand alone, without neighbours.
    """
    rng = np.random.default_rng([seed, patient, 2])
    sampler = Sampler(made, rng, tested=True)
    broken = [int(row) for row in np.flatnonzero(made.strength > 0)]
    for row in (*broken, *list(range(made.numbers.size)) * (1 if alone else ROUNDS)):
        sampler.add_among(row, HIDDEN, 0 if alone else None)
    return sampler.rows(patient)


def join(parts: list[Rows]) -> Rows:
    return Rows(*(np.concatenate(fields) for fields in zip(*parts, strict=True)))
