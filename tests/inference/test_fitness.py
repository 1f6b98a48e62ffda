import itertools
from dataclasses import replace

import numpy as np
import pytest

from resunet.config import AugmentConfig, Config, PreparationConfig
from resunet.data.cases import find_cases
from resunet.data.preprocess import Preparer, prepare
from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.inference.cards import read_card
from resunet.inference.fitness import (
    PAIRS,
    PERCENTILES,
    IntensityRanges,
    Profile,
    intensity_profile,
    missing_warnings,
    profile_of,
    profile_warnings,
    ranges_over,
    read_ranges,
    unlike_words,
)
from resunet.storage import demo_dir, dump_json, read_json
from resunet.study import CONTRASTS, Source, Study

SIZE = 16
WHOLE = PreparationConfig("maximum", "resize", "study")


def patient(seed=0, slices=9, missing=(), step_mm=7.0, order=(0, 1, 2, 3)):
    """A disc whose contrasts have levels and textures of their own, 0 outside."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((32, 32)) - 15.5
    first, second = rng.normal(size=(2, slices, 32, 32))
    textures = (first, 0.8 * first + 0.6 * second, second - 0.5 * first, second)
    levels = (300, 320, 500, 250)
    pictures = [levels[c] + (20 + 10 * c) * textures[c] for c in order]
    images = np.stack(pictures, -1) * (np.hypot(y, x) < 12)[None, ..., None]
    images[..., [CONTRASTS.index(name) for name in missing]] = 0
    return Study(
        images.astype(np.float32),
        "p",
        Source("npz", "0" * 64),
        spacing_mm=(1.0, 1.0),
        slice_positions_mm=np.arange(slices) * step_mm,
        missing=tuple(missing),
    )


def profile(study, config=WHOLE):
    return intensity_profile(study, config, SIZE)


@pytest.fixture(scope="module")
def ranges():
    return ranges_over([profile(patient(seed)) for seed in range(20)])


# Profiles


def test_a_profile_by_hand():
    # two halves: T1 is 50 and 100, T1CE the reverse, T2 50 throughout, FLAIR as T1
    images = np.full((8, SIZE, SIZE, 4), 50.0, np.float32)
    images[:, :, : SIZE // 2, [0, 3]] = 100.0
    images[:, :, SIZE // 2 :, 1] = 100.0
    found = profile(Study(images, "a", Source("npz", "0" * 64)))
    assert found.values.shape == (4, len(PERCENTILES))
    for contrast in (0, 1, 3):  # over the maximum, 100
        np.testing.assert_allclose(found.values[contrast, [0, 2, 4, 6]], [0.5, 0.5, 1.0, 1.0])
    np.testing.assert_allclose(found.values[2], 1.0)
    correlations = dict(zip(PAIRS, found.correlations, strict=True))
    assert correlations["t1, t1ce"] == pytest.approx(-1)
    assert correlations["t1, flair"] == pytest.approx(1)
    assert np.isnan(correlations["t1, t2"])  # nothing goes with what is even


def test_a_profile_is_of_prepared_values_inside_the_brain():
    study = patient(slices=40, step_mm=2.0)
    # 39 steps in 15 parts of 2.6
    shown = [0, 3, 5, 8, 10, 13, 16, 18, 21, 23, 26, 29, 31, 34, 36, 39]
    inside = prepare(study, WHOLE, SIZE).images[shown]
    inside = inside[(inside > 1e-3).any(axis=-1)]
    np.testing.assert_allclose(profile(study).values[1, 3], np.median(inside[:, 1]), rtol=1e-6)
    np.testing.assert_allclose(
        profile(study).correlations[PAIRS.index("t1ce, flair")],
        np.corrcoef(inside[:, 1], inside[:, 3])[0, 1],
        rtol=1e-5,
    )


def test_a_preparer_that_is_there_gives_the_same():
    study = patient()
    found = profile_of(Preparer(study, WHOLE, SIZE))
    np.testing.assert_array_equal(found.values, profile(study).values)


@pytest.mark.parametrize(
    ("slices", "step_mm", "enough"), [(7, 10.0, False), (8, 10.0, True), (20, 2.0, False)]
)
def test_few_slices_and_thin_slabs_have_none(slices, step_mm, enough):
    assert (profile(patient(slices=slices, step_mm=step_mm)) is not None) == enough


def test_slices_without_brain_do_not_count():
    study = patient(slices=12)
    images = study.images.copy()
    images[4:] = 0.0
    assert profile(Study(images, "a", study.source)) is None
    assert profile(Study(0 * images, "a", study.source)) is None


# Ranges


def test_ranges_are_the_lowest_and_highest():
    profiles = [Profile(np.full((4, 7), float(i)), np.full(6, -i / 100)) for i in range(20)]
    found = ranges_over(profiles)
    assert found.patients == 20
    np.testing.assert_array_equal(found.low.values, 0.0)
    np.testing.assert_array_equal(found.high.values, 19.0)
    np.testing.assert_array_equal(found.low.correlations, -0.19)
    np.testing.assert_array_equal(found.high.correlations, 0.0)


def test_too_few_patients_have_no_ranges():
    profiles = [Profile(np.zeros((4, 7)), np.zeros(6))] * 19
    with pytest.raises(InputError, match="of 19 patients, where at least 20"):
        ranges_over(profiles)


def test_ranges_come_back_from_a_card(ranges, tmp_path):
    path = tmp_path / "card.json"
    path.write_text(dump_json(ranges.to_dict()), encoding="utf-8")
    again = read_ranges(read_json(path))
    assert again.patients == 20
    for name in ("low", "high"):
        for one, two in zip(getattr(ranges, name), getattr(again, name), strict=True):
            np.testing.assert_allclose(two, one, atol=5e-5)
    assert read_ranges(again.to_dict()).to_dict() == again.to_dict()


def spoilt(ranges, name, *path_and_value):
    values = ranges.to_dict()
    *path, value = path_and_value
    at = values if not path else values[name]
    for key in path[:-1]:
        at = at[key]
    at[path[-1] if path else name] = value
    return values


@pytest.mark.parametrize(
    ("name", "path", "value", "words"),
    [
        ("patients", (), 0, "intensities.patients is 0, where a whole number above 0"),
        ("patients", (), True, "intensities.patients is True"),
        ("patients", (), None, "intensities.patients is None"),
        ("percentiles", (), [1, 50], r"intensities.percentiles is \[1, 50\], where \[1.0, 5.0"),
        ("low", (), None, "intensities.low is None, where an object of t1; t1ce; t2; flair"),
        ("low", (), {"t1": []}, "intensities.low is {'t1': "),
        ("high", ("t2",), [1.0] * 6, "intensities.high.t2 is .* where a list of 7 numbers"),
        ("high", ("t2",), [1.0] * 6 + [float("nan")], "intensities.high.t2"),
        ("high", ("t2",), [1.0] * 6 + ["1"], "intensities.high.t2"),
        ("high", ("t2",), [-9.0] * 7, "intensities.low lies above intensities.high"),
        ("correlations_low", (), [], r"intensities.correlations_low is \[\]"),
        ("correlations_low", ("t1, t2",), -1.1, "t1, t2 is -1.1, where a number from −1 to 1"),
        ("correlations_high", ("t1, t2",), False, "t1, t2 is False"),
    ],
)
def test_nonsense_is_named(ranges, name, path, value, words):
    with pytest.raises(InputError, match=words):
        read_ranges(spoilt(ranges, name, *path, value))


@pytest.mark.parametrize("values", [3, [], "x"])
def test_what_is_no_object_is_refused(values):
    with pytest.raises(InputError, match=r"^intensities is .* where an object is accepted"):
        read_ranges(values)


# Warnings


def made_up(low=0.0, high=1.0):
    """The same range for everything: low to high, correlations half of it."""
    return IntensityRanges(
        Profile(np.full((4, 7), low), np.full(6, low / 2)),
        Profile(np.full((4, 7), high), np.full(6, high / 2)),
        30,
    )


def test_the_margin_is_a_share_of_the_range():
    inside = Profile(np.full((4, 7), 1.74), np.full(6, 0.72))  # 1 + .75, (1 + .45) / 2
    assert profile_warnings(inside, made_up()) == ()
    inside.values[2, 4] = 1.76
    (found,) = profile_warnings(inside, made_up())
    assert found.startswith("The intensities of T2 lie far outside those of the 30 patients that")
    inside.values[2, 4] = -0.76
    inside.values[0, 0] = 9.0
    (found,) = profile_warnings(inside, made_up())
    assert found.startswith("The intensities of T1 and T2 lie far outside")
    assert "trust the prediction less" in found


def test_pairs_that_go_together_otherwise_are_named():
    outside = Profile(np.full((4, 7), 0.5), np.array([0.2, -0.23, 0.2, 0.73, 0.2, 0.2]))
    (found,) = profile_warnings(outside, made_up())
    assert found.startswith(
        "The way T1 and T2, T1CE and T2 go together is not that of the 30 patients"
    )
    outside.values[3] = 5.0
    (found,) = profile_warnings(outside, made_up())
    assert found.startswith(
        "The intensities of FLAIR lie far outside those, and the way T1 and T2, T1CE and T2 go "
        "together is not that of the 30 patients"
    )


def test_the_same_in_a_few_words():
    inside = Profile(np.full((4, 7), 0.5), np.full(6, 0.2))
    assert unlike_words(inside, made_up()) == ()
    inside.values[[0, 3]] = 5.0
    inside.correlations[1] = -0.9
    assert unlike_words(inside, made_up()) == (
        "unusual intensities of T1 and FLAIR",
        "an unusual relation of T1 and T2",
    )


def test_what_is_not_defined_is_not_outside():
    nothing = Profile(np.full((4, 7), np.nan), np.full(6, np.nan))
    assert profile_warnings(nothing, made_up()) == ()
    assert unlike_words(nothing, made_up()) == ()


def test_like_patients_are_not_warned_of_and_unlike_ones_are(ranges):
    assert profile_warnings(profile(patient(99)), ranges) == ()
    swapped = profile(patient(99, order=(2, 1, 0, 3)))
    assert "T1 and " in profile_warnings(swapped, ranges)[0]
    lacking = profile(patient(99, missing=("t2",)))
    assert np.isnan(lacking.values[2]).all()
    assert not np.isnan(lacking.values[[0, 1, 3]]).any()
    assert profile_warnings(lacking, ranges) == ()


# Missing contrasts


def config(dropout):
    return replace(Config(), augment=AugmentConfig(contrast_dropout=dropout))


def test_a_model_that_never_did_without_refuses():
    with pytest.raises(InputError) as caught:
        missing_warnings(patient(missing=("t1ce",)), config(0.0), "small@1")
    assert str(caught.value).startswith(
        "The study lacks T1CE, and small@1 was not trained to do without: all four contrasts"
    )


def test_a_model_that_was_trained_for_it_says_so():
    assert missing_warnings(patient(), config(0.0), "m") == ()
    (found,) = missing_warnings(patient(missing=("t1ce",)), config(0.3), "m")
    assert found.startswith("Predicted without T1CE")


def test_no_model_was_trained_to_do_without_two():
    with pytest.raises(InputError, match="lacks T1 and T2, and m was trained to do without one"):
        missing_warnings(patient(missing=("t1", "t2")), config(0.3), "m")


# Patients


@pytest.fixture(scope="module")
def shipped():
    return read_card(demo_dir().parent / "models" / "resunet-fast-1.json")


def prepared_profile(study, card):
    return intensity_profile(study, card.config.preparation, card.config.network.input_size)


def test_no_demo_patient_is_warned_of(shipped):
    for case in find_cases(demo_dir()):
        found = prepared_profile(read_case(case), shipped)
        assert profile_warnings(found, shipped.intensities) == ()


@pytest.mark.real_data
@pytest.mark.parametrize("patient", ["BraTS-GLI-00001-000", "TCGA-DU-7294"])
def test_patients_of_other_sources_are_like_those_it_learnt_from(real_data, shipped, patient):
    (case,) = (case for case in find_cases(real_data / "volumes") if case.patient == patient)
    study = read_case(case)
    found = prepared_profile(study, shipped)
    assert profile_warnings(found, shipped.intensities) == ()
    exchanged = Study(study.images[..., [2, 1, 0, 3]].copy(), "a", study.source)
    assert profile_warnings(prepared_profile(exchanged, shipped), shipped.intensities)


@pytest.mark.real_data
def test_the_shipped_ranges_hold_every_training_patient(real_data, shipped):
    low, high = shipped.intensities.low, shipped.intensities.high
    cases = find_cases(real_data / "brats2d")
    for case in itertools.islice(cases, 0, None, 10):
        found = prepared_profile(read_case(case), shipped)
        assert (found.values > low.values - 1e-4).all()
        assert (found.values < high.values + 1e-4).all()
        assert (found.correlations > low.correlations - 1e-4).all()
        assert (found.correlations < high.correlations + 1e-4).all()


def test_slices_that_are_not_used_do_not_count():
    study = patient(slices=10)
    images = study.images.copy()
    images[4] *= 5  # which the maximum of the whole study knows of
    bright = replace(study, images=images)
    used = [0, 1, 2, 3, 5, 6, 7, 8, 9]
    prepare_bright = Preparer(bright, WHOLE, SIZE)
    found = profile_of(prepare_bright, used)
    assert found.values.max() < 0.3
    assert profile_of(prepare_bright).values.max() > 0.5
    assert profile_of(prepare_bright, used[:7]) is None
    assert profile_of(prepare_bright, []) is None
