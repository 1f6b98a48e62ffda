import dataclasses
import math

import numpy as np
import pytest

from resunet.data.grids import grid_of
from resunet.errors import InputError
from resunet.measure.lesions import MIDLINE_FRACTION, find_lesions, side_of
from resunet.study import Source, Study


def make_study(shape, *, spacing_mm=(1.0, 1.0), step_mm=1.0, brain=None, **changes):
    """A study whose brain is these columns, all of them where none are given."""
    images = np.zeros((*shape, 4), np.float32)
    images[:, :, slice(*brain) if brain else slice(None), 1] = 7.0
    positions = None if step_mm is None else np.arange(shape[0]) * float(step_mm)
    return Study(
        images,
        "lesions",
        Source("npz", "0"),
        spacing_mm=spacing_mm,
        slice_positions_mm=positions,
        **changes,
    )


def mask_of(shape, *places):
    mask = np.zeros(shape, bool)
    for place in places:
        mask[place] = True
    return mask


def test_voxels_that_share_a_corner_belong_together_in_a_stack():
    shape = (3, 4, 5)
    mask = mask_of(shape, (0, 1, 1), (1, 2, 2))
    (lesion,) = find_lesions(make_study(shape, spacing_mm=(2.0, 0.5), step_mm=3.0), mask)
    assert (lesion.number, lesion.voxels) == (1, 2)
    assert lesion.volume_ml == pytest.approx(2 * 2.0 * 0.5 * 3.0 / 1000)
    assert (lesion.first_slice, lesion.last_slice) == (0, 1)
    assert lesion.centroid == (0.5, 1.5, 1.5)


@pytest.mark.parametrize(
    "changes", [{"slice_numbers": (1, 2, 4)}, {"step_mm": None}], ids=["gap", "unknown positions"]
)
def test_without_a_stack_each_slice_is_searched_by_itself(changes):
    shape = (3, 4, 5)
    # two slices lie on top of each other; the two pixels of slice 1 share a corner
    mask = mask_of(shape, (0, 1, 1), (1, 1, 1), (1, 2, 2))
    lesions = find_lesions(make_study(shape, **changes), mask)
    assert [(each.number, each.voxels, each.first_slice) for each in lesions] == [
        (1, 2, 1),
        (2, 1, 0),
    ]
    assert all(each.first_slice == each.last_slice for each in lesions)
    assert [each.volume_ml for each in lesions] == [None, None]
    assert lesions[1].largest_mm == pytest.approx(math.sqrt(2))


def test_a_single_slice_has_lesions_with_diameters_but_no_volume():
    shape = (1, 4, 5)
    (lesion,) = find_lesions(make_study(shape), mask_of(shape, (0, slice(1, 3), 2)))
    assert lesion.volume_ml is None
    assert lesion.largest_mm == pytest.approx(math.sqrt(5))


def test_a_slice_between_keeps_lesions_apart():
    shape = (5, 4, 5)
    mask = mask_of(shape, (0, 1, 1), (2, 1, 1), (4, 1, 1))
    assert len(find_lesions(make_study(shape), mask)) == 3


def test_the_largest_comes_first_and_of_equal_ones_the_lower():
    shape = (4, 6, 9)
    mask = mask_of(
        shape, (0, 0, 0), (0, slice(2, 4), slice(4, 7)), (3, 5, 8), (3, 5, 0), (2, 0, slice(0, 3))
    )
    lesions = find_lesions(make_study(shape), mask)
    assert [each.number for each in lesions] == [1, 2, 3, 4, 5]
    assert [each.voxels for each in lesions] == [6, 3, 1, 1, 1]
    assert [each.centroid for each in lesions[2:]] == [(0, 0, 0), (3, 5, 0), (3, 5, 8)]


def test_nothing_found_is_an_empty_list():
    assert find_lesions(make_study((2, 3, 4)), np.zeros((2, 3, 4), bool)) == []


def test_the_largest_diameter_and_the_largest_product_may_lie_in_different_slices():
    shape = (3, 8, 24)
    mask = mask_of(shape, (0, 2, slice(1, 21)), (1, slice(0, 5), slice(0, 5)), (2, 2, 2))
    (lesion,) = find_lesions(make_study(shape), mask)
    # a line of 20 pixels: √401 long, √401/20 across; a square of 5 × 5: √50 both ways
    assert lesion.largest_slice == 0
    assert lesion.largest_mm == pytest.approx(math.sqrt(401))
    assert lesion.bidimensional_slice == 1
    assert lesion.bidimensional.long_mm == pytest.approx(math.sqrt(50))
    assert lesion.product_mm2 == pytest.approx(50.0)


def test_of_equal_slices_the_lowest_counts_and_the_ends_lie_in_the_whole_slice():
    shape = (3, 9, 9)
    (lesion,) = find_lesions(make_study(shape), mask_of(shape, (slice(1, 3), 5, slice(6, 8))))
    assert (lesion.largest_slice, lesion.bidimensional_slice) == (1, 1)
    np.testing.assert_allclose(np.mean(lesion.largest.long_ends, axis=0), (5.0, 6.5))


def test_without_a_spacing_there_are_counts_and_places_only():
    shape = (2, 4, 5)
    (lesion,) = find_lesions(make_study(shape, spacing_mm=None), mask_of(shape, (0, 1, 1)))
    assert lesion.voxels == 1
    assert lesion.volume_ml is lesion.largest is lesion.bidimensional is lesion.measurable is None
    assert math.isnan(lesion.largest_mm)
    assert math.isnan(lesion.product_mm2)


@pytest.mark.parametrize(
    ("side_mm", "measurable"), [(10 / math.sqrt(2), True), (7.0, False), (8.0, True)]
)
def test_measurable_from_ten_millimetres_both_ways(side_mm, measurable):
    # one square pixel: both diameters are its diagonal
    shape = (2, 4, 5)
    study = make_study(shape, spacing_mm=(side_mm, side_mm))
    (lesion,) = find_lesions(study, mask_of(shape, (0, 1, 1)))
    assert lesion.measurable is measurable


def test_a_long_thin_lesion_is_not_measurable():
    shape = (1, 4, 30)
    (lesion,) = find_lesions(make_study(shape), mask_of(shape, (0, 1, slice(0, 30))))
    assert lesion.largest_mm > 30.0
    assert lesion.measurable is False


def test_an_ellipsoid():
    # half axes of 15 mm (slices), 20 mm (rows) and 12 mm (columns)
    spacing_mm, step_mm, shape = (1.0, 0.8), 1.5, (25, 50, 40)
    z, y, x = np.indices(shape, sparse=True)
    inside = ((z - 12) * step_mm / 15) ** 2 + ((y - 24) / 20) ** 2 + ((x - 19) * 0.8 / 12) ** 2
    (lesion,) = find_lesions(
        make_study(shape, spacing_mm=spacing_mm, step_mm=step_mm), inside <= 1.0
    )
    assert lesion.volume_ml == pytest.approx(4 / 3 * math.pi * 15 * 20 * 12 / 1000, rel=0.02)
    assert lesion.centroid == pytest.approx((12, 24, 19))
    assert (lesion.first_slice, lesion.last_slice) == (2, 22)
    pixel_mm = math.hypot(*spacing_mm)
    assert abs(lesion.bidimensional.long_mm - 40.0) < pixel_mm
    assert abs(lesion.bidimensional.short_mm - 24.0) < pixel_mm
    assert abs(lesion.bidimensional_slice - 12) <= 1
    assert lesion.measurable is True


def test_columns_run_to_the_patients_left():
    # the brain holds columns 10 to 29: its middle is 19.5, a twentieth of its width is 1
    shape = (2, 5, 60)
    mask = mask_of(shape, (0, 1, 12), (0, 3, 28))
    study = make_study(shape, brain=(10, 30))
    right, left = find_lesions(study, mask)
    assert (right.side, left.side) == ("right", "left")
    mirrored = find_lesions(
        make_study(shape, brain=(30, 50)), np.ascontiguousarray(mask[:, :, ::-1])
    )
    assert [each.side for each in mirrored] == ["left", "right"]


@pytest.mark.parametrize(
    ("column", "side"),
    [(18.4, "right"), (18.5, "midline"), (19.5, "midline"), (20.5, "midline"), (20.6, "left")],
)
def test_near_the_middle_is_neither_side(column, side):
    assert MIDLINE_FRACTION == 0.05
    assert side_of(column, (10, 29)) == side


def test_without_a_brain_there_is_no_side():
    shape = (2, 4, 5)
    study = dataclasses.replace(make_study(shape), images=np.zeros((*shape, 4), np.float32))
    (lesion,) = find_lesions(study, mask_of(shape, (0, 1, 1)))
    assert lesion.side is None


def test_the_centroid_in_the_patient():
    shape = (3, 4, 5)
    # the file's axes run to left, posterior and superior, 0.5, 2 and 3 mm a step
    affine = np.diag([-0.5, -2.0, 3.0, 1.0])
    affine[:3, 3] = (23.0, 31.0, -17.0)
    study = make_study(shape, spacing_mm=(2.0, 0.5), step_mm=3.0, grid=grid_of((5, 4, 3), affine))
    mask = mask_of(shape, (1, slice(1, 3), 4))  # centroid: slice 1, row 1.5, column 4
    (lesion,) = find_lesions(study, mask)
    assert lesion.centroid == (1.0, 1.5, 4.0)
    assert lesion.centroid_ras_mm == pytest.approx((23 - 0.5 * 4, 31 - 2 * 1.5, -17 + 3 * 1))
    without = find_lesions(dataclasses.replace(study, grid=None), mask)
    assert without[0].centroid_ras_mm is None


def test_another_grid_is_refused():
    with pytest.raises(InputError, match=r"mask has shape \(2, 3, 5\).*\(2, 3, 4\)"):
        find_lesions(make_study((2, 3, 4)), np.zeros((2, 3, 5), bool))
