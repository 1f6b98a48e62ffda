from pathlib import Path

import pytest

from resunet.data.contrasts import LABELS, assign, recognise
from resunet.errors import InputError


@pytest.mark.parametrize(
    ("name", "contrast"),
    [
        # BraTS 2018–2020
        ("Brats18_CBICA_ATB_1_t1.nii.gz", "t1"),
        ("Brats18_CBICA_ATB_1_t1ce.nii.gz", "t1ce"),
        ("Brats18_CBICA_ATB_1_t2.nii.gz", "t2"),
        ("Brats18_CBICA_ATB_1_flair.nii.gz", "flair"),
        ("Brats18_CBICA_ATB_1_seg.nii.gz", LABELS),
        ("Brats18_2013_2_1_t2.nii", "t2"),  # numbers in the patient's name
        # BraTS 2023–2024
        ("BraTS-GLI-00001-000-t1n.nii.gz", "t1"),
        ("BraTS-GLI-00001-000-t1c.nii.gz", "t1ce"),
        ("BraTS-GLI-00001-000-t2w.nii.gz", "t2"),
        ("BraTS-GLI-00001-000-t2f.nii.gz", "flair"),
        # a preprocessing tool
        ("TCGA-DU-7294_t1_bet.nii.gz", "t1"),
        ("TCGA-DU-7294_t1c_bet.nii.gz", "t1ce"),
        ("TCGA-DU-7294_t2_bet.nii.gz", "t2"),
        ("TCGA-DU-7294_fla_bet.nii.gz", "flair"),
        # a scanner
        ("T1_AX.nii.gz", "t1"),
        ("T1_AX_POST_GAD.nii.gz", "t1ce"),
        ("T2_AX.nii.gz", "t2"),
        ("FLAIR_AX.nii.gz", "flair"),
        # others
        ("t1.nii", "t1"),
        ("T1w.nii.gz", "t1"),
        ("sub-01_T1w.nii.gz", "t1"),
        ("T1Gd.nii.gz", "t1ce"),
        ("ax t1 +c gad.nii.gz", "t1ce"),
        ("T2_FLAIR.nii.gz", "flair"),  # FLAIR is a T2, not the T2
        ("t2-flair.nii.gz", "flair"),
        ("t1ce_mask.nii.gz", LABELS),
        # neither
        ("dwi.nii.gz", None),
        ("notes.txt", None),
        ("t12.nii.gz", None),
        ("flairs.nii.gz", None),
        (".nii.gz", None),
        ("", None),
    ],
)
def test_the_contrast_is_told_by_the_name(name, contrast):
    assert recognise(name) == contrast


@pytest.mark.parametrize("name", ["brain_mask.nii.gz", "p_t1_bet_mask.nii.gz", "p_BrainMask.nii"])
def test_the_brain_mask_of_a_skull_stripping_tool_is_no_outline_of_a_tumour(name):
    assert recognise(name) is None


@pytest.mark.real_data
@pytest.mark.parametrize(
    "patient",
    ["Brats18_CBICA_ATB_1", "BraTS-GLI-00001-000", "TCGA-DU-7294", "TCGA-FG-6692-native"],
)
def test_every_real_file_is_recognised(real_data, patient):
    paths = list((real_data / "volumes" / patient).iterdir())
    found = assign(paths, patient)
    assert {"t1", "t1ce", "t2", "flair"} <= set(found)
    assert sorted(found.values()) == sorted(paths)


def test_each_contrast_gets_its_file():
    names = ("b_t2.nii", "b_flair.nii", "b_t1ce.nii", "b_t1.nii", "other.nii")
    found = assign([Path("/x") / name for name in names], "/x")
    assert {key: path.name for key, path in found.items()} == {
        "t1": "b_t1.nii",
        "t1ce": "b_t1ce.nii",
        "t2": "b_t2.nii",
        "flair": "b_flair.nii",
    }
    labelled = assign([Path("/x") / name for name in (*names, "b_seg.nii")], "/x")
    assert labelled[LABELS] == Path("/x/b_seg.nii")


def test_missing_contrasts_are_all_named():
    with pytest.raises(InputError, match=r"^the folder has no file for t1ce, flair; one file"):
        assign([Path("t1.nii"), Path("t2.nii")], "the folder")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("t1.nii", "x_t1.nii.gz"), "two files for t1: t1.nii and x_t1.nii.gz"),
        (("seg.nii", "mask.nii"), "two files for labels: mask.nii and seg.nii"),
    ],
)
def test_a_contrast_given_twice_is_refused(names, words):
    with pytest.raises(InputError, match=words):
        assign([Path(name) for name in (*names, "t2.nii", "flair.nii", "t1ce.nii")], "/x")
