import numpy as np
import pytest

from resunet.figures import colours


def luminance(colour):
    """WCAG 2 relative luminance."""
    channels = np.array(colours.rgb(colour)) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


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
