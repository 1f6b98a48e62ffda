import json
from dataclasses import replace

import numpy as np
import pytest
from nibabel.orientations import aff2axcodes

from resunet.data.readers import read_folder
from resunet.data.writers import write_nifti_folder
from resunet.errors import InputError
from resunet.phantom.anatomy import GRID, WINDOW, Deformation
from resunet.phantom.patient import PatientSettings, _site, draw_settings, make_patient
from resunet.phantom.tumour import Lesion

RIGHT, LEFT = (30.0, -30.0, 22.0), (-30.0, 20.0, 14.0)  # MNI, in the white matter
SETTINGS = PatientSettings((Lesion("high", 5, site_mni_mm=RIGHT),), atrophy=0.2)


# Settings


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"intensities": "odd"}, "intensities is 'odd'; scanner or random is accepted."),
        ({"atrophy": 1.1}, "atrophy is 1.1; −1 to 1 is accepted."),
        ({"atrophy": float("nan")}, "atrophy is nan; −1 to 1 is accepted."),
        ({"deformation": 1.6}, "deformation is 1.6; 0 to 1.5 is accepted."),
        ({"deformation": -0.1}, "deformation is -0.1; 0 to 1.5 is accepted."),
    ],
)
def test_what_no_patient_can_be(values, sentence):
    with pytest.raises(InputError) as caught:
        PatientSettings(**values)
    assert str(caught.value) == sentence


def test_settings_go_into_a_json_file():
    found = json.loads(json.dumps(SETTINGS.to_dict()))
    assert found == {
        "lesions": [
            {
                "grade": "high",
                "volume_ml": 5,
                "oedema_share": 0.6,
                "rim_share": 0.45,
                "push": 0.6,
                "site_mni_mm": list(RIGHT),
            }
        ],
        "intensities": "scanner",
        "atrophy": 0.2,
        "deformation": 1.0,
    }


@pytest.fixture(scope="module")
def many():
    return [draw_settings(5, number) for number in range(1000)]


def test_a_mixed_set_is_spread_as_brats_is(many):
    grades = [settings.lesions[0].grade for settings in many]
    assert grades.count("high") / 1000 == pytest.approx(0.75, abs=0.04)
    counts = np.bincount([len(settings.lesions) for settings in many]) / 1000
    np.testing.assert_allclose(counts, [0, 0.84, 0.12, 0.04], atol=0.035)
    total = [sum(lesion.volume_ml for lesion in settings.lesions) for settings in many]
    assert np.median(total) == pytest.approx(85, rel=0.08)
    # ln-normal with σ = 0.6: 68 % within a factor of e^0.6
    within = np.abs(np.log(np.array(total) / 85)) < 0.6
    assert within.mean() == pytest.approx(0.683, abs=0.05)
    assert 8 <= min(total) <= max(total) <= 232
    atrophy = np.array([settings.atrophy for settings in many])
    assert atrophy.mean() == pytest.approx(0.1, abs=0.05)
    assert atrophy.std() == pytest.approx(0.4, abs=0.05)
    assert {settings.intensities for settings in many} == {"scanner"}


def test_high_grade_has_more_oedema_and_rim_than_low(many):
    lesions = {
        grade: [lesion for s in many for lesion in s.lesions if lesion.grade == grade]
        for grade in ("high", "low")
    }
    shares = {
        grade: np.array([(one.oedema_share, one.rim_share, one.push) for one in each])
        for grade, each in lesions.items()
    }
    # means of the beta distributions: a / (a + b)
    np.testing.assert_allclose(shares["high"].mean(0), [5 / 8.2, 4 / 7.6, 0.55], atol=0.02)
    np.testing.assert_allclose(shares["low"].mean(0)[0], 3 / 7.5, atol=0.03)
    assert (shares["low"][:, 1] == 0).mean() == pytest.approx(0.5, abs=0.1)
    assert shares["low"][:, 1].max() <= 0.08
    assert all(lesion.site_mni_mm is None for each in lesions.values() for lesion in each)


@pytest.mark.parametrize("kind", ["high", "low"])
def test_a_set_of_one_grade(kind):
    drawn = [draw_settings(1, number, kind=kind) for number in range(40)]
    assert {lesion.grade for settings in drawn for lesion in settings.lesions} == {kind}
    assert all(settings.lesions for settings in drawn)


def test_a_set_without_tumours():
    drawn = [draw_settings(1, number, kind="none", lesions=3) for number in range(20)]
    assert all(settings.lesions == () for settings in drawn)
    assert len({settings.atrophy for settings in drawn}) > 10


def test_as_many_tumours_as_asked_for():
    for count in (1, 2, 4):
        drawn = [draw_settings(1, number, lesions=count) for number in range(20)]
        assert {len(settings.lesions) for settings in drawn} == {count}
        assert min(lesion.volume_ml for s in drawn for lesion in s.lesions) >= 2


def test_each_patient_is_drawn_on_its_own():
    assert draw_settings(5, 3) == draw_settings(5, 3)
    drawn = [draw_settings(seed, number) for seed in range(6) for number in range(6)]
    assert len({settings.atrophy for settings in drawn}) == 36
    # intensities are drawn elsewhere: the same patient in other pictures
    random = draw_settings(5, 3, intensities="random")
    assert random == replace(draw_settings(5, 3), intensities="random")


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="kind is 'odd'; mixed, high, low, none is accepted"):
        draw_settings(0, 0, kind="odd")


# One patient


def test_it_is_a_study_like_a_brats_volume(large):
    study = large.study
    assert study.shape == GRID == (155, 240, 240)
    assert study.spacing_mm == (1.0, 1.0)
    assert study.slice_step_mm == 1.0
    assert study.source.format == "phantom"
    assert len(study.source.sha256) == 64
    assert study.warnings == ()
    # slice → superior, row → posterior, column → left, and BraTS's own affine
    assert aff2axcodes(study.affine) == ("S", "P", "L")
    np.testing.assert_array_equal(
        study.grid.affine, [[-1, 0, 0, 0], [0, -1, 0, 239], [0, 0, 1, 0], [0, 0, 0, 1]]
    )
    assert study.grid.shape == (240, 240, 155)


def test_its_pictures_lie_in_the_window(large):
    study = large.study
    np.testing.assert_array_equal(study.images[WINDOW], large.images)
    np.testing.assert_array_equal(study.labels[WINDOW], large.tumour.labels)
    np.testing.assert_array_equal(study.brain[WINDOW], large.tissue.brain)
    assert study.brain.sum() == large.tissue.brain.sum()
    # in the middle of the grid, about, as in registered volumes
    place = np.argwhere(study.brain)
    middle = (place.min(0) + place.max(0)) / 2
    assert np.abs(middle - (77, 128, 118)).max() < 12


def test_a_site_on_the_right_is_on_the_pictures_left(large):
    # asked for at MNI (32, −30, 24): right, in the posterior half, above the middle
    middle = np.argwhere(large.study.brain).mean(0)
    tumour = np.argwhere(large.study.mask).mean(0)
    assert tumour[2] < middle[2] - 15
    assert tumour[1] > middle[1] + 3
    assert tumour[0] > middle[0] + 5


# Many, on a small grid


def digests(template, *calls):
    return [make_patient(template, *call).source.sha256 for call in calls]


def test_the_same_arguments_give_the_same_bytes(small, template):
    one, same = (make_patient(template, SETTINGS, 3, 1) for _ in range(2))
    assert one.images.tobytes() == same.images.tobytes()
    assert one.labels.tobytes() == same.labels.tobytes()
    assert one.source == same.source
    assert one.identifier == "Phantom_3_0001"
    named = make_patient(template, SETTINGS, 3, 1, identifier="A")
    assert named.identifier == "A"
    assert named.source == one.source


def test_every_argument_matters(small, template):
    random = replace(SETTINGS, intensities="random")
    other_lesion = replace(SETTINGS, lesions=(Lesion("high", 6, site_mni_mm=RIGHT),))
    found = digests(
        template,
        (SETTINGS, 3, 1),
        (SETTINGS, 1, 3),
        (SETTINGS, 3, 2),
        (SETTINGS, 4, 1),
        (random, 3, 1),
        (other_lesion, 3, 1),
        (replace(SETTINGS, atrophy=0.3), 3, 1),
        (replace(SETTINGS, deformation=0.9), 3, 1),
    )
    assert len(set(found)) == len(found)


def test_intensities_change_pictures_not_labels(small, template):
    one = make_patient(template, SETTINGS, 3)
    other = make_patient(template, replace(SETTINGS, intensities="random"), 3)
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.brain, other.brain)
    inside = one.brain
    levels = [np.corrcoef(one.images[inside][:, c], other.images[inside][:, c]) for c in range(4)]
    assert min(abs(level[0, 1]) for level in levels) < 0.8


def test_another_patient_is_another_in_shape_too(small, template):
    one, other = (make_patient(template, SETTINGS, 3, number) for number in (0, 1))
    assert (one.brain != other.brain).sum() > 0.05 * one.brain.sum()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_sides_hold_for_every_patient(small, template, number):
    lesions = (Lesion("high", 3, site_mni_mm=RIGHT), Lesion("low", 2, site_mni_mm=LEFT))
    middle = None
    places = []
    for lesion in lesions:
        study = make_patient(template, PatientSettings((lesion,)), 2, number)
        middle = np.argwhere(study.brain).mean(0)
        places.append(np.argwhere(study.mask).mean(0) - middle)
    right, left = places
    assert right[2] < -4 < 4 < left[2]  # columns run to the patient's left
    assert right[1] > left[1] + 8  # rows run to posterior: 50 mm of 0.36 apart


@pytest.mark.parametrize("volume_ml", [1.0, 60.0])
def test_without_a_site_any_place_in_the_hemispheres_will_do(small, template, volume_ml):
    deformation = Deformation(template, np.random.default_rng(0))
    coordinates = deformation.coordinates()
    lesion, rng = Lesion("high", volume_ml), np.random.default_rng(1)
    found = [_site(template, coordinates, lesion, rng) for _ in range(40)]
    places = np.stack([[c[tuple(site.astype(int))] for c in coordinates] for site in found])
    sites = places - template.origin
    assert sites[:, 0].min() > -18  # mm: above the cerebellum and the stem
    assert 0.2 < (sites[:, 2] > 0).mean() < 0.8  # on both sides
    assert (sites.std(0) > (10, 15, 15)).all()
    nearest = tuple(np.rint(places.T).astype(int))
    assert template.white[nearest].min() > 0.3
    # as deep as its core needs: 0.45 of the radius and 5 mm, 18 at most
    assert template.depth[nearest].min() > min(0.45 * lesion.core_radius_mm + 5, 18) - 1.5


def test_a_brain_without_tumour_has_labels_all_the_same(small, template):
    study = make_patient(template, PatientSettings(), 0)
    assert study.labels is not None
    assert not study.labels.any()
    assert study.brain.any()


def test_written_and_read_again_it_is_the_same(small, template, tmp_path):
    study = make_patient(template, SETTINGS, 3)
    write_nifti_folder(study, tmp_path / study.identifier)
    again = read_folder(tmp_path / study.identifier)
    np.testing.assert_array_equal(again.images, study.images)
    np.testing.assert_array_equal(again.labels, study.labels)
    np.testing.assert_array_equal(again.affine, study.affine)
    np.testing.assert_array_equal(again.slice_positions_mm, study.slice_positions_mm)
    assert again.spacing_mm == study.spacing_mm
    assert again.grid.shape == study.grid.shape
    assert again.warnings == ()


@pytest.mark.slow
def test_a_whole_patient_is_the_same_twice_and_another_with_another_seed(large, template):
    again = make_patient(template, large.settings, large.demo.seed)
    assert again.source == large.study.source
    other = make_patient(template, large.settings, large.demo.seed + 1)
    assert other.source != large.study.source
    assert other.mask.sum() == pytest.approx(large.study.mask.sum(), rel=0.06)
