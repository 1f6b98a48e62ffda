from dataclasses import replace

import numpy as np
import pytest
from cohort.sets_of_patients import pictures_of, survey, write_patient

from resunet.cohort.leakage import COPIED, SIMILAR, find_leakage
from resunet.cohort.survey import SetSurvey


def leakage_of(root):
    found = survey(root)
    return find_leakage([found["training"], found["testing"]])


@pytest.fixture
def data(tmp_path):
    for number, (split, patient) in enumerate(
        [("training", "a"), ("training", "b"), ("testing", "c"), ("testing", "d")]
    ):
        write_patient(tmp_path / split, patient, *pictures_of(number))
    return tmp_path


def test_other_patients_are_not_taken_for_one(data):
    found = leakage_of(data)
    assert (found.shared, found.copies) == ((), ())
    assert found.similar == SIMILAR


def test_a_patient_of_one_name_in_two_sets(data):
    write_patient(data / "testing", "a", *pictures_of(9))
    (pair,) = leakage_of(data).shared
    assert (pair.a, pair.b) == (("training", "a"), ("testing", "a"))
    assert pair.same_name
    assert pair.similarity < SIMILAR
    assert pair.slices == 0


@pytest.mark.parametrize(
    ("turn", "turned"),
    [
        ("", lambda x: x),
        ("left_right", lambda x: x[:, :, ::-1]),
        ("up_down", lambda x: x[:, ::-1]),
        ("both", lambda x: x[:, ::-1, ::-1]),
    ],
)
def test_a_patient_under_another_name_is_known_by_his_pictures(data, turn, turned):
    images, labels = pictures_of(0)
    noise = np.random.default_rng(1).normal(0.0, 10.0, images.shape)
    other = np.where(images > 0, np.clip(1.4 * images + noise, 1, None), 0).astype(np.int16)
    write_patient(data / "testing", "z", turned(other[1:]), turned(labels[1:]), first=70)
    found = leakage_of(data)
    (pair,) = found.shared
    assert (pair.a, pair.b) == (("training", "a"), ("testing", "z"))
    assert not pair.same_name
    assert pair.similarity > 0.95
    assert (pair.turn, pair.slices) == (turn, 2)
    first, second = pair.files
    number = int(first.removeprefix("training/a_").removesuffix(".npz"))
    assert second == f"testing/z_{number + 69}.npz"
    assert {(copy.a.name, copy.b.name, copy.turn) for copy in found.copies} == {
        (f"training/a_{k}.npz", f"testing/z_{k + 69}.npz", turn) for k in (1, 2)
    }


def test_a_slice_that_is_there_twice(data):
    images, labels = pictures_of(0)
    write_patient(data / "training", "a", images[1:2], labels[1:2], first=50)
    write_patient(data / "training", "a", images[2:, :, ::-1], labels[2:, :, ::-1], first=60)
    found = leakage_of(data)
    assert found.shared == ()
    first, second = found.copies
    assert (first.a.name, first.b.name) == ("training/a_1.npz", "training/a_50.npz")
    assert (first.turn, second.turn) == ("", "left_right")
    assert first.similarity >= COPIED
    assert (second.a.name, second.b.name) == ("training/a_2.npz", "training/a_60.npz")


def test_patients_without_slices_are_compared_by_name_alone(data):
    for split in ("training", "testing"):
        (data / split / "e_0.npz").write_bytes(b"bad")
    (pair,) = leakage_of(data).shared
    assert (pair.similarity, pair.slices, pair.files) == (None, 0, ("", ""))
    assert find_leakage([]).shared == ()


def test_where_all_look_alike_only_the_same_are_taken_for_one():
    """Eleven patients whose prints agree by 0.8, as of one template; two are one."""
    rng = np.random.default_rng(2)
    common = rng.normal(size=(32, 32))
    template = survey_like(common, rng, 12)
    prints = {name: counts.prints for name, counts in template.patients.items()}
    template.patients["p11"] = replace(template.patients["p11"], prints=prints["p0"])
    found = find_leakage([template])
    assert 0.85 < found.similar < 0.95
    assert [(pair.a.name, pair.b.name) for pair in found.shared] == [("p0", "p11")]


def survey_like(common, rng, count):
    """Patients of one slice each, whose prints are a common part and half as much of their own."""
    from resunet.cohort.counts import PatientCounts
    from resunet.cohort.intensities import BINS
    from resunet.cohort.units import MAP_SIDE

    patients = {}
    for index in range(count):
        own = common + 0.5 * rng.normal(size=common.shape)
        patients[f"p{index}"] = PatientCounts(
            patient=f"p{index}",
            files=(f"p{index}_0.npz",),
            numbers=np.zeros(1, np.int64),
            measures=np.full((1, 5), 9000.0),
            cells=np.zeros((MAP_SIDE, MAP_SIDE), np.int64),
            intensities=np.zeros((4, BINS), np.int64),
            prints=np.rint(own * 127 / np.abs(own).max()).astype(np.int8)[None],
            traits=np.zeros((1, 0), np.float32),
        )
    return SetSurvey("set", np.zeros((256, 256), np.int64), patients)


@pytest.mark.real_data
def test_real_patients_under_other_names(real_data, tmp_path):
    """Of three patients the slices of odd places are in another set, each under another name."""
    names = ("Brats18_2013_2_1", "Brats18_CBICA_ABM_1", "Brats18_TCIA01_201_1")
    files = sorted((real_data / "brats2d").glob("*/*.npz"))
    for position, name in enumerate(names):
        slices = sorted(
            (file for file in files if file.name.rpartition("_")[0] == name),
            key=lambda file: int(file.stem.rpartition("_")[2]),
        )[10:30]
        for index, file in enumerate(slices):
            folder = tmp_path / ("testing" if index % 2 else "training")
            folder.mkdir(exist_ok=True)
            patient = f"other{position}" if index % 2 else name
            (folder / f"{patient}_{index}.npz").write_bytes(file.read_bytes())
    found = leakage_of(tmp_path)
    assert {(pair.a.name, pair.b.name) for pair in found.shared} == {
        (name, f"other{position}") for position, name in enumerate(names)
    }
    assert all(pair.slices >= 8 for pair in found.shared)
    assert found.copies == ()
