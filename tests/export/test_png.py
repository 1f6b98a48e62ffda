import json

import numpy as np
import pytest
from PIL import Image

from resunet import DISCLAIMER, __version__
from resunet.export.png import write_png

ORIGIN = {
    "identifier": "Demo 1",
    "model_id": "small@0b5a",
    "threshold": 0.5,
    "spacing_mm": None,
    "dice": float("nan"),
    "warnings": ["Über σ ≥ 1."],
}


@pytest.fixture
def read(tmp_path):
    """Writes a picture and gives what is read of it: pixels and texts."""

    def write_and_read(pixels, *rest):
        path = tmp_path / "new" / "a.png"
        write_png(path, Image.fromarray(pixels), *rest)
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            return np.asarray(picture), picture.text

    return write_and_read


def test_the_picture_comes_back_pixel_for_pixel(read):
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert np.array_equal(read(pixels)[0], pixels)
    assert np.array_equal(read(pixels, ORIGIN)[0], pixels)


def test_every_picture_names_the_program_and_its_use(read):
    _, texts = read(np.zeros((2, 2, 3), np.uint8))
    assert texts == {"Software": f"ResU-Net {__version__}", "Disclaimer": f"{DISCLAIMER}."}


def test_provenance_comes_back_as_json(read):
    _, texts = read(np.zeros((2, 2, 3), np.uint8), ORIGIN)
    assert json.loads(texts["Provenance"]) == ORIGIN | {"dice": None}
    assert texts["Description"] == "Brain tumour segmentation of Demo 1 by model small@0b5a."
    assert texts["Disclaimer"] == f"{DISCLAIMER}."


@pytest.mark.parametrize(
    ("name", "shown"), [("患者", "患者"), ("half \ud800", "half ?"), ("zero \0", "zero ?")]
)
def test_any_name_can_be_written(read, name, shown):
    _, texts = read(np.zeros((2, 2, 3), np.uint8), ORIGIN | {"identifier": name})
    assert f"of {shown} by" in texts["Description"]
    assert json.loads(texts["Provenance"])["threshold"] == 0.5


def test_the_same_picture_gives_the_same_bytes(tmp_path):
    picture = Image.fromarray(np.zeros((2, 2, 3), np.uint8))
    for name in ("a.png", "b.png"):
        write_png(tmp_path / name, picture, ORIGIN)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
