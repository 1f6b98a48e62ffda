import io
import struct
import zipfile

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
        ({"t1.nii": bytes(30 * 2**20)}, "unpacks to 31,457,280 bytes from"),
    ],
)
def test_too_little_and_too_much_are_refused(tmp_path, members, words):
    path = zipped(tmp_path / "p.zip", members)
    with pytest.raises(InputError, match=words), unpacked(path):
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
