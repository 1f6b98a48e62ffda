"""The slice view's bytes, decoded here with NumPy alone and compared with the study."""

import json
import math
import zlib
from dataclasses import replace

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.study import CONTRASTS, FileGrid, Prediction, Source, Study
from resunet.ui.viewer.payload import (
    PROBABILITY_LEVELS,
    pack_contrasts,
    pack_doubt,
    pack_prediction,
    pack_study,
    read_header,
)

FLAIR = CONTRASTS.index("flair")


def made_up_images(slices=3, rows=20, columns=16):
    """Whole numbers up to 1000 in rows 4–13, columns 3–11 (a 10 × 9 box); 0 around it."""
    images = np.zeros((slices, rows, columns, 4), np.float32)
    rng = np.random.default_rng(7)
    images[:, 4:14, 3:12] = rng.integers(1, 1001, (slices, 10, 9, 4))
    return images


def made_up_study(images=None, **fields):
    images = made_up_images() if images is None else images
    return Study(images=images, identifier="x", source=Source("npz", "0" * 64), **fields)


def made_up_prediction(study, probability=None, std=None, done=None, samples=25):
    shape = study.shape
    zeros = np.zeros(shape, np.float32)
    passes = max(samples, 1)
    return Prediction(
        probability=zeros if probability is None else probability,
        std=zeros.copy() if std is None else std,
        entropy=zeros.copy(),
        mutual_information=zeros.copy(),
        done=np.ones(shape[0], bool) if done is None else done,
        area_px_samples=np.zeros((passes, shape[0]), np.int64),
        std_by_t=np.zeros(passes),
        threshold=0.5,
        samples=samples,
        seed=0,
        model_id="m",
        engine="e",
    )


def unpack(payload):
    """Header, and each layer on the full frame, as the browser would make them."""
    length = int(np.frombuffer(payload[:4], "<u4")[0])
    header = json.loads(payload[4 : 4 + length])
    start = 4 + length
    assert start % 8 == 0
    body = zlib.decompress(payload[start:]) if header["deflated"] else payload[start:]
    slices, rows, columns = header["shape"]
    if "done" in header:
        slices = len(header["done"])
    layers = {}
    for spec in header["layers"]:
        assert spec["offset"] % 8 == 0
        top, bottom, left, right = spec["box"]
        count = slices * (bottom - top) * (right - left)
        if spec["type"] == "bits":
            packed = np.frombuffer(body, np.uint8, (count + 7) // 8, spec["offset"])
            values = np.unpackbits(packed)[:count]
        else:
            kind = {"uint16": "<u2", "uint8": "u1"}[spec["type"]]
            values = np.frombuffer(body, kind, count, spec["offset"])
        boxed = values.reshape(slices, bottom - top, right - left).astype(np.float64)
        if "scale" in spec:
            boxed = spec["intercept"] + spec["scale"] * boxed
        frame = np.zeros((slices, rows, columns))
        frame[:, top:bottom, left:right] = boxed
        layers[spec["name"]] = (spec, frame)
    return header, layers


def all_contrasts(study):
    """The layers of both payloads that bring contrasts."""
    return {**unpack(pack_study(study))[1], **unpack(pack_contrasts(study))[1]}


def test_both_payloads_together_are_the_study():
    study = made_up_study()
    header, first = unpack(pack_study(study))
    others_header, others = unpack(pack_contrasts(study))
    assert header["shape"] == others_header["shape"] == [3, 20, 16]
    assert header["box"] == [4, 14, 3, 12]
    assert list(first) == ["flair"]
    assert list(others) == ["t1ce", "t2", "t1"]
    assert header["contrasts"] == ["flair", "t1ce", "t2", "t1"]
    for name, (spec, frame) in {**first, **others}.items():
        np.testing.assert_array_equal(frame, study.images[..., CONTRASTS.index(name)])
        assert spec["scale"] == 1
        assert not spec["clipped"]


def test_every_contrast_has_a_window_of_its_own():
    images = made_up_images()
    images[..., CONTRASTS.index("t1")] *= 3
    layers = all_contrasts(made_up_study(images))
    windows = {name: spec["windows"]["auto"] for name, (spec, _) in layers.items()}
    # 1 … 1000, three times as much in T1.
    assert 900 < windows["flair"][1] <= 1000
    assert 2700 < windows["t1"][1] <= 3000


def test_the_others_are_announced_with_the_study_and_know_it():
    study = made_up_study()
    header = read_header(pack_study(study))
    others = read_header(pack_contrasts(study))
    assert others["kind"] == "contrasts"
    assert others["id"] == header["others"] != header["id"]
    assert others["study"] == header["study"]
    elsewhere = Study(images=made_up_images(), identifier="x", source=Source("npz", "1" * 64))
    assert read_header(pack_study(elsewhere))["others"] != header["others"]


def test_only_the_box_is_sent():
    payload = pack_study(made_up_study())
    header = read_header(payload)
    length = int.from_bytes(payload[:4], "little")
    # 3 slices of 10 × 9 pixels of 2 bytes are 540, padded to 544.
    assert len(payload) - 4 - length == 544
    assert header["layers"][0]["box"] == [4, 14, 3, 12]


def test_negative_whole_numbers_arrive_exactly():
    images = made_up_images()
    images[:, 4:14, 3:12] -= 1500
    study = made_up_study(images)
    layers = all_contrasts(study)
    np.testing.assert_array_equal(layers["t2"][1], images[..., CONTRASTS.index("t2")])


def test_a_scanner_spike_within_16_bits_costs_nothing():
    images = made_up_images()
    images[1, 8, 8, FLAIR] = 32767
    _, layers = unpack(pack_study(made_up_study(images)))
    spec, frame = layers["flair"]
    np.testing.assert_array_equal(frame, images[..., FLAIR])
    assert spec["maximum"] == 32767
    low, high = spec["windows"]["auto"]
    assert 1 <= low < 60
    assert 940 < high <= 1000


def test_fractions_arrive_within_half_a_step():
    images = made_up_images() / np.float32(7)
    _, layers = unpack(pack_study(made_up_study(images)))
    spec, frame = layers["flair"]
    assert spec["scale"] <= 1000 / 7 / 65535 * (1 + 1e-6)
    error = np.abs(frame - images[..., FLAIR])[:, 4:14, 3:12]
    assert error.max() <= spec["scale"] / 2 * (1 + 1e-6)


def test_an_extreme_spike_is_cut_off_and_the_brain_is_not_lost():
    images = made_up_images(rows=60, columns=60)
    images[..., FLAIR] = 0
    images[:, 10:50, 10:50, FLAIR] = np.linspace(0.1, 1.1, 40, dtype=np.float32)
    images[1, 30, 30, FLAIR] = 1e6
    _, layers = unpack(pack_study(made_up_study(images)))
    spec, frame = layers["flair"]
    assert spec["clipped"]
    assert spec["maximum"] == 1e6
    assert spec["scale"] < 1 / 2000
    usual = images[..., FLAIR] < 2
    assert np.abs(frame - images[..., FLAIR])[usual].max() <= spec["scale"] / 2 * (1 + 1e-6)
    assert 1.1 < frame[1, 30, 30] < 20


def test_an_image_of_nothing_but_zeros_is_packed():
    study = made_up_study(np.zeros((2, 5, 6, 4), np.float32))
    header, layers = unpack(pack_study(study))
    assert header["box"] == [0, 0, 0, 0]
    assert not layers["flair"][1].any()
    assert not unpack(pack_contrasts(study))[1]["t1"][1].any()
    low, high = layers["flair"][0]["windows"]["auto"]
    assert low < high


def test_a_window_is_never_of_zero_width():
    images = np.full((1, 4, 4, 4), 5, np.float32)
    layers = all_contrasts(made_up_study(images))
    assert layers["flair"][0]["windows"]["auto"] == layers["t1"][0]["windows"]["auto"] == [4.5, 5.5]


def test_the_presets_of_the_grey_levels_by_hand():
    """FLAIR is 100, 101, … 1100 in a brain of 7 × 143 pixels: 1 % of them are 10 levels."""
    images = np.zeros((1, 9, 145, 4), np.float32)
    images[:, 1:8, 1:144, FLAIR] = np.arange(100, 1101).reshape(7, 143)
    windows = unpack(pack_study(made_up_study(images)))[1]["flair"][0]["windows"]
    assert windows["auto"] == pytest.approx([100 + 10, 100 + 995])
    assert windows["percentile"] == pytest.approx([100 + 100, 100 + 990])
    assert windows["full"] == [0, 1100]


def test_presets_are_of_the_brain_in_any_contrast():
    """Half of the brain is 0 in FLAIR, and so is the 1st and the 10th percentile."""
    images = np.zeros((1, 20, 20, 4), np.float32)
    images[:, :10, :, FLAIR] = 80
    images[:, :, :, CONTRASTS.index("t1")] = 7
    windows = unpack(pack_study(made_up_study(images)))[1]["flair"][0]["windows"]
    assert windows == {"auto": [0, 80], "percentile": [0, 80], "full": [0, 80]}


def test_only_the_presets_of_zero_width_are_widened():
    images = np.full((1, 40, 40, 4), 5, np.float32)
    images[0, 0, 0, FLAIR] = 9
    windows = unpack(pack_study(made_up_study(images)))[1]["flair"][0]["windows"]
    # The one bright pixel of 1600 lies above the 99.5th percentile.
    assert windows == {"auto": [4.5, 5.5], "percentile": [4.5, 5.5], "full": [0, 9]}


def test_the_outline_travels_as_bits():
    labels = np.zeros((3, 20, 16), np.uint8)
    labels[0, 5, 6] = 1
    labels[2, 7:9, 4:11] = 4
    _, layers = unpack(pack_study(made_up_study(labels=labels)))
    spec, frame = layers["truth"]
    assert spec["box"] == [5, 9, 4, 11]
    np.testing.assert_array_equal(frame, labels > 0)


def test_an_empty_outline_is_there_and_an_unknown_one_is_not():
    _, layers = unpack(pack_study(made_up_study(labels=np.zeros((3, 20, 16), np.uint8))))
    assert not layers["truth"][1].any()
    _, layers = unpack(pack_study(made_up_study()))
    assert "truth" not in layers


def test_places_are_in_the_header():
    study = made_up_study(
        spacing_mm=(0.5, 0.75),
        slice_positions_mm=np.array([3.0, 5.0, 9.0]),
        slice_numbers=(3, 5, 9),
    )
    header = read_header(pack_study(study))
    assert header["spacing_mm"] == [0.5, 0.75]
    assert header["slice_positions_mm"] == [3, 5, 9]
    assert header["slice_numbers"] == [3, 5, 9]
    header = read_header(pack_study(made_up_study()))
    assert header["spacing_mm"] is None
    assert header["slice_positions_mm"] is None


def test_the_affine_of_a_file_is_that_of_slices_rows_and_columns():
    """A file (x, y, z) of 2 × 3 × 5 mm, x to the right, y to the front, z upwards.

    Rows and columns of the study run against y and x: the file's last column and row, 15 and 19,
    are the study's first, at 100 + 15 · 2 and −50 + 19 · 3.
    """
    affine = np.diag([2.0, 3.0, 5.0, 1.0])
    affine[:3, 3] = 100, -50, 20
    grid = FileGrid(shape=(16, 20, 3), affine=affine, axes=(2, 1, 0), flipped=(False, True, True))
    header = read_header(pack_study(made_up_study(grid=grid)))
    assert header["affine"] == [[0, 0, -2, 130], [0, -3, 0, 7], [5, 0, 0, 20], [0, 0, 0, 1]]
    assert read_header(pack_study(made_up_study()))["affine"] is None


@pytest.mark.parametrize(
    ("positions", "numbers", "expected"),
    [
        ([3.0, 5.5, 8.0], (3, 4, 5), 2.5),
        ([3.0, 5.5, 8.0], (3, 5, 7), None),  # numbers are left out
        ([3.0, 5.0, 9.0], (3, 4, 5), None),  # uneven
        (None, (3, 4, 5), None),
    ],
)
def test_the_step_between_slices_is_that_of_a_stack_without_gaps(positions, numbers, expected):
    mm = None if positions is None else np.array(positions)
    study = made_up_study(slice_positions_mm=mm, slice_numbers=numbers)
    assert read_header(pack_study(study))["slice_step_mm"] == expected


def test_a_single_slice_has_no_step():
    study = made_up_study(made_up_images(slices=1), slice_positions_mm=np.array([4.0]))
    assert read_header(pack_study(study))["slice_step_mm"] is None


def test_an_earlier_correction_travels_with_the_study():
    study = made_up_study()
    correction = np.zeros(study.shape, np.int8)
    correction[0, 5, 6:8] = 1
    correction[2, 9, 3] = -1
    header, layers = unpack(pack_study(study, correction))
    spec, frame = layers["correction"]
    assert spec["box"] == [5, 10, 3, 8]
    # 1 is added and 2 taken away, 0 elsewhere.
    np.testing.assert_array_equal(frame, np.where(correction < 0, 2, correction))
    plain, others = unpack(pack_study(study))
    assert "correction" not in others
    assert header["study"] == plain["study"]
    assert header["id"] != plain["id"]
    np.testing.assert_array_equal(layers["flair"][1], others["flair"][1])


def test_a_correction_of_nothing_is_an_empty_layer():
    study = made_up_study()
    _, layers = unpack(pack_study(study, np.zeros(study.shape, np.int8)))
    spec, frame = layers["correction"]
    assert spec["box"] == [0, 0, 0, 0]
    assert not frame.any()


def test_every_threshold_of_the_slider_draws_the_mask_itself():
    study = made_up_study()
    rng = np.random.default_rng(1)
    probability = rng.random(study.shape, np.float32)
    edges = np.linspace(0, 1, 101).astype(np.float32)
    probability.flat[:101] = edges
    probability.flat[101:202] = np.nextafter(edges, np.float32(2)).clip(0, 1)
    probability.flat[202:303] = np.nextafter(edges, np.float32(-1)).clip(0, 1)
    prediction = made_up_prediction(study, probability)
    _, layers = unpack(pack_prediction(study, prediction))
    levels = layers["probability"][1]
    for hundredth in range(1, 100):
        threshold = hundredth / 100
        lowest = round(threshold * PROBABILITY_LEVELS)
        np.testing.assert_array_equal(levels >= lowest, probability > threshold)
    shown = (levels + 0.5) / PROBABILITY_LEVELS
    assert np.abs(shown - probability).max() <= 0.5 / PROBABILITY_LEVELS + 1e-6


def test_uncertainty_is_relative_to_each_slices_own_maximum():
    study = made_up_study()
    std = np.zeros(study.shape, np.float32)
    std[0, 5, 5], std[0, 5, 6] = 0.2, 0.1
    std[1, 6, 6] = 0.004
    prediction = made_up_prediction(study, std=std)
    header, layers = unpack(pack_doubt(study, prediction))
    np.testing.assert_allclose(header["maxima"], [0.2, 0.004, 0], rtol=1e-6)
    assert header["maximum"] == pytest.approx(0.2)
    levels = layers["uncertainty"][1]
    assert levels[0, 5, 5] == levels[1, 6, 6] == 255
    assert abs(levels[0, 5, 6] - 127.5) <= 0.5
    assert not levels[2].any()


@pytest.mark.parametrize(
    ("measure", "value", "ceiling"),
    [
        ("std", 0.125, 0.5),
        ("entropy", 0.5, math.log(2)),
        ("mutual_information", 0.25, math.log(2)),
    ],
)
def test_each_measure_has_its_own_map_and_ceiling(measure, value, ceiling):
    study = made_up_study()
    maps = {
        name: np.full(study.shape, each, np.float32)
        for name, each in {"std": 0.125, "entropy": 0.5, "mutual_information": 0.25}.items()
    }
    prediction = replace(made_up_prediction(study), **maps)
    header, layers = unpack(pack_doubt(study, prediction, measure=measure))
    assert header["measure"] == measure
    assert header["maxima"] == [value] * 3
    assert header["ceiling"] == pytest.approx(ceiling)
    assert (layers["uncertainty"][1] == 255).all()


def test_the_course_of_the_uncertainty_is_its_mean_over_each_picture():
    study = made_up_study()
    std = np.zeros(study.shape, np.float32)
    std[0, 5, 5:8] = 0.25
    std[2] = 0.5
    done = np.array([True, False, True])
    prediction = made_up_prediction(study, std=std, done=done)
    # 3 of 20 × 16 pixels in the first slice, all of them in the last.
    assert read_header(pack_doubt(study, prediction))["means"] == [0.75 / 320, 0.5]


def test_the_uncertainty_of_growing_passes_begins_with_two():
    study = made_up_study()
    prediction = replace(
        made_up_prediction(study, samples=4), std_by_t=np.array([0.0, 0.25, 0.5, 0.125])
    )
    header = read_header(pack_prediction(study, prediction))
    assert header["mean_by_passes"] == [0.25, 0.5, 0.125]
    alone = made_up_prediction(study, samples=0)
    assert read_header(pack_prediction(study, alone))["mean_by_passes"] == []


def test_places_pointed_out_arrive_as_they_are():
    study = made_up_study()
    prediction = made_up_prediction(study)
    spot = {"slice": 1, "row": 7.5, "column": 9.0, "radius": 2.25, "text": "Look at this — 3 mm²."}
    header = read_header(pack_prediction(study, prediction, spots=[spot]))
    assert header["spots"] == [spot]
    assert read_header(pack_prediction(study, prediction))["spots"] == []


def test_what_is_to_be_minded_arrives_with_its_slice():
    study = made_up_study()
    prediction = made_up_prediction(study)
    header = read_header(pack_prediction(study, prediction, cautions={1: "Not so sure — mind it."}))
    assert header["cautions"] == {"1": "Not so sure — mind it."}
    assert read_header(pack_prediction(study, prediction))["cautions"] == {}


def test_slices_not_computed_are_left_out():
    study = made_up_study()
    probability = np.zeros(study.shape, np.float32)
    probability[1] = 0.75
    done = np.array([False, True, False])
    prediction = made_up_prediction(study, probability, done=done)
    header, layers = unpack(pack_prediction(study, prediction))
    assert header["done"] == [1]
    doubt = read_header(pack_doubt(study, prediction))
    assert doubt["done"] == [1]
    assert len(doubt["maxima"]) == 1
    assert layers["probability"][1].shape == (1, 20, 16)
    # 0.75 exceeds 1/200 … 149/200 but not 150/200 = 0.75 itself.
    assert (layers["probability"][1] == 149).all()


def test_nothing_computed_yet_is_packed():
    study = made_up_study()
    prediction = made_up_prediction(study, done=np.zeros(3, bool), samples=0)
    header, layers = unpack(pack_prediction(study, prediction))
    assert header["done"] == []
    assert read_header(pack_doubt(study, prediction))["maximum"] == 0
    assert layers["probability"][1].shape == (0, 20, 16)


def test_a_prediction_on_another_grid_is_refused():
    small = made_up_study(made_up_images(slices=2))
    for pack in (pack_prediction, pack_doubt):
        with pytest.raises(InputError, match="maps"):
            pack(made_up_study(), made_up_prediction(small))


def test_identities():
    study = made_up_study()
    first, again = pack_study(study), pack_study(study)
    assert first == again
    other = made_up_images()
    other[0, 5, 5, FLAIR] += 1
    changed = read_header(pack_study(made_up_study(other)))
    assert changed["id"] != read_header(first)["id"]
    header = read_header(pack_prediction(study, made_up_prediction(study)))
    assert header["study"] == read_header(first)["study"]
    elsewhere = Study(images=made_up_images(), identifier="y", source=Source("npz", "1" * 64))
    assert read_header(pack_study(elsewhere))["study"] != header["study"]


@pytest.mark.parametrize("payload", [b"", b"abc", b"\x02\x00\x00\x00{}", b"\xff\xff\xff\xff{"])
def test_other_bytes_are_refused(payload):
    with pytest.raises(InputError, match="resunet-layers/1"):
        read_header(payload)
