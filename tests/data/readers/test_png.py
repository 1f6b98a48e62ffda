import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from resunet.data.readers.png import png_volume
from resunet.errors import InputError

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5


def saved(path, image):
    image.save(path)
    return path


def values(path):
    volume = png_volume(path)
    assert volume.grid is None
    array = volume.load()
    assert array.dtype == np.float32
    assert array.shape == volume.shape
    return array[0]


def test_a_grey_picture_is_read_as_it_is_shown(tmp_path):
    volume = png_volume(saved(tmp_path / "p_flair.png", Image.fromarray(GREY)))
    assert (volume.name, volume.format, volume.guess.contrast) == ("p_flair.png", "png", "flair")
    np.testing.assert_array_equal(volume.load()[0], GREY)


def test_sixteen_bits_are_kept(tmp_path):
    deep = GREY.astype(np.uint16) * 250
    np.testing.assert_array_equal(values(saved(tmp_path / "t1.png", Image.fromarray(deep))), deep)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_colours_that_are_grey_are_grey(tmp_path, mode):
    path = saved(tmp_path / "t1.png", Image.fromarray(GREY).convert(mode))
    np.testing.assert_array_equal(values(path), GREY)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_are_refused(tmp_path, mode):
    colours = np.stack([GREY, GREY, GREY[::-1]], axis=-1)
    image = Image.fromarray(colours).convert(mode)
    path = saved(tmp_path / "t1.png", image)
    with pytest.raises(InputError, match=r"t1\.png is a coloured picture, where grey is accepted"):
        png_volume(path).load()


def test_one_bit_pictures_are_masks(tmp_path):
    path = saved(tmp_path / "seg.png", Image.fromarray(GREY > 100))
    np.testing.assert_array_equal(values(path) > 0, GREY > 100)


def stated(width, height, rest=b""):
    """A PNG that states a size and holds nothing of it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk + rest


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a PNG picture"),
        (b"\x89PNG\r\n", "is not a PNG picture"),
        (b"GIF89a" + bytes(40), "is not a PNG picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(40), "is not a PNG picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a PNG picture"),
        (stated(60000, 60000), "is 60000×60000 pixels, where 2×2 to 4096×4096 are accepted"),
        (stated(12000, 12000), "is 12000×12000 pixels"),
        (stated(1, 1), "is 1×1 pixels"),
        (stated(8, 6), "cannot be read as PNG"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, content, words):
    path = tmp_path / "t1.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as error:
        png_volume(path).load()
    assert str(path) in str(error.value)


def test_a_picture_with_much_behind_it_is_refused(tmp_path):
    path = saved(tmp_path / "t1.png", Image.fromarray(GREY))
    with path.open("ab") as file:
        file.truncate(2**40)
    with pytest.raises(InputError, match=r"t1\.png has 1,099,511,627,776 bytes"):
        png_volume(path)


def test_a_folder_and_what_cannot_be_read_are_refused_by_name(tmp_path, monkeypatch):
    (tmp_path / "x.png").mkdir()
    with pytest.raises(InputError, match=r"x\.png cannot be read: Is a directory\."):
        png_volume(tmp_path / "x.png")
    path = saved(tmp_path / "t1.png", Image.fromarray(GREY))
    volume = png_volume(path)
    path.unlink()
    with pytest.raises(InputError, match=r"t1\.png cannot be read"):
        volume.digest()
    with pytest.raises(InputError, match=r"t1\.png cannot be read as PNG"):
        volume.load()


def test_transparent_palettes_are_grey_or_refused(tmp_path):
    palette = Image.fromarray(GREY).convert("P")
    palette.info["transparency"] = bytes(range(256))
    np.testing.assert_array_equal(values(saved(tmp_path / "t1.png", palette)), GREY)
    palette.putpalette([value for i in range(256) for value in (i, 0, 255 - i)])
    with pytest.raises(InputError, match="is a coloured picture, where grey is accepted"):
        values(saved(tmp_path / "t2.png", palette))


def test_a_truncated_picture_is_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
    path = saved(tmp_path / "t1.png", Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(InputError, match="cannot be read as PNG"):
        png_volume(path).load()
