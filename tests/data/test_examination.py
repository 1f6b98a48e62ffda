"""What reading a data folder brings to light before a training."""

import numpy as np
import pytest
from synthetic import make_study, synthetic_pictures, write_nifti_folder, write_slice

from resunet.data.cases import Case, SliceFile, find_cases
from resunet.data.examination import SplitContent, examine, shared_patients, split_contents
from resunet.study import CONTRASTS


def write_patient(folder, name, *, tumours, size=32, with_mask=True):
    """Slices 0, 1, …, of which those that are True show a tumour."""
    for number, has_tumour in enumerate(tumours):
        images, labels = synthetic_pictures(1, size, size, seed=number + 1, tumour=has_tumour)
        assert labels.any() == has_tumour
        path = folder / f"{name}_{number}.npz"
        write_slice(path, images[0], labels[0] if with_mask else None)


def case_in(root, patient):
    return next(case for case in find_cases(root) if case.patient == patient)


def of_names(split, patient, slices=0, folder=None):
    """A case of which no file is there."""
    files = tuple(SliceFile(k, "", folder or f"{patient}_{k}.npz") for k in range(slices))
    return Case(split, patient, files, folder)


def test_splits_are_counted_by_names_training_first(tmp_path):
    cases = [
        of_names("more", "e", 1),
        of_names("testing", "d", 5),
        of_names("training", "a", 3),
        of_names("training", "b", 4),
        of_names("validating", "c", 2),
    ]
    assert split_contents(cases) == [
        SplitContent("training", 2, 7),
        SplitContent("validating", 1, 2),
        SplitContent("testing", 1, 5),
        SplitContent("more", 1, 1),
    ]
    assert split_contents([]) == []


def test_the_slices_of_volumes_are_not_known_by_names(tmp_path):
    cases = [
        of_names("training", "a", 3),
        of_names("training", "b", folder=tmp_path),
        of_names("validating", "c", 2),
    ]
    assert split_contents(cases) == [
        SplitContent("training", 2, None),
        SplitContent("validating", 1, 2),
    ]


def test_patients_in_several_splits_are_named_with_their_splits():
    cases = [
        of_names("validating", "b"),
        of_names("training", "b"),
        of_names("training", "a"),
        of_names("testing", "a"),
        of_names("validating", "a"),
        of_names("training", "c"),
    ]
    shared = shared_patients(cases)
    assert shared == {
        "a": ("testing", "training", "validating"),
        "b": ("training", "validating"),
    }
    assert list(shared) == ["a", "b"]


def test_a_patient_twice_in_one_split_is_not_shared():
    assert shared_patients([of_names("training", "a", 1), of_names("training", "a", 2)]) == {}


@pytest.mark.parametrize(
    ("tumours", "empty"),
    [((True, True), 0), ((False, True, False, False), 3), ((False,), 1)],
)
def test_empty_slices_are_counted(tmp_path, tumours, empty):
    write_patient(tmp_path / "training", "anna", tumours=tumours)
    finding = examine(case_in(tmp_path, "anna"))
    assert (finding.slices, finding.empty) == (len(tumours), empty)
    assert finding.unusable == ()
    assert finding.case.patient == "anna"


def test_a_whole_patient_has_nothing_odd(tmp_path):
    images, labels = synthetic_pictures(4, 64, 64, seed=1)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        write_slice(tmp_path / "training" / f"anna_{number}.npz", image, label)
    assert examine(case_in(tmp_path, "anna")).odd == ()


def test_each_file_that_cannot_be_used_is_named_and_the_others_are_counted(tmp_path):
    folder = tmp_path / "training"
    write_patient(folder, "anna", tumours=(False, True, True, False, True, True))
    broken, without, smaller, lacking = (folder / f"anna_{number}.npz" for number in range(4))
    broken.write_bytes(b"no archive")
    images, labels = synthetic_pictures(1, 32, 32, seed=1)
    write_slice(without, images[0], None)
    small, small_labels = synthetic_pictures(1, 16, 16, seed=1)
    write_slice(smaller, small[0], small_labels[0])
    np.savez(lacking, t1=images[0, ..., 0], mask=labels[0])
    finding = examine(case_in(tmp_path, "anna"))
    assert (finding.slices, finding.empty) == (2, 0)  # slices 4 and 5
    assert len(finding.unusable) == 4
    told = "\n".join(finding.unusable)
    assert f"{broken} cannot be read as npz" in told
    assert f"{without} has no mask, which training and scoring need." in told
    assert f"{smaller} is 16×16 pixels, where 32×32" in told
    assert f"{lacking} lacks t1ce, t2, flair" in told


def test_a_patient_of_whom_nothing_can_be_used_has_no_slices(tmp_path):
    write_patient(tmp_path / "training", "anna", tumours=(True, True), with_mask=False)
    finding = examine(case_in(tmp_path, "anna"))
    assert (finding.slices, finding.empty, finding.odd) == (0, 0, ())
    assert len(finding.unusable) == 2


def test_a_volume_is_read_and_counted(tmp_path):
    study = make_study(slices=5)
    write_nifti_folder(tmp_path / "training" / "anna", study.images, study.labels)
    finding = examine(case_in(tmp_path, "anna"))
    assert (finding.slices, finding.empty) == (5, 2)  # the first and the last
    assert finding.unusable == ()


def test_a_volume_without_an_outline_is_one_sentence(tmp_path):
    study = make_study(slices=3)
    write_nifti_folder(tmp_path / "training" / "anna", study.images, None)
    finding = examine(case_in(tmp_path, "anna"))
    assert finding.slices == 0
    assert len(finding.unusable) == 1
    assert "anna has no mask, which training and scoring need." in finding.unusable[0]


def test_what_is_odd_is_told_with_the_patient_and_can_be_trained_on(tmp_path):
    images, labels = synthetic_pictures(2, 64, 64, seed=1, tumour=True)
    images[1, ..., CONTRASTS.index("t2")] = 7
    for number in range(2):
        write_slice(tmp_path / "training" / f"anna_{number}.npz", images[number], labels[number])
    finding = examine(case_in(tmp_path, "anna"))
    assert finding.slices == 2
    assert finding.unusable == ()
    assert "anna: anna_1.npz: t2 is the same everywhere." in finding.odd
