import itertools

import numpy as np
import pytest

from resunet.figures import colours

# Machado, Oliveira and Fernandes 2009 (doi:10.1109/TVCG.2009.113), severity 1.0, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# IEC 61966-2-1 (sRGB), white point D65
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
OUTLINES = ("truth", "network", "doubt")
ERRORS = ("truth", "network", "both")


def linear(colour):
    channels = np.array(colours.rgb(colour)) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    """WCAG 2 relative luminance."""
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def lab(colour, sight="normal"):
    """CIELAB 1976 of a colour as such eyes see it."""
    seen = np.clip(SIGHT[sight] @ linear(colour), 0, 1)
    ratio = TO_XYZ @ seen / TO_XYZ.sum(axis=1)
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def least_distance(palette, names, sight):
    """CIELAB distance of the two of these that are most alike."""
    seen = [lab(colours.PALETTES[palette][name], sight) for name in names]
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_rgb_by_hand():
    assert colours.rgb("#ff8001") == (255, 128, 1)


@pytest.mark.parametrize("colour", [*colours.QUALITATIVE, colours.NEUTRAL])
@pytest.mark.parametrize("page", ["#ffffff", "#0e1117"])
def test_chart_colours_are_seen_on_both_themes(colour, page):
    assert contrast(colour, page) >= 3.0


@pytest.mark.parametrize(
    "colour", [colours.DARK_INK, colours.DARK_FAINT, colours.DARK_NOTICE, colours.TRUTH]
)
def test_text_on_dark_pictures_is_legible(colour):
    assert contrast(colour, colours.DARK_PAPER) >= 4.5


@pytest.mark.parametrize("colour", [colours.LIGHT_INK, colours.LIGHT_FAINT])
def test_text_on_light_pictures_is_legible(colour):
    assert contrast(colour, colours.LIGHT_PAPER) >= 4.5


def test_the_papers_colours_are_red_blue_and_green():
    for colour, channel in ((colours.TRUTH, 0), (colours.DOUBT, 1), (colours.PREDICTION, 2)):
        assert int(np.argmax(colours.rgb(colour))) == channel


def test_qualitative_colours_differ_and_repeat():
    assert len(set(colours.QUALITATIVE)) == len(colours.QUALITATIVE)
    assert colours.qualitative(len(colours.QUALITATIVE) + 1) == colours.qualitative(1)


def test_ramp_ends_middle_and_clipping_by_hand():
    found = colours.ramp(np.array([[-1.0, 0.0, 0.5], [0.25, 1.0, 7.0]]), ("#000000", "#64c8fe"))
    assert found.dtype == np.uint8
    assert found.tolist() == [
        [[0, 0, 0], [0, 0, 0], [50, 100, 127]],
        [[25, 50, 64], [100, 200, 254], [100, 200, 254]],
    ]


def test_the_sequential_scale_grows_brighter():
    brightness = [luminance(colour) for colour in colours.SEQUENTIAL]
    assert brightness == sorted(brightness)


def test_no_chart_colour_is_one_of_streamlits_placeholders():
    # Streamlit's plotly theme replaces #000001, #000002, … by colours of its own
    names = [*colours.SEQUENTIAL, *colours.QUALITATIVE, colours.TRUTH, colours.PREDICTION]
    assert not [name for name in names if name.lower().startswith("#0000")]


# The slice view's palettes


def test_colour_vision_is_simulated_as_published():
    for matrix in SIGHT.values():
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=2e-6)  # greys stay as they are
    np.testing.assert_allclose(lab("#ffffff"), [100, 0, 0], atol=1e-6)
    # Lindbloom's calculator: sRGB red under D65
    np.testing.assert_allclose(lab("#ff0000"), [53.24, 80.09, 67.20], atol=0.02)
    # to deuteranopes red and green of one luminance are nearly alike
    red, green = "#c86400", "#6f8d00"
    assert np.linalg.norm(lab(red, "deuteranopia") - lab(green, "deuteranopia")) < 12
    assert np.linalg.norm(lab(red) - lab(green)) > 45


def test_each_palette_names_the_same_things():
    assert {frozenset(palette) for palette in colours.PALETTES.values()} == {
        frozenset({*OUTLINES, *ERRORS})
    }


@pytest.mark.parametrize("sight", SIGHT)
def test_nobody_confuses_the_safe_colours(sight):
    assert least_distance("safe", OUTLINES, sight) >= 60
    assert least_distance("safe", ERRORS, sight) >= 35


def test_the_papers_colours_are_told_apart_by_most_eyes_only():
    assert least_distance("paper", OUTLINES, "normal") >= 60
    assert least_distance("paper", OUTLINES, "deuteranopia") == pytest.approx(15, abs=1)


@pytest.mark.parametrize("palette", colours.PALETTES)
def test_outlines_are_seen_on_dark_and_on_grey_matter(palette):
    for name, colour in colours.PALETTES[palette].items():
        assert contrast(colour, "#000000") >= 4.5, name
