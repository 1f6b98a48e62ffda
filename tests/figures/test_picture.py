import numpy as np
import pytest
from PIL import Image, ImageDraw

from resunet import DISCLAIMER
from resunet.errors import InputError
from resunet.figures import picture, raster
from resunet.figures.colours import DOUBT, PREDICTION, TRUTH, rgb
from resunet.figures.picture import Sample, picture_samples, picture_slice
from resunet.study import Prediction, Source, Study


def make_sample(
    *,
    shape=(1, 24, 24),
    warnings=(),
    done=True,
    identifier="phantom",
    positions=None,
    spacing_mm=None,
):
    images = np.full((*shape, 4), 80.0, np.float32)
    images[:, :, :2] = 0.0
    labels = np.zeros(shape, np.uint8)
    labels[:, 8:16, 8:16] = 1
    study = Study(
        images,
        identifier,
        Source("npz", ""),
        labels=labels,
        slice_numbers=tuple(range(57, 57 + shape[0])),
        slice_positions_mm=positions,
        spacing_mm=spacing_mm,
        warnings=warnings,
    )
    std = np.where(labels > 0, 0.125, 0.0).astype(np.float32)
    empty = np.zeros(shape, np.float32)
    prediction = Prediction(
        probability=labels.astype(np.float32),
        std=std,
        entropy=empty,
        mutual_information=empty.copy(),
        done=np.full(shape[0], done),
        area_px_samples=np.zeros((3, shape[0]), np.int64),
        std_by_t=np.zeros(3),
        threshold=0.5,
        samples=3,
        seed=0,
        model_id="tiny",
        engine="numpy",
        warnings=("Of the prediction.",) if warnings else (),
    )
    return Sample(study, prediction, 0)


@pytest.fixture
def written(monkeypatch):
    """Every text drawn, in order."""
    texts = []
    draw = raster.write

    def record(image, xy, text, **options):
        texts.append(text)
        draw(image, xy, text, **options)

    monkeypatch.setattr(raster, "write", record)
    return texts


def test_three_panels_left_to_right():
    pixels = np.asarray(picture_slice(*make_sample(), upscale=10.0))
    # Panels of 240 begin at 18, 268 and 518; head and caption take 60 rows.
    truth, prediction, doubt = (pixels[60:300, left : left + 240] for left in (18, 268, 518))
    assert truth[80, 120].tolist() == list(rgb(TRUTH))
    assert prediction[80, 120].tolist() == list(rgb(PREDICTION))
    middle = [panel[120, 120].astype(int) for panel in (truth, prediction, doubt)]
    assert np.ptp(middle[0]) == 0  # grey: only the outline is drawn
    assert int(np.argmax(middle[1])) == 2
    assert int(np.argmax(middle[2])) == 1


def test_every_word_a_picture_needs(written):
    picture_slice(*make_sample())
    caption = "phantom, slice 57, model tiny, 3 passes, threshold 0.50"
    for text in ("R", "L", caption, DISCLAIMER, "expert outline", "predicted tumour", "0.125"):
        assert text in written
    for letter in "RLAP":
        assert written.count(letter) == 3
    assert DISCLAIMER == "Research use only; not a medical device"


def test_a_scale_bar_measures_by_the_spacing(written):
    one = make_sample(shape=(1, 48, 24), spacing_mm=(0.5, 1.0))
    pixels = np.asarray(picture_slice(*one, upscale=5.0))
    # 24 mm wide at 10 pixels a mm: 5 mm are 50 pixels, 10 from the panel's left edge
    assert written.count("5 mm") == 1
    assert "pixels: spacing unknown" not in written
    bar = (pixels[60 + 240 - 12] == rgb("#f1f3f5")).all(axis=1)
    assert np.flatnonzero(bar[:110]).tolist() == list(range(28, 78))


def test_without_spacing_there_is_no_scale_bar_and_it_says_so(written):
    picture_slice(*make_sample())
    assert written.count("pixels: spacing unknown") == 1
    assert not [text for text in written if text.endswith(" mm")]


def test_each_row_has_its_own_scale(written):
    known, unknown = make_sample(spacing_mm=(1.0, 1.0)), make_sample()
    picture_samples([known, make_sample(spacing_mm=(10.0, 10.0)), unknown], upscale=5.0)
    assert [text for text in written if text.endswith(" mm")] == ["5 mm", "50 mm"]
    assert written.count("pixels: spacing unknown") == 1


def test_notes_stand_in_the_foot_and_are_wrapped(written):
    plain = picture_slice(*make_sample(), upscale=10.0)
    written.clear()
    notes = ["ResU-Net 0.1", "a word " * 60]
    noted = picture_slice(*make_sample(), upscale=10.0, notes=notes)
    lines = written[written.index(DISCLAIMER) + 2 :]
    assert lines[0] == "ResU-Net 0.1"
    assert " ".join(lines[1:]) == notes[1].strip()
    assert len(lines) > 2
    assert noted.height - plain.height == 16 * len(lines)
    assert np.array_equal(np.asarray(noted)[: plain.height - 10], np.asarray(plain)[:-10])


@pytest.mark.parametrize("upscale", [4.0, 10.0, 15.0])
def test_what_is_missing_is_written_clear_of_letters_and_bar(monkeypatch, upscale):
    places = {}
    draw = raster.write

    def record(image, xy, text, **options):
        if text in ("P", "5 mm", "not computed"):
            box = ImageDraw.Draw(image).textbbox(
                xy, text, font=raster.font(options["size_px"]), anchor=options["anchor"]
            )
            # the letters are drawn on the panel, which lies beneath a caption of 30
            shift = 30 if text == "not computed" else 0
            places.setdefault(text, []).append((box[1] - shift, box[3] - shift))
        draw(image, xy, text, **options)

    monkeypatch.setattr(raster, "write", record)
    picture_slice(*make_sample(done=False, spacing_mm=(1.0, 1.0)), upscale=upscale)
    bottom = max(bottom for _, bottom in places["not computed"])
    assert bottom < min(top for top, _ in places["P"])
    if upscale < 10:  # a narrow panel
        assert bottom < places["5 mm"][0][0]


def test_the_place_in_a_stack_is_told(written):
    picture_slice(*make_sample(shape=(2, 24, 24), positions=np.array([-1.5, 3.0])), upscale=4.0)
    assert any(text.startswith("phantom, slice 57 (1 of 2), -1.5 mm, ") for text in written)


def test_warnings_of_study_and_prediction_stand_on_the_picture(written):
    plain = picture_slice(*make_sample(), upscale=4.0)
    warned = picture_slice(*make_sample(warnings=("The spacing is unknown.",)), upscale=4.0)
    assert "Warning: The spacing is unknown." in written
    assert "Warning: Of the prediction." in written
    assert warned.height > plain.height


def test_without_uncertainty_there_is_no_colour_bar(written):
    image = picture_slice(*make_sample(done=False))
    assert written.count("not computed") == 2
    assert "std" not in written
    pixels = np.asarray(image)[60:-62].reshape(-1, 3)
    assert not (pixels == rgb(DOUBT)).all(axis=1).any()
    assert not (pixels == rgb(PREDICTION)).all(axis=1).any()


def test_samples_are_stacked_with_one_head_and_each_warning_once(written):
    one = make_sample(identifier="first", warnings=("Shared.",))
    two = make_sample(identifier="second", warnings=("Shared.",))
    single = picture_samples([one], upscale=5.0)
    written.clear()
    double = picture_samples([one, two], upscale=5.0)
    assert isinstance(double, Image.Image)
    assert double.width == single.width
    assert double.height - single.height == 30 + 120 + 10  # caption, panel, gap
    assert written.count("Warning: Shared.") == 1
    assert written.count(DISCLAIMER) == 1
    assert written.count("Prediction") == 1
    assert [text for text in written if text.startswith(("first", "second"))] == [
        "first, slice 57, model tiny, 3 passes, threshold 0.50",
        "second, slice 57, model tiny, 3 passes, threshold 0.50",
    ]


def test_one_sample_equals_the_slice():
    one = make_sample()
    assert (
        picture_samples([one], upscale=4.0).tobytes() == picture_slice(*one, upscale=4.0).tobytes()
    )


def test_studies_of_different_grids_keep_their_columns():
    wide, narrow = make_sample(shape=(1, 24, 24)), make_sample(shape=(1, 24, 12))
    pixels = np.asarray(picture_samples([wide, narrow]))
    # The narrow study's panels are 180 wide, in the middle of cells of 360.
    row = pixels[30 + 400 + 30 + 180]
    assert row[18 + 90 : 18 + 270].max() > 100
    assert row[18 : 18 + 90].max() < 50


def test_the_look_changes_the_picture():
    one = make_sample()
    base = picture_slice(*one, upscale=4.0)
    assert picture_slice(*one, upscale=4.0, opacity=0.9).tobytes() != base.tobytes()
    assert picture_slice(*one, upscale=4.0, window=(0.0, 200.0)).tobytes() != base.tobytes()
    assert picture_slice(*one, upscale=11.0).width == base.width + 3 * (264 - 240)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="samples is empty"):
        picture_samples([])
    study, prediction, _ = make_sample()
    with pytest.raises(InputError, match="slice_index is 1"):
        picture_slice(study, prediction, 1)
    with pytest.raises(InputError, match="contrast is"):
        picture.picture_slice(study, prediction, 0, contrast="pd")
