import numpy as np
import pytest

from resunet.export.report import pictures
from resunet.export.report.sheet import INNER, MARGIN
from resunet.figures.colours import PREDICTION, TRUTH
from resunet.figures.panels import Box, base_contrast

BOX = Box(0, 48, 0, 40)


def small(made, key=2):
    study, prediction, values = made
    return pictures.small_tiles(study, prediction, values, key, BOX)


def test_the_large_pictures(build):
    study, prediction, _ = build()
    truth, predicted, doubt = pictures.large_tiles(study, prediction, 2, BOX)
    assert (truth.title, truth.words, truth.swatches) == ("FLAIR", "expert outline", (TRUTH,))
    assert predicted.swatches == (PREDICTION,)
    assert predicted.words.endswith("above 0.5")
    assert doubt.largest == 0.125


def test_without_an_outline_the_first_says_so(build):
    study, prediction, _ = build(labels=False)
    tile = pictures.large_tiles(study, prediction, 2, BOX)[0]
    assert (tile.words, tile.swatches) == ("no expert outline", ())


def test_the_small_pictures(build):
    tiles = small(build())
    assert [tile.title for tile in tiles] == [
        "T1",
        "T1 with contrast",
        "T2",
        "Diameters (RANO)",
        "Highest uncertainty",
    ]
    assert tiles[0].swatches == (TRUTH, PREDICTION)
    assert tiles[3].words == "slice 2"
    assert tiles[4].words == "slice 5,"
    assert tiles[4].largest == 0.25


def test_diameters_join_the_corners_of_the_tumour(build):
    study, prediction, values = build()
    box = Box(4, 44, 2, 38)
    tile = pictures.small_tiles(study, prediction, values, 2, box)[3]
    # rows 10 to 21 and columns 12 to 20, by their outer edges; less the box's corner
    top, bottom, left, right = 9.5 - 4, 21.5 - 4, 11.5 - 2, 20.5 - 2
    ends = {tuple(np.round(point, 6)) for point in tile.rulers[0]}
    assert ends in ({(top, left), (bottom, right)}, {(top, right), (bottom, left)})
    lengths = [np.hypot(*((np.subtract(*ruler)) * study.spacing_mm)) for ruler in tile.rulers]
    assert lengths == pytest.approx(values["bidimensional_mm"])


def test_what_is_not_known_has_no_picture(build):
    tiles = small(build(spacing_mm=None, prediction={"samples": 0}))
    assert [tile.title for tile in tiles] == ["T1", "T1 with contrast", "T2", "FLAIR"]
    tiles = small(build(prediction={"squares": ()}))
    assert [tile.title for tile in tiles][3:] == ["Highest uncertainty"]


def test_a_missing_flair_is_replaced_and_named(build):
    images = build()[0].images.copy()
    images[..., 3] = 0
    made = build(images=images, missing=("flair",))
    assert base_contrast(made[0]) == "t1"
    assert pictures.large_tiles(*made[:2], 2, BOX)[0].title == "T1"
    assert [tile.title for tile in small(made)][:3] == ["T1 with contrast", "T2", "FLAIR"]


def written(page, made, height=120.0):
    page.sheet.y = 50.0
    study, prediction, _ = made
    pictures.draw_row(page.sheet, pictures.large_tiles(study, prediction, 2, BOX), height)
    return page.read()


def test_letters_bar_and_captions(page, build):
    texts = written(page, build())
    assert page.sheet.y == 50 + 120 + pictures.CAPTION
    words = [text.strip() for text, *_ in texts]
    for letter in "RLAP":
        assert words.count(letter) == 3
    # 40 columns of 2 mm fill the width: a bar of 13.3 to 26.7 mm
    assert pictures.slot_width(3) == pytest.approx((INNER - 12) / 3)
    assert words.count("20 mm") == 1
    assert "0.125" in words
    assert all(50 < baseline < page.sheet.y for _, _, baseline, _, _ in texts)


def test_the_right_side_is_at_the_left_and_the_front_at_the_top(page, build):
    texts = written(page, build())
    first = {text.strip(): (left, baseline) for text, left, baseline, *_ in texts[:4]}
    assert first["R"][0] < first["A"][0] < first["L"][0]
    assert first["A"][1] < first["R"][1] < first["P"][1]


def test_a_bar_is_as_long_as_it_says(page, build):
    boxes = []
    real = page.sheet.box
    page.sheet.box = lambda at, width, height, *rest, **options: (
        boxes.append((at, width, height)),
        real(at, width, height, *rest, **options),
    )
    written(page, build())
    (bar,) = [box for box in boxes if box[2] == 1.2]
    assert bar[1] == pytest.approx(20 * pictures.slot_width(3) / 80)  # 20 of 80 mm
    assert bar[0][0] == MARGIN + 6


def test_unknown_spacing_is_said_where_the_bar_would_be(page, build):
    words = [text.strip() for text, *_ in written(page, build(spacing_mm=None))]
    assert words.count("pixels: spacing unknown") == 1
    assert not [word for word in words if word.endswith(" mm")]


def test_pixels_keep_their_aspect(page, build):
    sizes = []
    page.sheet.picture = lambda image, at, width, height: sizes.append((image.size, width, height))
    written(page, build())
    (width_px, height_px), width, height = sizes[0]
    assert width / height == pytest.approx(40 * 2.0 / (48 * 1.0))
    assert width_px / height_px == pytest.approx(width / height, rel=0.01)
    assert width == pytest.approx(pictures.slot_width(3))


def test_diameters_are_drawn_from_edge_to_edge(page, build):
    made = build()
    tile = small(made)[3]
    strokes = []
    page.sheet.stroke = lambda points, *rest, **options: strokes.append(points)
    pictures.draw_row(page.sheet, [tile], 480.0)
    # one picture over the whole width: 80 × 48 mm, 40 × 48 pixels
    height = INNER * 48 / 80
    top = (480 - height) / 2
    rows, columns = (10, 22), (12, 21)
    corners = {
        (round(MARGIN + INNER * column / 40, 6), round(top + height * row / 48, 6))
        for row in rows
        for column in columns
    }
    assert {(round(x, 6), round(y, 6)) for x, y in strokes[0]} <= corners
    assert len(strokes) == 4  # each with a dark rim beneath
