import hashlib
import io
import pickle
import zipfile

import numpy as np
import pytest
from synthetic import synthetic_pictures, write_slice

from resunet.data.cases import SliceFile
from resunet.data.readers.npz import read_npz_slice, read_npz_slices
from resunet.errors import InputError
from resunet.study import CONTRASTS

SHAPE = (6, 5)


def pictures(shape=SHAPE, dtype=np.int16):
    """A contrast's picture holds 100 · channel + 0, 1, 2, …, so that no two are alike."""
    ramp = np.arange(np.prod(shape)).reshape(shape)
    return {contrast: (ramp + 100 * i).astype(dtype) for i, contrast in enumerate(CONTRASTS)}


def write(path, **changes):
    """Writes a good slice file with some keys replaced; None leaves a key out."""
    arrays = {**pictures(), **changes}
    np.savez(path, **{key: array for key, array in arrays.items() if array is not None})
    return path


def spot(value=1, dtype=np.uint8):
    array = np.zeros(SHAPE, dtype)
    array[2:4, 1] = value
    return array


# What is read


def test_a_slice_is_read_as_it_stands(tmp_path):
    path = write(tmp_path / "Brats18_2013_20_1_26.npz", mask=spot(), seg=spot(4))
    study = read_npz_slice(path)
    assert study.images.dtype == np.float32
    assert study.shape == (1, *SHAPE)
    for index, array in enumerate(pictures().values()):
        np.testing.assert_array_equal(study.images[0, ..., index], array)
    np.testing.assert_array_equal(study.labels[0], spot(4))
    assert study.identifier == "Brats18_2013_20_1"
    assert study.slice_numbers == (26,)
    assert study.source == ("npz", hashlib.sha256(path.read_bytes()).hexdigest())
    assert study.warnings == ()
    assert study.grid is None


@pytest.mark.parametrize("name", ["Brats18_A_1_3.npz", "BraTS-GLI-00001-000_3.npz"])
def test_brats_slices_are_1_mm_by_definition(tmp_path, name):
    study = read_npz_slice(write(tmp_path / name))
    assert study.spacing_mm == (1.0, 1.0)
    np.testing.assert_array_equal(study.slice_positions_mm, [3.0])


@pytest.mark.parametrize("name", ["patient_3.npz", "no-number.npz"])
def test_other_files_have_no_geometry(tmp_path, name):
    study = read_npz_slice(write(tmp_path / name))
    assert study.spacing_mm is None
    assert study.slice_positions_mm is None


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.astype(">f8"),
        np.asfortranarray,
        lambda a: a.astype(np.float16),
        lambda a: a.astype(np.uint16),
        lambda a: a.astype(np.longdouble),
    ],
    ids=["big-endian float64", "Fortran order", "float16", "uint16", "long double"],
)
def test_every_kind_of_real_number_is_read_alike(tmp_path, change):
    changed = {key: change(array) for key, array in pictures().items()}
    study = read_npz_slice(write(tmp_path / "p_1.npz", **changed))
    np.testing.assert_array_equal(study.images[0], np.stack(list(pictures().values()), axis=-1))


def test_boolean_masks_and_classes_are_accepted(tmp_path):
    path = write(tmp_path / "p_1.npz", mask=spot(True, bool), seg=spot(True, bool))
    np.testing.assert_array_equal(read_npz_slice(path).labels[0], spot(1))
    assert read_npz_slice(path).warnings == ()


def test_extra_keys_are_tolerated(tmp_path):
    path = write(tmp_path / "p_1.npz", notes=np.array(["text"]), age=np.array(3.0))
    assert read_npz_slice(path).warnings == ()


def test_compressed_or_not_is_the_same(tmp_path):
    np.savez_compressed(tmp_path / "p_1.npz", **pictures())
    np.testing.assert_array_equal(
        read_npz_slice(tmp_path / "p_1.npz").images,
        read_npz_slice(write(tmp_path / "p_2.npz")).images,
    )


def test_a_patient_is_stacked_in_the_order_given(tmp_path):
    images, labels = synthetic_pictures(3, 32, 24, seed=1)
    files = []
    for number, index in ((9, 0), (10, 1), (12, 2)):
        path = tmp_path / f"Brats_x_{number}.npz"
        write_slice(path, images[index], labels[index])
        files.append(SliceFile(number, "", path))
    study = read_npz_slices(files, patient="Brats_x")
    np.testing.assert_array_equal(study.images, images)
    np.testing.assert_array_equal(study.labels, labels)
    assert study.slice_numbers == (9, 10, 12)
    np.testing.assert_array_equal(study.slice_positions_mm, [9, 10, 12])
    assert study.slice_step_mm is None  # slice 11 is missing
    digests = [hashlib.sha256(file.path.read_bytes()).hexdigest() for file in files]
    assert study.source.sha256 == hashlib.sha256("".join(digests).encode()).hexdigest()


# Masks


def test_a_mask_of_255_is_tumour_and_warns(tmp_path):
    study = read_npz_slice(write(tmp_path / "p_1.npz", mask=spot(255)))
    np.testing.assert_array_equal(study.labels[0], spot(1))
    assert len(study.warnings) == 1
    assert "p_1.npz" in study.warnings[0]
    assert "255" in study.warnings[0]


def test_classes_are_kept_beside_a_mask_of_255(tmp_path):
    study = read_npz_slice(write(tmp_path / "p_1.npz", mask=spot(255), seg=spot(4)))
    np.testing.assert_array_equal(study.labels[0], spot(4))
    assert len(study.warnings) == 1


def test_where_seg_and_mask_disagree_the_mask_counts_and_a_warning_says_so(tmp_path):
    seg = spot(2)
    seg[0, 0] = 2
    study = read_npz_slice(write(tmp_path / "p_1.npz", mask=spot(), seg=seg))
    np.testing.assert_array_equal(study.labels[0], spot(1))
    assert study.warnings == ("p_1.npz: seg and mask disagree; the mask is used.",)


def test_seg_alone_gives_the_classes(tmp_path):
    study = read_npz_slice(write(tmp_path / "p_1.npz", seg=spot(4, np.float64)))
    np.testing.assert_array_equal(study.labels[0], spot(4))


def test_classes_beyond_uint8_are_tumour_or_not(tmp_path):
    study = read_npz_slice(write(tmp_path / "p_1.npz", seg=spot(300, np.float32)))
    np.testing.assert_array_equal(study.labels[0], spot(1))


@pytest.mark.parametrize("key", ["mask", "seg"])
@pytest.mark.parametrize("value", [0.25, -1])
def test_soft_or_negative_masks_are_refused_since_any_nonzero_would_be_tumour(tmp_path, key, value):
    path = write(tmp_path / "p_1.npz", **{key: spot(value, np.float32)})
    with pytest.raises(InputError, match=f"p_1.npz: {key} holds fractions or values below 0"):
        read_npz_slice(path)


def test_no_mask_is_no_labels(tmp_path):
    assert read_npz_slice(write(tmp_path / "p_1.npz")).labels is None


def test_labels_of_some_slices_only_are_not_labels_of_the_patient(tmp_path):
    files = [
        SliceFile(1, "", write(tmp_path / "p_1.npz", mask=spot())),
        SliceFile(2, "", write(tmp_path / "p_2.npz")),
    ]
    study = read_npz_slices(files, patient="p")
    assert study.labels is None
    assert study.warnings == ("Only 1 of 2 slices of p have a mask.",)


def test_a_slice_given_twice_warns_and_has_no_positions(tmp_path):
    files = [
        SliceFile(4, "", write(tmp_path / "Brats_4.npz")),
        SliceFile(4, "_corrupted", write(tmp_path / "Brats_4_corrupted.npz")),
    ]
    study = read_npz_slices(files, patient="Brats")
    assert study.warnings == ("Brats has several files for slice 4.",)
    assert study.slice_positions_mm is None


def test_a_constant_picture_warns(tmp_path):
    study = read_npz_slice(write(tmp_path / "p_1.npz", t2=np.full(SHAPE, 7)))
    assert study.warnings == ("p_1.npz: t2 is the same everywhere.",)


# What is refused


def npy_bytes(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npz_bytes(**changes):
    buffer = io.BytesIO()
    write(buffer, **changes)
    return buffer.getvalue()


def members(**changes):
    """The bytes of each member of a good archive, some replaced."""
    good = {f"{key}.npy": npy_bytes(array) for key, array in pictures().items()}
    return {**good, **changes}


def zip_bytes(content, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def header(shape, descr="<i2"):
    """A .npy header that promises a shape, and no data."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def changed_in_t1(good):
    """Flips bits of the data of t1, so that its checksum is wrong."""
    at = good.index(npy_bytes(pictures()["t1"])) + 128 + 10
    return good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :]


def encrypted(good):
    """Sets the flag of encryption at each local and central entry."""
    content = bytearray(good)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    return bytes(content)


def unknown_compression(good):
    content = bytearray(good)
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] = 97
            at = content.find(signature, at + 4)
    return bytes(content)


def garbled_deflate(good_members):
    good = zip_bytes(good_members, zipfile.ZIP_DEFLATED)
    at = 30 + len("t1.npy")
    return good[:at] + bytes(255 - byte for byte in good[at : at + 40]) + good[at + 40 :]


OBJECTS = np.array([[{"a": 1}, None], [2, 3]], dtype=object)
BAD = {
    "empty": lambda: b"",
    "one byte": lambda: b"P",
    "text": lambda: b"patient,age\n1,60\n",
    "pickle": lambda: pickle.dumps({"t1": [1, 2]}),
    "npy renamed": lambda: npy_bytes(pictures()["t1"]),
    "truncated": lambda: npz_bytes()[:-100],
    "half": lambda: npz_bytes()[: len(npz_bytes()) // 2],
    "the end only": lambda: npz_bytes()[-60:],
    "empty zip": lambda: zip_bytes({}),
    "wrong keys": lambda: npz_bytes(t1=None, flair=None, T1=pictures()["t1"]),
    "member without .npy": lambda: zip_bytes({**members(**{"t1": b"12345678"})} | {"t1.npy": b""}),
    "raw member": lambda: zip_bytes(
        {k: v for k, v in members().items() if k != "t1.npy"} | {"t1": b"just bytes"}
    ),
    "empty member": lambda: zip_bytes(members(**{"t1.npy": b""})),
    "names leading out": lambda: zip_bytes({f"../{k}": v for k, v in members().items()}),
    "bad CRC": lambda: changed_in_t1(npz_bytes()),
    "garbled deflate": lambda: garbled_deflate(members()),
    "encrypted": lambda: encrypted(npz_bytes()),
    "unknown compression": lambda: unknown_compression(npz_bytes()),
    "objects": lambda: npz_bytes(t1=OBJECTS),
    "objects as mask": lambda: npz_bytes(mask=OBJECTS),
    "short data": lambda: zip_bytes(members(**{"t1.npy": header((6, 5)) + b"1234"})),
    "negative shape": lambda: zip_bytes(members(**{"t1.npy": header((-6, 5)) + bytes(60)})),
    "overflowing shape": lambda: zip_bytes(members(**{"t1.npy": header((2**40, 2**40))})),
    "shape of 1 EB": lambda: zip_bytes(members(**{"t1.npy": header((2**30, 2**30))})),
    "shape no tuple": lambda: zip_bytes(members(**{"t1.npy": header("'six'")})),
    "unknown dtype": lambda: zip_bytes(members(**{"t1.npy": header((6, 5), "<q9")})),
    "header no dict": lambda: zip_bytes(members(**{"t1.npy": b"\x93NUMPY\x01\x00\x04\x00(1,\n"})),
    "future npy": lambda: zip_bytes(members(**{"t1.npy": b"\x93NUMPY\x09\x00" + bytes(80)})),
    "NaN": lambda: npz_bytes(t2=np.where(spot() > 0, np.nan, 1.0)),
    "Inf": lambda: npz_bytes(t2=np.where(spot() > 0, np.inf, 1.0)),
    "beyond float32": lambda: npz_bytes(t2=np.where(spot() > 0, 1e300, 1.0)),
    "NaN in mask": lambda: npz_bytes(mask=np.where(spot() > 0, np.nan, 1.0)),
    "5-D": lambda: npz_bytes(t1=np.ones((1, 1, 1, 6, 5))),
    "3-D": lambda: npz_bytes(t1=np.ones((6, 5, 1))),
    "0-D": lambda: npz_bytes(t1=np.array(3.0)),
    "zero size": lambda: npz_bytes(**{key: np.ones((0, 5)) for key in CONTRASTS}),
    "strings": lambda: npz_bytes(t1=np.full(SHAPE, "a")),
    "dates": lambda: npz_bytes(t1=np.full(SHAPE, "2020-01-01", "datetime64[D]")),
    "records": lambda: npz_bytes(t1=np.zeros(SHAPE, [("a", "i2"), ("b", "f4")])),
    "complex": lambda: npz_bytes(t1=np.ones(SHAPE, complex)),
    "1×1": lambda: npz_bytes(**{key: np.ones((1, 1)) for key in CONTRASTS}),
    "1×5": lambda: npz_bytes(**{key: np.ones((1, 5)) for key in CONTRASTS}),
    "mixed shapes": lambda: npz_bytes(flair=np.ones((5, 6))),
    "mask of another shape": lambda: npz_bytes(mask=np.ones((5, 6))),
    "seg of another shape": lambda: npz_bytes(mask=spot(), seg=np.ones((7, 5))),
    "mask of strings": lambda: npz_bytes(mask=np.full(SHAPE, "1")),
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_bad_files_are_refused_in_one_sentence_that_names_them(tmp_path, make):
    path = tmp_path / "Brats18_x_1_7.npz"
    path.write_bytes(make())
    with pytest.raises(InputError) as caught:
        read_npz_slice(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 500


def test_the_good_file_behind_the_bad_ones_is_accepted(tmp_path):
    # else the test above could pass for the wrong reason
    for name, content in (("a_1.npz", npz_bytes()), ("b_1.npz", zip_bytes(members()))):
        (tmp_path / name).write_bytes(content)
        read_npz_slice(tmp_path / name)
    whole = members(**{"t1.npy": header((6, 5)) + pictures()["t1"].tobytes()})
    (tmp_path / "c_1.npz").write_bytes(zip_bytes(whole))
    np.testing.assert_array_equal(
        read_npz_slice(tmp_path / "c_1.npz").images[0, ..., 0], pictures()["t1"]
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (BAD["wrong keys"], "lacks t1, flair; it holds T1, t1ce, t2"),
        (BAD["empty zip"], "lacks t1, t1ce, t2, flair; it holds nothing"),
        (BAD["objects"], "Python objects, which are not loaded"),
        (BAD["npy renamed"], "cannot be read as npz: File is not a zip file"),
        (BAD["mixed shapes"], "flair is 5×6 pixels, where 6×5"),
        (BAD["mask of another shape"], "mask is 5×6 pixels, where 6×5"),
        (BAD["complex"], "complex128"),
        (BAD["NaN"], "t2 holds values that are not finite"),
    ],
)
def test_the_sentence_says_what_is_wrong(tmp_path, make, words):
    path = tmp_path / "p_1.npz"
    path.write_bytes(make())
    with pytest.raises(InputError) as caught:
        read_npz_slice(path)
    assert words in str(caught.value)


def test_many_members_do_not_make_a_long_sentence(tmp_path):
    path = tmp_path / "p_1.npz"
    path.write_bytes(zip_bytes({f"member-{i}.npy": b"" for i in range(2000)}))
    with pytest.raises(InputError, match="lacks t1") as caught:
        read_npz_slice(path)
    assert len(str(caught.value)) < 500


def test_a_small_file_that_inflates_is_refused_before_it_does(tmp_path):
    path = tmp_path / "p_1.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members().items():
            if name != "t1.npy":
                archive.writestr(name, content)
        with archive.open("t1.npy", "w") as member:
            member.write(header((2**14, 2**12)))  # 128 MiB of zeros
            for _ in range(128):
                member.write(bytes(2**20))
    assert path.stat().st_size < 2**20
    with pytest.raises(InputError, match=r"t1 unpacks to 134,217,856 bytes, where up to"):
        read_npz_slice(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match=r"p_1\.npz.*does not exist"):
        read_npz_slice(tmp_path / "p_1.npz")


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "p_1.npz").mkdir()
    with pytest.raises(InputError, match=r"p_1\.npz"):
        read_npz_slice(tmp_path / "p_1.npz")


def test_slices_of_another_shape_are_named(tmp_path):
    files = [
        SliceFile(1, "", write(tmp_path / "p_1.npz")),
        SliceFile(2, "", write(tmp_path / "p_2.npz", **pictures((5, 6)))),
    ]
    with pytest.raises(InputError, match=r"p_2\.npz is 5×6 pixels, where 6×5 as in p_1\.npz"):
        read_npz_slices(files, patient="p")


def test_a_patient_without_files_is_refused():
    with pytest.raises(InputError, match="lonely has no slice files"):
        read_npz_slices([], patient="lonely")


@pytest.mark.parametrize("seed", range(8))
def test_random_damage_is_refused_or_read_but_nothing_else(tmp_path, seed):
    rng = np.random.default_rng(seed)
    good = npz_bytes(mask=spot(), seg=spot(2))
    path = tmp_path / "p_1.npz"
    sentences = []
    for _ in range(40):
        content = bytearray(good)
        for at in rng.integers(0, len(good), rng.integers(1, 6)):
            content[at] = rng.integers(0, 256)
        path.write_bytes(content[: rng.integers(1, len(good))] if seed == 0 else content)
        try:
            read_npz_slice(path)
        except InputError as error:
            sentences.append(str(error))
    assert len(sentences) > 10
    assert all(str(path) in sentence for sentence in sentences)
