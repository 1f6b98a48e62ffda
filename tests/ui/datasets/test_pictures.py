from synthetic import synthetic_pictures, write_nifti_folder, write_paper_layout

from resunet.cohort.sets import find_sets
from resunet.data.cases import Case
from resunet.ui.datasets.pictures import slice_index
from resunet.ui.datasets.request import find_case


def test_a_slice_stands_where_its_number_puts_it_and_not_its_name(tmp_path):
    write_paper_layout(tmp_path, patients={"testing": ["P_1"]})  # 8, 9, 10, 11
    [each] = find_sets([tmp_path])
    [case] = each.cases
    assert slice_index(case, "testing/P_1_10.npz") == 2
    assert slice_index(case, "testing/P_1_99.npz") is None


def test_a_slice_of_a_head_stands_where_its_number_does(tmp_path):
    write_nifti_folder(tmp_path / "P", *synthetic_pictures(3, 16, 16, seed=1))
    case = Case("", "P", folder=tmp_path / "P")
    assert slice_index(case, "P:2") == 2
    assert slice_index(case, "P:3") is None
    assert slice_index(case, "P") is None


def test_a_head_that_cannot_be_read_opens_where_it_may(tmp_path):
    assert slice_index(Case("", "P", folder=tmp_path), "P:2") is None


def test_a_patient_is_found_in_the_split_that_the_file_lies_in(tmp_path):
    write_paper_layout(tmp_path, patients={"training": ["P_1"], "testing": ["P_1", "Q_1"]})
    [each] = find_sets([tmp_path], whole=True)
    for split in ("training", "testing"):
        assert find_case(each, "P_1", f"{split}/P_1_8.npz").split == split
    assert find_case(each, "R_1", "testing/R_1_8.npz") is None


def test_a_patient_of_a_folder_without_splits_is_found(tmp_path):
    write_nifti_folder(tmp_path / "P", *synthetic_pictures(3, 16, 16, seed=1))
    [each] = find_sets([tmp_path])
    assert find_case(each, "P", "P:3") == each.cases[0]
