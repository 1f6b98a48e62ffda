import numpy as np
import pytest
from synthetic import synthetic_pictures, to_nifti

from resunet.data.grids import distance_mm, grid_of, resample, study_shape
from resunet.errors import InputError


def lps(shape, spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0)):
    """A grid whose array axes are column, row, slice of a study, as BraTS stores it."""
    column, row, step = spacing
    affine = np.diag([-column, -row, step, 1.0])
    affine[:3, 3] = origin
    return grid_of(shape, affine)


@pytest.mark.parametrize(
    ("axcodes", "axes", "flipped"),
    [
        ("LPS", (2, 1, 0), (False, False, False)),
        ("RAS", (2, 1, 0), (False, True, True)),
        ("PSR", (1, 0, 2), (False, False, True)),
        ("ILA", (0, 2, 1), (True, True, False)),
    ],
)
def test_axes_are_those_of_a_study(axcodes, axes, flipped):
    image = to_nifti(np.zeros((3, 5, 7), np.uint8), axcodes=tuple(axcodes))
    grid = grid_of(image.shape, image.affine)
    assert (grid.axes, grid.flipped) == (axes, flipped)
    assert study_shape(grid) == (3, 5, 7)


def test_the_distance_is_that_of_the_farthest_corner():
    grid = lps((10, 20, 30))
    assert distance_mm(grid, grid) == 0.0
    assert distance_mm(grid, lps((10, 20, 30), origin=(3.0, 0.0, 4.0))) == pytest.approx(5.0)
    # pixels of 1.1 mm: the far column (9 pixels on) lies 0.9 mm off, the near one not at all
    assert distance_mm(grid, lps((10, 20, 30), (1.1, 1.0, 1.0))) == pytest.approx(0.9)
    assert distance_mm(grid, lps((10, 20, 31))) == np.inf


def test_two_arrays_stored_differently_lie_alike():
    images, _ = synthetic_pictures(4, 9, 7, seed=1)
    one = to_nifti(images[..., 0], axcodes=("L", "P", "S"))
    other = to_nifti(images[..., 0], axcodes=("S", "R", "A"))
    grids = [grid_of(image.shape, image.affine) for image in (one, other)]
    assert distance_mm(*grids) == pytest.approx(0.0, abs=1e-6)


def test_resampling_onto_its_own_grid_changes_nothing():
    array = np.random.default_rng(0).random((5, 7, 9)).astype(np.float32)
    grid = lps((9, 7, 5), (0.9, 1.1, 3.0), (10.0, -4.0, 7.0))
    np.testing.assert_array_equal(resample(array, grid, grid), array)


def test_resampling_moves_by_the_place_in_the_patient():
    array = np.zeros((3, 6, 6), np.float32)
    array[1, 2, 3] = 8.0
    source, target = lps((6, 6, 3)), lps((6, 6, 3), origin=(-1.0, -2.0, 1.0))
    # the target begins 1 mm further left, 2 mm further back and 1 mm higher
    moved = resample(array, source, target)
    assert np.argwhere(moved).tolist() == [[0, 0, 2]]
    assert moved[0, 0, 2] == 8.0


def test_resampling_is_linear_between_voxels_and_zero_beyond_their_edges():
    # along a column the values are the place in mm: 0, 1, 2, 3
    array = np.broadcast_to(np.arange(4, dtype=np.float32), (2, 2, 4)).copy()
    target = lps((9, 2, 2), (0.5, 1.0, 1.0), (0.25, 0.0, 0.0))  # from −0.25 mm in steps of 0.5
    line = resample(array, lps((4, 2, 2)), target)[0, 0]
    # within half a voxel of the last centre its value holds; farther out there is nothing
    np.testing.assert_allclose(line, [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0, 0.0])


def test_a_linear_picture_stays_linear_through_an_oblique_grid():
    shape = (20, 24, 28)
    index = np.indices(shape, dtype=np.float64)
    source = grid_of(shape[::-1], np.diag([-1.0, -1.0, 2.0, 1.0]))
    affine = source.study_affine()
    place = np.einsum("ij,jkln->ikln", affine[:3, :3], index) + affine[:3, 3][:, None, None, None]
    values = (place[0] * 0.5 - place[1] + 0.25 * place[2] + 40).astype(np.float32)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
    target_affine = turn @ np.diag([-1.5, -1.2, 2.5, 1.0])
    target_affine[:3, 3] = (-10.0, -6.0, 5.0)
    target = grid_of((6, 6, 4), target_affine)
    found = resample(values, source, target)
    at = np.indices(study_shape(target), dtype=np.float64)
    affine = target.study_affine()
    x, y, z = np.einsum("ij,jkln->ikln", affine[:3, :3], at) + affine[:3, 3][:, None, None, None]
    assert (found != 0).all()
    np.testing.assert_allclose(found, 0.5 * x - y + 0.25 * z + 40, atol=1e-4)


def test_labels_are_taken_from_the_nearest_voxel():
    labels = np.zeros((2, 4, 4), np.float32)
    labels[:, 1:3, 1:3] = 4.0
    target = lps((8, 8, 2), (0.5, 0.5, 1.0), (0.25, 0.25, 0.0))
    found = resample(labels, lps((4, 4, 2)), target, nearest=True)
    assert set(np.unique(found)) == {0.0, 4.0}
    assert (found == 4.0).sum() == 2 * 16


def test_axes_that_run_the_same_way_are_refused():
    affine = np.array([[1.0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    with pytest.raises(InputError, match="cannot be told apart"):
        grid_of((2, 2, 2), affine)
