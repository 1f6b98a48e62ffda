import io
import stat
import struct
import zipfile

import numpy as np
import pytest

from resunet.data.readers.archive import unpacked
from resunet.errors import InputError


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_members_lie_in_their_folders_and_are_gone_afterwards(tmp_path):
    path = zipped(tmp_path / "p.zip", {"a/t1.nii": b"one", "b\\t2.nii": b"two", "c/": b""})
    with unpacked(path) as folder:
        assert (folder / "a/t1.nii").read_bytes() == b"one"
        assert (folder / "b/t2.nii").read_bytes() == b"two"
    assert not folder.exists()


def test_errors_about_the_folder_name_the_zip(tmp_path):
    path = zipped(tmp_path / "p.zip", {"a/t1.nii": b"one"})
    with pytest.raises(InputError) as error, unpacked(path) as folder:
        raise InputError(f"{folder}/a/t1.nii is broken; {folder} is not used.")
    assert str(error.value) == "p.zip: a/t1.nii is broken; p.zip is not used."


def test_of_what_is_wanted_the_rest_stays_packed(tmp_path):
    members = {"a/1.nii": b"1", "a/b/2.nii": b"2", "ab/3.nii": b"3", "c\\4.nii": b"4", "5": b"5"}
    path = zipped(tmp_path / "p.zip", members)
    with unpacked(path, ["a", "c/4.nii"]) as folder:
        found = {file.relative_to(folder).as_posix() for file in folder.rglob("*.nii")}
        assert found == {"a/1.nii", "a/b/2.nii", "c/4.nii"}
        assert not (folder / "5").exists()


@pytest.mark.parametrize("name", ["../t1.nii", "a/../../t1.nii", "/t1.nii", "C:/t1.nii", "..\\t1"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    path = zipped(tmp_path / "p.zip", {name: b"one"})
    with pytest.raises(InputError, match="whose name leads out of it"), unpacked(path):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["p.zip"]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "is empty"),
        ({"only/": b""}, "is empty"),
        ({f"{i}.txt": b"" for i in range(20_001)}, "holds 20,001 files, where up to 20,000"),
    ],
)
def test_too_little_and_too_much_are_refused(tmp_path, members, words):
    path = zipped(tmp_path / "p.zip", members)
    with pytest.raises(InputError, match=words), unpacked(path):
        pass


def test_what_shrinks_too_far_is_refused_once_it_is_large(tmp_path, monkeypatch):
    one = zipped(tmp_path / "one.zip", {"a/t1.nii": bytes(30 * 2**20), "t2.nii": b"x"})
    with unpacked(one) as folder:  # a segmentation shrinks as far
        assert (folder / "a/t1.nii").stat().st_size == 30 * 2**20
    monkeypatch.setattr("resunet.data.readers.archive._SMALL", 20 * 2**20)
    noise = np.random.default_rng(0).bytes(2**18)
    one = zipped(tmp_path / "one.zip", {"a/t1.nii": bytes(30 * 2**20), "t2.nii": noise})
    with (
        pytest.raises(InputError, match=r"t1\.nii unpacks to 31,457,280 bytes from"),
        unpacked(one),
    ):
        pass
    many = zipped(tmp_path / "many.zip", {f"{i}.nii": bytes(2**20) for i in range(30)})
    with pytest.raises(InputError, match=r"many\.zip unpacks to 31,457,280 by"), unpacked(many):
        pass


def test_too_much_altogether_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("resunet.data.readers.archive._MOST_BYTES", 99)
    path = zipped(tmp_path / "p.zip", {"a.nii": bytes(50), "b.nii": bytes(50)})
    with pytest.raises(InputError, match="unpacks to 100 bytes, where up to 99"), unpacked(path):
        pass


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all" * 9])
def test_what_is_no_zip_is_refused(tmp_path, content):
    path = tmp_path / "p.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"p\.zip cannot be read as zip"), unpacked(path):
        pass


def test_a_damaged_member_is_refused(tmp_path):
    path = zipped(tmp_path / "p.zip", {"t1.nii": bytes(range(256)) * 8})
    content = bytearray(path.read_bytes())
    content[60] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"p\.zip cannot be read as zip"), unpacked(path):
        pass


def refusal(path):
    with pytest.raises(InputError) as error, unpacked(path):
        pass
    assert "resunet-zip-" not in str(error.value)
    assert str(error.value).startswith(str(path))
    return str(error.value)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a" * 300 + ".nii"], "whose name has 304 bytes, where up to 255 for a name"),
        (["é" * 128], "whose name has 256 bytes"),
        (["/".join(["d" * 200] * 30)], "whose name has 6,000 bytes"),
        (["."], "holds a file without a name"),
        (["x", "x/t1.nii"], "holds x/t1.nii, where another file of that name"),
        (["x/t1.nii", "x"], "holds x, where another file of that name"),
        (["x/t1.nii", "x\\t1.nii"], "holds two files called x/t1.nii; one is accepted"),
        (["t1.nii", "./t1.nii"], "holds two files called t1.nii"),
    ],
)
def test_names_that_cannot_be_given_are_refused(tmp_path, names, words):
    path = zipped(tmp_path / "p.zip", dict.fromkeys(names, b"x"))
    assert words in refusal(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("t1.nii", b"one")
        archive.writestr("t1.nii", b"two")
    assert "holds two files called t1.nii" in refusal(path)


def test_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("a/t1.nii")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(tmp_path / "p.zip", {link: b"/etc/passwd"})
    assert "t1.nii is a link to another file; files are accepted" in refusal(path)


def test_a_full_disk_is_told_without_the_folder(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", str(tmp_path / "resunet-zip-x"))

    path = zipped(tmp_path / "p.zip", {"t1.nii": b"one"})
    monkeypatch.setattr("shutil.copyfileobj", full)
    assert "cannot be read as zip: No space left on device." in refusal(path)
    monkeypatch.setattr("tempfile.TemporaryDirectory", full)
    assert "cannot be read as zip: No space left on device." in refusal(path)


@pytest.mark.parametrize("stated", [100, 90_000])
def test_a_member_that_states_another_size_is_refused(tmp_path, stated):
    path = zipped(tmp_path / "p.zip", {"t1.nii": bytes(50_000)})
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, stated)
    path.write_bytes(content)
    refusal(path)


def test_an_encrypted_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "p.zip", {"t1.nii": b"one"})
    content = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags of both headers
        content[content.index(signature) + at] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="is encrypted"), unpacked(path):
        pass


def test_a_member_larger_than_it_states_fills_no_disk(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t1.nii", bytes(50_000))
    content = bytearray(packed.getvalue())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 100)  # its unpacked size
    path = tmp_path / "p.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"p\.zip cannot be read as zip"), unpacked(path):
        pass
