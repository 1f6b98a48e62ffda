import itertools
from dataclasses import replace

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.measure.spots import (
    LEAST_AREA_MM2,
    LEVEL_STD,
    MOST_SPOTS,
    RIM_MM,
    find_spots,
    spot_sentence,
)
from resunet.study import Prediction, Source, Study

SHAPE = (4, 40, 60)
# 10 × 10 pixels: with pixels of 1 mm exactly the least area
ROWS, COLUMNS = slice(3, 13), slice(4, 14)


def make_study(*, shape=SHAPE, spacing_mm=(1.0, 1.0), step_mm=1.0, numbers=(), outside=()):
    """All is brain, but for these places."""
    images = np.zeros((*shape, 4), np.float32)
    images[..., 2] = -7.0
    for place in outside:
        images[place] = 0.0
    return Study(
        images,
        "spots",
        Source("npz", "0"),
        spacing_mm=spacing_mm,
        slice_positions_mm=None if step_mm is None else np.arange(shape[0]) * float(step_mm),
        slice_numbers=numbers,
    )


def make_prediction(blobs, detections=(), *, shape=SHAPE, samples=25, done=None):
    """A standard deviation at places, (place, std), and tumour at others; nothing elsewhere."""
    probability, std = np.full(shape, 0.02, np.float32), np.zeros(shape, np.float32)
    for place, value in blobs:
        std[place], probability[place] = value, 0.3
    for place in detections:
        probability[place] = 0.9
    return Prediction(
        probability=probability,
        std=std,
        entropy=np.zeros(shape, np.float32),
        mutual_information=np.zeros(shape, np.float32),
        done=np.ones(shape[0], bool) if done is None else done,
        area_px_samples=np.zeros((max(samples, 1), shape[0]), np.int64),
        std_by_t=np.zeros(max(samples, 1)),
        threshold=0.5,
        samples=samples,
        seed=0,
        model_id="toy-1",
        engine="by hand",
    )


def blob(index=1, std=0.45, rows=ROWS, columns=COLUMNS):
    return (index, rows, columns), std


def test_the_figures_that_the_tests_are_made_for():
    assert (LEVEL_STD, LEAST_AREA_MM2, RIM_MM, MOST_SPOTS) == (0.4, 100.0, 5.0, 3)


def test_a_spot_is_found_and_measured():
    # slice 1 holds 8 rows of 25 pixels, slice 2 the first 5 columns of them; 2 × 0.5 mm each
    study = make_study(spacing_mm=(2.0, 0.5), step_mm=3.0)
    rows = slice(10, 18)
    prediction = make_prediction(
        [blob(1, 0.45, rows, slice(30, 55)), blob(2, 0.5, rows, slice(30, 35))],
        [(3, slice(30, 36), slice(5, 11))],
    )
    (spot,) = find_spots(study, prediction)
    assert (spot.slice_index, spot.first_slice, spot.last_slice) == (1, 1, 2)
    # mean columns 42 and 32, of 200 and 40 voxels
    assert spot.centroid == pytest.approx((1 + 40 / 240, 13.5, (42 * 200 + 32 * 40) / 240))
    assert spot.side == "left"
    assert (spot.area_px, spot.area_mm2) == (200, 200.0)
    assert spot.volume_ml == pytest.approx(240 * 2.0 * 0.5 * 3.0 / 1000)
    assert spot.std_max == pytest.approx(0.5)
    assert spot.std_mean == pytest.approx((0.45 * 200 + 0.5 * 40) / 240)
    assert spot.probability_max == pytest.approx(0.3)
    assert spot.score == pytest.approx(0.45 * 200)


def test_the_strongest_slice_is_not_the_largest_where_it_is_surer():
    strong, weak = blob(1, 0.5, slice(3, 13), slice(4, 15)), blob(2, 0.41, ROWS, slice(4, 16))
    (spot,) = find_spots(make_study(), make_prediction([strong, weak]))
    # 110 × 0.5 is more than 120 × 0.41
    assert (spot.slice_index, spot.area_px) == (1, 110)
    assert spot.score == pytest.approx(55.0)


@pytest.mark.parametrize(
    ("column", "side"), [(5, "right"), (30, "midline"), (45, "left")], ids=["low", "middle", "high"]
)
def test_columns_run_to_the_patients_left(column, side):
    columns = slice(column - 5, column + 5)
    (spot,) = find_spots(make_study(), make_prediction([blob(columns=columns)]))
    assert spot.side == side


def test_sides_are_those_of_the_whole_brain():
    # the brain begins at column 40, so that its middle is at 49.5
    study = make_study(outside=[np.s_[:, :, :40]])
    (spot,) = find_spots(study, make_prediction([blob(columns=slice(40, 50))]))
    assert spot.side == "right"


@pytest.mark.parametrize(
    ("blobs", "outside"),
    [
        ([], []),
        ([blob(std=LEVEL_STD)], []),
        ([blob(columns=slice(4, 13))], []),
        ([blob(columns=slice(4, 9)), blob(columns=slice(10, 15))], []),
        ([blob(columns=slice(4, 9)), blob(2, columns=slice(9, 14))], []),
        ([blob()], [np.s_[1, 3:13, 4:14]]),
        ([blob()], [np.s_[1, 12, 13]]),
    ],
    ids=[
        "nothing",
        "at the level",
        "too small",
        "two that are too small",
        "too small in every slice",
        "outside the brain",
        "too small without what is outside",
    ],
)
def test_no_spot(blobs, outside):
    assert find_spots(make_study(outside=outside), make_prediction(blobs)) == []


@pytest.mark.parametrize("samples", [0, 1])
def test_without_passes_there_is_no_deviation_and_no_spot(samples):
    assert find_spots(make_study(), make_prediction([blob()], samples=samples)) == []


def test_two_passes_are_enough():
    assert len(find_spots(make_study(), make_prediction([blob()], samples=2))) == 1


def test_slices_that_are_not_done_are_not_searched():
    done = np.array([True, True, False, True])
    prediction = make_prediction([blob(1), blob(2, 0.5)], done=done)
    (spot,) = find_spots(make_study(), prediction)
    assert (spot.slice_index, spot.last_slice) == (1, 1)
    assert find_spots(make_study(), make_prediction([blob(2)], done=done)) == []


@pytest.mark.parametrize(
    ("detection", "found"),
    [
        ((1, 5, 6), 0),  # inside
        ((1, 5, 14), 0),  # beside
        ((1, 5, 18), 0),  # 5 mm from column 13
        ((1, 5, 19), 1),
        ((1, 15, 17), 0),  # 3 and 4 mm from the corner (12, 13)
        ((1, 16, 17), 1),  # √32 mm
        ((3, 5, 5), 0),  # 2 mm above
    ],
)
def test_the_rim_of_a_detection_is_no_spot(detection, found):
    prediction = make_prediction([blob()], [detection])
    assert len(find_spots(make_study(), prediction)) == found


def test_a_region_near_a_detection_is_rim_as_a_whole():
    # a finger of one pixel's width joins the square to a detection 30 mm away
    finger = blob(columns=slice(14, 44), rows=slice(8, 9))
    detection = (1, 8, 44)
    assert find_spots(make_study(), make_prediction([blob(), finger], [detection])) == []
    assert len(find_spots(make_study(), make_prediction([blob()], [detection]))) == 1


@pytest.mark.parametrize(
    ("spacing_mm", "column", "found"),
    [((0.5, 2.0), 15, 0), ((0.5, 2.0), 16, 1), ((2.0, 0.5), 23, 0), ((2.0, 0.5), 24, 1)],
)
def test_the_rim_is_measured_in_millimetres(spacing_mm, column, found):
    # from column 13: 2 and 3 steps of 2 mm, 10 and 11 steps of 0.5 mm
    study = make_study(spacing_mm=spacing_mm)
    assert len(find_spots(study, make_prediction([blob()], [(1, 5, column)]))) == found


@pytest.mark.parametrize(("step_mm", "found"), [(2.5, 0), (2.6, 1)])
def test_the_rim_reaches_through_slices(step_mm, found):
    prediction = make_prediction([blob(0)], [(2, 5, 5)])
    assert len(find_spots(make_study(step_mm=step_mm), prediction)) == found


def test_the_slice_above_a_detection_is_its_rim_however_thick():
    study = make_study(step_mm=12.0)
    assert find_spots(study, make_prediction([blob(0)], [(1, 5, 5)])) == []
    assert len(find_spots(study, make_prediction([blob(0)], [(2, 5, 5)]))) == 1


def test_what_a_reader_added_is_a_detection():
    correction = np.zeros(SHAPE, np.int8)
    correction[1, 5, 6] = 1
    assert find_spots(make_study(), replace(make_prediction([blob()]), correction=correction)) == []


def test_what_a_reader_took_away_has_been_looked_at():
    correction = np.zeros(SHAPE, np.int8)
    correction[1, 5, 14] = -1
    prediction = replace(make_prediction([blob()], [(1, 5, 14)]), correction=correction)
    assert not prediction.mask.any()
    assert find_spots(make_study(), prediction) == []


def test_a_higher_threshold_turns_a_detection_into_a_spot():
    prediction = make_prediction([blob()], [(1, 5, 6)])
    (spot,) = find_spots(make_study(), replace(prediction, threshold=0.95))
    assert (spot.area_px, spot.probability_max) == (100, pytest.approx(0.9))


def test_the_threshold_itself_is_no_detection():
    prediction = make_prediction([blob()])
    threshold = float(np.float32(0.3))
    assert len(find_spots(make_study(), replace(prediction, threshold=threshold))) == 1
    assert find_spots(make_study(), replace(prediction, threshold=0.29)) == []


def test_a_stack_is_followed_across_corners():
    first, second = blob(1), blob(2, rows=slice(13, 23), columns=slice(14, 24))
    (spot,) = find_spots(make_study(), make_prediction([first, second]))
    assert (spot.first_slice, spot.last_slice) == (1, 2)
    assert spot.volume_ml == pytest.approx(0.2)
    assert spot.centroid == pytest.approx((1.5, 12.5, 13.5))


@pytest.mark.parametrize(
    "changes", [{"numbers": (1, 2, 3, 7)}, {"step_mm": None}], ids=["gap", "unknown positions"]
)
def test_without_a_stack_each_slice_is_searched_by_itself(changes):
    prediction = make_prediction([blob(1, 0.42), blob(2, 0.45)], [(3, 5, 5)])
    spots = find_spots(make_study(**changes), prediction)
    assert [(each.slice_index, each.first_slice, each.last_slice) for each in spots] == [
        (2, 2, 2),
        (1, 1, 1),
    ]
    assert [each.volume_ml for each in spots] == [None, None]
    assert [each.area_mm2 for each in spots] == [100.0, 100.0]


def test_a_single_slice():
    shape = (1, *SHAPE[1:])
    prediction = make_prediction([blob(0)], shape=shape)
    (spot,) = find_spots(make_study(shape=shape), prediction)
    assert (spot.slice_index, spot.volume_ml, spot.area_mm2) == (0, None, 100.0)


@pytest.mark.parametrize("step_mm", [None, 1.0])
def test_without_a_spacing_a_pixel_is_taken_for_a_millimetre(step_mm):
    study = make_study(spacing_mm=None, step_mm=step_mm)
    (spot,) = find_spots(study, make_prediction([blob()], [(1, 5, 19)]))
    assert (spot.area_px, spot.area_mm2, spot.volume_ml) == (100, None, None)
    assert spot.score == pytest.approx(45.0)
    assert find_spots(study, make_prediction([blob()], [(1, 5, 18)])) == []
    assert find_spots(study, make_prediction([blob(columns=slice(4, 13))])) == []


def test_the_strongest_come_first_and_no_more_than_a_few():
    blobs = [
        blob(0, 0.42),
        blob(0, 0.45, columns=slice(30, 40)),
        blob(0, 0.41, slice(20, 32), slice(30, 40)),  # 120 × 0.41 is the most
        blob(0, 0.41, slice(20, 30)),
    ]
    spots = find_spots(make_study(), make_prediction(blobs))
    assert [each.score for each in spots] == pytest.approx([49.2, 45.0, 42.0])
    beside = make_prediction(blobs, [(0, 20, 40)])  # and what is no spot takes no place
    assert [each.score for each in find_spots(make_study(), beside)] == pytest.approx(
        [45.0, 42.0, 41.0]
    )


def test_of_equal_ones_the_first_in_order_of_slice_row_and_column():
    places = [(2, 3, 4), (0, 20, 30), (0, 3, 30)]
    blobs = [blob(z, 0.45, slice(y, y + 10), slice(x, x + 10)) for z, y, x in places]
    spots = find_spots(make_study(), make_prediction(blobs))
    assert [each.centroid for each in spots] == [(0, 7.5, 34.5), (0, 24.5, 34.5), (2, 7.5, 8.5)]


def spots_by_brute_force(std, detected, spacing_mm, *, stack):
    """Voxel counts of the regions that are spots: flood fill, and every distance there is."""
    left = {tuple(voxel) for voxel in np.argwhere(std > LEVEL_STD)}
    tumour_mm = np.argwhere(detected) * spacing_mm
    steps = [
        step
        for step in itertools.product((-1, 0, 1), repeat=3)
        if any(step) and (stack or not step[0])
    ]
    counts = []
    while left:
        region, edge = [], [left.pop()]
        while edge:
            voxel = edge.pop()
            region.append(voxel)
            near = {tuple(np.add(voxel, step).tolist()) for step in steps} & left
            left -= near
            edge += near
        per_slice = np.bincount([voxel[0] for voxel in region])
        apart = np.array(region)[:, None] * spacing_mm - tumour_mm
        if not stack:  # tumour of another slice is no neighbour
            apart[..., 0] = np.where(apart[..., 0] == 0, 0, np.inf)
        near = (np.linalg.norm(apart, axis=-1) <= RIM_MM).any()
        area_mm2 = per_slice.max() * spacing_mm[1] * spacing_mm[2]
        if area_mm2 >= LEAST_AREA_MM2 and not near:
            counts.append(len(region))
    return sorted(counts)


@pytest.mark.parametrize("stack", [True, False], ids=["stack", "gap"])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_as_by_brute_force(seed, stack, monkeypatch):
    # coarse noise: blocks of 8 × 8 pixels, one deviation each; pixels of 2 × 1.5 mm
    monkeypatch.setattr("resunet.measure.spots.MOST_SPOTS", 1000)
    rng = np.random.default_rng(seed)
    shape = (4, 64, 72)
    std = np.kron(rng.choice([0.2, 0.45], (4, 8, 9), p=[0.88, 0.12]), np.ones((1, 8, 8)))
    prediction = make_prediction([(np.s_[:], std)], shape=shape)
    probability = np.where(rng.random(shape) < 1.5e-4, 0.9, 0.1).astype(np.float32)
    prediction = replace(prediction, probability=probability)
    study = make_study(
        shape=shape,
        spacing_mm=(2.0, 1.5),
        step_mm=3.0,
        numbers=() if stack else (1, 3, 4, 5),
    )
    spots = find_spots(study, prediction)
    expected = spots_by_brute_force(std, probability > 0.5, np.array([3.0, 2.0, 1.5]), stack=stack)
    assert len(expected) > 2
    if stack:
        assert sorted(round(each.volume_ml / 0.009) for each in spots) == expected
    else:
        assert sorted(each.area_px for each in spots) == expected


def test_another_grid_is_refused():
    prediction = make_prediction([], shape=(4, 40, 61))
    with pytest.raises(InputError, match=r"prediction has shape \(4, 40, 61\).*\(4, 40, 60\)"):
        find_spots(make_study(), prediction)


def test_a_sentence_for_a_radiologist():
    study = make_study(numbers=(83, 84, 85, 86))
    (spot,) = find_spots(study, make_prediction([blob(columns=slice(40, 52))]))
    assert spot_sentence(study, spot) == (
        "Uncertain without a detection: slice no. 84, patient's left, 1.2 cm², "
        "standard deviation up to 0.45."
    )


def test_the_sentence_of_a_spot_in_several_slices():
    study = make_study(numbers=(83, 84, 85, 86))
    blobs = [blob(1), blob(2, 0.487), blob(3, 0.41)]
    (spot,) = find_spots(study, make_prediction(blobs))
    assert spot_sentence(study, spot) == (
        "Uncertain without a detection: slice no. 85 (84 to 86), patient's right, 1.0 cm², "
        "standard deviation up to 0.49."
    )


def test_the_sentence_of_a_spot_of_unknown_size_in_the_middle():
    study = make_study(spacing_mm=None)
    (spot,) = find_spots(study, make_prediction([blob(columns=slice(23, 36))]))
    assert spot_sentence(study, spot) == (
        "Uncertain without a detection: slice no. 1, near the midline, 130 pixels, "
        "standard deviation up to 0.45."
    )
