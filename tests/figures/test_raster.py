import numpy as np
import pytest
from PIL import Image

from resunet.figures import raster
from resunet.figures.colours import rgb


def square(size=20, start=5, stop=15):
    mask = np.zeros((size, size), bool)
    mask[start:stop, start:stop] = True
    return mask


def blank(width, height):
    return Image.new("RGB", (width, height), "#000000")


def test_outline_runs_inside_the_mask_and_nowhere_else():
    # 20 pixels drawn on 80: the square's edge runs from 20 to 60.
    line = raster.outline(square(), (80, 80), width_px=2)
    assert line.shape == (80, 80)
    assert line[40, 20:22].tolist() == [1.0, 1.0]
    assert line[40, 58:60].tolist() == [1.0, 1.0]
    assert line[40, 24:56].max() == 0.0
    assert line[40, :19].max() == 0.0
    assert line[:19].max() == 0.0


def test_outline_is_the_mask_less_its_erosion_by_a_square():
    rng = np.random.default_rng(0)
    mask = rng.random((20, 20)) > 0.4
    # drawn at half the size, twice the size is the mask's own
    found = raster.outline(mask, (10, 10), width_px=1)
    padded = np.pad(mask, 2)
    inner = np.ones_like(mask)
    for row in range(5):
        for column in range(5):
            inner &= padded[row : row + 20, column : column + 20]
    line = (mask & ~inner).reshape(10, 2, 10, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(found, line, atol=1 / 255)


def test_outline_of_nothing_is_nothing():
    assert raster.outline(np.zeros((8, 8), bool), (32, 32)).max() == 0.0


def test_outline_is_closed_where_the_picture_ends():
    line = raster.outline(np.ones((8, 8), bool), (32, 32), width_px=2)
    assert line[0].min() == line[-1].min() == line[:, 0].min() == line[:, -1].min() == 1.0
    assert line[4:28, 4:28].max() == 0.0


def test_a_single_pixel_is_still_seen():
    mask = np.zeros((16, 16), bool)
    mask[8, 8] = True
    assert raster.outline(mask, (64, 64)).max() == 1.0


def test_cover_keeps_place_and_size():
    # 10 of 20 pixels on 80 × 40: 40 wide, 20 high; only corners are smoothed.
    covered = raster.cover(square(), (80, 40))
    assert covered.shape == (40, 80)
    assert covered[20, 40] == 1.0
    assert covered[20, 18] == covered[8, 40] == 0.0
    assert covered.sum() == pytest.approx(40 * 20, rel=0.02)


def test_grey_maps_the_window_to_black_and_white():
    values = np.repeat(np.repeat([[-5.0, 0.0], [50.0, 300.0]], 8, axis=0), 8, axis=1)
    shades = np.asarray(raster.grey(values, (0.0, 100.0), (16, 16)))
    assert shades.shape == (16, 16, 3)
    assert shades[[0, 0, -1, -1], [0, -1, 0, -1], 0].tolist() == [0, 0, 127, 255]


def test_grey_of_an_empty_window_is_black():
    assert np.asarray(raster.grey(np.full((4, 4), 7.0), (7.0, 7.0), (8, 8))).max() == 0


def test_enlarge_keeps_a_constant_and_the_size():
    found = raster.enlarge(np.full((3, 5), 0.25), (50, 30))
    assert found.shape == (30, 50)
    assert np.all(found == 0.25)


def test_blend_mixes_by_each_pixels_opacity():
    alpha = np.array([[0.0, 0.2, 1.0, 5.0]])
    found = np.asarray(raster.blend(blank(4, 1), "#ff6400", alpha))
    assert found[0].tolist() == [[0, 0, 0], [51, 20, 0], [255, 100, 0], [255, 100, 0]]


def test_colour_bar_grows_upwards():
    bar = np.asarray(raster.colour_bar((3, 11), ("#000000", "#00ff00")))
    assert bar.shape == (11, 3, 3)
    assert bar[0, 0].tolist() == [0, 255, 0]
    assert bar[-1, 0].tolist() == [0, 0, 0]


def test_sides_are_marked_r_on_the_viewers_left(monkeypatch):
    written = {}
    monkeypatch.setattr(
        raster, "write", lambda image, xy, text, **options: written.update({text: xy})
    )
    raster.write_sides(blank(200, 40), size_px=16, colour="#ffffff")
    assert written == {"R": (6, 20), "L": (194, 20)}


def test_ends_are_marked_a_at_the_top_and_p_at_the_bottom(monkeypatch):
    written = {}
    monkeypatch.setattr(
        raster,
        "write",
        lambda image, xy, text, **options: written.update({text: (*xy, options["anchor"])}),
    )
    raster.write_ends(blank(200, 90), size_px=16, colour="#ffffff")
    assert written == {"A": (100, 6, "ma"), "P": (100, 84, "ms")}
    written.clear()
    raster.write_ends(blank(200, 60), size_px=16, colour="#ffffff")  # four letters need 64
    assert written == {}


@pytest.mark.parametrize(
    ("width_mm", "expected"),
    [
        (240, 50),
        (140, 30),  # 20 is a seventh, 50 more than a third
        (120, 20),
        (60, 20),
        (59.9, 10),
        (30, 10),
        (15, 5),
        (0.3, 0.1),
        (2400, 500),
    ],
)
def test_a_scale_bar_has_a_round_length(width_mm, expected):
    assert raster.bar_length_mm(width_mm) == pytest.approx(expected)


def test_a_scale_bar_takes_a_sixth_to_a_third():
    for width_mm in np.geomspace(1e-3, 1e4, 500):
        share = raster.bar_length_mm(width_mm) / width_mm
        assert 1 / 6 - 1e-9 <= share <= 1 / 3 + 1e-9


def test_a_scale_bar_is_as_long_as_it_says(monkeypatch):
    texts = []
    monkeypatch.setattr(
        raster, "write", lambda image, xy, text, **options: texts.append((xy, text))
    )
    image = Image.new("RGB", (480, 200), "#000000")
    raster.write_bar(image, 240.0, size_px=14, colour="#ff0000")  # 2 pixels a mm
    rows, columns = np.nonzero((np.asarray(image) == rgb("#ff0000")).all(axis=-1))
    assert texts == [((10, 183), "50 mm")]
    assert (columns.min(), columns.max() + 1 - columns.min()) == (10, 100)
    assert (rows.min(), rows.max()) == (187, 189)


def test_text_the_font_lacks_is_spelled_out():
    assert raster.legible("Åsa – 2×3 mm²") == "Asa - 2x3 mm2"
    assert raster.legible("脑\n") == "??"


def test_wrap_keeps_every_word_within_the_width():
    text = "one two three four five six seven eight nine ten"
    lines = raster.wrap(text, 14, 90)
    assert len(lines) > 1
    assert " ".join(lines) == text
    assert max(raster.font(14).getlength(line) for line in lines) <= 90
    assert raster.wrap("", 14, 90) == []


def test_shorten_cuts_only_what_is_too_wide():
    assert raster.shorten("short", 14, 200) == "short"
    cut = raster.shorten("far too long for this place", 14, 80)
    assert cut.startswith("far")
    assert cut.endswith("...")
    assert raster.font(14).getlength(cut) <= 80


def test_a_halo_rims_the_text():
    image = Image.new("RGB", (60, 30), "#ffffff")
    raster.write(image, (10, 5), "L", size_px=18, colour="#ff0000", halo="#0000ff")
    found = {tuple(pixel) for pixel in np.asarray(image).reshape(-1, 3).tolist()}
    assert rgb("#0000ff") in found
    assert rgb("#ff0000") in found
