import struct

import numpy as np
import pytest
from dicom_cases import STUDY, flair, only
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless

from resunet.data.readers.dicom import decoding
from resunet.errors import InputError

# Streams that lie, and decoders that die


def jpeg_2000_of(rows, columns):
    """A stream that states a size: 4-byte beginning, then the segment SIZ of ITU-T T.800."""
    size = struct.pack(">HHIIIIIIIIH", 41, 0, columns, rows, 0, 0, columns, rows, 0, 0, 1)
    return b"\xff\x4f\xff\x51" + size + b"\x0f\x01\x01" + b"\xff\xd9"


def jpeg_of(rows, columns):
    """A stream that states a size: beginning, a comment, and the frame header of ITU-T T.81."""
    frame = struct.pack(">HBHHB", 11, 16, rows, columns, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + b"\xff\xfe\x00\x04hi" + b"\xff\xff\xc3" + frame + b"\xff\xd9"


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG2000Lossless, jpeg_2000_of),
        ("1.2.840.10008.1.2.4.70", jpeg_of),
        ("1.2.840.10008.1.2.4.80", jpeg_of),
    ],
)
def test_a_stream_larger_than_its_header_says_is_not_decoded(tmp_path, syntax, stream):
    paths = flair(tmp_path, planes=(0,))
    ds = dcmread(paths[0])
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelData = encapsulate([stream(60000, 60000)])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.save_as(paths[0])
    with pytest.raises(InputError) as caught:
        only(tmp_path).load()
    assert str(paths[0]) in str(caught.value)
    assert str(caught.value).endswith("it is not 12×10 grey pixels.")


def test_the_size_that_a_stream_states_is_found():
    assert decoding._coded_size(jpeg_of(300, 200)) == (300, 200, 1)
    assert decoding._coded_size(jpeg_2000_of(300, 200)) == (300, 200, 1)
    assert decoding._coded_size(b"") is None
    assert decoding._coded_size(b"\xff\xd8\xff\xd9") is None


def damaged(content, rng):
    """A file with a few bytes of its compressed pixels changed."""
    content = bytearray(content)
    start = content.rindex(b"\xff\xd8")
    for at in rng.integers(start + 20, len(content) - 4, 6):
        content[at] = rng.integers(0, 256)
    return bytes(content)


def test_damaged_jpeg_is_refused_and_leaves_the_program_alive(tmp_path, capfd):
    # some of these end the process that decodes them, some are decoded to something else
    paths = flair(tmp_path, habit="jpeg")
    good, rng = paths[1].read_bytes(), np.random.default_rng(0)
    sentences = []
    for _ in range(6):
        paths[1].write_bytes(damaged(good, rng))
        try:
            only(tmp_path).load()
        except InputError as error:
            sentences.append(str(error))
    assert len(sentences) >= 3
    assert all(str(paths[1]) in sentence for sentence in sentences)
    assert capfd.readouterr() == ("", "")


def test_a_decoder_that_does_not_answer_is_given_up(tmp_path, monkeypatch):
    flair(tmp_path, habit="jpeg")
    volume = only(tmp_path)
    monkeypatch.setattr(decoding, "_MOST_SECONDS", 0.0)
    with pytest.raises(InputError, match="cannot be decoded"):
        volume.load()


def test_the_process_apart_loads_nothing_from_the_current_folder(tmp_path, monkeypatch):
    flair(tmp_path / "series", habit="jpeg")
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(only(tmp_path / "series").load(), STUDY.images[..., 3])
