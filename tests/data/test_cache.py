import os
from dataclasses import replace

import numpy as np
import pytest
from synthetic import write_nifti_folder, write_paper_layout

from resunet.config import PreparationConfig
from resunet.data import usable
from resunet.data.cache import packed_slices
from resunet.data.cases import cases_of_split, find_cases
from resunet.data.preprocess import prepare
from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.study import CONTRASTS

CONFIG = PreparationConfig()
SIZE = 16


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "data"
    write_paper_layout(root, patients={"training": ["p_1", "q_2"]}, slices_per_patient=4, size=32)
    return root


@pytest.fixture
def packs(tmp_path):
    """Where packs are kept; not made yet."""
    return tmp_path / "packs"


def entries(folder):
    return sorted(path.name for path in folder.iterdir())


def forbid_reading(monkeypatch):
    def fail(*_):
        raise AssertionError("a source file was read")

    monkeypatch.setattr(usable, "read_case", fail)
    monkeypatch.setattr(usable, "read_npz_slice", fail)


def write_bad(path):
    path.write_bytes(b"no picture")


def write_slice(path, *, size=32, mask=True):
    arrays = {contrast: np.full((size, size), 50 + i) for i, contrast in enumerate(CONTRASTS)}
    if mask:
        arrays["mask"] = np.eye(size, dtype=np.uint8)
    np.savez(path, **arrays)


# What is packed


def test_a_pack_holds_what_preparing_each_case_gives(data, packs):
    cases = find_cases(data)
    packed = packed_slices(cases, CONFIG, SIZE, folder=packs)
    prepared = [prepare(read_case(case), CONFIG, SIZE) for case in cases]
    assert len(packed) == 8
    np.testing.assert_array_equal(packed.images, np.concatenate([p.images for p in prepared]))
    shares = np.concatenate([p.share for p in prepared])
    np.testing.assert_allclose(packed.shares / 255, shares, atol=0.5 / 255 + 1e-6)
    np.testing.assert_array_equal(packed.masks, np.concatenate([p.mask for p in prepared]))
    assert packed.images.dtype == np.float32
    assert packed.masks.dtype == np.uint8
    assert packed.masks.any()
    assert packed.patients == ("p_1",) * 4 + ("q_2",) * 4
    assert packed.numbers == (8, 9, 10, 11) * 2
    assert packed.skipped == packed.warnings == ()


def test_a_pack_is_mapped_and_read_only(data, packs):
    packed = packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)
    assert isinstance(packed.images, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        packed.images[0] = 0


def test_folders_of_nifti_files_are_packed(data, packs):
    case = find_cases(data)[0]
    study = read_case(case)
    write_nifti_folder(data / "other" / "p", study.images, study.labels)
    from_npz = packed_slices([case], CONFIG, SIZE, folder=packs)
    from_nifti = packed_slices(
        cases_of_split(find_cases(data), "other", data), CONFIG, SIZE, folder=packs
    )
    np.testing.assert_array_equal(from_nifti.images, from_npz.images)
    np.testing.assert_array_equal(from_nifti.masks, from_npz.masks)
    assert from_nifti.numbers == (0, 1, 2, 3)


def test_warnings_of_the_readers_are_kept(data, packs):
    write_slice(data / "training/odd_1.npz")
    packed = packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)
    assert [w for w in packed.warnings if "odd_1.npz: t1 is the same everywhere." in w]


def test_by_default_packs_are_kept_in_the_programs_home(data, home):
    packed_slices(find_cases(data), CONFIG, SIZE)
    assert len(entries(home / "cache")) == 1


# Built once


def test_the_second_time_no_source_file_is_read(data, packs, monkeypatch):
    first = packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)
    forbid_reading(monkeypatch)
    called = []
    second = packed_slices(find_cases(data), CONFIG, SIZE, folder=packs, on_case=called.append)
    np.testing.assert_array_equal(first.images, second.images)
    assert (first.patients, first.numbers) == (second.patients, second.numbers)
    assert called == []


def test_progress_is_told_after_each_patient(data, packs):
    called = []
    packed_slices(find_cases(data), CONFIG, SIZE, folder=packs, on_case=called.append)
    assert [case.patient for case in called] == ["p_1", "q_2"]


def touch_time(data):
    path = data / "training/p_1_9.npz"
    time = path.stat().st_mtime_ns
    os.utime(path, ns=(time, time + 1_000_000))


def another_file(data):
    write_slice(data / "training/r_1.npz")


def one_file_less(data):
    (data / "training/p_1_9.npz").unlink()


def another_size(data):
    path = data / "training/p_1_9.npz"
    before = path.stat()
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [touch_time, another_file, one_file_less, another_size])
def test_a_changed_file_makes_a_new_pack(data, packs, monkeypatch, change):
    packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)
    change(data)
    forbid_reading(monkeypatch)
    with pytest.raises(AssertionError, match="a source file was read"):
        packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)


@pytest.mark.parametrize(
    ("config", "size"),
    [
        (PreparationConfig(scaling="maximum"), SIZE),
        (PreparationConfig(framing="resize"), SIZE),
        (PreparationConfig(scope="slice"), SIZE),
        (PreparationConfig(margin=0.1), SIZE),
        (CONFIG, 32),
    ],
)
def test_another_preparation_makes_another_pack(data, packs, config, size):
    packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)
    packed = packed_slices(find_cases(data), config, size, folder=packs)
    expected = prepare(read_case(find_cases(data)[0]), config, size).images
    np.testing.assert_array_equal(packed.images[:4], expected)
    assert len(entries(packs)) == 2


def test_a_pack_that_lost_its_index_is_built_again(data, packs):
    first = packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)
    expected = np.array(first.images)
    (packs / entries(packs)[0] / "index.json").unlink()
    again = packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)
    np.testing.assert_array_equal(again.images, expected)


# Files that cannot be used


def test_a_bad_slice_is_named_and_leaves_no_pack(data, packs):
    write_bad(data / "training/q_2_9.npz")
    with pytest.raises(InputError, match=r"q_2_9\.npz cannot be read"):
        packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)
    assert entries(packs) == []


def test_a_slice_without_mask_is_named(data, packs):
    write_slice(data / "training/q_2_9.npz", mask=False)
    with pytest.raises(
        InputError, match=r"q_2_9\.npz has no mask, which training and scoring need"
    ):
        packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)


def test_a_folder_without_segmentation_is_named(data, packs):
    study = read_case(find_cases(data)[0])
    write_nifti_folder(data / "x/plain", study.images, None)
    with pytest.raises(InputError, match="plain has no mask, which training and scoring need"):
        packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)


def test_bad_slices_are_skipped_and_listed_only_when_asked(data, packs):
    write_bad(data / "training/p_1_9.npz")
    write_slice(data / "training/p_1_10.npz", mask=False)
    write_slice(data / "training/q_2_8.npz", size=40)
    write_bad(data / "training/lost_1.npz")
    packed = packed_slices(find_cases(data), CONFIG, SIZE, skip_bad=True, folder=packs)
    assert list(zip(packed.patients, packed.numbers, strict=True)) == [
        ("p_1", 8),
        ("p_1", 11),
        ("q_2", 9),
        ("q_2", 10),
        ("q_2", 11),
    ]
    assert len(packed.images) == len(packed.masks) == 5
    assert len(packed.skipped) == 4
    for name in ("lost_1.npz cannot", "p_1_9.npz cannot", "p_1_10.npz has no mask"):
        assert sum(name in sentence for sentence in packed.skipped) == 1
    assert "q_2_8.npz is 40×40 pixels, where 32×32" in "".join(packed.skipped)
    with pytest.raises(InputError, match=r"lost_1\.npz"):
        packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)


def test_what_is_skipped_is_still_told_by_a_pack_that_is_there(data, packs):
    write_bad(data / "training/p_1_9.npz")
    first = packed_slices(find_cases(data), CONFIG, SIZE, skip_bad=True, folder=packs)
    again = packed_slices(find_cases(data), CONFIG, SIZE, skip_bad=True, folder=packs)
    assert len(first.skipped) == 1
    assert again.skipped == first.skipped


def test_a_bad_folder_is_skipped_and_listed(data, packs):
    study = read_case(find_cases(data)[0])
    write_nifti_folder(data / "x/plain", study.images, None)
    packed = packed_slices(find_cases(data), CONFIG, SIZE, skip_bad=True, folder=packs)
    assert set(packed.patients) == {"p_1", "q_2"}
    assert packed.skipped == (f"{data / 'x/plain'} has no mask, which training and scoring need.",)


def test_where_nothing_can_be_used_it_is_told(tmp_path, packs):
    (tmp_path / "data").mkdir()
    write_bad(tmp_path / "data/p_1.npz")
    with pytest.raises(InputError, match=r"None of 1 cases can be used; the first: .*p_1\.npz"):
        packed_slices(find_cases(tmp_path / "data"), CONFIG, SIZE, skip_bad=True, folder=packs)
    assert entries(packs) == []


def test_a_file_that_vanished_is_named(data, packs):
    cases = find_cases(data)
    (data / "training/p_1_9.npz").unlink()
    with pytest.raises(InputError, match=r"p_1_9\.npz cannot be read: No such file"):
        packed_slices(cases, CONFIG, SIZE, folder=packs)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_build_leaves_nothing_and_the_next_one_works(data, packs, error):
    def interrupt(_):
        raise error

    with pytest.raises(error):
        packed_slices(find_cases(data), CONFIG, SIZE, folder=packs, on_case=interrupt)
    assert entries(packs) == []
    assert len(packed_slices(find_cases(data), CONFIG, SIZE, folder=packs)) == 8


def test_a_pack_that_was_cut_short_is_built_again(data, packs):
    cases = find_cases(data)
    whole = packed_slices(cases, CONFIG, SIZE, folder=packs).images.copy()
    (pack,) = packs.iterdir()
    with open(pack / "images.f32", "r+b") as file:
        file.truncate(100)
    assert np.array_equal(packed_slices(cases, CONFIG, SIZE, folder=packs).images, whole)


def test_no_cases_make_no_pack(packs):
    with pytest.raises(InputError, match=r"None of 0 cases can be used\."):
        packed_slices([], CONFIG, SIZE, folder=packs)


# Slices that are left out


def test_slices_of_a_volume_that_are_left_out_are_not_packed(data, packs):
    study = read_case(find_cases(data)[0])
    write_nifti_folder(data / "other" / "p", study.images, study.labels)
    (case,) = cases_of_split(find_cases(data), "other", data)
    whole = packed_slices([case], CONFIG, SIZE, folder=packs)
    some = packed_slices([replace(case, left_out=(0, 2))], CONFIG, SIZE, folder=packs)
    assert some.numbers == (1, 3)
    assert some.patients == ("p", "p")
    np.testing.assert_array_equal(some.images, whole.images[[1, 3]])
    np.testing.assert_array_equal(some.masks, whole.masks[[1, 3]])
    assert some.warnings == whole.warnings
    assert len(entries(packs)) == 2
    again = packed_slices([replace(case, left_out=(0, 1))], CONFIG, SIZE, folder=packs)
    assert again.numbers == (2, 3)


def test_it_is_told_where_a_slice_to_leave_out_is_not_there_or_none_is_left(data, packs):
    first, second = find_cases(data)
    study = read_case(first)
    write_nifti_folder(data / "other" / "p", study.images, study.labels)
    (case,) = cases_of_split(find_cases(data), "other", data)
    packed = packed_slices([replace(case, left_out=(2, 9))], CONFIG, SIZE, folder=packs)
    assert "p has no slice 9, which was to be left out." in packed.warnings
    cases = [second, replace(case, left_out=(0, 1, 2, 3))]
    packed = packed_slices(cases, CONFIG, SIZE, folder=packs)
    assert set(packed.patients) == {second.patient}
    assert "All slices of p are left out." in packed.warnings
