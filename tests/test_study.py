import dataclasses
import itertools

import numpy as np
import pytest
from synthetic import make_study

from resunet.errors import InputError
from resunet.study import CONTRASTS, FileGrid, Prediction, Source, Study

SOURCE = Source("npz", "0" * 64)
SHAPE = (3, 4, 5)


def study(**changes):
    fields = {"images": np.ones((*SHAPE, 4), np.float32), "identifier": "a", "source": SOURCE}
    return Study(**{**fields, **changes})


def prediction(**changes):
    fields = {
        **{
            name: np.full(SHAPE, 0.25, np.float32)
            for name in ("probability", "std", "entropy", "mutual_information")
        },
        "done": np.ones(3, bool),
        "area_px_samples": np.zeros((2, 3), np.int64),
        "std_by_t": np.zeros(2),
        "threshold": 0.5,
        "samples": 2,
        "seed": 0,
        "model_id": "m",
        "engine": "e",
    }
    return Prediction(**{**fields, **changes})


# The file's grid

ALL_WAYS = [
    (axes, flipped)
    for axes in itertools.permutations(range(3))
    for flipped in itertools.product((False, True), repeat=3)
]


@pytest.mark.parametrize(("axes", "flipped"), ALL_WAYS)
def test_to_file_undoes_from_file_and_the_affine_follows_each_voxel(axes, flipped):
    shape = (2, 3, 4)
    affine = np.array([[2.0, 0.1, 0, 5], [0, 3.0, 0.2, -7], [0.3, 0, 4.0, 11], [0, 0, 0, 1]])
    grid = FileGrid(shape, affine, axes, flipped)
    array = np.arange(24).reshape(shape)
    turned = grid.from_file(array)
    np.testing.assert_array_equal(grid.to_file(turned), array)
    np.testing.assert_array_equal(grid.from_file(grid.to_file(turned)), turned)
    for index in np.ndindex(turned.shape):
        at = np.argwhere(array == turned[index])[0]  # the same voxel in the file
        np.testing.assert_allclose(grid.study_affine() @ [*index, 1], affine @ [*at, 1])


def test_the_study_affine_by_hand():
    # A file on axes (L, P, S), 2 × 3 × 4 voxels of 1 × 2 × 5 mm: slice is its axis 2, row 1,
    # column 0. Of these the row is stored the other way round: row 0 is file row 2, which
    # lies at y = −(2 · 2) + 10 = 6, and from row to row y rises by 2.
    affine = np.diag([-1.0, -2.0, 5.0, 1.0])
    affine[:3, 3] = (20, 10, -30)
    grid = FileGrid((2, 3, 4), affine, (2, 1, 0), (False, True, False))
    expected = [[0, 0, -1, 20], [0, 2, 0, 6], [5, 0, 0, -30], [0, 0, 0, 1]]
    np.testing.assert_array_equal(grid.study_affine(), expected)


def test_a_grid_that_does_not_hold_the_images_is_refused():
    grid = FileGrid((5, 4, 3), np.eye(4), (2, 1, 0), (False, False, False))
    np.testing.assert_array_equal(study(grid=grid).affine, grid.study_affine())
    wrong = dataclasses.replace(grid, axes=(0, 1, 2))
    with pytest.raises(InputError, match=r"grid \(5, 4, 3\) does not hold"):
        study(grid=wrong)


# Studies


def test_contrasts_are_in_the_papers_order():
    assert CONTRASTS == ("t1", "t1ce", "t2", "flair")


def test_defaults():
    plain = study()
    assert plain.shape == SHAPE
    assert plain.slice_numbers == (0, 1, 2)
    assert plain.mask is None
    assert plain.affine is None
    assert plain.slice_step_mm is None


def test_the_mask_is_every_label_but_0():
    labels = np.zeros(SHAPE, np.uint8)
    labels[0, 0, :4] = (1, 2, 4, 255)
    mask = study(labels=labels).mask
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask[0, 0], [True, True, True, True, False])
    assert mask.sum() == 4


def test_the_brain_is_where_any_contrast_differs_from_0():
    images = np.zeros((*SHAPE, 4), np.float32)
    images[0, 1, 2, 3] = 0.5
    images[1, 0, 0, 0] = -4.0  # some tools leave negatives
    brain = study(images=images).brain
    assert brain[0, 1, 2]
    assert brain[1, 0, 0]
    assert brain.sum() == 2


def test_arrays_are_read_only_and_fields_fixed():
    made = make_study()
    for array in (made.images, made.labels, made.slice_positions_mm):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.identifier = "b"


@pytest.mark.parametrize(
    ("positions", "numbers", "step"),
    [
        ((0.0, 3.0, 6.0), (), 3.0),
        ((-2.5, 0.0, 2.5), (7, 8, 9), 2.5),
        ((0.0, 3.0, 6.0), (0, 2, 4), None),  # slices left out
        ((0.0, 3.0, 7.0), (), None),  # uneven
        ((0.0, 3.0, 6.0005), (), 3.00025),  # a rounded header
        (None, (), None),
    ],
)
def test_the_slice_step_is_known_of_gap_free_stacks_only(positions, numbers, step):
    made = study(
        slice_positions_mm=None if positions is None else np.array(positions),
        slice_numbers=numbers,
    )
    assert made.slice_step_mm == (None if step is None else pytest.approx(step))


def test_one_slice_has_no_step():
    images = np.ones((1, 4, 5, 4), np.float32)
    assert study(images=images, slice_positions_mm=np.array([3.0])).slice_step_mm is None


def image_with(value):
    images = np.ones((*SHAPE, 4), np.float32)
    images[2, 3, 4, 1] = value
    return images


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": np.ones(SHAPE, np.float32)}, r"images has shape \(3, 4, 5\)"),
        ({"images": np.ones((*SHAPE, 3), np.float32)}, "images has shape"),
        ({"images": np.ones((0, 4, 5, 4), np.float32)}, "images has shape"),
        ({"images": np.ones((*SHAPE, 4))}, "images is float64, where float32"),
        ({"images": np.ones((3, 1, 5, 4), np.float32)}, "1×5 pixels, where at least 2×2"),
        ({"images": image_with(np.nan)}, "t1ce holds values that are not finite"),
        ({"images": image_with(-np.inf)}, "t1ce holds values that are not finite"),
        ({"labels": np.zeros(SHAPE, bool)}, "labels is bool"),
        ({"labels": np.zeros((3, 4, 6), np.uint8)}, r"labels is uint8 \(3, 4, 6\)"),
        ({"spacing_mm": (1.0, 0.0)}, "spacing_mm"),
        ({"spacing_mm": (1.0, -1.0)}, "spacing_mm"),
        ({"spacing_mm": (np.nan, 1.0)}, "spacing_mm"),
        ({"spacing_mm": (np.inf, 1.0)}, "spacing_mm"),
        ({"spacing_mm": (1.0, 1.0, 1.0)}, "spacing_mm"),
        ({"slice_positions_mm": np.zeros(3, np.float32)}, "slice_positions_mm is float32"),
        ({"slice_positions_mm": np.zeros(2)}, r"slice_positions_mm is float64 \(2,\)"),
        ({"slice_positions_mm": np.array([0.0, 0.0, 1.0])}, "strictly ascending"),
        ({"slice_positions_mm": np.array([2.0, 1.0, 0.0])}, "strictly ascending"),
        ({"slice_positions_mm": np.array([0.0, 1.0, np.nan])}, "must be finite"),
        ({"slice_numbers": (1, 2)}, "slice_numbers has 2 entries for 3 slices"),
    ],
)
def test_bad_studies_are_refused_by_the_argument_s_name(changes, words):
    with pytest.raises(InputError, match=words):
        study(**changes)


# Predictions


def test_a_predictions_mask_lies_above_the_threshold():
    probability = np.zeros(SHAPE, np.float32)
    probability[0, 0, :3] = (0.5, 0.50001, 0.49)
    made = prediction(probability=probability)
    np.testing.assert_array_equal(made.mask[0, 0, :3], [False, True, False])
    assert made.mask.sum() == 1
    assert prediction(probability=probability, threshold=0.2).mask.sum() == 3


def test_a_correction_changes_the_mask_at_any_threshold_and_no_map():
    probability = np.zeros(SHAPE, np.float32)
    probability[0, 0, :4] = (0.9, 0.9, 0.3, 0.3)
    correction = np.zeros(SHAPE, np.int8)
    correction[0, 0, :4] = (0, -1, 0, 1)
    made = prediction(probability=probability, correction=correction)
    np.testing.assert_array_equal(made.mask[0, 0, :4], [True, False, False, True])
    assert made.mask.sum() == 2
    lower = dataclasses.replace(made, threshold=0.2)
    np.testing.assert_array_equal(lower.mask[0, 0, :4], [True, False, True, True])
    np.testing.assert_array_equal(made.probability, probability)
    with pytest.raises(ValueError, match="read-only"):
        made.correction[0] = 0


def test_a_deterministic_prediction_has_one_pass():
    made = prediction(samples=0, area_px_samples=np.zeros((1, 3), np.int64), std_by_t=np.zeros(1))
    assert made.samples == 0


def test_a_prediction_is_read_only():
    made = prediction()
    for name in ("probability", "std", "entropy", "mutual_information", "done"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(made, name)[0] = 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"std": np.zeros(SHAPE)}, "std is float64"),
        ({"entropy": np.zeros((3, 4, 4), np.float32)}, r"entropy is float32 \(3, 4, 4\)"),
        ({"done": np.ones(4, bool)}, "done is bool"),
        ({"samples": 3}, "area_px_samples"),
        ({"std_by_t": np.zeros(3)}, "std_by_t"),
        ({"threshold": 1.5}, "threshold is 1.5"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"correction": np.zeros(SHAPE, np.uint8)}, "correction is uint8"),
        ({"correction": np.zeros((3, 4, 4), np.int8)}, r"correction is int8 \(3, 4, 4\)"),
    ],
)
def test_bad_predictions_are_refused_by_the_argument_s_name(changes, words):
    with pytest.raises(InputError, match=words):
        prediction(**changes)


def without(*contrasts):
    images = np.ones((*SHAPE, 4), np.float32)
    for contrast in contrasts:
        images[..., CONTRASTS.index(contrast)] = 0
    return images


def test_a_study_says_which_contrasts_it_lacks():
    assert study(images=without("t1", "t2"), missing=("t1", "t2")).missing == ("t1", "t2")


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (("t1",), "missing names t1, whose images are not 0"),
        (("dwi",), "some of t1, t1ce, t2, flair are accepted"),
        (CONTRASTS, "some of t1, t1ce, t2, flair are accepted"),
    ],
)
def test_what_is_said_to_be_missing_is_checked(missing, words):
    images = without(*CONTRASTS) if missing == CONTRASTS else None
    with pytest.raises(InputError, match=words):
        study(missing=missing, **({} if images is None else {"images": images}))


def test_the_threshold_of_the_counted_areas_outlives_another_threshold():
    made = prediction(threshold=0.5)
    assert made.area_threshold == 0.5
    moved = dataclasses.replace(made, threshold=0.3)
    assert (moved.threshold, moved.area_threshold) == (0.3, 0.5)
