import time

import numpy as np
import pytest
from synthetic import make_study

from resunet.data import checks
from resunet.data.cases import find_cases
from resunet.data.checks import check_study
from resunet.data.readers import read_case
from resunet.storage import demo_dir
from resunet.study import Source, Study


def disc(size, radius):
    """How far each pixel lies from the centre, in radii."""
    y, x = np.indices((size, size)) - (size - 1) / 2
    return np.hypot(y, x) / radius


def brain(slices=1, size=200, radius=70.0, seed=0):
    """A stripped brain (S, h, w, 4): a rim of grey round white, fluid bright in T2 alone."""
    rng = np.random.default_rng(seed)
    away = disc(size, radius)
    white, grey, fluid = (1000, 1000, 1000, 1000), (770, 820, 1350, 1190), (360, 450, 3200, 420)
    picture = np.select(
        [(away < 0.2)[..., None], (away < 0.9)[..., None], (away < 1.0)[..., None]],
        [np.array(fluid), np.array(white), np.array(grey)],
        0,
    )
    images = np.repeat(picture[None], slices, axis=0)
    images = images + (images > 0) * rng.normal(0, 20, images.shape)
    return np.where(images > 0, np.maximum(images.round(), 1), 0).astype(np.float32)


def with_skull(images, radius=70.0, noise=0.0, seed=1, scalp=1500.0):
    """The same in its head: fluid, 7 mm of bone and 7 mm of scalp round it, noise in the air."""
    rng = np.random.default_rng(seed)
    away = radius * disc(images.shape[1], radius)[None, ..., None]
    fluid = np.broadcast_to(np.array((360, 450, 3200, 420)), images.shape)
    layers = [images > 0, away < radius + 2, away < radius + 9, away < radius + 16]
    out = np.select(layers, [images, fluid, 60.0, scalp], 0.0)
    if noise:
        out = np.hypot(out + rng.normal(0, noise, out.shape), rng.normal(0, noise, out.shape))
    return out.round().astype(np.float32)


def study_of(images, *, spacing_mm=(1.0, 1.0), step_mm=1.0, **more):
    positions = None if step_mm is None else np.arange(len(images)) * step_mm
    return Study(
        np.array(images, np.float32),
        "a",
        Source("npz", "0" * 64),
        spacing_mm=spacing_mm,
        slice_positions_mm=positions,
        **more,
    )


def warning_of(study):
    (found,) = check_study(study)
    return found


# What is not odd


@pytest.mark.parametrize("slices", [1, 3, 40])
def test_a_stripped_brain_is_not_odd(slices):
    assert check_study(study_of(brain(slices))) == ()


@pytest.mark.parametrize("size", [(2, 2), (3, 50), (48, 40)])
@pytest.mark.parametrize("slices", [1, 6])
def test_small_pictures_are_not_odd(size, slices):
    study = make_study(slices=slices, height=size[0], width=size[1])
    assert check_study(study) == ()


def test_nothing_is_not_odd():
    assert check_study(study_of(np.zeros((5, 30, 30, 4)))) == ()
    gap = brain(7)
    gap[[0, 2, 6]] = 0
    assert check_study(study_of(gap)) == ()


def test_a_brain_cut_to_its_box_is_not_odd():
    assert check_study(study_of(brain(3)[:, 30:171, 30:171])) == ()
    assert check_study(study_of(brain(3)[:, 60:140, 60:140])) == ()  # all brain, no background


def test_unknown_distances_are_not_odd():
    assert check_study(study_of(brain(3), spacing_mm=None, step_mm=None)) == ()


# Skull and scalp


def test_skull_and_scalp_in_black_air():
    found = warning_of(study_of(with_skull(brain(3))))
    assert found.startswith(
        "The head does not seem to be skull-stripped: in 100 % of directions from the middle a "
        "bright rim, as of scalp, lies round a dark ring, as of bone. The networks know"
    )
    for tool in ("HD-BET", "SynthStrip (FreeSurfer)", "BET (FSL)"):
        assert tool in found


def test_noise_in_the_air_is_told_too():
    found = warning_of(study_of(with_skull(brain(3), noise=20.0)))
    assert "bone; 100 % of the pixels outside the head are not 0. The" in found
    stripped = np.where(brain(3) > 0, brain(3), with_skull(np.zeros((3, 200, 200, 4)), noise=20))
    away = disc(200, 70.0)[None, ..., None] * 70
    noisy = np.where(away < 86, brain(3), stripped)
    found = warning_of(study_of(noisy))
    assert found.startswith("The background is not empty: ")
    assert "HD-BET" in found


def test_a_ring_that_one_contrast_does_not_show_is_no_skull():
    images = with_skull(brain(3))
    images[..., 2] = brain(3)[..., 2]
    assert check_study(study_of(images)) == ()


def test_a_single_slice_and_a_missing_contrast_are_enough():
    images = with_skull(brain(1))
    images[..., 3] = 0
    found = warning_of(study_of(images, spacing_mm=None, step_mm=None, missing=("flair",)))
    assert "skull-stripped" in found


def test_an_outline_larger_than_a_brain():
    # a disc of radius 90 mm has 254 cm²
    found = warning_of(study_of(brain(1, radius=90.0)))
    assert "skull-stripped: its largest slice has 254 cm², where brains have up to 240" in found
    assert check_study(study_of(brain(1, radius=90.0), spacing_mm=None)) == ()
    # 216 cm² over 110 mm are 2.38 litres
    found = warning_of(study_of(brain(55, radius=83.0), step_mm=2.0))
    assert "it has 2.4 litres, where brains have up to 2.2" in found
    assert check_study(study_of(brain(30, radius=83.0), step_mm=2.0)) == ()


def test_a_background_of_another_value():
    images = brain(3)
    inside = images != 0
    images[..., 0] = np.where(inside[..., 0], images[..., 0], -0.5)
    images[..., 3] = np.where(inside[..., 3], images[..., 3], 12.0)
    assert warning_of(study_of(images)) == (
        "The background is not 0 but -0.5 in T1, 12 in FLAIR, and the networks take every pixel "
        "that is not 0 for brain: set it to 0 outside the brain."
    )


# Contrasts


def test_a_contrast_that_holds_nothing_is_told_once():
    images = brain(2)
    images[..., 1] = 0
    assert check_study(study_of(images)) == ("T1CE is the same everywhere.",)
    assert check_study(study_of(images, missing=("t1ce",))) == ()
    said = study_of(images, warnings=("x.nii is the same everywhere.",))
    assert check_study(said) == ()


def test_a_contrast_given_twice():
    images = brain(2)
    images[..., 1] = images[..., 0]
    found = warning_of(study_of(images))
    assert found.startswith("T1 and T1CE are the same pictures, so not all are what they are")
    images[..., 3] = images[..., 0]
    assert warning_of(study_of(images)).startswith("T1, T1CE and FLAIR are the same pictures")
    images[..., 3] = 2 * images[..., 0]
    images[1, 100, 100, 1] += 1  # one pixel is a difference
    assert check_study(study_of(images)) == ()


def test_contrasts_in_different_places():
    images = brain(3)
    assert check_study(study_of(np.roll(images, 30, 1))) == ()
    images[..., 2] = np.roll(images[..., 2], 50, 1)
    # two discs of radius r, d = 50 / 70 r apart, share
    # (2 acos h − 2 h √(1 − h²)) r² of their π r², with h = d / 2r
    half = 50 / 70 / 2
    dice = (2 * np.arccos(half) - 2 * half * np.sqrt(1 - half**2)) / np.pi
    found = warning_of(study_of(images))
    stated = float(found.partition("outlines agree by ")[2].partition(" (Dice)")[0])
    assert stated == pytest.approx(dice, abs=0.01)
    assert "T2 do not show the head in one place" in found
    assert "register them to each other" in found


def test_a_contrast_that_shows_less_is_not_displaced():
    images = brain(3)
    images[:, 130:, :, 3] = 0  # as a FLAIR that ends in the brain
    assert check_study(study_of(images)) == ()


# Distances and sizes


@pytest.mark.parametrize(
    ("spacing_mm", "words"),
    [
        ((0.3, 0.3), "Pixels are 0.3 mm high and 0.3 mm wide, where 0.4 to 1.6 mm is usual: if"),
        ((1.7, 1.7), "Pixels are 1.7 mm high and 1.7 mm wide, where 0.4 to 1.6 mm is usual: small"),
        ((0.8, 1.2), "Pixels are 0.8 mm high and 1.2 mm wide, where axial series have square ones"),
    ],
)
def test_unusual_pixels(spacing_mm, words):
    found = check_study(study_of(np.zeros((2, 9, 9, 4)), spacing_mm=spacing_mm))
    assert len(found) == 1
    assert found[0].startswith(words)
    assert "resample to 1 mm, for example with the BraTS Toolkit, CaPTk or ANTs." in found[0]


@pytest.mark.parametrize("spacing_mm", [(0.4, 0.4), (1.6, 1.6), (0.8, 1.0), (1.0, 0.8)])
@pytest.mark.parametrize("step_mm", [0.5, 1.0, 3.0])
def test_usual_distances(spacing_mm, step_mm):
    assert (
        check_study(study_of(np.zeros((3, 9, 9, 4)), spacing_mm=spacing_mm, step_mm=step_mm)) == ()
    )


def test_unusual_slices():
    empty = np.zeros((4, 9, 9, 4))
    found = warning_of(study_of(empty, step_mm=5.5))
    assert found.startswith("Slices lie 5.5 mm apart, and the networks learnt from 1 mm: small")
    found = warning_of(study_of(empty, step_mm=0.25))
    assert found.startswith("Slices lie 0.25 mm apart, where 0.5 to 3 mm is usual")
    # slices that were left out are no distance of slices
    assert check_study(study_of(empty, step_mm=5.5, slice_numbers=(0, 5, 9, 14))) == ()


def test_impossible_sizes():
    found = check_study(study_of(brain(3), spacing_mm=(1.6, 1.6)))
    # 2 · 70 px · 1.6 mm; the spacing is doubted, so no area is held against the head
    assert len(found) == 1
    assert found[0].startswith("The head is 224 mm wide in its largest slice, where 80 to 220 mm")
    assert "the pixel spacing of 1.6 mm is probably wrong" in found[0]
    found = check_study(study_of(brain(104), step_mm=3.0))
    assert any("The head is 309 mm high, where up to 300 mm is possible" in w for w in found)


def test_a_narrow_head_is_odd_only_where_its_middle_is_seen():
    images = brain(5, radius=35.0)
    assert check_study(study_of(images)) == ()  # may be the top of a head
    images[[0, -1]] = brain(2, radius=20.0)
    assert warning_of(study_of(images)).startswith("The head is 70 mm wide in its largest slice")


def test_every_number_in_a_sentence_is_followed_by_what_to_do():
    study = study_of(with_skull(brain(3), noise=20.0), spacing_mm=(0.3, 0.3), step_mm=6.0)
    found = check_study(study)
    assert len(found) == 3
    assert found == check_study(study)
    assert all(sentence.endswith(".") for sentence in found)


# Patients


def slab(study, chosen):
    return Study(
        study.images[chosen].copy(), "a", study.source, spacing_mm=study.spacing_mm, labels=None
    )


def test_the_demo_patients_are_not_odd_whole_or_slice_by_slice():
    for case in find_cases(demo_dir()):
        study = read_case(case)
        assert check_study(study) == ()
        for index in range(0, study.shape[0], 7):
            assert check_study(slab(study, slice(index, index + 1))) == ()


@pytest.mark.real_data
def test_stripped_patients_are_not_odd(real_data):
    for case in find_cases(real_data / "brats2d")[::5]:
        study = read_case(case)
        assert check_study(study) == ()
        for index in range(0, study.shape[0], 9):
            assert check_study(slab(study, slice(index, index + 1))) == ()


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["BraTS-GLI-00001-000", "TCGA-DU-7294"])
def test_stripped_volumes_are_not_odd_and_soon_checked(real_data, name):
    (case,) = (c for c in find_cases(real_data / "volumes") if c.patient == name)
    study = read_case(case)
    start = time.process_time()
    assert check_study(study) == ()
    assert time.process_time() - start < 1.0  # 0.2 s on one core
    for index in (20, 75, 120, 140):
        assert check_study(slab(study, slice(index, index + 1))) == ()


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["T1_AX", "T2_AX", "FLAIR_AX"])
def test_a_patient_straight_from_the_scanner(real_data, name):
    import nibabel as nib

    file = nib.load(real_data / "volumes" / "TCGA-FG-6692-native" / f"{name}.nii.gz")
    picture = np.asarray(file.dataobj, np.float32).transpose(2, 1, 0)
    scales = np.array([1.0, 1.1, 0.9, 1.2], np.float32)  # so that none is another one
    images = picture[..., None] * scales
    found = warning_of(study_of(images, spacing_mm=(0.9, 0.9), step_mm=None))
    assert "dark ring" in found
    assert "cm²" in found
    assert "pixels outside the head are not 0" in found
    # with the air set to 0, and nothing known of distances, the skull alone tells
    images[picture < 0.15 * np.percentile(picture, 95)] = 0
    found = warning_of(study_of(images, spacing_mm=None, step_mm=None))
    assert "dark ring" in found
    assert "cm²" not in found


def test_the_limits_are_stated_in_the_sentences(monkeypatch):
    monkeypatch.setattr(checks, "_MOST_AREA_CM2", 100.0)
    assert "brains have up to 100" in warning_of(study_of(brain(1)))
