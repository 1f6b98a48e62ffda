from dataclasses import fields

import numpy as np
import pytest
from scipy import ndimage

from resunet.phantom.anatomy import GRID, SHAPE, WINDOW, Deformation, Push, draw_tissue, sample
from resunet.phantom.patient import patient_rng

# The middle of the brain, MNI (0, −18, 8), lies at (78, 98.5, 80.5) of the window; one voxel
# there is 1/0.925 mm of the average brain from front to back.
MIDDLE = np.array([78.0, 98.5, 80.5])
SCALE = np.array([0.875, 0.925, 0.93])  # of slices, rows and columns


@pytest.fixture(scope="module")
def average(template):
    """Not deformed at all."""
    return Deformation(template, np.random.default_rng(0), 0.0)


def came_from(deformation, template, pushes=()):
    """Where every other voxel came from, as a place of the undeformed window: (3, S, H, W)."""
    middle = template.index_of((0, -18, 8))
    coordinates = [c[::2, ::2, ::2] for c in deformation.coordinates(pushes)]
    return np.stack(
        [s * (c - m) + p for s, c, m, p in zip(SCALE, coordinates, middle, MIDDLE, strict=True)]
    )


def test_the_window_lies_in_the_grid_of_brats():
    assert GRID == (155, 240, 240)
    assert tuple(len(range(n)[part]) for n, part in zip(GRID, WINDOW, strict=True)) == SHAPE


# Deformation


def test_the_average_brain_is_only_made_smaller(average, template):
    coordinates = average.coordinates()
    assert [c.dtype for c in coordinates] == [np.float32] * 3
    assert [c.shape for c in coordinates] == [SHAPE] * 3
    # slices go up, rows to posterior, columns to the left, as in the template
    for place in ((78, 98, 80), (0, 0, 0), (150, 20, 163)):
        expected = template.index_of((0, -18, 8)) + (np.array(place) - MIDDLE) / SCALE
        np.testing.assert_allclose([c[place] for c in coordinates], expected, atol=1e-4)


def test_the_patients_right_lies_at_smaller_columns(template):
    deformation = Deformation(template, np.random.default_rng(8))
    coordinates = deformation.coordinates()

    def place(mni_mm):
        wanted = template.index_of(mni_mm)
        away = sum(np.square(c - w) for c, w in zip(coordinates, wanted, strict=True))
        return np.array(np.unravel_index(int(away.argmin()), SHAPE))

    right, left = place((35, -20, 10)), place((-35, -20, 10))
    assert right[2] < 80.5 - 20 < 80.5 + 20 < left[2]
    assert place((0, 50, 10))[1] < place((0, -80, 10))[1] - 80
    assert place((0, -20, 55))[0] > place((0, -20, -15))[0] + 45


def test_people_differ_and_the_same_generator_gives_the_same_person(template, average):
    def moved(seed, amount=1.0):
        deformation = Deformation(template, np.random.default_rng(seed), amount)
        steps = zip(deformation.coordinates(), average.coordinates(), strict=True)
        return np.stack([(a - b)[::5, ::5, ::5] for a, b in steps])

    one, another = moved(1), moved(2)
    np.testing.assert_array_equal(one, moved(1))
    assert np.sqrt(np.square(one - another).sum(0).mean()) > 3  # mm
    assert np.sqrt(np.square(one).sum(0)).max() < 30
    assert np.square(moved(1, 0.5)).mean() < 0.35 * np.square(one).mean()  # 0.25, about


def test_a_deformation_folds_nothing(template):
    for seed in (0, 17):
        coordinates = Deformation(template, np.random.default_rng(seed)).coordinates()
        slopes = np.stack([np.gradient(c[::2, ::2, ::2], 2.0) for c in coordinates])
        volume = np.linalg.det(np.moveaxis(slopes, (0, 1), (-2, -1)))
        assert volume.min() > 0.2
        assert volume.max() < 4


def pixels_at_the_faces(template, seed):
    """Brain in the window's first and last slice; in its first and last row and column."""
    deformation = Deformation(template, patient_rng(seed, 0, 1))
    coordinates = deformation.coordinates()
    found = []
    for axis in range(3):
        for face in (slice(0, 1), slice(-1, None)):
            part = tuple(face if i == axis else slice(None) for i in range(3))
            depth = sample(template.depth, [c[part] for c in coordinates], outside=-50.0)
            found.append(int((depth > 0).sum()))
    return found[:2], found[2:]


@pytest.mark.parametrize("seed", [0, 4, 14, 17, 24])  # those of 0 to 29 that reach farthest
def test_the_brain_stays_in_the_window(template, seed):
    slices, sides = pixels_at_the_faces(template, seed)
    assert sides == [0, 0, 0, 0]
    # the grid may cut off a tip of the stem or the vertex; the broadest slice has 150 cm²
    assert max(slices) < 800


@pytest.mark.slow
def test_many_brains_stay_in_the_window(template):
    faces = [pixels_at_the_faces(template, seed) for seed in range(100, 180)]
    slices, sides = (np.array([pair[i] for pair in faces]) for i in range(2))
    assert slices.max() < 1500
    assert (slices > 0).any(1).mean() < 0.35
    assert sides.max() < 50
    assert (sides > 0).any(1).mean() < 0.03


# Mass effect


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_core_pushes_the_brain_aside(average, template, share):
    centre, radius = np.array([80.0, 100.0, 60.0]), 15.0
    before = came_from(average, template)
    after = came_from(average, template, (Push(centre, radius, share),))
    away = before - centre[:, None, None, None]
    r = np.sqrt(np.square(away).sum(0))
    rho = np.sqrt(np.square(after - centre[:, None, None, None]).sum(0))
    # straight away from the centre
    around = (r > 1) & (r < 60)
    cosine = ((after - centre[:, None, None, None]) * away).sum(0)[around]
    np.testing.assert_allclose(cosine, (r * rho)[around], rtol=1e-3)
    # what lay at ρ lies at (ρ³ + share·R³)^⅓, less what the skull holds back: a factor of
    # exp(−(r / (3.2 R + 8))²), 0.93 at the core's surface
    outside = r > 1.05 * radius
    ideal = np.cbrt(r**3 - share * radius**3, where=outside, out=np.zeros_like(r))
    hold = np.exp(-np.square(r / (3.2 * radius + 8)))
    np.testing.assert_allclose((r - rho)[outside], ((r - ideal) * hold)[outside], atol=5e-3)
    shell = (r > 1.05 * radius) & (r < 1.1 * radius)
    moved = np.cbrt(rho**3 + share * radius**3) - rho
    ratio = (r - rho)[shell] / moved[shell]
    assert 0.85 < ratio.min() <= ratio.max() < 1
    # most of all at the core, nothing far away
    assert (r - rho)[shell].mean() > 0.08 * radius * share
    far = r > 2.5 * (3.2 * radius + 8)
    assert far.any()
    assert np.abs(after - before)[:, far].max() < 0.01


def test_a_push_turns_nothing_inside_out(average, template):
    centre = np.array([80.0, 100.0, 60.0])
    after = came_from(average, template, (Push(centre, 22.0, 0.8),))
    ray = after[2, 40, 50, 30:] - 60  # outwards along a row
    assert (np.diff(ray) > 0).all()
    assert ray[0] == pytest.approx(0, abs=0.01)


def test_no_share_no_push_and_two_pushes_far_apart_add(average, template):
    still = came_from(average, template)
    one = Push(np.array([90.0, 60.0, 40.0]), 4.0, 0.7)
    two = Push(np.array([70.0, 150.0, 120.0]), 4.0, 0.7)
    none = Push(one.centre, 4.0, 0.0)
    np.testing.assert_allclose(came_from(average, template, (none,)), still, atol=1e-3)
    moves = [came_from(average, template, pushes) - still for pushes in ((one,), (two,))]
    assert np.abs(moves[0]).max() > 1
    both = came_from(average, template, (one, two)) - still
    np.testing.assert_allclose(both, moves[0] + moves[1], atol=1e-3)


# Tissues


def test_the_shares_fill_the_brain_and_nothing_else(large):
    tissue = large.tissue
    total = tissue.grey + tissue.white + tissue.fluid
    np.testing.assert_allclose(total[tissue.brain], 1, atol=1e-5)
    for field in fields(tissue):
        share = getattr(tissue, field.name)
        assert share.shape == SHAPE
        if field.name == "brain":
            assert share.dtype == bool
            continue
        assert share.dtype == np.float32
        assert not share[~tissue.brain].any(), field.name
        low, high = (-0.12, 0.12) if field.name == "shade" else (0, 1)
        assert share.min() >= np.float32(low), field.name
        assert share.max() <= np.float32(high), field.name
        assert share.any(), field.name


def test_how_much_there_is_of_each(large):
    tissue = large.tissue
    litres = tissue.brain.sum() / 1e6
    assert 1.1 < litres < 1.8
    shares = [float(part[tissue.brain].mean()) for part in (tissue.grey, tissue.white)]
    assert 0.4 < shares[0] < 0.65
    assert 0.2 < shares[1] < 0.45
    assert 5 < tissue.ventricle.sum() / 1e3 < 80  # ml, of adults


def test_ventricles_are_fluid_in_the_middle(large):
    tissue = large.tissue
    assert (tissue.ventricle <= tissue.fluid + 1e-6).all()
    inside = tissue.ventricle > 0.5
    place = np.argwhere(inside)
    assert np.abs(np.median(place, 0) - MIDDLE).max() < 25
    rows = np.flatnonzero(tissue.brain.any((0, 2)))
    assert rows[0] + 25 < place[:, 1].min() < place[:, 1].max() < rows[-1] - 20
    # white matter beside them is marked, far from them it is not
    assert tissue.beside_ventricle[inside].mean() > 0.8
    assert tissue.beside_ventricle[:, : rows[0] + 10].max() < 0.001


def test_the_midline_lies_between_the_hemispheres(large):
    columns = np.flatnonzero((large.tissue.midline > 0.5).any((0, 1)))
    width = np.flatnonzero(large.tissue.brain.any((0, 1)))
    middle = (width[0] + width[-1]) / 2
    # 8 mm wide, and bent by the tumour on the right
    assert abs(np.median(columns) - middle) < 10
    assert 6 < (large.tissue.midline > 0.5)[100, 60].sum() < 12


def make_small(template, *, folds=2, **options):
    deformation = Deformation(template, np.random.default_rng(1))
    return draw_tissue(template, deformation, np.random.default_rng(folds), **options)


def test_more_atrophy_is_more_fluid_and_the_same_head(small, template):
    tight, usual, wide = (make_small(template, atrophy=a) for a in (-1.0, 0.0, 1.0))
    assert tight.brain.shape == small
    np.testing.assert_array_equal(tight.brain, wide.brain)
    for name, least in (("fluid", 1.35), ("ventricle", 1.15)):
        sums = [getattr(tissue, name).sum() for tissue in (tight, usual, wide)]
        assert sums[0] * least < sums[1] < sums[2] / least, name
    # sulci, which lie deeper than the fluid round the brain
    deep = ndimage.binary_erosion(usual.brain, iterations=4) & (wide.ventricle < 0.05)
    sums = [tissue.fluid[deep].sum() for tissue in (tight, usual, wide)]
    assert sums[0] * 1.35 < sums[1] < sums[2] / 1.35


def test_the_same_generators_give_the_same_tissues(small, template):
    one, same, other = (make_small(template, folds=f) for f in (2, 2, 3))
    for field in fields(one):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(same, field.name))
    # other folds in the cortex, round the same ventricles
    cortex = one.brain & (one.ventricle < 0.1) & (other.ventricle < 0.1)
    assert np.corrcoef(one.fluid[cortex], other.fluid[cortex])[0, 1] < 0.75
    inside = one.brain & other.brain
    assert np.corrcoef(one.ventricle[inside], other.ventricle[inside])[0, 1] > 0.9


def test_a_push_moves_tissue_round_the_core_and_none_far_away(small, template):
    push = Push(np.array([35.0, 45.0, 20.0]), 6.0, 0.9)
    free, pushed = make_small(template), make_small(template, pushes=(push,))
    place = np.indices(small) - push.centre[:, None, None, None]
    r = np.sqrt(np.square(place).sum(0))
    around = (r > 6) & (r < 12)
    assert np.abs(pushed.white - free.white)[around].mean() > 0.02
    assert np.abs(pushed.white - free.white)[r > 45].max() < 0.02
