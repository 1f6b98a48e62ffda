import re
from pathlib import Path

import pytest
from synthetic import write_paper_layout

from resunet.data.cases import Case, SliceFile, find_cases
from resunet.review.addresses import find_case, opaque_id, root_id

SLICES = (SliceFile(3, "", Path("p_3.npz")),)


@pytest.fixture
def roots(tmp_path):
    """Two data folders whose patients are called alike."""
    for name in ("one", "two"):
        write_paper_layout(
            tmp_path / name,
            patients={"training": ["Doe_John", "Roe_Jane"], "testing": ["Doe_John"]},
            slices_per_patient=1,
            size=8,
        )
    return [tmp_path / "one", tmp_path / "two"]


def test_a_name_is_opaque_and_stays(tmp_path):
    case = Case("training", "Doe_John", SLICES)
    name = opaque_id(tmp_path, case)
    assert re.fullmatch("[0-9a-f]{12}", name)
    assert name == opaque_id(tmp_path / "x" / "..", Case("training", "Doe_John", SLICES))


def test_other_folders_splits_patients_and_layouts_are_called_otherwise(tmp_path):
    names = [
        opaque_id(tmp_path, Case("training", "Doe", SLICES)),
        opaque_id(tmp_path / "other", Case("training", "Doe", SLICES)),
        opaque_id(tmp_path, Case("testing", "Doe", SLICES)),
        opaque_id(tmp_path, Case("training", "Roe", SLICES)),
        opaque_id(tmp_path, Case("training", "Doe", folder=tmp_path / "training" / "Doe")),
        # what lies on either side of the border is not the same run together
        opaque_id(tmp_path, Case("trainingD", "oe", SLICES)),
        opaque_id(tmp_path, Case("", "training/Doe", SLICES)),
        root_id(tmp_path),
    ]
    assert len(set(names)) == len(names)


def test_more_slices_make_no_other_patient(tmp_path):
    more = (*SLICES, SliceFile(4, "", Path("p_4.npz")))
    assert opaque_id(tmp_path, Case("a", "p", SLICES)) == opaque_id(tmp_path, Case("a", "p", more))


def test_a_link_to_a_folder_is_the_folder(tmp_path, roots):
    link = tmp_path / "link"
    link.symlink_to(roots[0])
    assert root_id(link) == root_id(roots[0])
    case, linked = find_cases(roots[0])[0], find_cases(link)[0]
    assert opaque_id(link, linked) == opaque_id(roots[0], case)


def test_everyone_is_found_again(roots):
    for root in roots:
        for case in find_cases(root):
            assert find_case(roots, opaque_id(root, case)) == (root, case)


@pytest.mark.parametrize("name", ["", "Doe_John", "000000000000", "../../etc/passwd", "é" * 12])
def test_any_other_text_finds_nobody(roots, name):
    assert find_case(roots, name) is None


def test_folders_that_cannot_be_read_are_passed_over(tmp_path, roots):
    wanted = find_cases(roots[1])[1]
    name = opaque_id(roots[1], wanted)
    assert find_case([tmp_path / "nowhere", *roots], name) == (roots[1], wanted)
    assert find_case([tmp_path / "nowhere"], name) is None


def test_names_that_are_no_text_are_taken(tmp_path):
    case = Case("training", "broken-\udcff", SLICES)
    assert re.fullmatch("[0-9a-f]{12}", opaque_id(tmp_path, case))
