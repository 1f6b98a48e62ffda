from dataclasses import replace

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.figures.colours import DOUBT, PREDICTION, TRUTH, rgb
from resunet.figures.panels import (
    Box,
    Look,
    Sample,
    box_of,
    check,
    cropped,
    doubt_max,
    doubt_panel,
    outlines_panel,
    panel_size,
    plain_panel,
    prediction_panel,
    slice_window,
    truth_panel,
)
from resunet.study import Prediction, Source, Study

SHAPE = (2, 20, 30)
LOOK = Look(opacity=0.4, upscale=4.0, window=(0.0, 200.0))
SIZE = (120, 80)


def make_study(*, labels=True, spacing_mm=None):
    images = np.full((*SHAPE, 4), 100.0, np.float32)
    images[:, :, 0] = 0.0
    mask = np.zeros(SHAPE, np.uint8)
    mask[0, 5:15, 10:20] = 4
    return Study(
        images,
        "phantom",
        Source("npz", ""),
        labels=mask if labels else None,
        spacing_mm=spacing_mm,
    )


def make_prediction(*, samples=4, done=(True, True), std_top=0.2):
    probability = np.zeros(SHAPE, np.float32)
    probability[0, 5:15, 20:30] = 0.9
    std = np.zeros(SHAPE, np.float32)
    if samples >= 2:
        std[0, 5:15, :10] = std_top
        std[0, 5:15, 20:] = std_top / 2
    empty = np.zeros(SHAPE, np.float32)
    return Prediction(
        probability=probability,
        std=std,
        entropy=empty,
        mutual_information=empty.copy(),
        done=np.array(done),
        area_px_samples=np.zeros((max(samples, 1), SHAPE[0]), np.int64),
        std_by_t=np.zeros(max(samples, 1)),
        threshold=0.5,
        samples=samples,
        seed=0,
        model_id="tiny",
        engine="numpy",
    )


def sample(index=0, *, study=None, **changes):
    return Sample(study or make_study(), make_prediction(**changes), index)


def mixed(colour, grey, alpha):
    return np.array(rgb(colour)) * alpha + grey * (1 - alpha)


def grey_of(panel):
    """The undrawn MRI's shade in the middle column, below every tumour."""
    return np.asarray(panel.image)[70, 60].astype(float)


def test_truth_is_outlined_in_red_and_not_filled():
    panel = truth_panel(sample(), LOOK, SIZE)
    pixels = np.asarray(panel.image)
    # Rows 5…15 and columns 10…20 drawn four times as large.
    assert pixels[40, 40].tolist() == list(rgb(TRUTH))
    assert pixels[21, 60].tolist() == list(rgb(TRUTH))
    np.testing.assert_array_equal(pixels[40, 60], grey_of(panel))
    assert panel.note == ""


def test_prediction_is_filled_in_blue_by_its_opacity():
    panel = prediction_panel(sample(), LOOK, SIZE)
    pixels = np.asarray(panel.image)
    np.testing.assert_allclose(pixels[40, 100], mixed(PREDICTION, grey_of(panel), 0.4), atol=1.5)
    assert pixels[40, 80].tolist() == list(rgb(PREDICTION))
    np.testing.assert_array_equal(pixels[40, 60], grey_of(panel))
    assert panel.note == ""


def test_uncertainty_is_green_by_its_share_of_the_maximum():
    panel = doubt_panel(sample(std_top=0.02), LOOK, SIZE)
    pixels = np.asarray(panel.image)
    np.testing.assert_allclose(pixels[40, 16], mixed(DOUBT, grey_of(panel), 0.8), atol=1.5)
    np.testing.assert_allclose(pixels[40, 104], mixed(DOUBT, grey_of(panel), 0.4), atol=1.5)
    np.testing.assert_array_equal(pixels[40, 60], grey_of(panel))
    assert doubt_max(sample(std_top=0.02)) == pytest.approx(0.02)


def test_what_is_missing_is_said_in_its_panel():
    notes = {
        "no outline": truth_panel(sample(study=make_study(labels=False)), LOOK, SIZE),
        "no tumour": truth_panel(sample(1), LOOK, SIZE),
        "none found": prediction_panel(sample(1), LOOK, SIZE),
        "agree": doubt_panel(sample(1), LOOK, SIZE),
        "one pass": doubt_panel(sample(samples=1), LOOK, SIZE),
    }
    assert {name: panel.note for name, panel in notes.items()} == {
        "no outline": "no expert outline",
        "no tumour": "expert: no tumour in this slice",
        "none found": "no tumour predicted in this slice",
        "agree": "all passes agree in this slice",
        "one pass": "one pass only: no uncertainty",
    }


def test_both_outlines_lie_on_any_contrast():
    pixels = np.asarray(outlines_panel(sample(), LOOK._replace(contrast="t2"), SIZE).image)
    assert pixels[40, 40].tolist() == list(rgb(TRUTH))  # columns 10 to 20
    assert pixels[40, 118].tolist() == list(rgb(PREDICTION))  # columns 20 to 30
    assert np.ptp(pixels[40, 100].astype(int)) == 0  # nothing is filled


def test_outlines_of_what_there_is():
    alone = sample(study=make_study(labels=False), done=(False, True))
    panel, nothing = outlines_panel(alone, LOOK, SIZE), plain_panel(alone, LOOK, SIZE)
    assert panel.image.tobytes() == nothing.image.tobytes()
    assert nothing.note == ""


def test_a_missing_contrast_is_black_and_named():
    images = np.full((*SHAPE, 4), 100.0, np.float32)
    images[..., 1] = 0.0
    study = Study(images, "three", Source("npz", ""), missing=("t1ce",))
    panel = outlines_panel(sample(study=study), LOOK._replace(contrast="t1ce"), SIZE)
    assert panel.note == "T1CE is missing"
    assert np.asarray(panel.image).max() == 0


def test_lines_are_as_wide_as_asked_for():
    thin, thick = (
        np.asarray(truth_panel(sample(), LOOK._replace(line_px=width), SIZE).image)
        for width in (2, 4)
    )
    # rows 5 to 15 are drawn from 20 to 60; the middle column crosses two lines
    red = [(pixels[20:60, 60] == rgb(TRUTH)).all(axis=1).sum() for pixels in (thin, thick)]
    assert red == [4, 8]


def brain_study(rows, columns, *, spacing_mm=(1.0, 1.0)):
    images = np.zeros((2, 100, 100, 4), np.float32)
    images[1, rows[0] : rows[1], columns[0] : columns[1], 2] = -5.0
    return Study(images, "part", Source("npz", ""), spacing_mm=spacing_mm)


def prediction_of(shape, *, tumour=None, doubt=None):
    maps = [np.zeros(shape, np.float32) for _ in range(4)]
    if tumour:
        maps[0][tumour] = 1.0
    if doubt:
        maps[1][doubt] = 0.1
    return Prediction(
        *maps,
        done=np.ones(shape[0], bool),
        area_px_samples=np.arange(2 * shape[0]).reshape(2, -1),
        std_by_t=np.zeros(2),
        threshold=0.5,
        samples=2,
        seed=0,
        model_id="tiny",
        engine="numpy",
    )


@pytest.mark.parametrize(
    ("aspect", "expected"),
    [
        (1.0, Box(28, 72, 28, 72)),  # 40 pixels and 4 % on either side: 43.2, about 50
        (2.0, Box(28, 72, 7, 93)),
        (0.5, Box(7, 93, 28, 72)),
        (9.0, Box(28, 72, 0, 100)),  # no further than the slice reaches
    ],
)
def test_a_box_holds_the_brain_in_the_aspect_asked_for(aspect, expected):
    study = brain_study((30, 70), (30, 70))
    box = box_of(study, prediction_of(study.shape), aspect)
    assert box == pytest.approx(expected, abs=1)


def test_a_box_is_moved_rather_than_cut():
    study = brain_study((0, 40), (60, 100))
    top, bottom, left, right = box_of(study, prediction_of(study.shape), 1.0)
    assert (top, right) == (0, 100)
    assert bottom - top == right - left == pytest.approx(43, abs=1)


def test_a_box_is_measured_in_mm():
    study = brain_study((30, 70), (45, 55), spacing_mm=(1.0, 4.0))
    top, bottom, left, right = box_of(study, prediction_of(study.shape), 1.0)
    assert (right - left) * 4.0 == pytest.approx(bottom - top, abs=4)


@pytest.mark.parametrize("extra", [{"tumour": (0, 95, 50)}, {"doubt": (0, 95, 50)}])
def test_a_box_holds_tumour_and_highest_uncertainty_outside_the_brain(extra):
    study = brain_study((30, 70), (30, 70))
    assert box_of(study, prediction_of(study.shape, **extra), 1.0).bottom > 95


def test_a_box_holds_the_experts_outline():
    labels = np.zeros((2, 100, 100), np.uint8)
    labels[0, 3, 50] = 1
    study = brain_study((30, 70), (30, 70))
    study = Study(study.images, "part", study.source, labels=labels)
    assert box_of(study, prediction_of(study.shape), 1.0).top <= 3


def test_without_anything_to_show_the_box_is_the_slice():
    study = Study(np.zeros((1, 8, 9, 4), np.float32), "empty", Source("npz", ""))
    assert box_of(study, prediction_of(study.shape), 1.0) == (0, 8, 0, 9)


def test_a_cropped_slice_is_drawn_as_it_lies_in_the_whole():
    study = make_study(spacing_mm=(1.0, 2.0))
    one = Sample(study, make_prediction(), 0)
    part = cropped(one, Box(4, 16, 8, 30))
    assert part.study.shape == (1, 12, 22)
    assert part.study.slice_numbers == (0,)
    assert part.study.spacing_mm == (1.0, 2.0)
    np.testing.assert_array_equal(part.study.labels[0], study.labels[0, 4:16, 8:30])
    np.testing.assert_array_equal(part.prediction.std[0], one.prediction.std[0, 4:16, 8:30])
    assert part.prediction.area_px_samples.shape == (4, 1)
    whole = np.asarray(truth_panel(one, LOOK, SIZE).image)
    drawn = np.asarray(truth_panel(part, LOOK, (88, 48)).image)
    difference = np.abs(drawn.astype(int) - whole[16:64, 32:120])
    assert difference[:, :80].max() <= 1


def test_a_cropped_slice_keeps_its_place_in_the_stack():
    images = np.ones((3, 8, 8, 4), np.float32)
    study = Study(
        images,
        "stack",
        Source("npz", ""),
        slice_numbers=(5, 6, 7),
        slice_positions_mm=np.array([0.0, 1.5, 3.0]),
    )
    part = cropped(Sample(study, prediction_of(study.shape), 1), Box(0, 4, 0, 8))
    assert part.study.slice_numbers == (6,)
    assert part.study.slice_positions_mm.tolist() == [1.5]
    assert part.prediction.area_px_samples.tolist() == [[1], [4]]
    assert part.slice_index == 0


@pytest.mark.parametrize("draw", [prediction_panel, doubt_panel])
def test_a_slice_not_computed_is_darkened_and_says_so(draw):
    done, waiting = draw(sample(), LOOK, SIZE), draw(sample(done=(False, True)), LOOK, SIZE)
    assert waiting.note == "not computed"
    pixels = np.asarray(waiting.image)
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert grey_of(done)[0] == 127
    assert grey_of(waiting)[0] == 127 // 3
    assert doubt_max(sample(done=(False, True))) == 0.0


def test_window_is_of_the_brain_of_this_slice():
    images = np.zeros((2, 11, 11, 4), np.float32)
    images[0, ..., 3].flat[:101] = np.arange(101)  # 0 … 100, the rest is no brain
    images[0, 0, 0, 0] = 1.0  # makes the pixel of value 0 part of the brain
    images[1] = 9000.0
    study = Study(images, "ramp", Source("npz", ""))
    assert slice_window(study, 0, "flair") == pytest.approx((1.0, 99.0))
    assert slice_window(study, 1, "t1") == (9000.0, 9000.0)


def test_window_of_a_slice_without_brain():
    study = Study(np.zeros((1, 4, 4, 4), np.float32), "empty", Source("npz", ""))
    assert slice_window(study, 0, "t2") == (0.0, 1.0)


def test_a_given_window_and_contrast_are_drawn():
    images = np.full((*SHAPE, 4), 100.0, np.float32)
    images[..., 0] = 50.0
    one = sample(study=Study(images, "two shades", Source("npz", "")))
    window = (0.0, 100.0)
    shades = [
        grey_of(truth_panel(one, Look(contrast=contrast, window=window), SIZE))[0]
        for contrast in ("t1", "flair")
    ]
    assert shades == [127, 255]


@pytest.mark.parametrize(
    ("spacing_mm", "upscale", "expected"),
    [
        (None, None, (360, 240)),
        ((1.0, 1.0), 2.0, (60, 40)),
        ((3.0, 1.0), 2.0, (60, 120)),  # a row is three pixels high
        ((0.5, 1.0), 2.0, (120, 40)),
        ((3.0, 1.0), None, (180, 360)),
    ],
)
def test_panels_have_the_true_aspect(spacing_mm, upscale, expected):
    study = make_study(spacing_mm=spacing_mm)
    assert panel_size(sample(study=study), Look(upscale=upscale)) == expected


@pytest.mark.parametrize(
    ("index", "look", "message"),
    [
        (2, Look(), "slice_index is 2, where 0 to 1"),
        (-1, Look(), "slice_index is -1"),
        (0, Look(contrast="pd"), 'contrast is "pd", where one of t1, t1ce, t2, flair'),
        (0, Look(opacity=1.5), "opacity is 1.5"),
        (0, Look(upscale=0.0), "upscale is 0.0"),
        (0, Look(upscale=float("nan")), "upscale is nan"),
    ],
)
def test_arguments_out_of_range_are_refused(index, look, message):
    with pytest.raises(InputError, match=message):
        check(sample(index), look)


def test_another_grid_is_refused():
    study = Study(np.ones((2, 20, 31, 4), np.float32), "other", Source("npz", ""))
    with pytest.raises(InputError, match="prediction has shape"):
        check(sample(study=study), Look())


def test_a_picture_too_large_for_memory_is_refused_before_it_is_drawn():
    study = make_study(spacing_mm=(1.0, 100.0))
    with pytest.raises(InputError, match="panels of 48000 pixels"):
        check(sample(study=study), Look(upscale=16.0))


def test_a_corrected_outline_is_drawn_also_when_cropped():
    correction = np.zeros(SHAPE, np.int8)
    correction[0, 5:15, 20:30] = -1  # all that was predicted
    correction[0, 5:10, 12:16] = 1
    plain = sample()
    corrected = plain._replace(prediction=replace(plain.prediction, correction=correction))
    by_hand = np.where(correction > 0, 0.9, 0).astype(np.float32)
    expected = replace(plain.prediction, probability=by_hand)
    for drawn in (corrected, cropped(corrected, Box(2, 18, 4, 28))):
        box = Box(0, 20, 0, 30) if drawn is corrected else Box(2, 18, 4, 28)
        size = (4 * (box.right - box.left), 4 * (box.bottom - box.top))
        other = cropped(plain._replace(prediction=expected), box)
        ours = prediction_panel(drawn, LOOK, size).image
        assert np.array_equal(
            np.asarray(ours), np.asarray(prediction_panel(other, LOOK, size).image)
        )
