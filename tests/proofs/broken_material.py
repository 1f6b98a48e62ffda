"""Real slices, clean and broken on purpose, measured once and kept: what the proof works on."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from resunet.cohort.corruption.kinds import JUDGED_KINDS, MASK_KINDS
from resunet.cohort.corruption.simulate import LEVELS, MINIMUM_TUMOUR_PX, Corrupted, corrupt, level
from resunet.cohort.corruption.traits import SliceTraits, describe_slice
from resunet.data.cases import parse_slice_name
from resunet.study import CONTRASTS

FOLDS = 5
STRENGTHS = ("weak", "middle", "strong")
TESTED = 2
"""Broken slices of each patient, kind and strength and round, hidden in the proof."""
CLEAN, TRAINING = -1, 0.0
ALIKE = 4  # so many slices in a row are broken alike in the fitting material
MOST_OVERLAP = 0.8  # Dice: a mask that is still so right is not called broken


class Patient(NamedTuple):
    """The slices of one patient in order."""

    name: str
    fold: int
    numbers: list[int]
    images: np.ndarray  # int16 (N, H, W, 4)
    masks: np.ndarray  # bool (N, H, W)


class Material(NamedTuple):
    """What was measured of one patient; row i of every array is one slice, clean or broken."""

    name: str
    fold: int
    numbers: np.ndarray  # (S,), of the patient's slices
    index: np.ndarray  # (R,), which of the slices
    kind: np.ndarray  # (R,), index of JUDGED_KINDS, or CLEAN
    contrasts: np.ndarray  # (R,), bits of the contrasts concerned
    strength: np.ndarray  # (R,), 0 where it is random and for fitting, else 1, 2, 3
    random_strength: np.ndarray
    own: np.ndarray
    thumbs: np.ndarray
    covers: np.ndarray
    mask: np.ndarray

    def traits(self, row: int) -> SliceTraits:
        return SliceTraits(self.own[row], self.thumbs[row], self.covers[row], self.mask[row])


def read_patients(data: Path) -> list[Patient]:
    """All patients below a folder in the paper's layout, by name; every fifth in one fold."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in sorted(data.rglob("*.npz")):
        parsed = parse_slice_name(path.name)
        if parsed is not None:
            found.setdefault(parsed[0], []).append((parsed[1], path))
    patients = []
    for place, name in enumerate(sorted(found)):
        images, masks = [], []
        for _, path in sorted(found[name]):
            with np.load(path) as arrays:
                images.append(np.stack([arrays[c] for c in CONTRASTS], axis=-1))
                masks.append(arrays["mask"] > 0)
        numbers = [number for number, _ in sorted(found[name])]
        patients.append(Patient(name, place % FOLDS, numbers, np.array(images), np.array(masks)))
    return patients


def break_slice(
    patients: list[Patient], at: int, index: int, kind: str, strength: float, seed: list[int]
) -> Corrupted | None:
    """Breaks one slice; None where this kind and strength does not apply to it.

    Strangers come from the same fold, so that no patient is seen in fitting and in testing.
    """
    rng = np.random.default_rng(seed)
    patient = patients[at]
    images = patient.images[index].astype(np.float32)
    mask = patient.masks[index]
    area = int(mask.sum())
    if kind in MASK_KINDS and area < MINIMUM_TUMOUR_PX:
        return None
    if kind == "empty_mask":
        least, most = _empty_range(strength)
        if not least <= area < most:
            return None
    neighbour = stranger = None
    numbers = np.array(patient.numbers)
    if kind == "other_slice":
        wanted = level(kind, strength)
        off = np.abs(np.abs(numbers - numbers[index]) - wanted)
        near = np.flatnonzero(off <= max(1, wanted / 5))
        if not near.size:
            return None
        neighbour = patient.images[rng.choice(near)].astype(np.float32)
    if kind == "other_patient":
        mates = [k for k, p in enumerate(patients) if p.fold == patient.fold and k != at]
        other = patients[int(rng.choice(mates))]
        off = np.abs(np.array(other.numbers) - numbers[index])
        near = np.flatnonzero(off <= 3) if strength < 2.5 else np.arange(off.size)
        if not near.size:
            return None
        stranger = other.images[rng.choice(near)].astype(np.float32)
    broken = corrupt(images, mask, kind, strength, rng, neighbour=neighbour, stranger=stranger)
    if kind in ("flipped_mask", "rotated_mask"):
        shared = 2 * (broken.mask & mask).sum() / max(int(broken.mask.sum()) + area, 1)
        if shared > MOST_OVERLAP:
            return None
    if not broken.contrasts and kind not in MASK_KINDS:
        return None
    if broken.contrasts and np.array_equal(broken.images, images):
        return None
    return broken


def _empty_range(strength: float) -> tuple[float, float]:
    """Lesion pixels from and below; for fitting the whole range."""
    weak, middle, strong = LEVELS["empty_mask"]
    return {1: (weak, middle), 2: (middle, strong), 3: (strong, np.inf)}.get(
        strength, (MINIMUM_TUMOUR_PX, np.inf)
    )


def plan(count: int, seed: list[int]) -> Iterator[tuple[int, str | None, float, bool, list[int]]]:
    """What is made of a patient's slices in one round.

    For fitting, a quarter of the groups of `ALIKE` slices in a row is broken in each way, with a
    strength drawn for the group from a little below weak to a little beyond strong. For testing,
    slices are offered in random order; the first that fit are taken.

    Yields:
        Slice, kind (None for clean), strength, whether it is for testing, seed.
    """
    if seed[-1] == 0:
        for index in range(count):
            yield index, None, 0.0, False, []
    for k, kind in enumerate(JUDGED_KINDS):
        rng = np.random.default_rng([*seed, k])
        groups = -(-count // ALIKE)
        for group in rng.permutation(groups)[: -(-groups // 4)]:
            strength = float(rng.uniform(0.8, 3.2))
            for index in range(group * ALIKE, min((group + 1) * ALIKE, count)):
                yield index, kind, strength, False, [*seed, k, int(group)]
        for strength in (1.0, 2.0, 3.0):
            for index in rng.permutation(count):
                yield int(index), kind, strength, True, [*seed, k, int(index), int(strength)]


def measure(patients: list[Patient], at: int, seed: int, turn: int) -> Material:
    """Breaks and measures one patient's slices in one round."""
    patient = patients[at]
    rows: list[tuple] = []
    made: dict[tuple[str, float], int] = {}
    for index, kind, strength, tested, seeds in plan(len(patient.numbers), [seed, at, turn]):
        if kind is None:
            traits = describe_slice(patient.images[index].astype(np.float32), patient.masks[index])
            rows.append((index, CLEAN, 0, 0.0, 0.0, traits))
            continue
        if tested and made.get((kind, strength), 0) >= TESTED:
            continue
        broken = break_slice(patients, at, index, kind, strength, seeds)
        if broken is None:
            continue
        if tested:
            made[kind, strength] = made.get((kind, strength), 0) + 1
        traits = describe_slice(broken.images, broken.mask)
        bits = sum(2**c for c in broken.contrasts)
        code = JUDGED_KINDS.index(kind)
        rows.append((index, code, bits, strength if tested else 0.0, strength, traits))
    index, kinds, bits, strengths, randoms, traits = zip(*rows, strict=True)
    return Material(
        patient.name,
        patient.fold,
        np.array(patient.numbers),
        np.array(index),
        np.array(kinds),
        np.array(bits),
        np.array(strengths),
        np.array(randoms),
        *(np.stack([getattr(t, name) for t in traits]) for name in SliceTraits._fields),
    )


def material(patients: list[Patient], at: int, work: Path, seed: int, rounds: int) -> Material:
    """Everything measured of one patient, from the working folder where it is there."""
    work.mkdir(parents=True, exist_ok=True)
    paths = [work / f"{patients[at].name}.{turn}.npz" for turn in range(rounds)]
    for turn, path in enumerate(paths):
        if not path.exists():
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, **measure(patients, at, seed, turn)._asdict())
            part.rename(path)
    return _join([_read(path) for path in paths])


def _read(path: Path) -> Material:
    with np.load(path) as arrays:
        fields = {name: arrays[name] for name in Material._fields}
    fields |= {"name": str(fields["name"]), "fold": int(fields["fold"])}
    return Material(**fields)


def _join(parts: list[Material]) -> Material:
    """The rounds of one patient; its clean slices are in the first."""
    fields = [np.concatenate([part[k] for part in parts]) for k in range(3, len(Material._fields))]
    return Material(*parts[0][:3], *fields)
