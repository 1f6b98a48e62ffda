import math

import numpy as np
import pytest
from synthetic import make_study

from resunet.config import PreparationConfig
from resunet.data.preprocess import Frame, Preparer, intensity_range, prepare, restore
from resunet.errors import InputError
from resunet.study import Source, Study


def study_of(images, *, labels=None, spacing_mm=None):
    return Study(
        images=np.asarray(images, np.float32),
        identifier="a",
        source=Source("npz", "0" * 64),
        labels=labels,
        spacing_mm=spacing_mm,
    )


def config(scaling="maximum", framing="resize", scope="slice", margin=0.05):
    return PreparationConfig(scaling, framing, scope, margin)


SCALINGS = ["maximum", "percentile", "standardise"]
FRAMINGS = ["resize", "crop"]
SCOPES = ["slice", "study"]

# Frames, by hand


@pytest.mark.parametrize(
    ("shape", "spacing_mm", "frame"),
    [
        ((40, 40), None, (0, 0, 40, 40)),
        ((20, 40), None, (-10, 0, 40, 40)),  # as high as wide: 10 rows of background each side
        ((20, 40), (2.0, 1.0), (0, 0, 20, 40)),  # 20 rows of 2 mm are 40 mm
        ((40, 10), (0.5, 1.0), (0, -5, 40, 20)),  # 20 mm high, 10 mm wide
    ],
)
def test_resize_frames_the_whole_slice_square_in_mm(shape, spacing_mm, frame):
    study = study_of(np.ones((1, *shape, 4)), spacing_mm=spacing_mm)
    assert prepare(study, config(), 8).frames == (Frame(*frame),)


def brain_study(rows, columns, *, shape=(40, 30), slices=1, spacing_mm=None):
    """A constant brain in these rows and columns of every slice."""
    images = np.zeros((slices, *shape, 4))
    images[:, slice(*rows), slice(*columns)] = 5.0
    return study_of(images, spacing_mm=spacing_mm)


@pytest.mark.parametrize(
    ("spacing_mm", "margin", "frame"),
    [
        # rows 10–29 and columns 5–14: 20 × 10 px round the point (20, 10)
        (None, 0.0, (10, 0, 20, 20)),
        (None, 0.05, (9, -1, 22, 22)),  # 20 · (1 + 2 · 0.05) = 22
        ((1.0, 3.0), 0.0, (5, 5, 30, 10)),  # 10 columns of 3 mm are 30 mm = 30 rows
    ],
)
def test_crop_frames_the_brain_square_in_mm(spacing_mm, margin, frame):
    study = brain_study((10, 30), (5, 15), spacing_mm=spacing_mm)
    found = prepare(study, config(framing="crop", margin=margin), 8).frames[0]
    assert found == pytest.approx(frame)


@pytest.mark.parametrize("scope", SCOPES)
def test_the_frame_is_of_each_slice_or_of_all(scope):
    images = np.zeros((2, 40, 40, 4))
    images[0, 10:20, 10:20] = 5.0
    images[1, 20:30, 14:24] = 5.0
    frames = prepare(study_of(images), config(framing="crop", scope=scope, margin=0.0), 8).frames
    if scope == "slice":
        assert frames == (Frame(10, 10, 10, 10), Frame(20, 14, 10, 10))
    else:  # rows 10–29, columns 10–23: 20 × 14 round (20, 17)
        assert frames == (Frame(10, 7, 20, 20),) * 2


def test_a_slice_without_brain_is_framed_whole():
    study = study_of(np.zeros((1, 12, 8, 4)))
    assert prepare(study, config(framing="crop", margin=0.0), 8).frames == (Frame(0, -2, 12, 12),)


# Averaging


def test_an_exact_factor_gives_the_means_of_blocks():
    rng = np.random.default_rng(0)
    images = rng.uniform(1.0, 100.0, (2, 64, 64, 4))
    blocks = images.reshape(2, 16, 4, 16, 4, 4).mean(axis=(2, 4))
    expected = blocks / images.max(axis=(1, 2), keepdims=True)
    prepared = prepare(study_of(images), config(), 16).images
    assert prepared.dtype == np.float32
    np.testing.assert_allclose(prepared, expected, rtol=1e-5)


def test_a_broken_factor_shares_pixels_by_area():
    # 3 columns onto 2: each output is 1.5 px wide, so (a + b/2) / 1.5 and (b/2 + c) / 1.5
    row = np.array([[3.0, 6.0, 12.0]] * 3)
    prepared = prepare(study_of(np.repeat(row[None, ..., None], 4, axis=3)), config(), 2)
    expected = np.array([(3 + 3) / 1.5, (3 + 12) / 1.5]) / 12
    np.testing.assert_allclose(prepared.images[0, ..., 0], [expected, expected], rtol=1e-6)


def test_enlarging_is_linear_between_centres():
    # 2 columns onto 4: centres at −0.25, 0.25, 0.75, 1.25 of the input's
    row = np.array([[4.0, 8.0]] * 2)
    prepared = prepare(study_of(np.repeat(row[None, ..., None], 4, axis=3)), config(), 4)
    expected = np.array([4.0, 5.0, 7.0, 8.0]) / 8
    np.testing.assert_allclose(prepared.images[0, 1, :, 2], expected, rtol=1e-6)


def test_the_mask_is_averaged_then_cut_above_one_half():
    labels = np.zeros((1, 8, 8), np.uint8)
    labels[0, :4, :4].flat[:8] = 4  # 8 of 16 pixels: a half, not above
    labels[0, :4, 4:].flat[:9] = 1  # 9 of 16
    labels[0, 4:, :4] = 2  # all
    prepared = prepare(study_of(np.ones((1, 8, 8, 4)), labels=labels), config(), 2)
    assert prepared.mask.dtype == bool
    np.testing.assert_array_equal(prepared.mask[0], [[False, True], [True, False]])
    assert prepared.share.dtype == np.float32
    assert ((prepared.share > 0.5) == prepared.mask).all()


def test_a_study_without_labels_has_no_mask():
    prepared = prepare(make_study(labels=False), config(), 8)
    assert prepared.mask is None
    assert prepared.share is None


# Positions: what lies somewhere comes back to the same place

GRIDS = [
    ((64, 64), None, 16),
    ((65, 65), None, 16),
    ((63, 64), None, 32),
    ((48, 81), None, 24),
    ((50, 90), (2.0, 1.1), 33),
    ((60, 40), (0.7, 1.3), 20),
    ((20, 24), None, 40),  # enlarged
    ((31, 20), (1.0, 2.0), 48),
]


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("slope", [(1.0, 0.0), (0.0, 1.0), (0.4, -0.3)], ids=["row", "col", "both"])
@pytest.mark.parametrize(("shape", "spacing_mm", "size"), GRIDS)
def test_a_ramp_goes_to_the_networks_grid_and_back(framing, slope, shape, spacing_mm, size):
    # The mean of a ramp over a cell is its value at the cell's centre, and linear
    # interpolation gives a ramp back: a shift by d pixels would show as d times the slope.
    # A pixel of which a cell covers the part f counts with its centre, (1 − f)/2 away from
    # the part's: f(1 − f)/2 ≤ 1/8 of the slope in a cell's sum, so 1/8/step in its mean;
    # none where cells are of whole pixels, or smaller than one.
    # Near the edge of the brain a cell or an interpolation reaches outside: left out here.
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    ramp = 200.0 + slope[0] * y + slope[1] * x
    images = np.repeat(ramp[None, ..., None], 4, axis=3)
    first, last = (0, 0), shape
    if framing == "crop":  # the brain is a part of the slice, off its centre
        first, last = (4, 3), (shape[0] - 2, shape[1] - 4)
        inside = (y >= 4) & (y < last[0]) & (x >= 3) & (x < last[1])
        images = images * inside[None, ..., None]
    highest = images.max()
    prepared = prepare(study_of(images, spacing_mm=spacing_mm), config(framing=framing), size)
    frame = prepared.frames[0]
    back = restore(prepared.images[0, ..., 1], frame, shape) * highest
    bound = 1e-3  # of float32, at values up to 300
    for start, extent, rise in zip(frame[:2], frame[2:], slope, strict=True):
        step = extent / size
        if step > 1 and not (step.is_integer() and float(start).is_integer()):
            bound += abs(rise) / 8 / step
    reach = [math.ceil(2 * max(extent / size, 1.0)) for extent in frame[2:]]
    inner = tuple(slice(a + r, b - r) for a, b, r in zip(first, last, reach, strict=True))
    assert back[inner].size > 50
    np.testing.assert_allclose(back[inner], ramp[inner], rtol=0, atol=bound)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize(("shape", "spacing_mm", "size"), GRIDS)
def test_a_blobs_centroid_goes_to_the_networks_grid_and_back(framing, shape, spacing_mm, size):
    # A Gaussian of σ = 2 cells holds nothing at the sampling frequency (exp(−2π²·4) < 1e-30),
    # so averaging and interpolation leave its centroid where it is. What remains is the cut
    # at 3.5 σ, a step of h = exp(−3.5²/2) = 0.2 %: half a cell of it along the whole edge
    # would move the centroid by ½ h (2π·3.5σ)(3.5σ) / (2πσ²) = 0.013, once each way.
    spacing = np.array(spacing_mm or (1.0, 1.0))
    sides = np.array(shape) * spacing
    sigma = 2.0 * np.maximum(max(sides) * 1.1 / size / spacing, 1.0)
    centre = np.array([0.55, 0.42]) * shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    blob = np.exp(-0.5 * (((y - centre[0]) / sigma[0]) ** 2 + ((x - centre[1]) / sigma[1]) ** 2))
    images = np.zeros((1, *shape, 4))
    images[0, 1:, :-1, 0] = 1.0  # the brain
    images[0, ..., 3] = blob * (blob > math.exp(-0.5 * 3.5**2)) * (images[0, ..., 0] > 0)
    prepared = prepare(study_of(images, spacing_mm=spacing_mm), config(framing=framing), size)

    def centroid(picture):
        rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
        return np.array([(rows * picture).sum(), (columns * picture).sum()]) / picture.sum()

    frame = prepared.frames[0]
    true = centroid(images[0, ..., 3])
    step = np.array([frame.rows, frame.columns]) / size
    there = (true + 0.5 - [frame.row, frame.column]) / step - 0.5
    np.testing.assert_allclose(centroid(prepared.images[0, ..., 3]), there, atol=0.03)
    back = restore(prepared.images[0, ..., 3], frame, shape)
    np.testing.assert_allclose(centroid(back), true, atol=0.03 * max(*step, 1.0))


def test_the_sides_are_not_exchanged():
    images = np.zeros((1, 32, 32, 4))
    images[0, 2:30, 2:30] = 1.0
    images[0, 4:8, 20:28] = 9.0  # in front, on the patient's left
    prepared = prepare(study_of(images), config(), 8).images[0, ..., 0]
    np.testing.assert_array_equal(np.argwhere(prepared > 0.9), [[1, 5], [1, 6]])


def test_restore_by_hand():
    # 2 cells over columns 1–5 of 6: cells of 2 px with centres at 1.5 and 3.5 (edges 1 to 5)
    maps = np.array([[2.0, 6.0], [2.0, 6.0]], np.float32)
    back = restore(maps, Frame(0, 1, 4, 4), (4, 6))
    assert back.dtype == np.float32
    # pixels 1, 2, 3, 4 lie at −0.25, 0.25, 0.75, 1.25 of the cells; the outer ones take the
    # nearest centre, and pixels 0 and 5 lie outside the frame
    np.testing.assert_allclose(back, [[0, 2, 3, 5, 6, 0]] * 4, atol=1e-6)


def test_restore_takes_any_leading_axes():
    maps = np.random.default_rng(0).random((2, 3, 8, 8)).astype(np.float32)
    frame = Frame(1.5, -2, 20, 25)
    back = restore(maps, frame, (30, 20))
    assert back.shape == (2, 3, 30, 20)
    np.testing.assert_allclose(back[1, 2], restore(maps[1, 2], frame, (30, 20)), rtol=1e-6)


def test_restored_probabilities_stay_probabilities():
    back = restore(np.ones((16, 16), np.float32), Frame(-3.3, 2.7, 71.7, 71.7), (64, 80))
    assert back.max() <= 1.0
    assert set(np.unique(back[:, 4:70])) == {1.0}  # wherever the frame reaches
    assert (back[:, :2] == 0).all()


def test_an_empty_frame_is_refused():
    with pytest.raises(InputError, match="extent 0"):
        restore(np.ones((4, 4), np.float32), Frame(0, 0, 0, 4), (4, 4))


# Intensities


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_constant_image_stays_constant(scaling, framing, scope):
    study = study_of(np.full((2, 37, 37, 4), 7.0))
    settings = config(scaling, framing, scope, margin=0.0)
    images = prepare(study, settings, 16).images
    expected = {"maximum": 1.0, "percentile": 0.0, "standardise": 0.0}[scaling]
    np.testing.assert_allclose(images, expected, atol=2e-6)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize(("framing", "scope"), [("resize", "slice"), ("crop", "study")])
def test_the_background_is_exactly_the_background_value(scaling, framing, scope):
    study = make_study(height=60, width=44)
    prepared = prepare(study, config(scaling, framing, scope), 16)
    background, ceiling = intensity_range(scaling)
    brain = prepare(
        study_of(np.repeat(study.brain[..., None], 4, axis=3)), config("maximum", "resize"), 16
    )
    if framing == "resize":
        outside = brain.images[..., 0] == 0
        assert outside.any()
        assert (prepared.images[outside] == background).all()
    assert (prepared.images[:, 0, 0] == background).all()  # the corner holds no brain
    assert prepared.images.min() >= background
    assert prepared.images.max() <= ceiling


@pytest.mark.parametrize(("side", "size"), [(26, 7), (56, 16), (59, 33), (62, 7), (47, 64)])
@pytest.mark.parametrize("scaling", SCALINGS)
def test_nothing_lies_outside_the_range(scaling, side, size):
    # averages of many equal values round to either side of them
    images = np.ones((1, side, side, 4))
    images[0, :, : side // 2] = 32767.0
    prepared = prepare(study_of(images), config(scaling), size).images
    background, ceiling = intensity_range(scaling)
    assert prepared.min() >= background
    assert prepared.max() <= ceiling


def hundred_and_one(first, *, spike=None):
    """16×16 pixels of which 101 are brain: flair holds first, first + 1, …, first + 100."""
    images = np.zeros((1, 16, 16, 4))
    values = np.arange(first, first + 101.0)
    if spike is not None:
        values[-1] = spike
    images[0, ..., 3].flat[:101] = values
    images[0, ..., 0].flat[:101] = 1.0
    return images, values


@pytest.mark.parametrize("spike", [None, 32767.0])
@pytest.mark.parametrize("first", [1.0, 1000.0, -50.0])
def test_standardise_by_hand(first, spike):
    # Of 101 values the 1st percentile is the second and the 99th the last but one; the 99
    # between have their mean at first + 50 and the variance (99² − 1) / 12, whatever the
    # outermost are. Outside of −3 … 8 the brain is cut.
    images, values = hundred_and_one(first, spike=spike)
    prepared = prepare(study_of(images), config("standardise"), 16).images[0, ..., 3].ravel()
    expected = (values - (first + 50)) / math.sqrt((99**2 - 1) / 12)
    np.testing.assert_allclose(prepared[:101], np.minimum(expected, 8.0), rtol=1e-4, atol=1e-5)
    assert (prepared[101:] == -3.0).all()
    assert (prepared[100] == 8.0) == (spike is not None)


def test_percentile_by_hand():
    images, values = hundred_and_one(1.0, spike=32767.0)  # percentiles 2 and 100
    prepared = prepare(study_of(images), config("percentile"), 16).images[0, ..., 3].ravel()
    expected = np.clip((values - 2.0) / 98.0, 0.0, 1.0)
    np.testing.assert_allclose(prepared[:101], expected, rtol=1e-5, atol=1e-7)
    assert (prepared[101:] == 0.0).all()


def test_maximum_is_each_contrasts_own_and_negatives_are_0():
    images = np.zeros((1, 4, 4, 4))
    images[0, 0, :, 0] = (100, 50, -20, 25)
    images[0, 0, :, 1] = (3, 6, 12, 24)
    images[0, 0, :, 2] = (-1, -2, -3, -4)
    prepared = prepare(study_of(images), config("maximum"), 4).images[0, 0]
    np.testing.assert_allclose(prepared[:, 0], [1.0, 0.5, 0.0, 0.25])
    np.testing.assert_allclose(prepared[:, 1], [0.125, 0.25, 0.5, 1.0])
    assert (prepared[:, 2:] == 0).all()


def two_slices():
    images = np.zeros((2, 16, 16, 4))
    images[0, ..., :3] = 1.0
    images[1, ..., :3] = 1.0
    images[0, ..., 3] = np.arange(1.0, 257.0).reshape(16, 16)
    images[1, ..., 3] = 2 * images[0, ..., 3]
    return images


@pytest.mark.parametrize("scaling", SCALINGS)
def test_per_slice_each_slice_has_its_own_statistics(scaling):
    prepared = prepare(study_of(two_slices()), config(scaling, scope="slice"), 16).images
    np.testing.assert_allclose(prepared[0], prepared[1], atol=1e-5)


def test_per_study_the_slices_share_their_statistics():
    images = two_slices()
    prepared = prepare(study_of(images), config("maximum", scope="study"), 16).images[..., 3]
    np.testing.assert_allclose(prepared, images[..., 3] / 512, rtol=1e-6)
    prepared = prepare(study_of(images), config("standardise", scope="study"), 16).images[..., 3]
    ordered = np.sort(images[..., 3], axis=None)
    # numpy's percentile lies between the neighbours of place 511 · p: 5.11 and 505.89
    inner = ordered[(ordered > ordered[5]) & (ordered < ordered[506])]
    expected = (images[..., 3] - inner.mean()) / inner.std()
    np.testing.assert_allclose(prepared, expected, atol=1e-4)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("scaling", SCALINGS)
def test_an_empty_brain_is_all_background(scaling, framing, scope):
    images = np.zeros((2, 20, 20, 4))
    images[1, 5:15, 5:15] = np.random.default_rng(0).uniform(1, 9, (10, 10, 4))
    settings = config(scaling, framing, scope)
    for study in (study_of(images), study_of(images[:1])):
        prepared = prepare(study, settings, 8).images
        assert np.isfinite(prepared).all()
        assert (prepared[0] == intensity_range(scaling)[0]).all()


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("scaling", SCALINGS)
def test_some_slices_are_prepared_as_among_all(scaling, framing, scope):
    study = make_study(slices=5)
    settings = config(scaling, framing, scope)
    everything, some = prepare(study, settings, 16), Preparer(study, settings, 16)([3, 0])
    np.testing.assert_array_equal(some.images, everything.images[[3, 0]])
    np.testing.assert_array_equal(some.mask, everything.mask[[3, 0]])
    assert some.frames == (everything.frames[3], everything.frames[0])


def test_preparing_leaves_the_study_as_it_is():
    study = make_study()
    before = study.images.copy(), study.labels.copy()
    prepare(study, config("standardise", "crop", "study"), 16)
    np.testing.assert_array_equal(study.images, before[0])
    np.testing.assert_array_equal(study.labels, before[1])


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_missing_contrast_is_background_everywhere(scaling, framing, scope):
    study = make_study(slices=2)
    images = study.images.copy()
    images[..., 1] = 0.0
    lacking = Study(images, "a", study.source, spacing_mm=study.spacing_mm, missing=("t1ce",))
    settings = config(scaling, framing, scope)
    whole, found = prepare(study, settings, 16), prepare(lacking, settings, 16)
    np.testing.assert_array_equal(found.images[..., 1], intensity_range(scaling)[0])
    others = [0, 2, 3]
    np.testing.assert_array_equal(found.images[..., others], whole.images[..., others])


def test_a_preparer_knows_the_brain():
    study = make_study(slices=2)
    np.testing.assert_array_equal(Preparer(study, config(), 16).brain, study.brain)
