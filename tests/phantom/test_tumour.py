from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from resunet.errors import InputError
from resunet.phantom.anatomy import Deformation, draw_tissue
from resunet.phantom.tumour import Lesion, _arrival, grow, push_of

RIGHT, LEFT = (30.0, -30.0, 22.0), (-30.0, 20.0, 14.0)  # MNI, in the white matter


# What is asked for


def test_the_core_is_what_is_not_oedema():
    lesion = Lesion(volume_ml=80, oedema_share=0.6)
    assert lesion.core_mm3 == pytest.approx(32_000)  # 80 ml · 0.4
    assert lesion.core_radius_mm == pytest.approx(19.695, abs=1e-3)  # (3 · 32000 / 4π)^⅓
    push = push_of(replace(lesion, push=0.3), np.array([1.0, 2.0, 3.0]))
    assert push.radius == lesion.core_radius_mm
    assert push.share == 0.3
    np.testing.assert_array_equal(push.centre, [1, 2, 3])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"grade": "III"}, "grade is 'III'; high or low is accepted."),
        ({"volume_ml": 0.4}, "volume_ml is 0.4; 0.5 to 300 is accepted."),
        ({"volume_ml": 301}, "volume_ml is 301; 0.5 to 300 is accepted."),
        ({"volume_ml": float("nan")}, "volume_ml is nan; 0.5 to 300 is accepted."),
        ({"oedema_share": 1.01}, "oedema_share is 1.01; 0 to 1 is accepted."),
        ({"rim_share": -0.1}, "rim_share is -0.1; 0 to 1 is accepted."),
        ({"push": float("nan")}, "push is nan; 0 to 1 is accepted."),
    ],
)
def test_what_no_lesion_can_be(values, sentence):
    with pytest.raises(InputError) as caught:
        Lesion(**values)
    assert str(caught.value) == sentence


def test_the_bounds_are_accepted():
    for volume_ml in (0.5, 300):
        Lesion("low", volume_ml, oedema_share=0, rim_share=1, push=0)


# A whole one: 105 ml, of which 62 % oedema; 42 % of the core enhances


def test_labels_are_those_of_brats_and_in_the_brain(large):
    labels = large.tumour.labels
    assert labels.dtype == np.uint8
    assert set(np.unique(labels)) == {0, 1, 2, 4}
    assert not labels[~large.tissue.brain].any()


def test_shares_are_shares_and_in_the_brain(large):
    tumour = large.tumour
    for share in (tumour.core, tumour.rim, tumour.oedema):
        assert share.dtype == np.float32
        assert share.min() >= 0
        assert not share[~large.tissue.brain].any()
    assert (tumour.core + tumour.rim + tumour.oedema).max() <= 1 + 1e-6


def test_the_volumes_are_those_asked_for(large):
    labels, lesion = large.tumour.labels, large.settings.lesions[0]
    core = np.isin(labels, (1, 4))
    assert (labels > 0).sum() / 1000 == pytest.approx(lesion.volume_ml, rel=0.06)
    assert core.sum() == pytest.approx(lesion.core_mm3, rel=0.06)
    assert (labels == 4).sum() / core.sum() == pytest.approx(lesion.rim_share, abs=0.05)


def from_centre(large):
    grid = np.indices(large.tumour.labels.shape, np.float32)
    return np.sqrt(sum(np.square(g - c) for g, c in zip(grid, large.sites[0], strict=True)))


def test_oedema_follows_white_matter_more_than_a_ball_would(large):
    labels, tissue = large.tumour.labels, large.tissue
    oedema = labels == 2
    # as many of the brain's voxels nearest to the core's centre, the core left out
    others = tissue.brain & ~np.isin(labels, (1, 4))
    r = np.where(others, from_centre(large), np.inf)
    ball = r <= np.partition(r.ravel(), oedema.sum())[oedema.sum()]
    assert ball.sum() == pytest.approx(oedema.sum(), rel=0.01)
    assert tissue.white[oedema].mean() > tissue.white[ball].mean() + 0.1
    # it spares what a ball does not
    assert tissue.fluid[oedema].mean() < 0.3 * tissue.fluid[ball].mean()
    assert (tissue.fluid[oedema] > 0.5).mean() < 0.002
    assert (tissue.ventricle[oedema] > 0.5).mean() < 0.001
    assert (tissue.ventricle[ball] > 0.5).mean() > 0.02
    # and reaches out in fingers
    assert from_centre(large)[oedema].max() > r[ball].max() + 5


def test_the_core_spares_ventricles_and_is_one_piece(large):
    core = np.isin(large.tumour.labels, (1, 4))
    assert (large.tissue.ventricle[core] > 0.5).mean() < 0.001
    pieces = np.bincount(ndimage.label(core)[0].ravel())[1:]
    assert pieces.max() > 0.98 * core.sum()
    assert from_centre(large)[core].max() < 2.5 * large.settings.lesions[0].core_radius_mm


def test_the_rim_lies_round_the_necrosis(large):
    labels = large.tumour.labels
    core = np.isin(labels, (1, 4))
    depth = ndimage.distance_transform_edt(core)
    surface = core & ~ndimage.binary_erosion(core)
    assert (labels[surface] == 4).mean() > 0.9  # it may be broken in places
    assert not (labels[depth > depth.max() / 2] == 4).any()
    assert depth[labels == 1].mean() > 2 * depth[labels == 4].mean()
    # one finds oedema outside of it, not inside
    beside_rim = ndimage.binary_dilation(labels == 4)
    assert (labels[beside_rim & ~core] == 2).mean() > 0.5


def test_oedema_is_full_near_the_core_and_thin_at_its_edge(large):
    tumour, tissue = large.tumour, large.tissue
    away = ndimage.distance_transform_edt(~np.isin(tumour.labels, (1, 4)))
    inside = (tumour.labels == 2) & (tissue.white > 0.9)
    near, far = (tumour.oedema[inside & part].mean() for part in (away < 5, away > 15))
    assert near > far + 0.15
    assert far > 0.3


# Others, in a small brain


@pytest.fixture
def brain(small, template):
    """A brain of 80 ml without mass effect, and the way to a place in it."""
    deformation = Deformation(template, np.random.default_rng(1))
    coordinates = deformation.coordinates()
    tissue = draw_tissue(template, deformation, np.random.default_rng(2))

    def find(mni_mm):
        wanted = template.index_of(mni_mm)
        away = sum(np.square(c - w) for c, w in zip(coordinates, wanted, strict=True))
        return np.array(np.unravel_index(int(away.argmin()), small), np.float64)

    return tissue, find


def grown(brain, *lesions, seed=0, tissue=None):
    """Lesions and their MNI places."""
    own, find = brain
    placed = [(lesion, find(place)) for lesion, place in lesions]
    return grow(placed, tissue or own, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    "lesion",
    [
        Lesion("high", 5, 0.6, 0.45),
        Lesion("high", 9, 0.3, 0.7),
        Lesion("high", 5, 0.0, 0.45),
        Lesion("low", 3, 0.3, 0.0),
        Lesion("low", 4, 0.4, 0.08),
    ],
    ids=["high", "little oedema", "no oedema", "low", "low with some rim"],
)
def test_other_volumes_are_those_asked_for(brain, lesion, seed):
    labels = grown(brain, (lesion, RIGHT), seed=seed).labels
    core = np.isin(labels, (1, 4))
    assert (labels > 0).sum() / 1000 == pytest.approx(lesion.volume_ml, rel=0.1)
    # at the edge of so small a core, voxels are more of something else
    assert core.sum() == pytest.approx(lesion.core_mm3, rel=0.15)
    assert (labels == 4).sum() / core.sum() == pytest.approx(lesion.rim_share, abs=0.08)
    assert ((labels == 2).sum() == 0) == (lesion.oedema_share == 0)


def test_a_low_grade_tumour_without_rim_enhances_nowhere(brain):
    tumour = grown(brain, (Lesion("low", 3, 0.3, 0.0), RIGHT))
    assert not tumour.rim.any()
    assert set(np.unique(tumour.labels)) == {0, 1, 2}


def test_oedema_without_a_core_spreads_from_its_place(brain):
    lesion = Lesion("high", 5, oedema_share=1.0)
    assert lesion.core_radius_mm == 0
    for place in (RIGHT, LEFT):
        tumour = grown(brain, (lesion, place))
        assert set(np.unique(tumour.labels)) == {0, 2}
        assert (tumour.labels > 0).sum() == pytest.approx(5000, rel=0.1)
        middle = np.argwhere(tumour.labels).mean(0)
        assert np.abs(middle - brain[1](place)).max() < 6


def test_two_tumours_are_two(brain):
    one, two = (Lesion("high", 2, 0.5, 0.4), RIGHT), (Lesion("low", 1.5, 0.2, 0.0), LEFT)
    labels = grown(brain, one, two).labels
    numbers, _ = ndimage.label(labels > 0)
    sizes = np.bincount(numbers.ravel())[1:]
    first, second = np.argsort(sizes)[::-1][:2] + 1
    assert sizes[first - 1] == pytest.approx(2000, rel=0.12)
    assert sizes[second - 1] == pytest.approx(1500, rel=0.12)
    # the patient's right lies at smaller columns; only the first enhances
    columns = [np.argwhere(numbers == n)[:, 2].mean() for n in (first, second)]
    assert columns[0] < 32 < columns[1]
    assert (labels[numbers == first] == 4).any()
    assert not (labels[numbers == second] == 4).any()


def test_where_two_overlap_shares_stay_shares(brain):
    place = (RIGHT[0], RIGHT[1] + 12, RIGHT[2])
    tumour = grown(brain, (Lesion("high", 4), RIGHT), (Lesion("high", 3), place))
    assert (tumour.core + tumour.rim + tumour.oedema).max() <= 1 + 1e-6
    assert 4000 < (tumour.labels > 0).sum() < 7000


def test_no_lesion_is_no_tumour(brain):
    tumour = grown(brain)
    for share in (tumour.core, tumour.rim, tumour.oedema, tumour.labels):
        assert not share.any()


def test_the_same_generator_gives_the_same_tumour(brain):
    lesion = (Lesion("high", 4), RIGHT)
    one, same, other = (grown(brain, lesion, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.labels, same.labels)
    np.testing.assert_array_equal(one.oedema, same.oedema)
    both = ((one.labels > 0) & (other.labels > 0)).sum() / (one.labels > 0).sum()
    assert 0.4 < both < 0.95  # at one place, of another shape


def test_oedema_crosses_the_midline_late(brain):
    tissue, find = brain
    open_brain = replace(tissue, midline=np.zeros_like(tissue.midline))
    lesion = (Lesion("high", 5, 0.8, 0.4), (26.0, -10.0, 30.0))
    left = np.arange(tissue.brain.shape[2]) > find((0, -10, 30))[2]
    held, free = (
        np.stack([grown(brain, lesion, seed=seed, tissue=each).labels == 2 for seed in range(3)])
        for each in (tissue, open_brain)
    )
    assert free[..., left].sum() > 50
    assert held[..., left].sum() < 0.5 * free[..., left].sum()
    assert held.sum() == pytest.approx(free.sum(), rel=0.03)  # it goes elsewhere instead


# How oedema spreads, on a toy grid


def to_ball(shape, centre, radius):
    """Signed distance to a ball, positive inside."""
    grid = np.indices(shape, np.float32)
    return radius - np.sqrt(sum(np.square(g - c) for g, c in zip(grid, centre, strict=True)))


@pytest.mark.parametrize("speed", [1.0, 0.25])
def test_in_a_uniform_medium_it_arrives_by_the_straight_way(speed):
    shape = (40, 44, 48)
    distance = to_ball(shape, (20, 22, 16), 6.0).astype(np.float32)
    arrival = _arrival(distance, np.full(shape, speed, np.float32))
    assert arrival.shape == shape
    assert arrival.dtype == np.float32
    assert (arrival[distance > 0] <= 1.5 / speed).all()  # already there, but for the soft edge
    # a path over 26 neighbours is up to √(1 + (√2 − 1)² + (√3 − √2)²) = 1.128 times too long;
    # it may start 1 mm off the surface, on a grid of 2 mm
    way = -distance
    outside = way > 3
    late = arrival[outside] * speed
    assert (late <= 1.128 * way[outside] + 2.5).all()
    assert (late >= way[outside] - 2.5).all()
    # along the axes there is no detour
    np.testing.assert_allclose(arrival[20, 22, 24:47] * speed, way[20, 22, 24:47], atol=2)


def test_it_goes_twice_as_fast_where_the_speed_is_twice():
    shape = (24, 24, 48)
    distance = to_ball(shape, (12, 12, 4), 3.0).astype(np.float32)
    speed = np.ones(shape, np.float32)
    speed[..., 24:] = 2
    arrival = _arrival(distance, speed)
    assert arrival[12, 12, 20] - arrival[12, 12, 12] == pytest.approx(8, abs=0.5)
    assert arrival[12, 12, 40] - arrival[12, 12, 32] == pytest.approx(4, abs=0.5)


def test_it_goes_round_a_barrier():
    # a wall 4 mm thick at columns 20 to 23, open only at rows from 36 on
    shape = (8, 44, 48)
    distance = to_ball(shape, (4, 8, 8), 3.0).astype(np.float32)
    speed = np.ones(shape, np.float32)
    speed[:, :36, 20:24] = 0
    behind = (4, 8, 36)
    straight = _arrival(distance, np.ones(shape, np.float32))[behind]
    assert straight == pytest.approx(25, abs=2)  # 28 mm from the centre, less the radius
    # by hand: from (8, 8) to the wall's end at (37, 21), and back to (8, 36)
    way = np.hypot(29, 13) + np.hypot(29, 15) - 3
    assert way - 2 < _arrival(distance, speed)[behind] < 1.083 * way + 6  # in a plane
    # through the wall, at a hundredth of the speed, at least one step of 2 mm
    closed = speed.copy()
    closed[:, :, 20:24] = 0
    assert straight + 150 < _arrival(distance, closed)[behind] < 400


def test_without_a_core_it_starts_at_the_highest_place():
    shape = (16, 16, 32)
    distance = np.minimum(to_ball(shape, (8, 8, 10), 0.0), -3).astype(np.float32)
    distance[8, 8, 10] = -2.5
    arrival = _arrival(distance, np.ones(shape, np.float32))
    assert arrival[8, 8, 10] == 0
    assert arrival[8, 8, 20] == pytest.approx(10, abs=0.1)
