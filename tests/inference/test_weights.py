import io
import zipfile

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.inference.weights import read_weights, write_weights

SHAPES = {"conv/kernel": (3, 3, 2, 4), "bn/moving_variance": (4,), "mix/kernel": (1, 1, 4, 1)}


def arrays(seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(shape).astype("f4") for name, shape in SHAPES.items()}


def halves(seed=0):
    """Values that float16 holds exactly."""
    return {name: a.astype("f2").astype("f4") for name, a in arrays(seed).items()}


def npy(array, version=(1, 0)):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), version=version)
    return file.getvalue()


def header(shape, descr="<f2"):
    """An npy file that ends after its header."""
    file = io.BytesIO()
    fields = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, fields)
    return file.getvalue()


def write_zip(path, changes, method=zipfile.ZIP_STORED):
    """Members as NumPy writes them, but for the ``changes``: name → bytes, or None for none."""
    members = {name: npy(array) for name, array in halves().items()} | changes
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            if data is not None:
                archive.writestr(f"{name}.npy", data)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "demo.weights.npz"


def stored_dtypes(path):
    with np.load(path) as file:
        return {name: file[name].dtype for name in file.files}


# Writing


def test_what_float16_holds_comes_back_bit_for_bit(path):
    write_weights(path, halves())
    found = read_weights(path, SHAPES)
    assert list(found) == list(SHAPES)
    for name, array in halves().items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array)


def test_vectors_are_kept_and_kernels_rounded_to_half_the_size(path):
    write_weights(path, arrays())
    assert stored_dtypes(path) == {
        "conv/kernel": np.float16,
        "bn/moving_variance": np.float32,
        "mix/kernel": np.float16,
    }
    found = read_weights(path, SHAPES)
    for name, array in arrays().items():
        if array.ndim == 1:
            np.testing.assert_array_equal(found[name], array)
        else:
            np.testing.assert_allclose(found[name], array, rtol=2**-11)
            assert (found[name] != array).any()


@pytest.mark.parametrize(
    ("largest", "dtype"),
    [
        (65504.0, np.float16),  # float16's largest
        (65520.0, np.float32),  # would become infinite
        (1e-4, np.float16),  # float16's smallest steps, 6e-8, are a two-thousandth of it
        (1e-5, np.float32),  # … and a two-hundredth of this
        (1e-9, np.float32),  # would become 0
        (0.0, np.float16),
    ],
)
def test_a_kernel_that_float16_would_change_is_kept(path, largest, dtype):
    kernel = np.linspace(-1, 1, 1001, dtype="f4").reshape(1, 1, 7, 143) * np.float32(largest)
    write_weights(path, {"kernel": kernel})
    assert stored_dtypes(path)["kernel"] == dtype
    found = read_weights(path, {"kernel": kernel.shape})["kernel"]
    np.testing.assert_allclose(found, kernel, rtol=0, atol=1e-3 * largest)


@pytest.mark.parametrize("variance", [1e6, 1e-12, 6e-8, 0.0, 0.1])
def test_variances_of_any_size_are_exact(path, variance):
    array = np.array([variance, 1.0], "f4")
    write_weights(path, {"bn/moving_variance": array})
    np.testing.assert_array_equal(
        read_weights(path, {"bn/moving_variance": (2,)})["bn/moving_variance"], array
    )


def test_the_same_arrays_give_the_same_bytes_at_any_time_and_in_any_order_of_memory(
    path, tmp_path, monkeypatch
):
    write_weights(path, arrays())
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 0, 0, 0, 0, 0, 0))
    by_column = {name: np.asfortranarray(array) for name, array in arrays().items()}
    write_weights(tmp_path / "again.weights.npz", by_column)
    assert (tmp_path / "again.weights.npz").read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_not_written(path, value):
    broken = arrays()
    broken["conv/kernel"][0, 0, 0, 1] = value
    with pytest.raises(InputError, match=r"demo\.weights\.npz is not written: conv/kernel"):
        write_weights(path, broken)
    assert not path.exists()


# Reading


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_files_of_other_programs(path, save, dtype):
    save(path, **{name: array.astype(dtype) for name, array in halves().items()})
    for name, array in read_weights(path, SHAPES).items():
        np.testing.assert_array_equal(array, halves()[name])


KERNEL = halves()["conv/kernel"]
NAN = np.where(np.arange(72).reshape(KERNEL.shape) == 7, np.nan, KERNEL).astype("f2")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conv/kernel": None}, "lacks conv/kernel, which the network of its settings has"),
        ({"other/kernel": npy(KERNEL)}, "holds 'other/kernel.npy', which the network"),
        ({"../evil": npy(KERNEL)}, "holds '../evil.npy', which the network"),
        ({"conv/kernel": npy(KERNEL[..., :3])}, "shape (3, 3, 2, 3), where float16 or float32 of"),
        ({"conv/kernel": npy(KERNEL.ravel())}, "conv/kernel is float32 of shape (72,)"),
        ({"conv/kernel": npy(np.asfortranarray(KERNEL))}, "(3, 3, 2, 4), column by column, where"),
        ({"conv/kernel": npy(KERNEL.astype("f8"))}, "conv/kernel is float64"),
        ({"conv/kernel": npy(KERNEL.astype("i2"))}, "conv/kernel is int16"),
        ({"conv/kernel": npy(KERNEL.astype(">f4"))}, "conv/kernel is >f4"),
        ({"conv/kernel": npy(KERNEL.astype(object))}, "conv/kernel is object of shape"),
        ({"conv/kernel": npy(NAN)}, "conv/kernel is not finite"),
        ({"conv/kernel": npy(np.full_like(KERNEL, np.inf))}, "conv/kernel is not finite"),
        ({"conv/kernel": npy(KERNEL, version=(2, 0))}, "header of version 2.0, where 1.0"),
        ({"conv/kernel": header((10**9, 10**9))}, "of shape (1000000000, 1000000000), where"),
        ({"conv/kernel": header(KERNEL.shape)}, "conv/kernel holds fewer bytes than the 144"),
        ({"conv/kernel": npy(KERNEL) + b"more"}, "conv/kernel holds more bytes than the 288"),
        ({"conv/kernel": b""}, "cannot be read as npz"),
        ({"conv/kernel": b"no npy at all"}, "cannot be read as npz"),
        ({"conv/kernel": b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535}, "bytes, where up to"),
        ({"conv/kernel": b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10000}, "cannot be read as npz"),
        ({"conv/kernel": b"\x93NUMPY\x01\x00\x08\x00os.exit()"}, "cannot be read as npz"),
    ],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_arrays_that_the_network_does_not_want(path, changes, words, method):
    write_zip(path, changes, method)
    with pytest.raises(InputError) as caught:
        read_weights(path, SHAPES)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


class Bomb:
    """Calls when it is unpickled."""

    calls = 0

    def __reduce__(self):
        return (explode, ())


def explode():
    Bomb.calls += 1


def test_no_pickle_is_opened(path):
    pickled = np.empty(KERNEL.shape, object)
    pickled[...] = Bomb()
    write_zip(path, {"conv/kernel": npy(pickled)})
    with pytest.raises(InputError, match="conv/kernel is object"):
        read_weights(path, SHAPES)
    assert Bomb.calls == 0


def test_a_member_of_the_same_name_twice(path):
    write_zip(path, {})
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(path, "a") as archive,
    ):
        archive.writestr("conv/kernel.npy", npy(KERNEL))
    with pytest.raises(InputError, match=r"holds 'conv/kernel\.npy' twice"):
        read_weights(path, SHAPES)


def test_a_member_that_unpacks_to_much_is_refused_before_that(path, monkeypatch):
    write_zip(path, {"conv/kernel": bytes(2**24)}, zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(InputError, match="conv/kernel unpacks to 16,777,216 bytes, where up to"):
        read_weights(path, SHAPES)


def test_a_file_that_is_too_large_is_not_opened(path, monkeypatch):
    path.write_bytes(bytes(2**20))
    monkeypatch.setattr("zipfile.ZipFile", None)
    with pytest.raises(InputError, match="has 1,048,576 bytes, where up to"):
        read_weights(path, SHAPES)


def test_other_ways_of_packing(path):
    write_zip(path, {}, zipfile.ZIP_LZMA)
    with pytest.raises(InputError, match="is packed by method 14, where stored or deflated is"):
        read_weights(path, SHAPES)


def test_one_turned_bit_is_noticed(path):
    write_weights(path, halves())
    data = bytearray(path.read_bytes())
    place = data.find(halves()["bn/moving_variance"].tobytes())
    assert place > 0
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be read as npz: Bad CRC-32"):
        read_weights(path, SHAPES)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_cut_files(path, share):
    write_weights(path, arrays())
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"demo\.weights\.npz cannot be read as npz"):
        read_weights(path, SHAPES)


@pytest.mark.parametrize("data", [b"", b"these are no weights", b"\x89HDF\r\n\x1a\n"])
def test_files_that_are_no_archive(path, data):
    path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be read as npz: File is not a zip file"):
        read_weights(path, SHAPES)


def test_a_missing_file_and_a_folder(path, tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_weights(path, SHAPES)
    with pytest.raises(InputError, match="cannot be read as npz"):
        read_weights(tmp_path, SHAPES)
