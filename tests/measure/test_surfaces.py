from collections import Counter
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from synthetic import make_study, synthetic_pictures, write_nifti_folder

from resunet.data.readers import read_folder
from resunet.errors import InputError
from resunet.measure import volume_ml, volume_reason
from resunet.measure.surfaces import (
    brain_surface,
    mask_surface,
    surface_slices,
    surface_values,
)
from resunet.study import Source, Study

SHAPE = (24, 40, 36)


def make_stack(brain=None, *, spacing_mm=(1.0, 1.0), step_mm=1.0, shape=SHAPE, first_number=0):
    """A stack whose four contrasts are 1 in the brain; without a brain all of it."""
    images = np.zeros((*shape, 4), np.float32)
    images[... if brain is None else brain] = 1.0
    return Study(
        images=images,
        identifier="made-up",
        source=Source("made-up", "0" * 64),
        spacing_mm=spacing_mm,
        slice_positions_mm=10.0 + step_mm * np.arange(shape[0]),
        slice_numbers=tuple(range(first_number, first_number + shape[0])),
    )


def ellipsoid(shape, centre, radii):
    offsets = [
        (np.arange(size) - middle) / radius
        for size, middle, radius in zip(shape, centre, radii, strict=True)
    ]
    return sum(np.square(np.ix_(*offsets)[axis]) for axis in range(3)) <= 1.0


def enclosed_ml(surface):
    """By the divergence theorem; positive only if the faces look outwards."""
    a, b, c = surface.vertices_mm.astype(np.float64)[surface.faces].transpose(1, 0, 2)
    return np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6000.0


def is_closed(surface):
    """Whether each edge lies between two faces that run along it in opposite directions."""
    edges = Counter()
    for first, second in ((0, 1), (1, 2), (2, 0)):
        edges.update(zip(*surface.faces[:, [first, second]].T.tolist(), strict=True))
    return set(edges.values()) == {1} and all((b, a) in edges for a, b in edges)


def test_a_surface_encloses_the_volume_of_its_voxels():
    shape = (30, 40, 50)
    study = make_stack(spacing_mm=(1.0, 0.5), step_mm=2.5, shape=shape)
    for radii in ((8, 8, 8), (8, 15, 20)):
        mask = ellipsoid(shape, (14, 20, 24), radii)
        surface = mask_surface(study, mask)
        assert is_closed(surface)
        assert enclosed_ml(surface) == pytest.approx(volume_ml(study, mask), rel=0.02)


def test_the_steps_of_a_ball_are_smoothed():
    shape, radius = (27, 27, 27), 10.0
    mask = ellipsoid(shape, (13, 13, 13), (radius,) * 3)
    surface = mask_surface(make_stack(shape=shape), mask)
    from_centre = np.linalg.norm(surface.vertices_mm - [13.0, 13.0, 23.0], axis=1)
    assert abs(from_centre.mean() - radius) < 0.2
    # midway between voxels in and out of the ball, unsmoothed, they spread by 0.2 and more
    inside, outside = np.nonzero(mask[:-1] & ~mask[1:]), np.nonzero(~mask[:-1] & mask[1:])
    midway = np.concatenate([np.array(each, float).T for each in (inside, outside)])
    raw = np.linalg.norm(midway - [12.5, 13.0, 13.0], axis=1)
    assert from_centre.std() < 0.6 * raw.std()


def test_the_smallest_lesions_are_not_smoothed_away():
    study = make_stack(spacing_mm=(2.0, 0.5), step_mm=3.0)
    mask = np.zeros(SHAPE, bool)
    mask[5, 30, 7] = True
    surface = mask_surface(study, mask)
    np.testing.assert_allclose(surface.vertices_mm.mean(axis=0), [3.5, 60.0, 25.0], atol=1e-4)
    reach_mm = np.abs(surface.vertices_mm - [3.5, 60.0, 25.0]).max(axis=0)
    np.testing.assert_allclose(reach_mm, [0.25, 1.0, 1.5], atol=1e-4)  # half a voxel
    voxel_ml = 0.003
    octahedron = 4 / 3 * 0.5**3  # of the half diagonals
    assert enclosed_ml(surface) == pytest.approx(octahedron * voxel_ml, rel=1e-4)

    ball = ellipsoid(SHAPE, (12, 14, 20), (9, 9, 9))
    alone = enclosed_ml(mask_surface(study, ball))
    assert not (mask & ball).any()
    mask[5:10, 35, 30] = True  # a strand of five: a prism of area 0.5 between two half octahedra
    both = enclosed_ml(mask_surface(study, mask | ball))
    assert both - alone == pytest.approx((2 * octahedron + 4 * 0.5) * voxel_ml, rel=1e-3)


def test_a_mask_that_fills_the_picture_is_closed_at_its_edge():
    study = make_stack(shape=(4, 6, 5))
    surface = mask_surface(study, np.ones(study.shape, bool))
    assert is_closed(surface)
    assert surface.vertices_mm.min(axis=0) == pytest.approx([-0.5, -0.5, 9.5], abs=0.2)
    assert surface.vertices_mm.max(axis=0) == pytest.approx([4.5, 5.5, 13.5], abs=0.2)


def test_without_a_grid_positions_count_from_the_first_pixel_and_by_the_slices():
    mask = np.zeros(SHAPE, bool)
    mask[20:23, 2:5, 30:33] = True  # superior, anterior, left
    surface = mask_surface(make_stack(spacing_mm=(2.0, 0.5), step_mm=3.0), mask)
    middle = (surface.vertices_mm.min(axis=0) + surface.vertices_mm.max(axis=0)) / 2
    np.testing.assert_allclose(middle, [31 * 0.5, 3 * 2.0, 10 + 21 * 3.0], atol=1e-3)


@pytest.mark.parametrize("axcodes", [("L", "P", "S"), ("R", "A", "S"), ("P", "S", "L")])
def test_with_a_grid_positions_are_the_scanners(tmp_path, axcodes):
    images, labels = synthetic_pictures(6, 40, 32, seed=1)
    labels[:] = 0
    labels[2:5, 8:13, 20:25] = 1
    folder = tmp_path / "patient"
    write_nifti_folder(folder, images, labels, axcodes=axcodes, spacing=(3.0, 1.0, 2.0))
    study = read_folder(folder)
    surface = mask_surface(study, study.mask)

    file = nib.load(folder / "patient_seg.nii.gz")
    voxels = np.argwhere(np.asarray(file.dataobj) > 0)
    right, anterior, superior = nib.affines.apply_affine(file.affine, voxels).mean(axis=0)
    middle = (surface.vertices_mm.min(axis=0) + surface.vertices_mm.max(axis=0)) / 2
    np.testing.assert_allclose(middle, [-right, -anterior, superior], atol=1e-3)
    assert enclosed_ml(surface) > 0
    assert set(surface_slices(study, surface)) <= {1, 2, 3, 4, 5}


def test_too_many_triangles_are_avoided_by_blocks():
    study = make_stack(spacing_mm=(0.5, 0.5), step_mm=2.0, shape=(20, 60, 60))
    mask = ellipsoid(study.shape, (9, 30, 28), (8, 25, 25))
    fine, coarse = mask_surface(study, mask), mask_surface(study, mask, most_faces=2000)
    assert len(coarse.faces) <= 2000 < len(fine.faces)
    assert is_closed(coarse)
    assert enclosed_ml(coarse) == pytest.approx(volume_ml(study, mask), rel=0.05)
    for ends in (np.min, np.max):
        np.testing.assert_allclose(
            ends(coarse.vertices_mm, axis=0), ends(fine.vertices_mm, axis=0), atol=2.0
        )


def test_even_noise_comes_to_an_end_and_is_not_lost():
    study = make_stack()
    mask = np.random.default_rng(0).random(SHAPE) < 0.05
    assert 0 < len(mask_surface(study, mask, most_faces=100).faces) <= 100
    with pytest.raises(InputError, match="most_faces is 99"):
        mask_surface(study, mask, most_faces=99)


def test_an_empty_mask_has_no_surface():
    study = make_stack()
    assert mask_surface(study, np.zeros(SHAPE, bool)) is None
    assert brain_surface(make_stack(np.zeros(SHAPE, bool))) is None
    with pytest.raises(InputError, match="mask has shape"):
        mask_surface(study, np.zeros((1, 2, 3), bool))


@pytest.mark.parametrize(
    "change",
    [
        {"spacing_mm": None},
        {"slice_positions_mm": None},
        {"slice_numbers": (0, 1, 3)},
        {"slice_positions_mm": np.array([0.0, 1.0, 3.0])},
    ],
)
def test_without_a_volume_there_is_no_surface_and_the_reason_is_told(change):
    study = make_study()
    surface = mask_surface(study, study.mask)
    refused = replace(study, **change)
    reason = volume_reason(refused)
    assert reason
    for call in (
        lambda: mask_surface(refused, refused.mask),
        lambda: brain_surface(refused),
        lambda: surface_values(refused, surface, np.zeros(refused.shape, np.float32)),
        lambda: surface_slices(refused, surface),
    ):
        with pytest.raises(InputError) as refusal:
            call()
        assert str(refusal.value) == reason


def test_a_single_slice_has_no_surface():
    study = make_study(slices=1)
    with pytest.raises(InputError, match=r"A single slice has no volume\."):
        mask_surface(study, study.mask)


def test_the_brain_is_closed_smooth_and_about_its_own_size():
    shape = (60, 70, 64)
    brain = ellipsoid(shape, (30, 35, 32), (27, 32, 28))
    surface = brain_surface(make_stack(brain, shape=shape))
    assert is_closed(surface)
    assert enclosed_ml(surface) == pytest.approx(np.count_nonzero(brain) / 1000, rel=0.05)
    middle = (surface.vertices_mm.min(axis=0) + surface.vertices_mm.max(axis=0)) / 2
    np.testing.assert_allclose(middle, [32, 35, 40], atol=0.5)


def test_where_nothing_is_background_there_is_no_brain_to_draw():
    shape = (20, 30, 30)
    assert brain_surface(make_stack(shape=shape)) is None
    cropped = ellipsoid(shape, (9.5, 14.5, 14.5), (10, 15, 15))  # π/6 of the picture
    assert brain_surface(make_stack(cropped, shape=shape)) is not None


def test_holes_in_the_brain_are_closed():
    shape = (60, 70, 64)
    brain = ellipsoid(shape, (30, 35, 32), (27, 32, 28))
    hollow = brain & ~ellipsoid(shape, (30, 30, 30), (9, 12, 9))
    whole, closed = (brain_surface(make_stack(each, shape=shape)) for each in (brain, hollow))
    np.testing.assert_array_equal(whole.vertices_mm, closed.vertices_mm)


def test_a_brain_of_too_many_triangles_is_drawn_coarser():
    brain = np.zeros((40, 40, 40), bool)
    brain[::4], brain[1::4] = True, True  # slabs
    study = make_stack(brain, spacing_mm=(9.0, 9.0), step_mm=9.0, shape=brain.shape)
    assert 0 < len(brain_surface(study, most_faces=5000).faces) <= 5000
    assert 0 < len(brain_surface(study, most_faces=100).faces) <= 100


def test_values_on_a_surface_are_those_of_both_its_sides():
    study = make_stack(spacing_mm=(2.0, 0.5), step_mm=3.0)
    mask = ellipsoid(SHAPE, (12, 20, 18), (8, 14, 12))
    surface = mask_surface(study, mask)
    slices, rows, columns = np.indices(SHAPE)
    linear = (0.03 * slices - 0.01 * rows + 0.02 * columns).astype(np.float32)
    at = surface.vertices_mm / [0.5, 2.0, 3.0] - [0, 0, 10 / 3.0]  # column, row, slice
    expected = 0.03 * at[:, 2] - 0.01 * at[:, 1] + 0.02 * at[:, 0]
    found = surface_values(study, surface, linear)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_values_of_a_jump_lie_midway():
    study = make_stack(shape=(12, 30, 30))
    mask = np.zeros(study.shape, bool)
    mask[3:9, 5:25, 5:25] = True
    surface = mask_surface(study, mask)
    values = surface_values(study, surface, np.where(mask, 0.4, 0.1).astype(np.float32))
    x, y, _ = surface.vertices_mm.T
    flat = (abs(x - 14.5) < 5) & (abs(y - 14.5) < 5)  # the slabs' middles, far from their edges
    assert flat.sum() > 100
    np.testing.assert_allclose(values[flat], 0.25, atol=0.01)
    assert values.min() >= 0.1 - 1e-6
    assert values.max() <= 0.4 + 1e-6
    with pytest.raises(InputError, match="values has shape"):
        surface_values(study, surface, np.zeros((1, 2, 3), np.float32))


def test_each_vertex_knows_the_slice_next_to_it():
    study = make_stack(shape=(5, 30, 30), step_mm=4.0, first_number=30)
    surface = mask_surface(study, np.ones(study.shape, bool))
    numbers = surface_slices(study, surface)
    heights = surface.vertices_mm[:, 2]
    assert set(numbers) == {30, 31, 32, 33, 34}
    assert (numbers[heights < 11.9] == 30).all()  # slices at 10, 14, 18, 22, 26 mm
    assert (numbers[heights > 24.1] == 34).all()
    assert (numbers[(heights > 16.1) & (heights < 19.9)] == 32).all()
