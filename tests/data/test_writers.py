import gzip
import hashlib
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from nibabel.orientations import aff2axcodes
from synthetic import make_study, write_paper_layout

from resunet.data.cases import find_cases
from resunet.data.readers import read_case, read_folder, read_npz_slice
from resunet.data.writers import (
    brats_grid,
    nifti_bytes,
    write_nifti_folder,
    write_paper_slices,
)
from resunet.study import CONTRASTS, FileGrid

SHAPE = (4, 12, 9)


@pytest.fixture
def study():
    """A patient on BraTS's kind of grid, no two sides of whom are alike."""
    made = make_study(slices=4, height=12, width=9, seed=3)
    return replace(made, identifier="p", grid=brats_grid(*SHAPE))


# The grid


def test_the_grid_of_brats_is_the_known_one():
    grid = brats_grid(155, 240, 240)
    known = [[-1, 0, 0, 0], [0, -1, 0, 239], [0, 0, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_array_equal(grid.affine, known)
    assert grid.shape == (240, 240, 155)
    assert aff2axcodes(grid.affine) == ("L", "P", "S")
    assert aff2axcodes(grid.study_affine()) == ("S", "P", "L")


def test_a_grid_of_other_sizes_counts_them_in_the_files_order():
    grid = brats_grid(4, 12, 9)
    assert grid.shape == (9, 12, 4)
    # slice 1, row 2, column 3: 3 mm to the left, 2 mm back from 11, 1 mm up
    np.testing.assert_array_equal(grid.study_affine() @ [1, 2, 3, 1], [-3, 9, 1, 1])


@pytest.mark.real_data
def test_it_is_the_grid_of_a_real_brats_volume(real_data):
    real = read_folder(real_data / "volumes/Brats18_CBICA_ATB_1").grid
    grid = brats_grid(155, 240, 240)
    assert (grid.shape, grid.axes, grid.flipped) == (real.shape, real.axes, real.flipped)
    np.testing.assert_array_equal(grid.affine, real.affine)


# NIfTI


def test_a_folder_is_read_back_the_same(study, tmp_path):
    paths = write_nifti_folder(study, tmp_path / "some" / "p")
    assert paths == [
        tmp_path / f"some/p/p_{name}.nii.gz" for name in ("t1", "t1ce", "t2", "flair", "seg")
    ]
    assert sorted(paths) == sorted((tmp_path / "some/p").iterdir())
    again = read_folder(tmp_path / "some/p", identifier="p")
    np.testing.assert_array_equal(again.images, study.images)
    np.testing.assert_array_equal(again.labels, study.labels)
    np.testing.assert_array_equal(again.affine, study.affine)
    assert again.spacing_mm == (1.0, 1.0)
    assert again.slice_step_mm == 1.0
    assert again.warnings == ()


def test_sides_are_kept_as_nibabel_sees_them(study, tmp_path):
    # one voxel at the right, front and top of the study
    images = np.zeros_like(study.images)
    images[3, 1, 2] = 100
    write_nifti_folder(replace(study, images=images, labels=None), tmp_path / "p")
    image = nib.load(tmp_path / "p/p_t1.nii.gz")
    assert image.shape == (9, 12, 4)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert image.header["sform_code"] > 0
    place = np.argwhere(np.asarray(image.dataobj))
    np.testing.assert_array_equal(place, [[2, 1, 3]])
    # column 2: 2 mm to the left of the first; row 1: one behind the foremost, at 11 mm
    np.testing.assert_array_equal(image.affine @ [*place[0], 1], [-2, 10, 3, 1])
    canonical = np.asarray(nib.as_closest_canonical(image).dataobj)
    np.testing.assert_array_equal(np.argwhere(canonical), [[9 - 1 - 2, 12 - 1 - 1, 3]])


def test_any_grid_is_written_on_its_own_axes(study, tmp_path):
    # stored posterior → anterior first, then superior → inferior, then left → right
    affine = np.array([[0, 0, 2.0, 5], [3.0, 0, 0, 6], [0, -4.0, 0, 7], [0, 0, 0, 1]])
    grid = FileGrid((12, 4, 9), affine, (1, 0, 2), (True, True, True))
    write_nifti_folder(replace(study, grid=grid), tmp_path / "p")
    image = nib.load(tmp_path / "p/p_t2.nii.gz")
    assert image.shape == (12, 4, 9)
    np.testing.assert_array_equal(image.affine, affine)
    np.testing.assert_array_equal(
        np.asarray(image.dataobj), study.images[..., 2].transpose(1, 0, 2)[::-1, ::-1, ::-1]
    )
    again = read_folder(tmp_path / "p")
    np.testing.assert_array_equal(again.images, study.images)
    assert again.spacing_mm == (3.0, 2.0)
    assert again.slice_step_mm == 4.0


@pytest.mark.parametrize(
    ("highest", "dtype"), [(255, np.uint8), (256, np.int16), (32767, np.int16), (0, np.uint8)]
)
def test_eight_bits_where_they_are_enough(study, tmp_path, highest, dtype):
    images = np.minimum(study.images, 200)
    images[1, 2, 3, 2] = highest
    if highest == 0:
        images[...] = 0
    write_nifti_folder(replace(study, images=images), tmp_path / "p")
    stored = nib.load(tmp_path / "p/p_t2.nii.gz")
    assert stored.get_data_dtype() == dtype
    assert np.asarray(stored.dataobj).max() == highest
    assert nib.load(tmp_path / "p/p_t1.nii.gz").get_data_dtype() == np.uint8
    assert nib.load(tmp_path / "p/p_seg.nii.gz").get_data_dtype() == np.uint8


def test_fractions_are_rounded_and_what_16_bits_do_not_hold_is_cut(study, tmp_path):
    images = study.images.copy()
    images[0, 0, :4, 0] = (1.4, 1.6, -3.0, 40000.0)
    write_nifti_folder(replace(study, images=images), tmp_path / "p")
    again = read_folder(tmp_path / "p")
    np.testing.assert_array_equal(again.images[0, 0, :4, 0], [1, 2, 0, 32767])


def test_without_labels_there_is_no_segmentation(study, tmp_path):
    paths = write_nifti_folder(replace(study, labels=None), tmp_path / "p")
    assert [path.name for path in paths] == [f"p_{name}.nii.gz" for name in CONTRASTS]
    assert read_folder(tmp_path / "p").labels is None


def test_without_a_grid_it_is_not_known_where_to_put_it(study, tmp_path):
    with pytest.raises(ValueError, match="study has no grid; one read from a volume is accepted"):
        write_nifti_folder(replace(study, grid=None), tmp_path / "p")
    assert not (tmp_path / "p").exists()


def digests(paths):
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


def test_the_same_study_gives_the_same_bytes_at_another_time(study, tmp_path, monkeypatch):
    first = digests(write_nifti_folder(study, tmp_path / "a"))
    first += digests(write_paper_slices(study, tmp_path / "a", range(4)))
    monkeypatch.setattr("time.time", lambda: 2e9)
    second = digests(write_nifti_folder(study, tmp_path / "b"))
    second += digests(write_paper_slices(study, tmp_path / "b", range(4)))
    assert first == second
    assert len(set(first)) == len(first) == 9


def test_bytes_are_a_gzipped_nifti_1_file(study):
    content = nifti_bytes(study.labels, study.grid)
    assert content[:2] == b"\x1f\x8b"
    assert content[4:8] == bytes(4)  # no time
    image = nib.Nifti1Image.from_bytes(gzip.decompress(content))
    np.testing.assert_array_equal(np.asarray(image.dataobj), study.labels.transpose(2, 1, 0))


# The paper's slices


def test_slices_have_the_papers_keys_and_kinds(study, tmp_path):
    (path,) = write_paper_slices(study, tmp_path, [1])
    with np.load(path) as file:
        arrays = dict(file)
    assert {name: array.dtype for name, array in arrays.items()} == {
        **dict.fromkeys(CONTRASTS, np.dtype(np.int16)),
        "mask": np.uint8,
        "seg": np.uint8,
    }
    assert all(array.shape == (256, 256) for array in arrays.values())
    np.testing.assert_array_equal(arrays["mask"], arrays["seg"] > 0)
    assert arrays["mask"].any()


@pytest.mark.real_data
def test_real_slices_have_the_same_keys_and_kinds(real_data, study, tmp_path):
    (path,) = write_paper_slices(study, tmp_path, [1])
    real = min((real_data / "brats2d/testing").glob("*.npz"))
    with np.load(path) as mine, np.load(real) as theirs:
        assert set(mine.files) == set(theirs.files)
        for name in mine.files:
            assert (mine[name].shape, mine[name].dtype) == (theirs[name].shape, theirs[name].dtype)


@pytest.mark.parametrize(
    ("rows", "columns", "top", "left"),
    [(240, 240, 8, 8), (12, 9, 122, 123), (256, 256, 0, 0), (255, 2, 0, 127)],
)
def test_they_are_padded_round_the_middle(tmp_path, rows, columns, top, left):
    study = make_study(slices=1, height=rows, width=columns, seed=1)
    (path,) = write_paper_slices(study, tmp_path, [0])
    with np.load(path) as file:
        for c, name in enumerate(CONTRASTS):
            inside = file[name][top : top + rows, left : left + columns]
            np.testing.assert_array_equal(inside, study.images[0, ..., c])
            assert file[name].sum() == inside.sum()
        np.testing.assert_array_equal(
            file["seg"][top : top + rows, left : left + columns], study.labels[0]
        )


def test_k_counts_from_the_slice_called_0(study, tmp_path):
    paths = write_paper_slices(study, tmp_path / "training", (1, 3), first=1)
    assert paths == [tmp_path / "training/p_0.npz", tmp_path / "training/p_2.npz"]
    one = read_npz_slice(paths[1])
    np.testing.assert_array_equal(one.images[0, 122:134, 123:132], study.images[3])
    assert one.slice_numbers == (2,)
    assert write_paper_slices(study, tmp_path, [2])[0].name == "p_2.npz"
    assert write_paper_slices(study, tmp_path, []) == []


def test_a_patient_is_read_back_the_same(study, tmp_path):
    write_paper_slices(study, tmp_path / "testing", range(4))
    (case,) = find_cases(tmp_path)
    assert (case.split, case.patient) == ("testing", "p")
    again = read_case(case)
    assert again.warnings == ()
    np.testing.assert_array_equal(again.images[:, 122:134, 123:132], study.images)
    np.testing.assert_array_equal(again.labels[:, 122:134, 123:132], study.labels)
    assert again.brain.sum() == study.brain.sum()


def test_slices_without_labels_have_no_mask(study, tmp_path):
    (path,) = write_paper_slices(replace(study, labels=None), tmp_path, [1])
    with np.load(path) as file:
        assert set(file.files) == set(CONTRASTS)


def test_what_was_read_is_written_the_same(tmp_path):
    write_paper_layout(tmp_path / "in", patients={"": ["q"]}, slices_per_patient=3, size=256)
    (case,) = find_cases(tmp_path / "in")
    study = read_case(case)
    paths = write_paper_slices(study, tmp_path / "out", range(3), first=-study.slice_numbers[0])
    for before, after in zip(case.slices, paths, strict=True):
        assert before.path.name == after.name
        with np.load(before.path) as old, np.load(after) as new:
            assert set(old.files) == set(new.files)
            for name in old.files:
                np.testing.assert_array_equal(old[name], new[name])
                assert old[name].dtype == new[name].dtype
