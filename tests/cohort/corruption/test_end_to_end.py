"""From pictures to findings, with the coefficients that come with the program."""

import numpy as np
import pytest

from resunet.cohort.corruption.detect import Detector
from resunet.cohort.corruption.findings import find_flags
from resunet.cohort.corruption.kinds import KINDS
from resunet.cohort.corruption.simulate import corrupt
from resunet.cohort.corruption.thresholds import fit_thresholds, shipped_thresholds
from resunet.cohort.corruption.traits import describe_patient, describe_slice
from resunet.data.cases import parse_slice_name
from resunet.study import CONTRASTS


@pytest.fixture(scope="module")
def detector():
    return Detector.load()


def flags_of(detector, thresholds, features, patient="p"):
    count = len(features)
    names = [f"{patient}_{k}.npz" for k in range(count)]
    return find_flags(detector, thresholds, names, [patient] * count, range(count), features)


# Drawn heads: other pictures than the coefficients were fitted on


def drawn_patient(heads, seed, slices):
    return [heads(seed=seed, level=0.06 * k, lesion=3 < k < slices - 3) for k in range(slices)]


def described(slices):
    return describe_patient([describe_slice(*each) for each in slices], range(len(slices)))


@pytest.fixture(scope="module")
def reference(detector, heads):
    """The thresholds of ten drawn patients of fifty slices each."""
    patients = {f"p{seed}": described(drawn_patient(heads, seed, 50)) for seed in range(10)}
    people = [name for name, rows in patients.items() for _ in rows]
    return fit_thresholds(detector, np.concatenate(list(patients.values())), people)


def test_thresholds_of_another_sort_of_pictures_hold_on_its_other_patients(
    detector, reference, heads
):
    assert reference.slices == 500
    assert reference.rate == pytest.approx(0.01, abs=0.005)
    found = [
        flag
        for seed in range(100, 104)
        for flag in flags_of(detector, reference, described(drawn_patient(heads, seed, 25)))
    ]
    assert len(found) <= 5  # of 100: 1 % expected; 6 or more have a chance of 1 in 2,000


@pytest.mark.parametrize(
    "kind", ["swapped_contrasts", "flipped_contrast", "flipped_mask", "noise", "zeroed_block"]
)
def test_a_drawn_slice_broken_strongly_is_found_and_named(detector, reference, heads, kind):
    slices = drawn_patient(heads, 200, 12)
    broken = corrupt(*slices[6], kind, 3, np.random.default_rng(1))
    slices[6] = broken.images, broken.mask
    found = flags_of(detector, reference, described(slices))
    assert [(flag.number, flag.kind) for flag in found if flag.number == 6] == [(6, kind)]
    assert len(found) <= 2


@pytest.mark.parametrize("kind", ["missing_contrast", "constant_contrast"])
def test_what_needs_no_judgement_is_certain(detector, heads, kind):
    slices = drawn_patient(heads, 300, 3)
    broken = corrupt(*slices[1], kind, 2, np.random.default_rng(0))
    slices[1] = broken.images, broken.mask
    found = flags_of(detector, shipped_thresholds(detector), described(slices))
    certain = [flag for flag in found if flag.score == 1.0]
    assert [(flag.number, flag.kind) for flag in certain] == [(1, kind)]
    assert certain[0].contrast == CONTRASTS[broken.contrasts[0]]
    assert certain[0] == found[0]


# Real patients: the coefficients know them, so this shows that all is joined rightly, not how
# well it does; for that see tests/proofs/broken_slices.py


@pytest.fixture(scope="module")
def patient(real_data):
    """The slices of one patient in order: numbers, images and masks."""
    found = []
    for path in (real_data / "brats2d" / "testing").glob("Brats18_CBICA_AMH_1_*.npz"):
        with np.load(path) as file:
            images = np.stack([file[c] for c in CONTRASTS], axis=-1).astype(np.float32)
            found.append((parse_slice_name(path.name)[1], images, file["mask"] > 0))
    return sorted(found, key=lambda each: each[0])


@pytest.mark.real_data
def test_real_broken_slices_are_found_among_clean_ones(detector, patient):
    slices = [(images, mask) for _, images, mask in patient]
    with_tumour = [k for k, (_, mask) in enumerate(slices) if mask.sum() > 800]
    plan = dict(
        zip(
            with_tumour[1::4],
            ("noise", "flipped_contrast", "zeroed_block", "flipped_mask", "swapped_contrasts"),
            strict=False,
        )
    )
    assert len(plan) >= 3
    for k, kind in plan.items():
        broken = corrupt(*slices[k], kind, 3, np.random.default_rng(k))
        slices[k] = broken.images, broken.mask
    numbers = [number for number, _, _ in patient]
    features = describe_patient([describe_slice(*each) for each in slices], numbers)
    found = flags_of(detector, shipped_thresholds(detector), features)
    told = {flag.number: flag.kind for flag in found}
    assert sum(told.get(k) == kind for k, kind in plan.items()) >= len(plan) - 1
    assert len(set(told) - set(plan)) <= 2
    assert all(flag.kind in KINDS and flag.why.endswith(".") for flag in found)
