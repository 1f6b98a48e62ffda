import os
from pathlib import Path

import numpy as np
import pytest
from synthetic import FIRST_NUMBER, make_study, write_nifti_folder, write_paper_layout

from resunet.data.cases import Case, find_cases
from resunet.data.named_slices import (
    checked_name,
    numbered,
    patient_name,
    read_named_slice,
    single_slice,
    slice_name,
)
from resunet.errors import InputError


@pytest.fixture
def root(tmp_path):
    """Two patients in slice files, one of them beside the splits, and a volume."""
    folder = tmp_path / "data"
    write_paper_layout(folder, patients={"testing": ["anna"], "": ["bert"]}, size=32)
    study = make_study(slices=5, height=32, width=32)
    write_nifti_folder(folder / "testing" / "emil", study.images, study.labels)
    return folder


def names_of(case):
    return [slice_name(case, file) for file in case.slices]


def test_each_slice_file_is_called_by_its_path_from_the_data_folder_on(root):
    found = {patient_name(case): names_of(case) for case in find_cases(root)}
    assert set(found) == {"testing/anna", "testing/emil", "bert"}
    assert found["testing/anna"] == [f"testing/anna_{k}.npz" for k in (8, 9, 10, 11)]
    assert found["bert"] == [f"bert_{k}.npz" for k in (8, 9, 10, 11)]
    assert all((root / name).is_file() for names in found.values() for name in names)


def test_a_slice_of_a_volume_is_called_by_folder_and_number():
    case = Case("testing", "emil", folder=Path("testing/emil"))
    assert slice_name(case, 57) == "testing/emil:57"
    assert slice_name(Case("", "emil", folder=Path("emil")), 0) == "emil:0"
    assert numbered("testing/emil:57") == ("testing/emil", 57)
    assert numbered("a:b:007") == ("a:b", 7)


@pytest.mark.parametrize(
    "name", ["testing/emil", "emil:", ":5", "emil:5x", "emil:²", "e:1234567890"]
)
def test_what_ends_in_no_number_is_no_slice_of_a_volume(name):
    assert numbered(name) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("testing/a_1.npz", "testing/a_1.npz"),
        (r"testing\a_1.npz", "testing/a_1.npz"),
        ("./testing//a:3", "testing/a:3"),
        ("testing/a/", "testing/a"),
        ("C:57", "C:57"),  # a patient called C
        ("..a/b", "..a/b"),
    ],
)
def test_names_are_read_as_any_system_writes_them(written, meant):
    assert checked_name(written) == meant


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "/",
        "/etc/passwd",
        r"\\server\x",
        "C:/x",
        r"d:\x",
        "..",
        "../x",
        r"a\..\b",
        "a/../b",
        "a\0b",
    ],
)
def test_names_that_lead_elsewhere_are_refused(root, name):
    with pytest.raises(InputError, match="from the data folder on are accepted"):
        checked_name(name)
    with pytest.raises(InputError, match="from the data folder on are accepted"):
        read_named_slice(root, name)


def test_a_slice_file_is_read_by_its_name(root):
    study = read_named_slice(root, rf"testing\anna_{FIRST_NUMBER + 1}.npz")
    assert (study.identifier, study.slice_numbers) == ("anna", (FIRST_NUMBER + 1,))
    with np.load(root / "testing" / f"anna_{FIRST_NUMBER + 1}.npz") as file:
        np.testing.assert_array_equal(study.images[0, ..., 3], file["flair"])
        np.testing.assert_array_equal(study.labels[0], file["seg"])


def test_a_slice_of_a_volume_is_read_by_its_name(root):
    study, whole = (
        read_named_slice(root, "testing/emil:3"),
        make_study(slices=5, height=32, width=32),
    )
    assert study.shape == (1, 32, 32)
    assert (study.identifier, study.slice_numbers, study.grid) == ("emil", (3,), None)
    np.testing.assert_array_equal(study.images[0], whole.images[3])
    np.testing.assert_array_equal(study.labels[0], whole.labels[3])
    assert study.spacing_mm == (1.0, 1.0)
    assert study.slice_step_mm is None


def test_one_slice_of_a_study_keeps_its_place():
    study = single_slice(make_study(slices=4), 2)
    assert study.slice_numbers == (2,)
    assert study.slice_positions_mm.tolist() == [2.0]
    bare = single_slice(make_study(labels=False, spacing_mm=None), 0)
    assert (bare.labels, bare.slice_positions_mm, bare.spacing_mm) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("testing/anna_99.npz", "is not in"),
        ("testing/nobody:3", "is not in"),
        ("testing/emil:5", "slices 0 to 4 are accepted"),
        ("testing/emil", "is no slice"),
        ("testing/emil/emil_t1.nii.gz", "is no slice"),
    ],
)
def test_what_is_no_slice_of_the_folder_is_refused(root, name, told):
    with pytest.raises(InputError, match=told):
        read_named_slice(root, name)


def test_links_out_of_the_folder_are_refused_and_links_within_it_are_followed(root, tmp_path):
    write_paper_layout(tmp_path / "other", patients={"x": ["carl"]}, size=32)
    outside = tmp_path / "other" / "x"
    os.symlink(outside / f"carl_{FIRST_NUMBER}.npz", root / "testing" / "carl_1.npz")
    os.symlink(outside, root / "linked")
    os.symlink(root / "testing" / f"anna_{FIRST_NUMBER}.npz", root / "testing" / "dora_2.npz")
    os.symlink("circle_1.npz", root / "testing" / "circle_1.npz")
    for name in ("testing/carl_1.npz", f"linked/carl_{FIRST_NUMBER}.npz", "linked:3"):
        with pytest.raises(InputError, match="leads out of"):
            read_named_slice(root, name)
    with pytest.raises(InputError, match="is not in"):
        read_named_slice(root, "testing/circle_1.npz")
    assert read_named_slice(root, "testing/dora_2.npz").slice_numbers == (2,)
