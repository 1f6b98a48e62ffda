import numpy as np
import pytest
from synthetic import make_study, write_nifti_folder, write_paper_layout

from resunet.cohort.splits import count_masks, masks_by_split
from resunet.data.cases import find_cases
from resunet.errors import InputError


@pytest.fixture
def data(tmp_path):
    write_paper_layout(
        tmp_path,
        patients={"training": ["a", "b"], "testing": ["c"], "another": ["d"]},
        slices_per_patient=3,
        size=24,
    )
    return tmp_path


def test_splits_come_in_their_usual_order(data):
    assert list(masks_by_split(find_cases(data))) == ["training", "testing", "another"]


def test_each_split_yields_its_own_masks_whenever_they_are_read(data):
    # all splits are asked for before any is read, and the last is read first
    by_split = masks_by_split(find_cases(data))
    read = {split: list(by_split[split]) for split in reversed(list(by_split))}
    assert {split: [item.patient for item in read[split]] for split in read} == {
        "another": ["d"] * 3,
        "testing": ["c"] * 3,
        "training": ["a"] * 3 + ["b"] * 3,
    }
    for split, items in read.items():
        assert all(f"/{split}/" in item.name for item in items)


def test_the_masks_are_the_files(data):
    item = list(masks_by_split(find_cases(data))["training"])[4]
    assert item.patient == "b"
    assert item.name == str(data / "training/b_9.npz")
    with np.load(data / "training/b_9.npz") as file:
        np.testing.assert_array_equal(item.mask, file["mask"] > 0)
    assert item.mask.dtype == bool
    assert item.mask.any()


def test_masks_are_read_one_at_a_time(data):
    (data / "testing/c_9.npz").write_bytes(b"bad")
    masks = masks_by_split(find_cases(data))["testing"]
    assert next(masks).patient == "c"
    with pytest.raises(InputError, match=r"c_9\.npz"):
        next(masks)


def test_nifti_folders_give_a_mask_for_each_slice(tmp_path):
    study = make_study(slices=3)
    write_nifti_folder(tmp_path / "testing/p", study.images, study.labels)
    items = list(masks_by_split(find_cases(tmp_path))["testing"])
    np.testing.assert_array_equal([item.mask for item in items], study.mask)
    assert [item.patient for item in items] == ["p"] * 3
    assert items[2].name == f"{tmp_path / 'testing/p'}, slice 2"


def test_a_folder_without_segmentation_is_refused(tmp_path):
    write_nifti_folder(tmp_path / "p", make_study().images, None)
    with pytest.raises(InputError, match="p has no segmentation to compare"):
        list(masks_by_split(find_cases(tmp_path))["all"])


def test_without_splits_there_is_one_called_all(tmp_path):
    write_paper_layout(tmp_path, patients={".": ["a"]}, slices_per_patient=2)
    by_split = masks_by_split(find_cases(tmp_path))
    assert list(by_split) == ["all"]
    assert len(list(by_split["all"])) == count_masks(find_cases(tmp_path), "all") == 2


def test_slices_are_counted_without_reading(data):
    (data / "training/a_8.npz").write_bytes(b"bad")
    cases = find_cases(data)
    assert count_masks(cases, "training") == 6
    assert count_masks(cases, "testing") == 3


def test_how_many_slices_folders_hold_is_not_known(data):
    write_nifti_folder(data / "testing/p", make_study().images, None)
    assert count_masks(find_cases(data), "testing") is None
    assert count_masks(find_cases(data), "training") == 6
