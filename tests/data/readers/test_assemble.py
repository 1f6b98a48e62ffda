from functools import partial

import numpy as np
import pytest
from synthetic import synthetic_pictures

from resunet.data.contrasts import Guess, UnclearContrasts
from resunet.data.grids import grid_of
from resunet.data.readers.assemble import assemble
from resunet.data.readers.volumes import GridsDiffer, ReadOptions, Volume
from resunet.errors import InputError
from resunet.study import CONTRASTS

IMAGES, LABELS = synthetic_pictures(5, 12, 9, seed=3)
LPS = np.diag([-1.0, -1.0, 2.0, 1.0])


def shifted(mm, axis=0):
    affine = LPS.copy()
    affine[axis, 3] = mm
    return affine


def volume(contrast, array=None, *, affine=LPS, name=None, **changes):
    """A contrast stored column, row, slice; of the synthetic patient by default."""
    if array is None:
        array = IMAGES[..., CONTRASTS.index(contrast)]
    stored = np.ascontiguousarray(array.transpose(2, 1, 0), np.float32)
    fields = {
        "name": name or f"{contrast}.nii",
        "format": "nifti",
        "guess": Guess(contrast, f'its name says "{contrast}"'),
        "shape": stored.shape,
        "grid": None if affine is None else grid_of(stored.shape, affine),
        "load": stored.copy,
        "digest": partial(str, f"{contrast!s:0>64}"),
    }
    return Volume(**{**fields, **changes})


def patient(**others):
    volumes = {contrast: volume(contrast) for contrast in CONTRASTS}
    return [v for v in (volumes | others).values() if v is not None]


def test_contrasts_come_in_their_order_whatever_order_they_are_found_in():
    reading = assemble(patient()[::-1], "p")
    np.testing.assert_array_equal(reading.study.images, IMAGES)
    assert reading.study.spacing_mm == (1.0, 1.0)
    assert reading.study.slice_step_mm == 2.0
    assert reading.study.warnings == ()


def test_what_was_used_is_told_with_its_reason():
    extra = volume(None, IMAGES[..., 0], name="dwi.nii", guess=Guess(None, "its name says dwi"))
    reading = assemble([*patient(), extra], "p")
    assert [(c.name, c.contrast) for c in reading.candidates] == [
        *((f"{contrast}.nii", contrast) for contrast in CONTRASTS),
        ("dwi.nii", None),
    ]
    assert reading.candidates[0].reason == 'its name says "t1"'


def test_a_choice_overrules_the_guesses():
    options = ReadOptions((("t1", "t2.nii"), ("t2", "t1.nii")))
    reading = assemble(patient(), "p", options)
    np.testing.assert_array_equal(reading.study.images, IMAGES[..., [2, 1, 0, 3]])
    chosen = {c.name: c.reason for c in reading.candidates}
    assert chosen["t1.nii"] == chosen["t2.nii"] == "chosen by you"


def test_two_of_one_contrast_are_refused_and_offered_for_choice():
    extra = volume("t1", name="other_t1.nii")
    with pytest.raises(UnclearContrasts, match=r"p has two files for t1") as error:
        assemble([*patient(), extra], "p")
    assert {c.name for c in error.value.candidates} >= {"t1.nii", "other_t1.nii"}


def test_a_missing_contrast_is_refused_by_name_or_filled_with_zeros():
    volumes = patient(t1ce=None)
    with pytest.raises(UnclearContrasts, match="p has no file for t1ce"):
        assemble(volumes, "p")
    study = assemble(volumes, "p", ReadOptions(fill_missing=True)).study
    assert study.missing == ("t1ce",)
    assert not study.images[..., 1].any()
    np.testing.assert_array_equal(study.images[..., [0, 2, 3]], IMAGES[..., [0, 2, 3]])
    assert any("There is no T1CE: it is filled with zeros" in w for w in study.warnings)


@pytest.mark.parametrize("affine", [shifted(3.0), shifted(-0.5, 2), np.diag([-1, -1.1, 2, 1.0])])
def test_contrasts_that_lie_elsewhere_are_refused_with_a_way_out(affine):
    volumes = patient(t2=volume("t2", affine=affine))
    with pytest.raises(GridsDiffer, match=r"p: t2\.nii and flair\.nii lie up to .* mm apart"):
        assemble(volumes, "p")


def test_another_number_of_voxels_is_told():
    volumes = patient(t2=volume("t2", IMAGES[:4, ..., 2]))
    with pytest.raises(GridsDiffer, match=r"t2\.nii has 9×12×4 voxels and flair\.nii 9×12×5"):
        assemble(volumes, "p")


def test_resampling_goes_to_the_grid_of_t1ce_and_says_so_for_good():
    moved = shifted(-1.0)  # one pixel further left
    volumes = patient(
        t1ce=volume("t1ce", affine=moved), labels=volume("labels", LABELS, name="seg.nii")
    )
    study = assemble(volumes, "p", ReadOptions(resample=True)).study
    np.testing.assert_array_equal(study.grid.affine, moved)
    np.testing.assert_array_equal(study.images[..., 1], IMAGES[..., 1])
    np.testing.assert_array_equal(study.images[:, :, :-1, 0], IMAGES[:, :, 1:, 0])
    assert not study.images[:, :, -1, 0].any()
    np.testing.assert_array_equal(study.labels[:, :, :-1], LABELS[:, :, 1:])
    sentence = "T1, T2, FLAIR lay on another grid and were resampled to T1CE's by position alone"
    assert sentence in " ".join(study.warnings)


def test_a_segmentation_on_another_grid_is_resampled_when_asked():
    moved = volume("labels", LABELS, affine=shifted(-1.0), name="seg.nii")
    with pytest.raises(GridsDiffer, match=r"seg\.nii and flair\.nii lie up to 1\.0 mm apart"):
        assemble(patient(labels=moved), "p")
    study = assemble(patient(labels=moved), "p", ReadOptions(resample=True)).study
    np.testing.assert_array_equal(study.labels[:, :, 1:], LABELS[:, :, :-1])


def test_a_dicom_segmentation_is_not_placed_on_a_stack_with_gaps():
    positions = [0.0, 2.0, 4.0, 8.0, 10.0]
    seg = volume("labels", LABELS, name="seg.dcm", format="dicom-seg")
    with pytest.raises(InputError, match=r"seg\.dcm cannot be placed on pictures that lack slices"):
        assemble([*(uneven(c, positions) for c in CONTRASTS), seg], "p")


def test_one_grid_is_never_resampled():
    study = assemble(patient(), "p", ReadOptions(resample=True)).study
    np.testing.assert_array_equal(study.images, IMAGES)
    assert study.warnings == ()


def test_volumes_stored_differently_on_one_grid_need_no_resampling():
    turned = np.ascontiguousarray(IMAGES[..., 0][::-1].transpose(1, 0, 2), np.float32)
    affine = np.zeros((4, 4))  # row, slice (downwards), column of the study
    affine[1, 0], affine[2, 1], affine[0, 2] = -1.0, -2.0, -1.0
    affine[2, 3], affine[3, 3] = 2.0 * 4, 1.0
    other = volume("t1", shape=turned.shape, grid=grid_of(turned.shape, affine), load=turned.copy)
    np.testing.assert_array_equal(assemble(patient(t1=other), "p").study.images, IMAGES)


def test_a_warning_of_several_volumes_is_said_once():
    volumes = [
        volume(c, warnings=(f"{c}.nii does not say how the patient lies.",)) for c in CONTRASTS
    ]
    assert assemble(volumes, "p").study.warnings == (
        "T1 (like 3 more) does not say how the patient lies.",
    )


def uneven(contrast, positions, **changes):
    """Slices of the synthetic patient at uneven heights, stored slice, row, column."""
    array = IMAGES[..., CONTRASTS.index(contrast)].astype(np.float32)
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = step, -1.0, -1.0, 1.0
    fields = {
        "shape": array.shape,
        "grid": grid_of(array.shape, affine),
        "load": array.copy,
        "positions_mm": np.array(positions, np.float64),
    }
    return volume(contrast, **{**fields, **changes})


def test_missing_slices_leave_gaps_and_no_grid():
    positions = [0.0, 2.0, 4.0, 8.0, 10.0]
    study = assemble([uneven(c, positions) for c in CONTRASTS], "p").study
    np.testing.assert_array_equal(study.images, IMAGES)
    assert study.grid is None
    assert study.slice_numbers == (0, 1, 2, 4, 5)
    assert study.slice_positions_mm.tolist() == positions
    assert study.slice_step_mm is None
    assert study.spacing_mm == (1.0, 1.0)


def test_slices_missing_in_one_contrast_only_are_refused():
    volumes = [uneven(c, [0.0, 2.0, 4.0, 8.0, 10.0]) for c in CONTRASTS[:3]]
    other = uneven("flair", [0.0, 2.0, 6.0, 8.0, 10.0])
    with pytest.raises(InputError, match="lie differently"):
        assemble([*volumes, other], "p", ReadOptions(resample=True))


def test_pictures_without_a_place_have_no_lengths_and_say_so():
    def picture(contrast):
        array = IMAGES[2:3, ..., CONTRASTS.index(contrast)].astype(np.float32)
        return volume(contrast, format="png", grid=None, shape=array.shape, load=array.copy)

    study = assemble([picture(contrast) for contrast in CONTRASTS], "p").study
    np.testing.assert_array_equal(study.images, IMAGES[2:3])
    assert study.spacing_mm is None
    assert study.slice_positions_mm is None
    assert "Pictures do not say how large a pixel is" in study.warnings[0]


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_a_segmentation_instead_of_a_picture_is_refused(contrast):
    with pytest.raises(InputError, match=rf"{contrast}\.nii, taken for {contrast.upper()}, holds"):
        assemble(patient(**{contrast: volume(contrast, LABELS)}), "p")
    mask = (LABELS > 0).astype(np.float32)
    with pytest.raises(InputError, match="holds few whole numbers like a segmentation"):
        assemble(patient(**{contrast: volume(contrast, mask)}), "p")


def test_a_picture_of_few_values_that_are_not_whole_is_no_segmentation():
    few = (LABELS * 0.3).astype(np.float32)
    study = assemble(patient(t1=volume("t1", few)), "p").study
    np.testing.assert_array_equal(study.images[..., 0], few)


def test_labels_that_no_tumour_has_are_told():
    labels = volume("labels", (LABELS > 0) * 255, name="mask.nii")
    study = assemble(patient(labels=labels), "p").study
    assert study.warnings == ("The segmentation holds labels up to 255; any but 0 is tumour.",)
    np.testing.assert_array_equal(study.mask, LABELS > 0)


@pytest.mark.parametrize("kind", ["t1", "labels"])
def test_what_lies_outside_of_the_reference_is_not_resampled_to_nothing(kind):
    far = volume(kind, LABELS if kind == "labels" else None, affine=shifted(500.0), name="x.nii")
    others = {"t2": volume("t2", affine=shifted(-1.0))} | {kind: far}
    with pytest.raises(InputError, match=r"p: x\.nii lies outside of t1ce\.nii"):
        assemble(patient(**others), "p", ReadOptions(resample=True))


@pytest.mark.parametrize("value", [-1.0, 0.5, 256.0])
def test_a_segmentation_of_no_class_numbers_is_refused(value):
    labels = LABELS.astype(np.float32)
    labels[0, 0, 0] = value
    with pytest.raises(InputError, match=r"seg\.nii holds other values than labels 0 to 255"):
        assemble(patient(labels=volume("labels", labels, name="seg.nii")), "p")
