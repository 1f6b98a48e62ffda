import numpy as np
from PIL import Image

from resunet.export.png import write_png


def test_the_picture_comes_back_pixel_for_pixel(tmp_path):
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    write_png(tmp_path / "new" / "a.png", Image.fromarray(pixels))
    with Image.open(tmp_path / "new" / "a.png") as picture:
        assert picture.format == "PNG"
        assert np.array_equal(np.asarray(picture), pixels)
