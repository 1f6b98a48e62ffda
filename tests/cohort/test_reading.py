import numpy as np
import pytest
from cohort.sets_of_patients import pictures_of, write_patient
from synthetic import make_study, write_nifti_folder, write_slice

from resunet.cohort.common_grid import SIDE
from resunet.cohort.counts import CaseSurvey
from resunet.cohort.intensities import quantile
from resunet.cohort.reading import survey_case
from resunet.data.cases import find_cases


def survey_of(root, checked=False):
    (case,) = find_cases(root)
    return survey_case(case, checked=checked)


def test_what_is_counted_of_slices_by_hand(tmp_path):
    images = np.zeros((2, 240, 240, 4), np.int16)
    images[:, 100:140, 80:180] = 300
    images[1, 100:140, 80:180, 3] = 700
    labels = np.zeros((2, 240, 240), np.uint8)
    labels[1, 110:120, 90:110] = 2
    labels[1, 120:122, 110:112] = 4  # touches at a corner
    labels[1, 130:132, 150:160] = 1
    write_patient(tmp_path / "training", "p", images, labels, first=40)
    counts, hits = survey_of(tmp_path)
    assert counts.patient == "p"
    assert counts.files == ("training/p_40.npz", "training/p_41.npz")
    assert counts.numbers.tolist() == [40, 41]
    assert counts.measure("area_px").tolist() == [0, 224]
    assert counts.measure("components").tolist() == [0, 2]
    assert counts.measure("brain_px").tolist() == [4000, 4000]
    rows = 20 * sum(range(118, 128)) + 2 * (128 + 129) + 10 * (138 + 139)  # padded by 8
    columns = 10 * sum(range(98, 118)) + 2 * (118 + 119) + 2 * sum(range(158, 168))
    assert counts.measure("row_sum").tolist() == [0, rows]
    assert counts.measure("column_sum").tolist() == [0, columns]
    np.testing.assert_array_equal(hits[8:-8, 8:-8], (labels > 0).sum(axis=0))
    assert counts.cells.sum() == hits.sum() == 224
    assert counts.cells[118 // 4, 98 // 4] == 4  # rows 118, 119 and columns 98, 99
    assert counts.intensities.sum(axis=1).tolist() == [8000] * 4
    assert quantile(counts.intensities[3], 0.25) == pytest.approx(300, rel=0.1)
    assert quantile(counts.intensities[3], 0.75) == pytest.approx(700, rel=0.1)
    assert counts.traits.shape == (2, 0)
    assert counts.troubles == ()


def test_bad_files_are_told_and_the_others_counted(tmp_path):
    images, labels = pictures_of(1, slices=4)
    write_patient(tmp_path, "p", images, labels)
    (tmp_path / "p_1.npz").write_bytes(b"no zip")
    np.savez(
        tmp_path / "p_2.npz", t1=images[2, ..., 0], t2=images[2, ..., 2], flair=images[2, ..., 3]
    )
    counts, _ = survey_of(tmp_path)
    assert counts.numbers.tolist() == [0, 3]
    first, second = counts.troubles
    assert (first.file, first.number, first.kind) == ("p_1.npz", 1, "unreadable")
    assert "cannot be read as npz" in first.why
    assert (second.file, second.kind) == ("p_2.npz", "missing_contrast")
    assert "lacks t1ce" in second.why


def test_slices_of_other_sizes_are_counted_too(tmp_path):
    for number, size in enumerate((128, 64)):
        images, labels = pictures_of(number, slices=1, size=size)
        write_patient(tmp_path, "p", images, labels, first=number)
    assert len(survey_of(tmp_path).counts) == 2


def test_a_slice_without_outline_has_no_area(tmp_path):
    images, labels = pictures_of(2, slices=2)
    write_slice(tmp_path / "p_0.npz", images[0], None)
    write_slice(tmp_path / "p_1.npz", images[1], labels[1])
    counts, hits = survey_of(tmp_path)
    assert np.isnan(counts.measures[0]).tolist() == [True] * 4 + [False]
    assert counts.measure("area_px")[1] == hits.sum() > 0


def test_a_volume_names_its_slices_by_number(tmp_path):
    study = make_study(slices=3)
    write_nifti_folder(tmp_path / "testing/p", study.images, study.labels)
    counts, hits = survey_of(tmp_path)
    assert counts.files == ("testing/p:0", "testing/p:1", "testing/p:2")
    areas = study.mask.sum(axis=(1, 2))
    assert counts.measure("area_px").tolist() == areas.tolist()
    top, left = (SIDE - 48) // 2, (SIDE - 40) // 2
    np.testing.assert_array_equal(hits[top : top + 48, left : left + 40], study.mask.sum(axis=0))


def test_a_volume_that_cannot_be_read_is_one_trouble(tmp_path):
    study = make_study(slices=3)
    write_nifti_folder(tmp_path / "testing/p", study.images, study.labels)
    (tmp_path / "testing/p/p_t2.nii.gz").write_bytes(b"bad")
    counts, hits = survey_of(tmp_path)
    assert len(counts) == 0
    assert not hits.any()
    (trouble,) = counts.troubles
    assert (trouble.file, trouble.number, trouble.kind) == ("testing/p", None, "unreadable")


def test_a_survey_survives_being_written(tmp_path):
    images, labels = pictures_of(3)
    write_patient(tmp_path, "p", images, labels)
    (tmp_path / "p_1.npz").write_bytes(b"bad")
    survey = survey_of(tmp_path)
    np.savez(tmp_path / "kept.npz", **survey.to_arrays())
    with np.load(tmp_path / "kept.npz", allow_pickle=False) as arrays:
        again = CaseSurvey.from_arrays(arrays)
    np.testing.assert_array_equal(again.hits, survey.hits)
    for name in ("patient", "files", "troubles"):
        assert getattr(again.counts, name) == getattr(survey.counts, name)
    for name in ("numbers", "measures", "cells", "intensities", "prints", "traits"):
        np.testing.assert_array_equal(getattr(again.counts, name), getattr(survey.counts, name))
