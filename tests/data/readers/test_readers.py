import re

import numpy as np
import pytest
from synthetic import make_study, write_nifti_folder, write_paper_layout

from resunet.data.cases import find_cases
from resunet.data.readers import read_case, read_input
from resunet.errors import InputError


def test_a_case_of_slices_is_one_study(tmp_path):
    write_paper_layout(tmp_path, patients={"a": ["p_1"]}, slices_per_patient=3, size=24)
    study = read_case(find_cases(tmp_path)[0])
    assert study.shape == (3, 24, 24)
    assert study.identifier == "p_1"
    assert study.slice_numbers == (8, 9, 10)
    assert (study.mask.sum(axis=(1, 2)) > 0).tolist() == [False, True, False]


def test_a_case_of_nifti_files_is_the_same_study_with_a_grid(tmp_path):
    made = make_study()
    write_nifti_folder(tmp_path / "p_1", made.images, made.labels, axcodes=("R", "A", "S"))
    study = read_case(find_cases(tmp_path)[0])
    np.testing.assert_array_equal(study.images, made.images)
    assert study.identifier == "p_1"
    assert study.grid is not None


def test_what_a_user_names_is_told_by_its_kind(tmp_path):
    made = make_study(slices=1)
    write_nifti_folder(tmp_path / "p", made.images, None)
    write_paper_layout(tmp_path, patients={"a": ["q"]}, slices_per_patient=1)
    assert read_input(tmp_path / "p").source.format == "nifti"
    assert read_input(tmp_path / "a/q_8.npz").source.format == "npz"


def test_other_inputs_are_refused(tmp_path):
    (tmp_path / "brain.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=re.escape(f"{tmp_path / 'x.npz'} does not exist.")):
        read_input(tmp_path / "x.npz")
    with pytest.raises(InputError, match=r"brain\.jpg is of no known kind; accepted are npz"):
        read_input(tmp_path / "brain.jpg")
    with pytest.raises(InputError, match="empty holds no picture; accepted are npz slices"):
        read_input(tmp_path / "empty")


def test_a_folder_of_one_patients_slices_is_that_patient(tmp_path):
    write_paper_layout(tmp_path, patients={"a": ["q"], "b": ["r", "s"]}, slices_per_patient=3)
    study = read_input(tmp_path / "a")
    assert study.identifier == "q"
    assert study.shape[0] == 3
    with pytest.raises(InputError, match="holds slices of r, s; those of one patient"):
        read_input(tmp_path / "b")
