"""One patient's files or several patients'."""

import shutil

import nibabel as nib
import numpy as np
import pytest
from dicom_files import write_patient
from synthetic import (
    make_study,
    synthetic_pictures,
    to_nifti,
    write_nifti_folder,
    write_paper_layout,
)

from resunet.data.readers.patients import several_patients
from resunet.study import CONTRASTS

IMAGES, LABELS = synthetic_pictures(3, 12, 10, seed=2)


def names(folder):
    return [(case.split, case.patient) for case in several_patients(folder)]


def write_dicom(folder, patient_id):
    """A folder for each series."""
    study = make_study(height=12, width=10)
    for contrast in CONTRASTS:
        write_patient(
            folder / contrast, study, contrasts=[contrast], tags={"PatientID": patient_id}
        )


@pytest.mark.parametrize("top", ["", "downloaded", "downloaded/set"])
def test_a_data_folder_is_found_below_folders_that_lie_alone(tmp_path, top):
    write_paper_layout(
        tmp_path / top, patients={"training": ["B", "A"], "testing": ["C"]}, slices_per_patient=1
    )
    assert names(tmp_path) == [("testing", "C"), ("training", "A"), ("training", "B")]


def test_a_folder_for_each_patient(tmp_path):
    for patient in ("B", "A"):
        write_nifti_folder(tmp_path / "set" / patient, IMAGES, LABELS)
    assert names(tmp_path / "set") == [("", "A"), ("", "B")]
    assert names(tmp_path) == [("set", "A"), ("set", "B")]  # as a split


def test_a_folder_for_each_contrast_is_one_patient(tmp_path):
    for index, contrast in enumerate(CONTRASTS):
        (tmp_path / contrast).mkdir()
        to_nifti(IMAGES[..., index]).to_filename(tmp_path / contrast / f"{contrast}.nii.gz")
    assert names(tmp_path) == []


def test_a_file_with_all_contrasts_is_a_patient(tmp_path):
    arrays = [np.asarray(to_nifti(IMAGES[..., index]).dataobj) for index in range(4)]
    image = nib.Nifti1Image(np.stack(arrays, -1), to_nifti(IMAGES[..., 0]).affine)
    for patient in ("A", "B"):
        (tmp_path / patient).mkdir()
        image.to_filename(tmp_path / patient / "all.nii")
    assert names(tmp_path) == [("", "A"), ("", "B")]


def test_dicom_files_tell_whose_they_are(tmp_path):
    write_dicom(tmp_path / "one", "1")
    assert names(tmp_path) == []
    assert names(tmp_path / "one") == []  # four series, one patient
    write_dicom(tmp_path / "two", "2")
    assert names(tmp_path) == [("", "one"), ("", "two")]
    shutil.copytree(tmp_path / "one", tmp_path / "three")  # another examination
    assert names(tmp_path) == [("", "one"), ("", "three"), ("", "two")]


def test_what_macos_lays_beside_files_is_no_patient(tmp_path):
    write_nifti_folder(tmp_path / "A", IMAGES, LABELS)
    (tmp_path / "__MACOSX" / "A").mkdir(parents=True)
    for contrast in CONTRASTS:
        (tmp_path / "__MACOSX" / f"._{contrast}.nii").write_bytes(b"shadow")
        (tmp_path / "__MACOSX" / "A" / f"._{contrast}.nii").write_bytes(b"shadow")
    assert names(tmp_path) == []


@pytest.mark.parametrize("files", [[], ["notes.txt"], ["t1.nii", "t2.nii"], ["a_1.npz", "b.npz"]])
def test_what_is_no_data_folder_holds_no_set(tmp_path, files):
    for name in files:
        (tmp_path / name).write_bytes(b"")
    assert several_patients(tmp_path) == []
