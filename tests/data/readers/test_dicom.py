import hashlib
import shutil
import struct
import subprocess

import numpy as np
import pytest
from dicom_cases import STUDY, TWO_SIZES, directed, files_in, first_only, flair, only, put
from dicom_files import HABITS, PERSONAL, PLANES, placed, write_patient
from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation

from resunet.data.contrasts import assign_volumes
from resunet.data.dicom_signs import is_dicom
from resunet.data.readers.dicom.series import find_series, frame_warning
from resunet.errors import InputError
from resunet.study import CONTRASTS

# The same pictures at the same places, however they are written


@pytest.mark.parametrize("habit", HABITS)
def test_every_habit_gives_the_same_pictures_at_the_same_places(tmp_path, habit):
    write_patient(
        tmp_path, STUDY, habit=habit, contrasts=("t1", "flair"), spacing_mm=(3.0, 1.5, 0.75)
    )
    volumes = {volume.guess.contrast: volume for volume in find_series(files_in(tmp_path))}
    assert set(volumes) == {"t1", "flair"}
    for contrast, volume in volumes.items():
        values = volume.load()
        assert (values.dtype, values.shape) == (np.float32, volume.shape)
        expected = STUDY.images[..., CONTRASTS.index(contrast)]
        np.testing.assert_array_equal(volume.grid.from_file(values), expected)
        # corner, then 3 mm up, 1.5 mm to the back and 0.75 mm to the left a voxel, in RAS
        affine = [[0, 0, -0.75, 23], [0, -1.5, 0, 31], [3, 0, 0, -17], [0, 0, 0, 1]]
        np.testing.assert_allclose(volume.grid.study_affine(), affine, atol=1e-4)
        assert (volume.warnings, volume.positions_mm, volume.format) == ((), None, "dicom")


@pytest.mark.parametrize("habit", ["shuffled", "enhanced-shuffled"])
@pytest.mark.parametrize("oblique_deg", [0.0, 13.0, -31.0])
@pytest.mark.parametrize("plane", PLANES)
def test_every_way_of_acquisition_gives_the_same_study(tmp_path, plane, oblique_deg, habit):
    how = {"spacing_mm": (3.0, 1.5, 0.75), "oblique_deg": oblique_deg}
    write_patient(tmp_path, STUDY, habit=habit, contrasts=("t2",), plane=plane, **how)
    volume = only(tmp_path)
    np.testing.assert_array_equal(volume.grid.from_file(volume.load()), STUDY.images[..., 2])
    as_axial = placed(STUDY.images[..., 2], **how).affine
    np.testing.assert_allclose(volume.grid.study_affine(), as_axial, atol=1e-4)


def test_the_reading_is_the_same_from_any_order_of_files(tmp_path):
    write_patient(tmp_path, STUDY)
    paths = sorted(files_in(tmp_path))
    forward, backward = find_series(paths), find_series(paths[::-1])
    assert [volume.name for volume in forward] == [volume.name for volume in backward]
    assert [volume.digest() for volume in forward] == [volume.digest() for volume in backward]


def test_a_sagittal_stack_lies_where_its_header_says(tmp_path):
    # In LPS: the column index grows to the back (+y), the row index to the feet (−z); rows are
    # 0.5 mm apart, columns 0.25 mm. The planes' normal is (0,1,0) × (0,0,−1) = (−1,0,0), to the
    # right: so the plane at x = 10 comes first, and each next one lies 2 mm further to the right.
    # RAS changes the signs of the first two components.
    paths = flair(tmp_path, planes=(0, 1, 2))
    for path, x in zip(paths, (8, 10, 6), strict=True):
        directed(path, [x, -50, 40], [0, 1, 0, 0, 0, -1], [0.5, 0.25])
    volume = only(tmp_path)
    expected = [[2, 0, 0, -10], [0, 0, -0.25, 50], [0, -0.5, 0, 40], [0, 0, 0, 1]]
    np.testing.assert_allclose(volume.grid.affine, expected, atol=1e-9)
    pictures = STUDY.images[:3, ..., 3]
    np.testing.assert_array_equal(volume.load(), pictures[[1, 0, 2]])
    # up: the file's rows, reversed; back: its columns; left: its planes, reversed
    assert (volume.grid.axes, volume.grid.flipped) == ((1, 2, 0), (True, False, True))


def test_an_oblique_stack_lies_where_its_header_says(tmp_path):
    # Turned by 30° about the left-right axis: columns to the left, rows to (0, cos 30°, sin 30°);
    # normal (1,0,0) × (0,c,s) = (0,−s,c). Planes 4 mm, rows 2 mm, columns 1.5 mm apart. In RAS
    # the first two components change their signs.
    c, s = np.sqrt(3) / 2, 0.5
    paths = flair(tmp_path, planes=(0, 1, 2))
    for index, path in enumerate(paths):
        position = [-20, -30 - 4 * s * index, 5 + 4 * c * index]
        directed(path, [f"{v:.10g}" for v in position], [1, 0, 0, 0, f"{c:.10g}", s], [2, 1.5])
    expected = [[0, 0, -1.5, 20], [4 * s, -2 * c, 0, 30], [4 * c, 2 * s, 0, 5], [0, 0, 0, 1]]
    np.testing.assert_allclose(only(tmp_path).grid.affine, expected, atol=1e-8)


# Values


def test_values_are_scaled_by_slope_and_intercept(tmp_path):
    flair(tmp_path, tags={"RescaleSlope": "2.5", "RescaleIntercept": "-7"})
    np.testing.assert_array_equal(only(tmp_path).load(), STUDY.images[..., 3] * 2.5 - 7)


def stored(values, bits, signed=0, used=None):
    """An edit that stores the same small picture in every plane."""

    def edit(ds, plane):
        ds.BitsAllocated, ds.BitsStored, ds.PixelRepresentation = bits, used or bits, signed
        ds.HighBit = ds.BitsStored - 1
        ds.Rows, ds.Columns = values.shape
        content = values.tobytes()
        ds.PixelData = content + b"\0" * (len(content) % 2)
        ds["PixelData"].VR = "OW" if bits > 8 else "OB"

    return edit


@pytest.mark.parametrize(
    ("dtype", "bits", "signed"),
    [("u1", 8, 0), ("i1", 8, 1), ("<u2", 16, 0), ("<i2", 16, 1), ("<u4", 32, 0), ("<i4", 32, 1)],
)
def test_whole_numbers_of_every_kind_are_read(tmp_path, dtype, bits, signed):
    ends = np.iinfo(dtype)
    values = np.array([[ends.min, 0, 1], [2, 5, ends.max]], dtype)
    flair(tmp_path, edit=stored(values, bits, signed))
    np.testing.assert_array_equal(only(tmp_path).load()[0], values.astype(np.float32))


def test_bits_that_are_not_used_do_not_count(tmp_path):
    # 12 of 16 bits: −1 is 0xFFF, 2047 is 0x7FF; an old scanner may keep an overlay above them
    values = np.array([[0x0FFF, 0xF7FF], [0x8001, 0x0000]], "<u2")
    flair(tmp_path, edit=stored(values, 16, signed=1, used=12))
    np.testing.assert_array_equal(only(tmp_path).load()[0], [[-1, 2047], [1, 0]])


@pytest.mark.parametrize(("keyword", "dtype"), [("Float", "<f4"), ("DoubleFloat", "<f8")])
def test_floating_point_pixels_are_read(tmp_path, keyword, dtype):
    values = np.array([[0.5, -1.25, 3e4], [1, 2, 3]], dtype)

    def edit(ds, plane):
        ds.BitsAllocated = 8 * values.itemsize
        del ds.PixelData, ds.BitsStored, ds.HighBit, ds.PixelRepresentation
        ds.Rows, ds.Columns = values.shape
        setattr(ds, f"{keyword}PixelData", values.tobytes())

    flair(tmp_path, edit=edit)
    np.testing.assert_array_equal(only(tmp_path).load()[0], values.astype(np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path, value):
    values = np.array([[0.5, value], [1, 2]], "<f4")

    def edit(ds, plane):
        ds.BitsAllocated = 32
        del ds.PixelData
        ds.Rows, ds.Columns = values.shape
        ds.FloatPixelData = values.tobytes()

    paths = flair(tmp_path, edit=edit)
    with pytest.raises(InputError, match="not finite") as caught:
        only(tmp_path).load()
    assert str(paths[0]) in str(caught.value)


def test_values_beyond_float32_are_refused(tmp_path):
    flair(tmp_path, tags={"RescaleSlope": "1e300"})
    with pytest.raises(InputError, match="not finite"):
        only(tmp_path).load()


# Names, guesses, digests, headers


def test_series_are_called_by_number_and_description(tmp_path):
    write_patient(tmp_path, STUDY)
    volumes = find_series(files_in(tmp_path))
    assert [volume.name for volume in volumes] == [
        'series 2 "AX T1 SE"',
        'series 3 "AX T1 SE +C"',
        'series 4 "AX T2 TSE"',
        'series 5 "AX FLAIR"',
    ]
    assert tuple(volume.guess.contrast for volume in volumes) == CONTRASTS
    chosen = assign_volumes([(volume.name, volume.guess) for volume in volumes], "here")
    assert chosen == {contrast: index for index, contrast in enumerate(CONTRASTS)}


@pytest.mark.parametrize("habit", ["plain", "enhanced"])
def test_contrasts_are_told_without_descriptions(tmp_path, habit):
    tags = {"SeriesDescription": None, "ProtocolName": None, "SeriesNumber": None}
    write_patient(tmp_path, STUDY, habit=habit, tags=tags)
    volumes = find_series(files_in(tmp_path))
    assert {volume.guess.contrast for volume in volumes} == set(CONTRASTS)
    assert [v.name for v in volumes] == ["series", "series (2)", "series (3)", "series (4)"]


def test_a_description_is_cut_and_cleaned(tmp_path):
    text = "FLAIR \x07\x1b[2J" + "x" * 57
    with disable_value_validation():
        flair(tmp_path, tags={"SeriesDescription": text}, series_number=7)
    name = only(tmp_path).name
    assert name.startswith('series 7 "FLAIR [2Jxxx')
    assert name.isprintable()
    assert len(name) <= len('series 7 ""') + 64


def test_nothing_personal_is_in_what_is_shown(tmp_path):
    write_patient(tmp_path, STUDY, habit="beside")
    for volume in find_series(files_in(tmp_path)):
        shown = f"{volume.name} {volume.guess} {volume.warnings}"
        for text in PERSONAL.values():
            assert text not in shown


def test_the_digest_is_of_the_files_in_the_order_of_the_planes(tmp_path):
    paths = flair(tmp_path, habit="shuffled")
    assert paths != sorted(paths)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    expected = hashlib.sha256("".join(digests).encode()).hexdigest()
    assert only(tmp_path).digest() == expected


def test_the_digest_of_one_file_is_its_own(tmp_path):
    (path,) = flair(tmp_path, habit="enhanced")
    assert only(tmp_path).digest() == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_stack_has_the_headers_in_full_but_no_pixels(tmp_path):
    def edit(ds, plane):
        ds.PatientName = "Müller^Zoë"
        ds.SpecificCharacterSet = "ISO_IR 100"
        ds.add_new(0x60003000, "OW", b"\0" * 64)
        ds.IconImageSequence = [Dataset()]

    paths = flair(tmp_path, habit="shuffled", edit=edit)
    stack = only(tmp_path).stack
    assert len(stack.headers) == len(stack.frames) == 4
    for path, (index, frame) in zip(paths, stack.frames, strict=True):
        header = stack.headers[index]
        assert frame == 1
        assert header.SOPInstanceUID == dcmread(path).SOPInstanceUID
        assert header.PatientName == "Müller^Zoë"
        assert header.EchoTime == 120
        for keyword in ("PixelData", "IconImageSequence", 0x60003000, 0x00090010):
            assert keyword not in header


def test_the_frames_of_an_enhanced_stack_are_numbered_as_in_the_file(tmp_path):
    (path,) = flair(tmp_path, habit="enhanced-shuffled")
    groups = dcmread(path).PerFrameFunctionalGroupsSequence
    stack = only(tmp_path).stack
    heights = [
        groups[frame - 1].PlanePositionSequence[0].ImagePositionPatient[2]
        for _, frame in stack.frames
    ]
    assert len(stack.headers) == 1
    assert [frame for _, frame in stack.frames] != [1, 2, 3, 4]
    assert heights == sorted(heights)


def test_each_multi_frame_file_is_a_series_of_its_own(tmp_path):
    flair(tmp_path / "a", habit="enhanced")
    flair(tmp_path / "b", habit="enhanced", tags={"SOPInstanceUID": "1.2.3"})
    names = [volume.name for volume in find_series(files_in(tmp_path))]
    assert names == ['series 1 "AX FLAIR"', 'series 1 "AX FLAIR" (2)']


# What warns


def test_a_missing_plane_warns_and_keeps_the_others_at_their_places(tmp_path):
    flair(tmp_path, planes=(0, 2, 3))
    volume = only(tmp_path)
    name = 'series 1 "AX FLAIR"'
    assert volume.warnings == (f"{name} lacks 1 of 4 planes between its first and its last.",)
    np.testing.assert_allclose(volume.positions_mm, [0, 2, 3], atol=1e-6)
    assert volume.grid.affine[2, 0] == pytest.approx(1.5)  # the mean step: 3 mm in two steps
    np.testing.assert_array_equal(volume.load(), STUDY.images[[0, 2, 3], ..., 3])


def test_uneven_planes_warn(tmp_path):
    paths = flair(tmp_path)
    for path, height in zip(paths, (0, 1, 2.4, 3.9), strict=True):
        directed(path, [0, 0, height], [1, 0, 0, 0, 1, 0], [1, 1])
    volume = only(tmp_path)
    assert volume.warnings[0].endswith("has planes at uneven distances, 1.00 to 1.50 mm.")
    np.testing.assert_allclose(volume.positions_mm, [0, 1, 2.4, 3.9])


def test_positions_rounded_to_a_hundredth_are_even(tmp_path):
    paths = flair(tmp_path)
    for path, height in zip(paths, ("0", "1.67", "3.33", "5"), strict=True):
        directed(path, [0, 0, height], [1, 0, 0, 0, 1, 0], [1, 1])
    volume = only(tmp_path)
    assert (volume.positions_mm, volume.warnings) == (None, ())
    assert volume.grid.affine[2, 0] == pytest.approx(5 / 3)


@pytest.mark.parametrize(
    ("tags", "step"),
    [
        ({}, 1.0),
        ({"SpacingBetweenSlices": "6.5"}, 6.5),
        ({"SpacingBetweenSlices": None, "SliceThickness": "5"}, 5.0),
    ],
)
def test_a_single_plane_has_the_step_that_its_header_states(tmp_path, tags, step):
    flair(tmp_path, planes=(2,), tags=tags)
    volume = only(tmp_path)
    assert (volume.shape, volume.warnings) == ((1, 12, 10), ())
    assert volume.grid.affine[2, 0] == pytest.approx(step)


def test_a_single_plane_of_unknown_thickness_warns(tmp_path):
    flair(tmp_path, planes=(2,), habit="sparse")
    volume = only(tmp_path)
    assert volume.warnings == ("series is one plane of unknown thickness: 1 mm is assumed.",)
    assert volume.grid.affine[2, 0] == 1.0


def test_lossy_compression_warns(tmp_path):
    flair(tmp_path, tags={"LossyImageCompression": "01"})
    assert only(tmp_path).warnings == ('series 1 "AX FLAIR" was compressed with loss.',)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({}, None),
        ({"frame_uid": "1.2.3"}, "do not share a frame of reference"),
        ({"study_uid": "1.2.4"}, "are of 2 examinations"),
        ({"tags": {"FrameOfReferenceUID": None}}, None),
    ],
)
def test_series_of_several_frames_of_reference_warn(tmp_path, other, sentence):
    flair(tmp_path / "a")
    flair(tmp_path / "b", contrast="t2", series_number=2, **other)
    warning = frame_warning(find_series(files_in(tmp_path)))
    assert (warning is None) if sentence is None else (sentence in warning)


# What is left aside


def assert_left_aside(volume, why):
    assert volume.guess == (None, why)
    assert (volume.grid, volume.stack) == (None, None)
    with pytest.raises(InputError) as caught:
        volume.load()
    assert str(caught.value) == f"{volume.name} {why}."
    assert len(volume.digest()) == 64


def test_a_localizer_is_left_aside(tmp_path):
    paths = flair(tmp_path / "localizer", series_number=1)
    directed(paths[0], [0, 0, 0], [0, 1, 0, 0, 0, -1], [1, 1])
    flair(tmp_path / "real", series_number=2)
    localizer, real = find_series(files_in(tmp_path))
    assert_left_aside(
        localizer, "holds planes of several orientations, where parallel ones are accepted"
    )
    assert real.guess.contrast == "flair"


def test_a_localizer_of_several_sizes_is_left_aside(tmp_path):
    paths = flair(tmp_path, edit=first_only(**TWO_SIZES))
    directed(paths[0], [0, 0, 0], [0, 1, 0, 0, 0, -1], [1, 1])
    assert only(tmp_path).guess.reason.startswith("holds planes of several orientations")


def test_several_pictures_a_place_are_left_aside(tmp_path):
    for echo in range(3):
        flair(tmp_path / str(echo), tags={"EchoNumbers": echo})
    assert_left_aside(only(tmp_path), "holds 3 pictures a place (4-D), where one is accepted")


def test_a_series_of_no_contrast_of_ours_cannot_hurt(tmp_path):
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    tags = {"SeriesDescription": "DTI colour map"}
    flair(tmp_path / "map", series_number=1, tags=tags, edit=put(**colour))
    flair(tmp_path / "real", series_number=2)
    colour_map, real = find_series(files_in(tmp_path))
    assert_left_aside(colour_map, "has 3 values a pixel (RGB), where grey pictures are accepted")
    assert real.guess.contrast == "flair"


# What is DICOM


@pytest.mark.parametrize("habit", ["plain", "implicit", "big-endian", "no-preamble", "enhanced"])
def test_dicom_files_are_told_by_their_first_bytes(tmp_path, habit):
    assert all(is_dicom(path) for path in flair(tmp_path, habit=habit))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x08\x00",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        struct.pack("<i", 348) + bytes(344),
        b"PK\3\4" + bytes(200),
        b"DICM",
        b"\x08\0 text begins so\n",
    ],
)
def test_other_files_are_not_taken_for_dicom(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert not is_dicom(path)
    assert not is_dicom(tmp_path / "no such file")
    assert not is_dicom(tmp_path)


# The test data themselves


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not there")
@pytest.mark.parametrize("contrast", CONTRASTS)
@pytest.mark.parametrize("habit", ["plain", "enhanced", "enhanced-shuffled"])
def test_the_files_of_these_tests_are_valid(tmp_path, habit, contrast):
    path = flair(tmp_path, habit=habit, contrast=contrast)[0]
    told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
    assert "MRImage" in told.stderr
    assert "Error" not in told.stderr


def test_different_names_under_one_number_are_told(tmp_path):
    flair(tmp_path / "a")
    flair(tmp_path / "b", contrast="t2", series_number=2, tags={"PatientName": "Smith^Bob"})
    warning = frame_warning(find_series(files_in(tmp_path)))
    assert warning == "The series bear different names of the patient: they may be of two patients."
