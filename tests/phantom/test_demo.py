import numpy as np
import pytest
from scipy import ndimage

from resunet.data.cases import find_cases
from resunet.data.readers import read_case
from resunet.phantom import demo
from resunet.phantom.demo import DEMO_PATIENTS, make_demo_patient
from resunet.phantom.template import NOTICE
from resunet.study import CONTRASTS

NAMES = [
    "Demo_1_large_enhancing",
    "Demo_2_small_low_grade",
    "Demo_3_two_lesions",
    "Demo_4_no_tumour",
]


@pytest.fixture(scope="module")
def folder(repository):
    return repository / "assets" / "demo"


@pytest.fixture(scope="module")
def patients(folder):
    """Those that come with the program, name → study."""
    return {case.patient: read_case(case) for case in find_cases(folder)}


# The shipped files


def test_the_four_patients_are_there(folder):
    assert [patient.name for patient in DEMO_PATIENTS] == NAMES
    for name in NAMES:
        found = {path.name for path in (folder / name).iterdir()}
        assert found == {f"{name}_{part}.nii.gz" for part in (*CONTRASTS, "seg")}
    assert [case.patient for case in find_cases(folder)] == NAMES


def test_they_are_small_enough_to_come_along(folder):
    assert sum(path.stat().st_size for path in folder.rglob("*")) < 12e6


def test_the_notice_of_the_maps_comes_along(folder):
    text = (folder / "NOTICE.md").read_text(encoding="utf-8")
    assert "McGill University" in text
    assert text == NOTICE


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_volume_without_gaps(patients, name):
    study = patients[name]
    assert study.identifier == name
    assert study.warnings == ()
    assert 55 <= study.shape[0] <= 65
    assert study.shape[1:] == (240, 240)
    assert study.spacing_mm == (1.0, 1.0)
    assert study.slice_step_mm == 2.0
    # the first slice lies 16 mm above BraTS's, whose voxel (0, 0, 0) is at (0, 239, 0)
    expected = [[0, 0, -1, 0], [0, -1, 0, 239], [2, 0, 0, 16], [0, 0, 0, 1]]
    np.testing.assert_array_equal(study.affine, expected)


@pytest.mark.parametrize("name", NAMES)
def test_each_fills_eight_bits_and_all_of_its_slices(patients, name):
    study = patients[name]
    brain = study.brain
    assert brain.any((1, 2)).all()
    assert brain[len(brain) // 2].sum() > 10_000  # mm²
    for c in range(len(CONTRASTS)):
        values = study.images[brain][:, c]
        assert values.min() >= 1
        assert values.max() == 255
        assert len(np.unique(values)) > 150
    assert set(np.unique(study.labels)) <= {0, 1, 2, 4}
    assert not study.labels[~brain].any()


def volume_ml(mask):
    return mask.sum() * 2 / 1000  # voxels of 1 × 1 × 2 mm


def pieces_ml(mask):
    """Volumes of connected parts, the largest first."""
    numbers, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    return sorted((np.bincount(numbers.ravel())[1:] * 2 / 1000).tolist(), reverse=True)


def test_the_large_one_enhances(patients):
    study = patients[NAMES[0]]
    assert volume_ml(study.mask) == pytest.approx(105, rel=0.06)
    assert volume_ml(study.labels == 4) > 8
    assert set(np.unique(study.labels)) == {0, 1, 2, 4}
    assert pieces_ml(study.mask)[0] > 0.97 * volume_ml(study.mask)
    # on the patient's right: smaller columns
    assert np.argwhere(study.mask)[:, 2].mean() < np.argwhere(study.brain)[:, 2].mean() - 15


def test_the_small_one_is_of_low_grade(patients):
    study = patients[NAMES[1]]
    assert 10 < volume_ml(study.mask) < 20
    assert set(np.unique(study.labels)) == {0, 1, 2}
    assert (study.labels == 1).sum() > (study.labels == 2).sum()
    assert np.argwhere(study.mask)[:, 2].mean() > np.argwhere(study.brain)[:, 2].mean() + 15
    # nothing of it lights up with contrast agent
    t1, t1ce = (np.median(study.images[study.labels == 1][:, c]) for c in range(2))
    healthy = [np.median(study.images[study.brain & ~study.mask][:, c]) for c in range(2)]
    assert t1ce / healthy[1] < t1 / healthy[0] + 0.15


def test_the_third_has_two_lesions_on_either_side(patients):
    study = patients[NAMES[2]]
    first, second, *crumbs = pieces_ml(study.mask)
    assert first == pytest.approx(42, rel=0.1)
    assert second == pytest.approx(24, rel=0.1)
    assert sum(crumbs) < 1
    numbers, _ = ndimage.label(study.mask, np.ones((3, 3, 3)))
    sizes = np.bincount(numbers.ravel())[1:]
    large, small = np.argsort(sizes)[::-1][:2] + 1
    middle = np.argwhere(study.brain).mean(0)
    right_front, left_back = (np.argwhere(numbers == n).mean(0) - middle for n in (large, small))
    assert right_front[2] < -10 < 10 < left_back[2]
    assert right_front[1] < -10 < 10 < left_back[1]
    for number in (large, small):
        assert (study.labels[numbers == number] == 4).any()


def test_the_last_has_an_outline_that_is_empty(patients):
    study = patients[NAMES[3]]
    assert study.labels is not None
    assert not study.mask.any()


def test_their_tumours_are_bright_on_flair(patients):
    for name in NAMES[:3]:
        study = patients[name]
        flair = study.images[..., CONTRASTS.index("flair")]
        healthy = np.median(flair[study.brain & ~study.mask])
        assert np.median(flair[study.mask]) > 1.2 * healthy, name


# Making them anew


def test_the_shipped_files_are_what_the_program_makes(large, template, patients, monkeypatch):
    asked = []

    def made_already(*args, **kwargs):
        asked.append((args, kwargs))
        return large.study

    monkeypatch.setattr(demo, "make_patient", made_already)
    first = DEMO_PATIENTS[0]
    study = make_demo_patient(template, first)
    # just as the fixture made it
    assert asked == [((template, first.settings, first.seed), {"identifier": first.name})]
    shipped = patients[first.name]
    np.testing.assert_array_equal(study.affine, shipped.affine)
    np.testing.assert_array_equal(study.slice_positions_mm, shipped.slice_positions_mm)
    assert study.grid.shape == shipped.grid.shape
    # the same bytes on the same kind of machine; elsewhere the last bit of an exponential
    # may differ, which turns a value to be rounded here and there
    brain = shipped.brain
    assert (study.brain == brain).mean() > 0.9999
    assert (study.labels == shipped.labels).mean() > 0.9999
    assert (study.images[brain] == shipped.images[brain]).mean() > 0.999
    assert np.abs(study.images - shipped.images)[brain & study.brain].mean() < 0.01


def test_every_second_slice_is_taken_and_255_levels(large, template, monkeypatch):
    monkeypatch.setattr(demo, "make_patient", lambda *_, **__: large.study)
    study = make_demo_patient(template, DEMO_PATIENTS[0])
    assert study.shape == (60, 240, 240)
    np.testing.assert_array_equal(study.labels, large.study.labels[16:136:2])
    taken = large.study.images[16:136:2]
    np.testing.assert_array_equal(study.images > 0, taken > 0)
    for c in range(4):
        before, after = taken[..., c][study.brain], study.images[..., c][study.brain]
        top = np.percentile(before, 99.9)
        # 255 is the 99.9th percentile; below it, half a level at most is lost
        inside = (before <= top) & (after > 1)
        np.testing.assert_allclose(after[inside], before[inside] * 255 / top, atol=0.501)
        assert (after[before > top] == 255).all()


@pytest.mark.slow
@pytest.mark.parametrize("patient", DEMO_PATIENTS[1:], ids=NAMES[1:])
def test_all_shipped_files_are_what_the_program_makes(template, patients, patient):
    study, shipped = make_demo_patient(template, patient), patients[patient.name]
    assert (study.labels == shipped.labels).mean() > 0.9999
    assert (study.images == shipped.images)[shipped.brain].mean() > 0.999
