import io
import os
from pathlib import Path

import pytest
from synthetic import FIRST_NUMBER, write_paper_layout

from resunet.data.cases import cases_of_split, find_cases, parse_slice_name
from resunet.errors import InputError


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Brats18_2013_20_1_26.npz", ("Brats18_2013_20_1", 26, "")),
        ("Brats18_CBICA_ATB_1_0.npz", ("Brats18_CBICA_ATB_1", 0, "")),
        ("BraTS-GLI-00001-000_7.npz", ("BraTS-GLI-00001-000", 7, "")),
        ("p_007.npz", ("p", 7, "")),
        ("Brats18_2013_20_1_26_corrupted.npz", ("Brats18_2013_20_1", 26, "_corrupted")),
        ("p_3_corrupted_2.npz", ("p_3_corrupted", 2, "")),
        ("p_3_corrupted_b.npz", ("p", 3, "_corrupted_b")),
        ("1_2.npz", ("1", 2, "")),
        ("p.npz", None),
        ("p_.npz", None),
        ("_3.npz", None),
        ("p_3.npy", None),
        ("p_3.npz.bak", None),
        ("p_x3.npz", None),
        ("p_3.5.npz", None),
    ],
)
def test_the_patient_is_everything_before_the_slice_number(name, parts):
    assert parse_slice_name(name) == parts


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


def summary(cases):
    return [(c.split, c.patient, [(s.number, s.suffix) for s in c.slices]) for c in cases]


def test_the_papers_layout(tmp_path):
    write_paper_layout(
        tmp_path, patients={"training": ["b_1", "a_2"], "testing": ["c"]}, slices_per_patient=4
    )
    numbers = [(FIRST_NUMBER + i, "") for i in range(4)]  # 8, 9, 10, 11: not by letters
    cases = find_cases(tmp_path)
    assert summary(cases) == [
        ("testing", "c", numbers),
        ("training", "a_2", numbers),
        ("training", "b_1", numbers),
    ]
    assert cases[1].folder is None
    assert cases[1].slices[2].path == tmp_path / "training/a_2_10.npz"


def test_slices_are_in_order_of_their_numbers_then_suffixes(tmp_path):
    touch(tmp_path, "s/p_10.npz", "s/p_9_corrupted.npz", "s/p_9.npz", "s/p_100.npz", "s/p_2.npz")
    numbers = [(2, ""), (9, ""), (9, "_corrupted"), (10, ""), (100, "")]
    assert summary(find_cases(tmp_path)) == [("s", "p", numbers)]


def test_folders_of_nifti_files_are_cases_with_and_without_a_split(tmp_path):
    touch(tmp_path, "x/p/t1.nii.gz", "x/q/t1.nii", "x/empty/notes.txt", "r/t1.nii.gz")
    cases = find_cases(tmp_path)
    assert [(c.split, c.patient, c.folder) for c in cases] == [
        ("", "r", tmp_path / "r"),
        ("x", "p", tmp_path / "x/p"),
        ("x", "q", tmp_path / "x/q"),
    ]
    assert all(case.slices == () for case in cases)


DICOM = bytes(128) + b"DICM" + bytes(20)


def dicom(root: Path, *names: str) -> None:
    touch(root, *names)
    for name in names:
        (root / name).write_bytes(DICOM)


def found(root):
    return [(c.split, c.patient, c.folder.relative_to(root).as_posix()) for c in find_cases(root)]


def test_folders_of_dicom_files_are_cases(tmp_path):
    touch(tmp_path, "p/1.dcm", "q/1.IMA", "notes/a.txt", "notes/b", "empty/c/d.json")
    dicom(tmp_path, "r/IM0001", "s/1.2.840.113619", "t/readme.txt")
    assert found(tmp_path) == [("", name, name) for name in "pqrs"]


def test_folders_of_series_are_one_patient(tmp_path):
    dicom(tmp_path, "p/t1/1", "p/t2/1", "q/2011-04/301-AX T1/1-1.dcm", "q/2012-06/1-FLAIR/1-1.dcm")
    assert found(tmp_path) == [("", "p", "p"), ("", "q", "q")]


def test_folders_called_like_a_split_hold_patients(tmp_path):
    dicom(tmp_path, "training/p/1", "training/q/t1/1", "training/q/t2/1", "Test/r/exam/t1/1")
    touch(tmp_path, "training/notes/a.txt")
    assert found(tmp_path) == [
        ("Test", "r", "Test/r"),
        ("training", "p", "training/p"),
        ("training", "q", "training/q"),
    ]


def test_patients_of_dicom_beside_others_are_of_their_split(tmp_path):
    touch(tmp_path, "x/p/t1.nii.gz", "y/a_1.npz", "r/t1.nii", "r/dicom/1.dcm")
    dicom(tmp_path, "x/q/series/1", "y/s/1", "x/p/1.dcm")
    cases = find_cases(tmp_path)
    assert [(c.split, c.patient) for c in cases] == [
        *(("", "r"), ("x", "p"), ("x", "q"), ("y", "a"), ("y", "s"))
    ]


def test_looking_for_dicom_reads_little_and_waits_for_nothing(tmp_path, monkeypatch):
    touch(tmp_path, *(f"big/{index}" for index in range(50)), "big/~/1.dcm", "a_1.npz")
    os.mkfifo(tmp_path / "big/!pipe")
    (tmp_path / "big/round").symlink_to(tmp_path / "big")
    opened = []
    monkeypatch.setattr(Path, "open", lambda path, mode: opened.append(path) or io.BytesIO())
    assert summary(find_cases(tmp_path)) == [("", "a", [(1, "")]), ("", "big", [])]
    assert len(opened) <= 4


def test_a_folder_that_may_not_be_read_is_nobody(tmp_path, monkeypatch):
    touch(tmp_path, "a_1.npz", "lost+found/1.dcm")
    scandir = os.scandir

    def denied(path):
        if str(path).endswith("lost+found"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    assert summary(find_cases(tmp_path)) == [("", "a", [(1, "")])]


def test_both_layouts_side_by_side(tmp_path):
    touch(tmp_path, "a/p_1.npz", "a/q/t1.nii.gz", "z_5.npz")
    assert [(c.split, c.patient) for c in find_cases(tmp_path)] == [
        ("", "z"),
        ("a", "p"),
        ("a", "q"),
    ]


def test_hidden_files_and_folders_are_left_aside(tmp_path):
    # macOS lays a ._ file beside each file it copies to another disk
    touch(tmp_path, "a/p_1.npz", "a/._p_1.npz", ".trash/q_1.npz", "a/.old/t1.nii.gz")
    assert summary(find_cases(tmp_path)) == [("a", "p", [(1, "")])]


def test_a_file_without_a_slice_number_is_named(tmp_path):
    touch(tmp_path, "a/p_1.npz", "a/masks.npz")
    with pytest.raises(InputError) as caught:
        find_cases(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'a/masks.npz'} has no slice number: <patient>_<k>.npz is accepted."
    )


def test_a_missing_folder_and_a_file_are_refused(tmp_path):
    touch(tmp_path, "file")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(InputError, match=f"{path} is not a folder"):
            find_cases(path)


def test_an_empty_folder_is_refused(tmp_path):
    touch(tmp_path, "a/b/c/too-deep_1.npz", "readme.txt")
    with pytest.raises(
        InputError, match=f"{tmp_path} holds no case: .* NIfTI or DICOM files for each"
    ):
        find_cases(tmp_path)


def test_the_cases_of_a_split(tmp_path):
    touch(tmp_path, "a/p_1.npz", "a/q_1.npz", "b/r_1.npz", "s_1.npz")
    cases = find_cases(tmp_path)
    assert [case.patient for case in cases_of_split(iter(cases), "a", tmp_path)] == ["p", "q"]
    assert [case.patient for case in cases_of_split(cases, "", tmp_path)] == ["s"]


def test_an_unknown_split_is_told_with_those_there_are(tmp_path):
    touch(tmp_path, "b/p_1.npz", "a/q_1.npz", "s_1.npz")
    with pytest.raises(InputError) as caught:
        cases_of_split(find_cases(tmp_path), "testing", tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} has no cases in a split 'testing'; it has (none), a, b."
    )


@pytest.mark.real_data
def test_the_real_data_set(real_data):
    cases = find_cases(real_data / "brats2d")
    splits = [case.split for case in cases]
    counts = {split: splits.count(split) for split in set(splits)}
    assert counts == {"training": 30, "validating": 5, "testing": 5}
    assert len({case.patient for case in cases}) == 40
    assert all(case.patient.startswith("Brats18_") for case in cases)
    assert all(0 <= file.number < 100 for case in cases for file in case.slices)
