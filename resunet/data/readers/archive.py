"""Unpacks a zip into a folder of its own for as long as it is read."""

import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from resunet.data.readers.wording import reason
from resunet.errors import InputError

_MOST_MEMBERS = 20_000
_MOST_BYTES = 4 * 2**30  # of all members: four volumes of 512³ 16-bit voxels are 1 GB
_MOST_RATIO = 200  # what shrank further holds little but one value
_SMALL = 2**28  # a real segmentation of 9 MB shrinks 319 times
_LONGEST_NAME = 255  # bytes that file systems take
_LONGEST_PLACE = 1000


@contextmanager
def unpacked(path: Path, wanted: Collection[str] = ()) -> Iterator[Path]:
    """The members of a zip in a temporary folder, which is deleted afterwards.

    Sizes are those the archive states, checked before anything is written, and held to while
    unpacking. Errors raised meanwhile that name the folder name the zip instead.

    Args:
        path: A zip; its members may lie in folders.
        wanted: Files and folders in it, written with ``/``: all others stay packed. Empty: all.

    Yields:
        The folder; it is called like the zip.

    Raises:
        InputError: If it is no zip, is damaged, encrypted or empty, or holds links, too much, or
            names that lead out of it or cannot be given.
    """
    with ExitStack() as stack:
        try:
            name = stack.enter_context(tempfile.TemporaryDirectory(prefix="resunet-zip-"))
            folder = Path(name, path.name)
            folder.mkdir()
            archive = stack.enter_context(zipfile.ZipFile(path))
            for member in _members(archive, path):
                if not wanted or _is_among(_place(member), wanted):
                    _unpack(archive, member, folder, path)
        except InputError:
            raise
        # a broken archive makes zipfile raise nearly every kind of exception
        except Exception as error:
            why = error.strerror if isinstance(error, OSError) else None
            raise InputError(f"{path} cannot be read as zip: {why or reason(error)}.") from error
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
    # members may share their bytes, so that the zip's own size counts
    _check_ratio(str(path), total, path.stat().st_size)
    places = set()
    for member in members:
        place = _check(member, path)
        if place in places:
            raise InputError(f"{path} holds two files called {place}; one is accepted.")
        places.add(place)
    return members


def _place(member: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.filename.replace("\\", "/"))


def _is_among(place: PurePosixPath, wanted: Collection[str]) -> bool:
    return any(str(each) in wanted for each in (place, *place.parents))


def _check(member: zipfile.ZipInfo, path: Path) -> PurePosixPath:
    """Where a member is to lie in the folder."""
    place = _place(member)
    if not place.parts:
        raise InputError(f"{path} holds a file without a name; others are accepted.")
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
        raise InputError(f"{path} holds a file whose name leads out of it; others are accepted.")
    lengths = [len(part.encode("utf-8", "replace")) for part in place.parts]
    if max(lengths) > _LONGEST_NAME or sum(lengths) + len(lengths) > _LONGEST_PLACE:
        raise InputError(
            f"{path} holds a file whose name has {sum(lengths):,} bytes, where up to "
            f"{_LONGEST_NAME} for a name and {_LONGEST_PLACE:,} with its folders are accepted."
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InputError(f"{path}: {place.name} is a link to another file; files are accepted.")
    if member.flag_bits & 1:
        raise InputError(f"{path} is encrypted; a zip without a password is accepted.")
    _check_ratio(f"{path}: {place.name}", member.file_size, member.compress_size)
    return place


def _check_ratio(name: str, size: int, packed: int) -> None:
    if size > _SMALL and size > _MOST_RATIO * packed:
        raise InputError(
            f"{name} unpacks to {size:,} bytes from {packed:,}, where up to {_MOST_RATIO} times as "
            "many are accepted."
        )


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, path: Path) -> None:
    """Writes one member; never more than it states, whatever it really holds."""
    inside = _place(member)
    place = folder.joinpath(*inside.parts)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        target = place.open("xb")
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise InputError(
            f"{path} holds {inside}, where another file of that name, or one called like a folder, "
            "lies already; names that a folder can hold are accepted."
        ) from error
    with target, archive.open(member) as source:
        shutil.copyfileobj(source, target, 2**20)
        if target.tell() != member.file_size:
            raise InputError(f"{path}: {place.name} does not have the size that the zip states.")


def _named(sentence: str, folder: Path, path: Path) -> str:
    """A sentence about the temporary folder, told of the zip."""
    return sentence.replace(f"{folder}{os.sep}", f"{path.name}: ").replace(str(folder), path.name)
