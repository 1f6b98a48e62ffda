"""``predict`` on what users have: which files belong together, choices, and what comes out."""

import json

import nibabel as nib
import numpy as np
import pytest
from app_data import write_run
from dicom_files import PERSONAL, write_patient
from synthetic import make_study, to_nifti, write_nifti_folder, write_slice

from resunet.cli import main
from resunet.study import CONTRASTS

pytestmark = pytest.mark.keras

FILES = [
    *("mask.nii.gz", "probability.nii.gz", "uncertainty.nii.gz"),
    *("measures.json", "slices.csv", "lesions.csv", "picture.png", "report.pdf"),
]


@pytest.fixture
def run(home, tmp_path, capsys):
    """A function: words → exit code, JSON, standard error."""
    write_run(home)

    def call(*words):
        words = ("predict", *words, "--out", tmp_path / "out", "--samples", "2", "--json")
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    return call


@pytest.fixture
def patient(tmp_path):
    """Four loose files of one patient, called as scanners call them."""
    study = make_study(slices=3, height=24, width=20)
    folder = tmp_path / "loose"
    folder.mkdir()
    names = {"t1": "T1_AX", "t1ce": "T1_AX_POST_GAD", "t2": "T2_AX", "flair": "FLAIR_AX"}
    for index, contrast in enumerate(CONTRASTS):
        image = to_nifti(study.images[..., index].astype(np.int16))
        nib.save(image, folder / f"{names[contrast]}.nii.gz")
    return folder


def test_loose_files_are_one_patient_and_each_folder_one_more(tmp_path, run, patient):
    made = make_study(slices=2, height=24, width=20)
    write_nifti_folder(tmp_path / "other", made.images, None)
    write_slice(tmp_path / "p_3.npz", made.images[0], None)
    code, result, _ = run(*sorted(patient.iterdir()), tmp_path / "other", tmp_path / "p_3.npz")
    assert code == 0
    loose, other, single = result["predicted"]
    assert [len(item["inputs"]) for item in (loose, other, single)] == [4, 1, 1]
    assert loose["files"] == other["files"] == FILES
    assert single["files"] == [name.replace(".nii.gz", ".npz") for name in FILES]
    assert (tmp_path / "out" / "patient" / "report.pdf").is_file()
    assert (tmp_path / "out" / "p_3" / "mask.npz").is_file()
    assert loose["contrasts"]["t1ce"] == {
        "name": "T1_AX_POST_GAD.nii.gz",
        "reason": 'its name says "t1" and "post"',
    }
    assert single["contrasts"] == {}


def test_a_choice_on_the_command_line_overrules_the_names(run, patient):
    swapped = ("--contrast", "t1=T2_AX.nii.gz", "--contrast", "t2=T1_AX.nii.gz")
    code, result, _ = run(patient, *swapped)
    assert code == 0
    contrasts = result["predicted"][0]["contrasts"]
    assert (contrasts["t1"]["name"], contrasts["t2"]["name"]) == ("T2_AX.nii.gz", "T1_AX.nii.gz")


def test_a_missing_contrast_is_refused_even_where_zeros_are_allowed(run, patient):
    (patient / "T2_AX.nii.gz").unlink()
    code, result, err = run(patient)
    assert (code, result["predicted"]) == (1, [])
    assert "has no file for t2" in err
    # this network was not trained to do without
    code, result, err = run(patient, "--fill-missing")
    assert (code, result["predicted"]) == (1, [])
    assert "T2" in result["failed"][0]["message"]


def test_other_grids_are_refused_or_resampled_with_a_warning(run, patient):
    image = nib.load(patient / "FLAIR_AX.nii.gz")
    array, affine = np.asarray(image.dataobj).copy(), image.affine.copy()
    affine[2, 3] += 1.0
    nib.save(nib.Nifti1Image(array, affine), patient / "FLAIR_AX.nii.gz")
    code, _, err = run(patient)
    assert code == 1
    assert "lie up to 1.0 mm apart" in err
    code, result, _ = run(patient, "--resample")
    assert code == 0
    item = result["predicted"][0]
    assert any("FLAIR lay on another grid" in warning for warning in item["warnings"])


def test_dicom_comes_out_as_dicom_without_the_patient_unless_asked(tmp_path, run):
    write_patient(tmp_path / "exam", make_study(slices=3, height=24, width=20))
    code, result, _ = run(tmp_path / "exam")
    assert code == 0
    names = [f"dicom/{name}.dcm" for name in ("segmentation", "probability", "uncertainty")]
    assert result["predicted"][0]["files"] == FILES + names
    name = PERSONAL["PatientID"].encode()
    paths = [tmp_path / "out" / "exam" / each for each in names]
    assert not any(name in path.read_bytes() for path in paths)
    assert run(tmp_path / "exam", "--keep-identity")[0] == 0
    assert all(name in path.read_bytes() for path in paths)


def test_people_are_told_what_was_taken_for_what(home, tmp_path, patient, capsys):
    write_run(home)
    assert main(["predict", str(patient), "--out", str(tmp_path / "out"), "--samples", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{patient} → {tmp_path / 'out' / 'loose'}"
    assert '  flair: FLAIR_AX.nii.gz (its name says "flair")' in lines


@pytest.mark.parametrize("word", ["flair", "dwi=x.nii", "=x.nii"])
def test_a_choice_of_no_contrast_is_a_wrong_call(capsys, word):
    with pytest.raises(SystemExit) as caught:
        main(["predict", "x", "--out", "y", "--contrast", word])
    assert caught.value.code == 2
    assert "is not CONTRAST=NAME" in capsys.readouterr().err
