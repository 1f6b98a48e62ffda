import base64
import io

import pytest
from comparison_results import Page, picture
from PIL import Image

from resunet.errors import InputError
from resunet.export.comparison.pictures import embedded, shown, width_of


def bytes_of(image):
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def test_a_picture_lies_in_the_page_itself_with_its_size():
    for source in (picture(40, 30, "red"), bytes_of(picture(40, 30, "red"))):
        (found,) = Page(embedded(source, "a <b>")).all("img")
        assert (found["width"], found["height"], found["alt"]) == ("40", "30", "a <b>")
        start, data = found["src"].split(",")
        assert start == "data:image/png;base64"
        image = Image.open(io.BytesIO(base64.b64decode(data)))
        assert image.convert("RGB").getcolors() == [(1200, (255, 0, 0))]
        assert width_of(source) == 40


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n"])
def test_other_bytes_are_refused(data):
    with pytest.raises(InputError, match="the bytes of a PNG file are accepted"):
        embedded(data, "")


def test_a_line_stands_below():
    found = shown(picture(), "alt", "below <it>")
    assert found.startswith("<figure><img ")
    assert found.endswith("<figcaption>below &lt;it&gt;</figcaption></figure>")
    assert "figcaption" not in shown(picture(), "alt")
