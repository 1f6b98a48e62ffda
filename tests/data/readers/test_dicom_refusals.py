import io

import numpy as np
import pytest
from dicom_cases import STUDY, TWO_SIZES, files_in, first_only, flair, only, put
from dicom_files import PERSONAL
from pydicom import Dataset, Sequence, dcmread
from pydicom.dataset import FileMetaDataset

from resunet.data.readers.dicom.series import find_series, frame_warning
from resunet.errors import InputError

# What is refused

BAD_HEADERS = {
    "colour": (
        put(SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0),
        "has 3 values a pixel (RGB), where grey pictures are accepted",
    ),
    "inverted": (
        put(PhotometricInterpretation="MONOCHROME1"),
        "is stored as MONOCHROME1, where MONOCHROME2 is accepted",
    ),
    "palette": (
        put(PhotometricInterpretation="PALETTE COLOR"),
        "is stored as PALETTE COLOR, where MONOCHROME2 is accepted",
    ),
    "no interpretation": (
        put(PhotometricInterpretation=None),
        "is stored as nothing known, where MONOCHROME2 is accepted",
    ),
    "no Rows": (put(Rows=None), "states 1×0×10 pixels, where 1 to 134217728 are accepted"),
    "Rows too small": (
        put(Rows=11),
        "holds 240 bytes of pixels, where 220 are accepted for 1×11×10 pixels",
    ),
    "Rows too large": (
        put(Rows=13),
        "holds 240 bytes of pixels, where 260 are accepted for 1×13×10 pixels",
    ),
    "10⁶ frames": (
        put(NumberOfFrames=10**6),
        "holds 1000000 frames without their places, where enhanced files are accepted",
    ),
    "high bit": (
        put(BitsStored=12),
        "stores 12 bits a pixel up to bit 15, where up to bit 11 is accepted",
    ),
    "24 bits": (
        put(BitsAllocated=24),
        "stores 16 of 24 bits a pixel, where 8, 16, 32 are accepted",
    ),
    "more bits stored than allocated": (
        put(BitsStored=17, HighBit=16),
        "stores 17 of 16 bits a pixel, where 8, 16, 32 are accepted",
    ),
    "sign unknown": (
        put(PixelRepresentation=None),
        "does not say whether its values are signed (PixelRepresentation)",
    ),
    "table of values": (
        put(ModalityLUTSequence=Sequence([Dataset()])),
        "has a table of values (Modality LUT), where a linear scale is accepted",
    ),
    "no position": (
        put(ImagePositionPatient=None),
        "does not say where its planes lie (ImagePositionPatient)",
    ),
    "no orientation": (
        put(ImageOrientationPatient=None),
        "does not say how its planes are turned (ImageOrientationPatient)",
    ),
    "no spacing": (put(PixelSpacing=None), "does not say how large a pixel is (PixelSpacing)"),
    "half a position": (
        put(ImagePositionPatient=["1", "2"]),
        "does not say where its planes lie (ImagePositionPatient)",
    ),
    "spacing 0": (
        put(PixelSpacing=["1", "0"]),
        "states a pixel size that is not positive (PixelSpacing)",
    ),
    "directions alike": (
        put(ImageOrientationPatient=["1", "0", "0", "1", "0", "0"]),
        "states directions that are not two perpendicular ones (ImageOrientationPatient)",
    ),
    "directions of length 2": (
        put(ImageOrientationPatient=["2", "0", "0", "0", "2", "0"]),
        "states directions that are not two perpendicular ones (ImageOrientationPatient)",
    ),
    "slope 0": (
        put(RescaleSlope="0"),
        "states a RescaleSlope that nothing can be scaled with",
    ),
    "two sizes": (
        first_only(**TWO_SIZES),
        "holds pictures of 10×10 and 12×10 pixels, where one size is accepted",
    ),
    "two spacings": (
        first_only(PixelSpacing=["1", "1.1"]),
        "holds planes of several pixel sizes, where one is accepted",
    ),
    "a place taken twice": (
        first_only(ImagePositionPatient=["-23", "-31", "-15"]),
        "holds 4 pictures at 3 places, where one a place is accepted",
    ),
    "shifted sideways": (
        first_only(ImagePositionPatient=["-25", "-31", "-17"]),
        "holds planes that do not lie straight behind each other",
    ),
}


@pytest.mark.parametrize(("edit", "problem"), BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_bad_headers_are_refused_in_one_sentence(tmp_path, edit, problem):
    flair(tmp_path, edit=edit)
    with pytest.raises(InputError) as caught:
        find_series(files_in(tmp_path))
    assert str(caught.value) == f'{tmp_path}: series 1 "AX FLAIR" {problem}.'


def test_the_good_series_behind_the_bad_ones_is_accepted(tmp_path):
    flair(tmp_path, edit=put(SamplesPerPixel=1, ImagePositionPatient=None), planes=())
    flair(tmp_path, edit=put(RescaleSlope="1"))
    np.testing.assert_array_equal(only(tmp_path).load(), STUDY.images[..., 3])


def rewrite(path, old, new):
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))


@pytest.mark.parametrize("number", [b"abc ", b"1e999 ", b"nan "])
@pytest.mark.parametrize("keyword", ["RescaleSlope", "PixelSpacing"])
def test_numbers_that_are_none_are_refused(tmp_path, keyword, number):
    value = "1.2345" if keyword == "RescaleSlope" else ["1.2345", "1"]
    paths = flair(tmp_path, tags={keyword: value})
    for path in paths:
        rewrite(path, b"1.2345", number.ljust(6))
    with pytest.raises(InputError, match=keyword):
        find_series(files_in(tmp_path))


@pytest.mark.parametrize(
    ("syntax", "called"),
    [
        ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)"),
        ("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
        ("1.2.3.4", "1.2.3.4"),
    ],
)
def test_an_encoding_that_cannot_be_decoded_is_named(tmp_path, syntax, called):
    for path in flair(tmp_path, habit="jpeg-ls"):
        ds = dcmread(path)
        ds.file_meta.TransferSyntaxUID = syntax
        ds.save_as(path, implicit_vr=False, little_endian=True)
    with pytest.raises(InputError) as caught:
        find_series(files_in(tmp_path))
    assert f"is encoded as {called}, where uncompressed" in str(caught.value)


def test_compressed_pixels_called_uncompressed_are_refused(tmp_path):
    for path in flair(tmp_path, habit="rle"):
        rewrite(path, b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.1\0")
    with pytest.raises(InputError, match="not encoded as stated"):
        find_series(files_in(tmp_path))


def deflated():
    ds = Dataset()
    ds.EncapsulatedDocument = bytes(10**6)
    content = io.BytesIO()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    ds.save_as(content, implicit_vr=False, little_endian=True)
    return content.getvalue()


BAD_BYTES = {
    "empty": (b"", "is empty; DICOM files are accepted."),
    "text": (b"not a picture at all\n" * 40, "is no DICOM file; DICOM files are accepted."),
    "zeros": (bytes(1000), "is no DICOM file; DICOM files are accepted."),
    "preamble only": (bytes(128) + b"DICM", "it ends within its header."),
    "preamble and noise": (
        bytes(128) + b"DICM" + b"\x55" * 99,
        "cannot be read as DICOM: it does not say what it is.",
    ),
    "deflated": (deflated(), "is deflated as a whole; other DICOM files are accepted."),
    **{
        name: (start.ljust(128, b"\0") + b"DICM" + bytes(200), "is a program as well as a DICOM")
        for name, start in {"MZ": b"MZ\x90", "ELF": b"\x7fELF", "script": b"#!/bin/sh\n"}.items()
    },
}


@pytest.mark.parametrize(("content", "problem"), BAD_BYTES.values(), ids=BAD_BYTES)
def test_bad_files_are_refused_in_one_sentence_that_names_them(tmp_path, content, problem):
    flair(tmp_path)
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(content)
    with pytest.raises(InputError) as caught:
        find_series(files_in(tmp_path))
    sentence = str(caught.value)
    assert sentence.startswith(f"{bad} ")
    assert problem in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("habit", ["plain", "implicit", "no-preamble", "enhanced", "rle"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.97])
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path, habit, share):
    path = flair(tmp_path, habit=habit)[-1]
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError) as caught:
        only(tmp_path).load()
    assert str(tmp_path) in str(caught.value)
    assert 'series 1 "AX FLAIR"' in str(caught.value) or str(path) in str(caught.value)


def test_a_truncated_file_ends_before_its_pixels(tmp_path):
    path = flair(tmp_path)[1]
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\xe0\x7f\x10\x00")])
    with pytest.raises(InputError) as caught:
        find_series(files_in(tmp_path))
    assert str(caught.value) == f"{path} ends before its pixels; whole files are accepted."


def test_a_file_of_4_gigabytes_is_refused_unread(tmp_path):
    (path,) = flair(tmp_path, planes=(0,))
    with path.open("r+b") as file:
        file.truncate(2**32)  # takes no room on the disc
    with pytest.raises(InputError, match=r"has 4,294,967,296 bytes"):
        find_series([path])


def test_a_multi_frame_file_that_states_too_many_frames_is_refused(tmp_path):
    flair(tmp_path, habit="enhanced", edit=put(NumberOfFrames=10**6))
    with pytest.raises(InputError, match="states 1000000 frames and the places of 4"):
        find_series(files_in(tmp_path))


def test_a_file_that_vanishes_is_named(tmp_path):
    paths = flair(tmp_path)
    volume = only(tmp_path)
    paths[2].unlink()
    for read in (volume.load, volume.digest):
        with pytest.raises(InputError) as caught:
            read()
        assert str(paths[2]) in str(caught.value)


def test_a_file_that_changes_meanwhile_is_named(tmp_path):
    paths = flair(tmp_path)
    volume = only(tmp_path)
    paths[2].write_bytes(paths[2].read_bytes()[200:])
    with pytest.raises(InputError, match="it has changed since its header was read") as caught:
        volume.load()
    assert str(paths[2]) in str(caught.value)


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName"])
def test_two_patients_are_refused_without_being_named(tmp_path, keyword):
    tags = {"PatientID": None} if keyword == "PatientName" else {}
    flair(tmp_path / "a", tags={**tags, keyword: "SECRET-1"})
    flair(tmp_path / "b", contrast="t2", series_number=2, tags={**tags, keyword: "SECRET-2"})
    with pytest.raises(InputError) as caught:
        find_series(files_in(tmp_path))
    sentence = "holds pictures of 2 patients; those of one are accepted."
    assert str(caught.value) == f"{tmp_path} {sentence}"


@pytest.mark.parametrize(
    ("uid", "kind"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", "1 × CT Image Storage"),
        ("1.2.840.10008.5.1.4.1.1.66.4", "1 × Segmentation Storage"),
        ("1.2.3.4.5", "1 × MR"),
    ],
)
def test_files_without_mr_pictures_are_refused(tmp_path, uid, kind):
    (path,) = flair(tmp_path, planes=(0,), tags={"SOPClassUID": uid})
    with pytest.raises(InputError) as caught:
        find_series([path])
    assert str(caught.value) == (
        f"{path} holds no MR pictures ({kind}); MR series of DICOM, classic or enhanced, are "
        "accepted."
    )


def test_no_files_are_refused():
    with pytest.raises(InputError, match="The list of files holds no MR pictures"):
        find_series([])


# Random damage


@pytest.mark.parametrize("habit", ["plain", "implicit", "enhanced", "rle", "jpeg-ls", "jpeg-2000"])
def test_random_damage_is_refused_or_read_but_nothing_else(tmp_path, habit, caplog):
    rng = np.random.default_rng(0)
    path = flair(tmp_path, habit=habit)[0]
    good = path.read_bytes()
    sentences = []
    for _ in range(40):
        content = bytearray(good)
        for at in rng.integers(132, len(good), rng.integers(1, 5)):
            content[at] = rng.integers(0, 256)
        path.write_bytes(content)
        try:
            volumes = find_series(files_in(tmp_path))
            frame_warning(volumes)
            for volume in volumes:
                volume.load()
        except InputError as error:
            sentences.append(str(error))
    assert caplog.records == []  # pydicom would log the values that it finds odd
    assert sentences
    for sentence in sentences:
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert not any(text in sentence for text in PERSONAL.values())
