"""Unpacks a zip into a folder of its own for as long as it is read."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from resunet.data.readers.wording import reason
from resunet.errors import InputError

_MOST_MEMBERS = 20_000
_MOST_BYTES = 4 * 2**30  # of all members: four volumes of 512³ 16-bit voxels are 1 GB
_MOST_RATIO = 200  # a member that shrank further holds nothing but one value
_SMALL = 2**20


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The members of a zip in a temporary folder, which is deleted afterwards.

    Sizes are those the archive states, checked before anything is written, and held to while
    unpacking. Errors raised meanwhile that name the folder name the zip instead.

    Args:
        path: A zip; its members may lie in folders.

    Raises:
        InputError: If it is no zip, is damaged, encrypted or empty, or holds too much or names
            that lead out of it.
    """
    with tempfile.TemporaryDirectory(prefix="resunet-zip-") as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(path) as archive:
                for member in _members(archive, path):
                    _unpack(archive, member, folder, path)
        except InputError:
            raise
        # a broken archive makes zipfile raise nearly every kind of exception
        except Exception as error:
            raise InputError(f"{path} cannot be read as zip: {reason(error)}.") from error
        try:
            yield folder
        except InputError as error:
            error.args = (_named(str(error), folder, path),)
            raise


def _members(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if not members:
        raise InputError(f"{path} is empty; a zip of one patient's files is accepted.")
    if len(members) > _MOST_MEMBERS:
        raise InputError(
            f"{path} holds {len(members):,} files, where up to {_MOST_MEMBERS:,} are accepted."
        )
    total = sum(member.file_size for member in members)
    if total > _MOST_BYTES:
        raise InputError(
            f"{path} unpacks to {total:,} bytes, where up to {_MOST_BYTES:,} are accepted."
        )
    for member in members:
        _check(member, path)
    return members


def _check(member: zipfile.ZipInfo, path: Path) -> None:
    place = PurePosixPath(member.filename.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
        raise InputError(f"{path} holds a file whose name leads out of it; others are accepted.")
    if member.flag_bits & 1:
        raise InputError(f"{path} is encrypted; a zip without a password is accepted.")
    if member.file_size > _SMALL and member.file_size > _MOST_RATIO * member.compress_size:
        raise InputError(
            f"{path}: {place.name} unpacks to {member.file_size:,} bytes from "
            f"{member.compress_size:,}, where up to {_MOST_RATIO} times as many are accepted."
        )


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, path: Path) -> None:
    """Writes one member; never more than it states, whatever it really holds."""
    place = folder.joinpath(*PurePosixPath(member.filename.replace("\\", "/")).parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, place.open("xb") as target:
        shutil.copyfileobj(source, target, 2**20)
        if target.tell() != member.file_size:
            raise InputError(f"{path}: {place.name} does not have the size that the zip states.")


def _named(sentence: str, folder: Path, path: Path) -> str:
    """A sentence about the temporary folder, told of the zip."""
    return sentence.replace(f"{folder}/", f"{path.name}: ").replace(str(folder), path.name)
