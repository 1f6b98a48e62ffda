import gzip
import hashlib
import json
import struct

import nibabel as nib
import numpy as np
import pytest
from nibabel.orientations import aff2axcodes
from synthetic import make_study, synthetic_pictures, to_nifti, write_nifti_folder

from resunet.data.readers import ReadOptions, open_input, read_folder, read_input
from resunet.data.readers.nifti import nifti_volumes
from resunet.data.readers.npz import read_npz_slice
from resunet.data.writers import nifti_bytes
from resunet.errors import InputError
from resunet.study import CONTRASTS
from resunet.ui.viewer.payload import pack_contrasts, read_header

ORIENTATIONS = [
    ("R", "A", "S"),
    ("L", "P", "S"),
    ("L", "A", "S"),
    ("P", "S", "R"),
    ("A", "I", "L"),
    ("S", "L", "P"),
    ("I", "R", "A"),
    ("R", "P", "I"),
]


# The first test of the project


@pytest.fixture(scope="module")
def volume(real_data):
    return read_folder(real_data / "volumes/Brats18_CBICA_ATB_1")


@pytest.mark.real_data
@pytest.mark.parametrize("number", [13, 53, 74])
def test_npz_and_nifti_of_one_patient_are_equal_pixel_for_pixel(real_data, volume, number):
    # The npz slices are the NIfTI's, zero-padded by 8, and their k counts from slice 25.
    one = read_npz_slice(real_data / f"brats2d/testing/Brats18_CBICA_ATB_1_{number}.npz")
    index = number + 25
    np.testing.assert_array_equal(one.images[0, 8:-8, 8:-8], volume.images[index])
    np.testing.assert_array_equal(one.labels[0, 8:-8, 8:-8], volume.labels[index])
    assert volume.images[index].any()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "t1"),
    [
        ("BraTS-GLI-00001-000", "BraTS-GLI-00001-000-t1n"),
        ("TCGA-DU-7294", "TCGA-DU-7294_t1_bet"),
    ],
)
def test_real_patients_lie_the_right_way_round(real_data, name, t1):
    study = read_folder(real_data / "volumes" / name)
    # slice → superior, row → posterior, column → left, as nibabel reads the affine
    assert aff2axcodes(study.affine) == ("S", "P", "L")
    file = real_data / "volumes" / name / f"{t1}.nii.gz"
    canonical = nib.as_closest_canonical(nib.load(file))
    expected = np.asarray(canonical.dataobj)[::-1, ::-1].transpose(2, 1, 0)
    np.testing.assert_array_equal(study.images[..., 0], expected)


@pytest.mark.real_data
def test_a_real_patient_without_faults_has_no_warnings(volume):
    assert volume.warnings == ()
    assert volume.spacing_mm == (1.0, 1.0)
    assert volume.slice_step_mm == 1.0
    assert set(np.unique(volume.labels)) == {0, 1, 2, 4}


@pytest.mark.real_data
def test_contrasts_on_several_grids_are_refused(real_data):
    with pytest.raises(InputError, match="contrasts on one grid are accepted"):
        read_folder(real_data / "volumes/TCGA-FG-6692-native")


# Orientation


@pytest.mark.parametrize("axcodes", ORIENTATIONS, ids="".join)
def test_any_orientation_lands_on_the_same_side(tmp_path, axcodes):
    images, labels = synthetic_pictures(5, 12, 9, seed=3)
    write_nifti_folder(tmp_path / "p", images, labels, axcodes=axcodes, spacing=(3.0, 2.0, 1.5))
    stored = nib.load(tmp_path / "p/p_t1.nii.gz")
    assert aff2axcodes(stored.affine) == axcodes
    study = read_folder(tmp_path / "p")
    np.testing.assert_array_equal(study.images, images)
    np.testing.assert_array_equal(study.labels, labels)
    assert study.spacing_mm == (2.0, 1.5)
    np.testing.assert_allclose(study.slice_positions_mm, [0, 3, 6, 9, 12])
    assert study.slice_step_mm == pytest.approx(3.0)
    # voxel (0, 0, 0) of the study is the most inferior, anterior, right one; as synthetic.py
    # lays it: x = 23, y = 31, z = −17; one column on is 1.5 mm to the left (x falls) …
    np.testing.assert_allclose(study.affine @ [0, 0, 0, 1], [23, 31, -17, 1], atol=1e-5)
    np.testing.assert_allclose(study.affine @ [1, 2, 3, 1], [18.5, 27, -14, 1], atol=1e-5)
    assert study.grid.shape == stored.shape
    np.testing.assert_array_equal(study.grid.affine, stored.affine)


@pytest.mark.parametrize("axcodes", ORIENTATIONS, ids="".join)
def test_a_slice_from_npz_and_from_nifti_is_the_same(tmp_path, axcodes):
    images, labels = synthetic_pictures(3, 10, 8, seed=5)
    write_nifti_folder(tmp_path / "p", images, labels, axcodes=axcodes)
    arrays = {contrast: np.pad(images[1, ..., i], 8) for i, contrast in enumerate(CONTRASTS)}
    np.savez(tmp_path / "p_1.npz", **arrays, seg=np.pad(labels[1], 8))
    one, volume = read_npz_slice(tmp_path / "p_1.npz"), read_folder(tmp_path / "p")
    np.testing.assert_array_equal(one.images[0, 8:-8, 8:-8], volume.images[1])
    np.testing.assert_array_equal(one.labels[0, 8:-8, 8:-8], volume.labels[1])


def test_an_oblique_file_goes_to_the_nearest_axes(tmp_path):
    images, _ = synthetic_pictures(4, 12, 9, seed=3)
    write_nifti_folder(tmp_path / "p", images, None)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    for path in (tmp_path / "p").iterdir():
        image = nib.load(path)
        array = np.asarray(image.dataobj).copy()
        nib.save(nib.Nifti1Image(array, turn @ image.affine), path)
    study = read_folder(tmp_path / "p")
    np.testing.assert_array_equal(study.images, images)
    assert study.spacing_mm == pytest.approx((1.0, 1.0))


# What is read


def save(folder, **changes):
    """A good folder with the images of some contrasts replaced; None leaves one out."""
    study = make_study(slices=3, height=10, width=8, seed=2)
    folder.mkdir(exist_ok=True)
    for index, contrast in enumerate(CONTRASTS):
        image = changes.pop(contrast, to_nifti(study.images[..., index].astype(np.int16)))
        if image is not None:
            nib.save(image, folder / f"p_{contrast}.nii.gz")
    for name, image in changes.items():
        nib.save(image, folder / f"p_{name}.nii.gz")
    return folder


def plain(shape=(3, 10, 8), dtype=np.int16, value=5):
    return np.full(shape, value, dtype)


def test_the_identifier_is_the_digest_of_the_bytes_unless_given(tmp_path):
    folder = save(tmp_path / "Jane Doe")
    digests = [
        hashlib.sha256((folder / f"p_{contrast}.nii.gz").read_bytes()).hexdigest()
        for contrast in CONTRASTS
    ]
    study = read_folder(folder)
    assert study.source.format == "nifti"
    assert study.source.sha256 == hashlib.sha256("".join(digests).encode()).hexdigest()
    assert study.identifier == study.source.sha256[:12]
    assert read_folder(folder, identifier="case-7").identifier == "case-7"


def test_no_segmentation_is_no_labels(tmp_path):
    assert read_folder(save(tmp_path / "p")).labels is None


def test_stored_values_are_scaled_by_slope_and_intercept(tmp_path):
    image = to_nifti(plain(value=10))
    image.header.set_slope_inter(0.5, 3.0)
    save(tmp_path / "p")
    content = bytearray(image.to_bytes())
    content[112:120] = struct.pack("<ff", 0.5, 3.0)  # scl_slope, scl_inter of NIfTI-1
    (tmp_path / "p/p_t2.nii.gz").write_bytes(gzip.compress(bytes(content)))
    study = read_folder(tmp_path / "p")
    np.testing.assert_array_equal(study.images[..., 2], 8.0)  # 10 · 0.5 + 3


def test_big_endian_nifti_2_and_uncompressed_files_are_read(tmp_path):
    images, _ = synthetic_pictures(3, 10, 8, seed=2)
    folder = tmp_path / "p"
    folder.mkdir()
    for index, contrast in enumerate(CONTRASTS):
        good = to_nifti(images[..., index])
        array = np.asarray(good.dataobj)
        if contrast == "t2":
            header = nib.Nifti1Header(endianness=">")
            header.set_data_dtype(">i2")
            image = nib.Nifti1Image(array.astype(">i2"), good.affine, header)
        else:
            image = nib.Nifti2Image(array, good.affine)
        nib.save(image, folder / f"{contrast}.nii")
    assert (folder / "t2.nii").read_bytes()[:4] == b"\x00\x00\x01\x5c"
    np.testing.assert_array_equal(read_folder(folder).images, images)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64, np.int32, np.uint16, np.float32])
def test_every_kind_of_real_number_is_read(tmp_path, dtype):
    study = read_folder(save(tmp_path / "p", t2=to_nifti(plain(dtype=dtype, value=7))))
    np.testing.assert_array_equal(study.images[..., 2], 7.0)


def test_a_single_slice_and_a_fourth_axis_of_one_are_read(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    images, _ = synthetic_pictures(1, 10, 8, seed=2)
    for index, contrast in enumerate(CONTRASTS):
        image = to_nifti(images[..., index])
        array = np.asarray(image.dataobj)  # (8, 10, 1)
        if contrast == "t1":
            array = array[..., 0]
        if contrast == "flair":
            array = array[..., None]
        nib.save(nib.Nifti1Image(array, image.affine), folder / f"{contrast}.nii.gz")
    assert nib.load(folder / "t1.nii.gz").shape == (8, 10)
    assert nib.load(folder / "flair.nii.gz").shape == (8, 10, 1, 1)
    np.testing.assert_array_equal(read_folder(folder).images, images)


def test_a_constant_contrast_warns(tmp_path):
    study = read_folder(save(tmp_path / "p", t2=to_nifti(plain())))
    assert study.warnings == ("T2 is the same everywhere.",)


def test_files_without_orientation_warn_that_sides_may_be_exchanged(tmp_path):
    images, _ = synthetic_pictures(3, 10, 8, seed=2)
    (tmp_path / "p").mkdir()
    for index, contrast in enumerate(CONTRASTS):
        image = nib.Nifti1Image(images[..., index].T.copy(), None)
        assert image.header["sform_code"] == image.header["qform_code"] == 0
        nib.save(image, tmp_path / "p" / f"{contrast}.nii")
    study = read_folder(tmp_path / "p")
    assert len(study.warnings) == 1
    assert "T1 (like 3 more) does not say how the patient lies" in study.warnings[0]


def test_files_of_no_contrast_are_left_aside(tmp_path):
    folder = save(tmp_path / "p")
    (folder / "notes.txt").write_text("t1")
    (folder / "atlas.nii.gz").write_bytes(b"")
    (folder / "._p_t1.nii.gz").write_bytes(b"")  # macOS lays these beside each file
    read_folder(folder)


# Four contrasts in one file


def decathlon(path, count=4):
    images = make_study(slices=3, height=10, width=8, seed=2).images
    order = [images[..., CONTRASTS.index(c)] for c in ("flair", "t1", "t1ce", "t2", "t2")]
    volumes = [to_nifti(array.astype(np.int16)) for array in order[:count]]
    array = np.stack([np.asarray(image.dataobj) for image in volumes], -1)
    path.parent.mkdir(exist_ok=True)
    nib.save(nib.Nifti1Image(array, volumes[0].affine), path)
    return images


@pytest.mark.parametrize("name", ["BRATS_001.nii.gz", "brats.nii", "patient7.nii.gz"])
def test_a_file_of_four_volumes_has_the_order_of_the_decathlon(tmp_path, name):
    images = decathlon(tmp_path / "p" / name)
    study = read_folder(tmp_path / "p")
    np.testing.assert_array_equal(study.images, images)
    # of each volume the file's digest and its place, joined in contrast order: 1, 2, 3, 0
    file = hashlib.sha256((tmp_path / "p" / name).read_bytes()).hexdigest()
    volumes = [hashlib.sha256(f"{file} {place}".encode()).hexdigest() for place in (1, 2, 3, 0)]
    assert study.source.sha256 == hashlib.sha256("".join(volumes).encode()).hexdigest()
    guessed = [w for w in study.warnings if "is assumed" in w]
    assert len(guessed) == (name == "patient7.nii.gz")
    assert len(guessed) == len(study.warnings)


def test_another_order_of_the_volumes_is_another_study(tmp_path):
    decathlon(tmp_path / "case.nii.gz")
    swapped = (("t1", "case.nii.gz, volume 3"), ("t1ce", "case.nii.gz, volume 2"))
    first = read_input(tmp_path / "case.nii.gz")
    second = read_input(tmp_path / "case.nii.gz", ReadOptions(swapped))
    assert not np.array_equal(first.images, second.images)
    assert first.source.sha256 != second.source.sha256
    assert pack_contrasts_id(first) != pack_contrasts_id(second)


def pack_contrasts_id(study):
    return read_header(pack_contrasts(study))["id"]


def test_what_this_program_wrote_is_no_experts_outline(tmp_path):
    images, labels = synthetic_pictures(3, 10, 8, seed=2)
    write_nifti_folder(tmp_path / "p", images, None)
    study = read_folder(tmp_path / "p")
    comment = json.dumps({"schema": 1, "program": "ResU-Net"})
    mask = nifti_bytes(labels, study.grid, comment=comment)
    (tmp_path / "p" / "mask.nii.gz").write_bytes(mask)
    reading = open_input(tmp_path / "p")
    assert reading.study.labels is None
    reasons = {c.name: c.reason for c in reading.candidates}
    assert reasons["mask.nii.gz"] == "a result that ResU-Net wrote"


def counted(times):
    read = nib.arrayproxy.ArrayProxy._get_scaled
    return lambda *args, **options: times.append(1) or read(*args, **options)


def test_four_volumes_are_unpacked_once(tmp_path, monkeypatch):
    images = decathlon(tmp_path / "BRATS_1.nii.gz")
    volumes = nifti_volumes(tmp_path / "BRATS_1.nii.gz")
    times = []
    monkeypatch.setattr(nib.arrayproxy.ArrayProxy, "_get_scaled", counted(times))
    for volume in volumes:
        picture = volume.grid.from_file(volume.load())
        np.testing.assert_array_equal(picture, images[..., CONTRASTS.index(volume.guess.contrast)])
        assert volume.load().base is volumes[0].load().base
    assert len(times) == 1


@pytest.mark.parametrize("count", [2, 3, 5])
def test_another_number_of_volumes_is_refused(tmp_path, count):
    decathlon(tmp_path / "BRATS_1.nii.gz", count)
    with pytest.raises(InputError, match="where one 3D volume, or 4-D of the four contrasts FLAIR"):
        nifti_volumes(tmp_path / "BRATS_1.nii.gz")


@pytest.mark.parametrize("name", ["p_t1.nii.gz", "p_seg.nii.gz"])
def test_four_volumes_called_like_one_are_refused(tmp_path, name):
    decathlon(tmp_path / name)
    with pytest.raises(InputError, match="holds four volumes although its name says"):
        nifti_volumes(tmp_path / name)


def test_four_volumes_of_something_else_are_left_aside(tmp_path):
    folder = save(tmp_path / "p")
    decathlon(folder / "p_dwi.nii.gz")  # one without weighting and three directions
    assert read_folder(folder).warnings == ()


# What a header leaves open


def from_bytes(tmp_path, *, changes):
    """A patient whose headers all have fields overwritten; values as in `GOOD`, but not alike."""
    folder = tmp_path / "p"
    folder.mkdir(exist_ok=True)
    images, _ = synthetic_pictures(3, 10, 8, seed=2)
    for index, contrast in enumerate(CONTRASTS):
        image = to_nifti(images[..., index])
        (folder / f"{contrast}.nii").write_bytes(rewritten(image, changes))
    return folder, images


@pytest.mark.parametrize("slope", [np.nan, np.inf, -np.inf])
def test_a_slope_that_is_no_number_warns_and_is_left_out(tmp_path, slope):
    folder, images = from_bytes(tmp_path, changes=[(112, "<2f", slope, 0.0)])
    study = read_folder(folder)
    np.testing.assert_array_equal(study.images, images)
    assert study.warnings == (
        "T1 (like 3 more) states no usable scaling of its values: they are taken as stored.",
    )


def test_a_slope_of_zero_is_no_scaling(tmp_path):
    folder, images = from_bytes(tmp_path, changes=[(112, "<2f", 0.0, 5.0)])
    study = read_folder(folder)
    np.testing.assert_array_equal(study.images, images)
    assert study.warnings == ()


def test_a_voxel_size_of_zero_warns(tmp_path):
    folder, images = from_bytes(tmp_path, changes=[(PIXDIM + 8, "<f", 0.0)])
    study = read_folder(folder)
    np.testing.assert_array_equal(study.images, images)
    assert study.spacing_mm == (1.0, 1.0)  # of the sform
    assert "states a voxel size of 0 in its header" in study.warnings[0]


def scaled(factor):
    """Every length of `to_nifti`'s header in another unit."""
    lengths = np.zeros((3, 4))
    lengths[:, :3] = np.diag([-1.0, -1.0, 1.0])
    lengths[:, 3] = (23.0, 31.0, -17.0)
    return [(SROW, "<12f", *(lengths * factor).ravel()), (PIXDIM + 4, "<3f", *[factor] * 3)]


@pytest.mark.parametrize(("code", "factor"), [(1, 0.001), (3, 1000.0), (1 + 8, 0.001)])
def test_metres_and_micrometres_become_millimetres(tmp_path, code, factor):
    folder, images = from_bytes(tmp_path, changes=[*scaled(factor), (123, "<B", code)])
    study = read_folder(folder)
    np.testing.assert_array_equal(study.images, images)
    assert study.spacing_mm == pytest.approx((1.0, 1.0))
    np.testing.assert_allclose(study.grid.affine[:3, 3], (23.0, 31.0, -17.0), rtol=1e-5)
    assert "metres: they are converted to millimetres" in study.warnings[0]
    # an export says the same as the source, in its unit
    exported = nib.Nifti1Image.from_bytes(gzip.decompress(nifti_bytes(images[..., 0], study.grid)))
    source = nib.load(folder / "t1.nii").header
    for field in ("xyzt_units", "pixdim", "srow_x", "srow_y", "srow_z"):
        np.testing.assert_array_equal(exported.header[field], source[field])


@pytest.mark.parametrize("code", [1, 3])
def test_a_unit_that_makes_voxels_of_no_head_is_not_believed(tmp_path, code):
    folder, _ = from_bytes(tmp_path, changes=[(123, "<B", code)])
    study = read_folder(folder)
    assert study.spacing_mm == (1.0, 1.0)
    assert "which make voxels of no head: they are taken for millimetres" in study.warnings[0]


@pytest.mark.parametrize("code", [0, 2, 2 + 8, 5])
def test_other_units_are_millimetres(tmp_path, code):
    folder, _ = from_bytes(tmp_path, changes=[(123, "<B", code)])
    study = read_folder(folder)
    assert study.spacing_mm == (1.0, 1.0)
    assert study.warnings == ()


def test_a_file_without_end_is_refused_at_once(tmp_path):
    folder, _ = from_bytes(tmp_path, changes=[])
    with (folder / "t2.nii").open("ab") as file:
        file.truncate(2**40)
    with pytest.raises(InputError, match=r"t2\.nii has 1,099,511,627,776 bytes, where up to"):
        read_folder(folder)


# What is refused


def rewritten(image, changes):
    """The image's bytes with fields of the NIfTI-1 header overwritten."""
    content = bytearray(image.to_bytes())
    for offset, form, *values in changes:
        struct.pack_into(form, content, offset, *values)
    return bytes(content)


DIM, DATATYPE, BITPIX, PIXDIM, VOX_OFFSET, QFORM, SFORM, SROW = 40, 70, 72, 76, 108, 252, 254, 280
GOOD = to_nifti(plain())
GOOD_GZ = gzip.compress(GOOD.to_bytes())


def singular():
    image = nib.Nifti1Image(plain((8, 10, 3)), None)
    affine = np.diag([-1.0, 0.0, 1.0, 1.0])
    image.header["srow_x"], image.header["srow_y"], image.header["srow_z"] = affine[:3]
    image.header["sform_code"] = 1
    return image.to_bytes()


BAD_BYTES = {
    "empty": b"",
    "one byte": b"\x1f",
    "text": b"not a picture at all\n" * 40,
    "short header": GOOD.to_bytes()[:200],
    "truncated": GOOD.to_bytes()[:-10],
    "header only": GOOD.to_bytes()[:352],
    "gzip truncated in the header": GOOD_GZ[:30],
    "gzip truncated": GOOD_GZ[:-9],
    "gzip garbled": GOOD_GZ[:60] + bytes(255 - b for b in GOOD_GZ[60:80]) + GOOD_GZ[80:],
    "gzip of nothing": gzip.compress(b""),
    "dims 32767³": rewritten(GOOD, [(DIM, "<4h", 3, 32767, 32767, 32767)]),
    "negative dim": rewritten(GOOD, [(DIM, "<4h", 3, -8, 10, 3)]),
    "dim 0": rewritten(GOOD, [(DIM, "<4h", 3, 0, 10, 3)]),
    "no dims": rewritten(GOOD, [(DIM, "<4h", 0, 1, 1, 1)]),
    "9 dims": rewritten(GOOD, [(DIM, "<h", 9)]),
    "unknown dtype": rewritten(GOOD, [(DATATYPE, "<h", 999)]),
    "wrong bitpix and dtype": rewritten(GOOD, [(DATATYPE, "<2h", 0, 0)]),
    "data beyond the end": rewritten(GOOD, [(VOX_OFFSET, "<f", 1e6)]),
    "data at NaN": rewritten(GOOD, [(VOX_OFFSET, "<f", np.nan)]),
    "data before the start": rewritten(GOOD, [(VOX_OFFSET, "<f", -1e6)]),
    "half of a pair": rewritten(GOOD, [(344, "<4s", b"ni1")]),
    "data far behind": rewritten(GOOD, [(VOX_OFFSET, "<f", 3e9)]),
    "lengths of kilometres": rewritten(GOOD, [(SROW + 12, "<f", 1e30)]),
    "wrong magic": rewritten(GOOD, [(344, "<4s", b"abcd")]),
    "NaN in the affine": rewritten(GOOD, [(SROW, "<f", np.nan)]),
    "singular affine": singular(),
    "NaN intercept": rewritten(GOOD, [(112, "<2f", 1.0, np.nan)]),
    "quaternion out of range": rewritten(
        GOOD, [(QFORM, "<2h", 1, 0), (256, "<3f", 5.0, 5.0, 5.0), (PIXDIM, "<4f", 1, 1, 1, 1)]
    ),
}


@pytest.mark.parametrize("name", ["p_t2.nii", "p_t2.nii.gz"])
@pytest.mark.parametrize("content", BAD_BYTES.values(), ids=BAD_BYTES.keys())
def test_bad_files_are_refused_in_one_sentence_that_names_them(tmp_path, content, name):
    folder = save(tmp_path / "p", t2=None)
    if name.endswith(".gz") and content[:2] != b"\x1f\x8b":
        content = gzip.compress(content)
    (folder / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_folder(folder)
    sentence = str(caught.value)
    assert str(folder / name) in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 600


def test_a_plain_file_named_gz_is_refused(tmp_path):
    folder = save(tmp_path / "p", t2=None)
    (folder / "p_t2.nii.gz").write_bytes(GOOD.to_bytes())
    with pytest.raises(InputError, match=r"p_t2\.nii\.gz"):
        read_folder(folder)


def test_the_good_file_behind_the_bad_ones_is_accepted(tmp_path):
    # else the tests above could pass for the wrong reason
    folder = save(tmp_path / "p", t2=None)
    (folder / "p_t2.nii").write_bytes(rewritten(GOOD, [(DIM, "<4h", 3, 8, 10, 3)]))
    np.testing.assert_array_equal(read_folder(folder).images[..., 2], 5.0)


def test_nothing_but_the_error_reaches_the_screen(tmp_path, capfd):
    folder = save(tmp_path / "p", t2=None)
    (folder / "p_t2.nii").write_bytes(BAD_BYTES["unknown dtype"])
    with pytest.raises(InputError, match="not recognized"):
        read_folder(folder)
    assert capfd.readouterr() == ("", "")


def rgb():
    return nib.Nifti1Image(
        np.zeros((8, 10, 3), [("R", "u1"), ("G", "u1"), ("B", "u1")]), GOOD.affine
    )


def with_value(value, dtype=np.float64):
    array = plain(dtype=dtype)
    array[1, 2, 3] = value
    return to_nifti(array)


BAD_IMAGES = {
    "RGB": rgb,
    "complex": lambda: nib.Nifti1Image(np.ones((8, 10, 3), np.complex64), GOOD.affine),
    "NaN": lambda: with_value(np.nan),
    "Inf": lambda: with_value(-np.inf),
    "beyond float32": lambda: with_value(1e300),
    "4-D": lambda: nib.Nifti1Image(np.ones((8, 10, 3, 2), np.int16), GOOD.affine),
    "5-D": lambda: nib.Nifti1Image(np.ones((8, 10, 3, 1, 1), np.int16), GOOD.affine),
    "1-D": lambda: nib.Nifti1Image(np.ones(8, np.int16), GOOD.affine),
    "another shape": lambda: to_nifti(plain((3, 10, 9))),
    "more slices": lambda: to_nifti(plain((4, 10, 8))),
    "another spacing": lambda: to_nifti(plain(), spacing=(1.0, 1.0, 1.1)),
    "moved by 1 mm": lambda: nib.Nifti1Image(plain((8, 10, 3)), GOOD.affine + np.eye(4, k=3)),
}


@pytest.mark.parametrize("contrast", ["t2", "t1"])
@pytest.mark.parametrize("make", BAD_IMAGES.values(), ids=BAD_IMAGES.keys())
def test_bad_pictures_are_refused_in_one_sentence(tmp_path, make, contrast):
    folder = save(tmp_path / "p", **{contrast: make()})
    with pytest.raises(InputError) as caught:
        read_folder(folder)
    sentence = str(caught.value)
    # where two files differ, either may be called the other one
    assert str(folder) in sentence
    assert f"p_{contrast}.nii.gz" in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("value", [0.5, -1, 256, 1e30])
def test_a_segmentation_of_no_class_numbers_is_refused(tmp_path, value):
    folder = save(tmp_path / "p", seg=with_value(value))
    with pytest.raises(InputError, match=r"p_seg\.nii\.gz holds other values than labels"):
        read_folder(folder)


def test_a_segmentation_on_another_grid_is_refused(tmp_path):
    folder = save(tmp_path / "p", seg=to_nifti(plain((2, 10, 8), np.uint8)))
    with pytest.raises(InputError, match=r"p_seg\.nii\.gz has 8×10×2 voxels"):
        read_folder(folder)


def test_a_grid_written_with_rounding_is_the_same_grid(tmp_path):
    image = to_nifti(plain(value=9))
    affine = image.affine + np.full((4, 4), 1e-4) * (np.arange(4)[:, None] < 3)
    moved = nib.Nifti1Image(np.asarray(image.dataobj), affine)
    study = read_folder(save(tmp_path / "p", t2=moved))
    np.testing.assert_array_equal(study.images[..., 2], 9.0)


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_a_missing_contrast_is_named(tmp_path, contrast):
    folder = save(tmp_path / "p", **{contrast: None})
    with pytest.raises(InputError) as caught:
        read_folder(folder)
    assert f"{folder} has no file for {contrast};" in str(caught.value)


def test_a_contrast_given_twice_is_refused(tmp_path):
    folder = save(tmp_path / "p", t1_post=GOOD)
    with pytest.raises(InputError, match=r"two files for t1ce: p_t1_post\.nii\.gz and p_t1ce"):
        read_folder(folder)


def test_slices_of_one_pixel_are_refused_by_name(tmp_path):
    line = to_nifti(plain((3, 10, 1)))
    folder = save(tmp_path / "p", **dict.fromkeys(CONTRASTS, line))
    with pytest.raises(InputError) as caught:
        read_folder(folder)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_is_refused_or_read_but_nothing_else(tmp_path, seed):
    rng = np.random.default_rng(seed)
    folder = save(tmp_path / "p", t2=None)
    path = folder / "p_t2.nii"
    sentences = []
    for _ in range(25):
        content = bytearray(GOOD.to_bytes())
        for at in rng.integers(0, 352, rng.integers(1, 4)):  # in the header
            content[at] = rng.integers(0, 256)
        path.write_bytes(content)
        try:
            read_folder(folder)
        except InputError as error:
            sentences.append(str(error))
    assert sentences
    assert all(str(folder) in sentence for sentence in sentences)
