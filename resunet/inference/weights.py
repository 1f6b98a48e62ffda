"""Weights as plain arrays: ``<id>.weights.npz``, one array a variable, in 16 bits where that does.

Kernels are rounded to float16, which halves the file; vectors (biases, scales, offsets and
statistics of the norms, 0.3 % of all values) stay float32: a variance that float16 cannot
hold, above 65,504 or below 6e-8, would change the network. So does a kernel whose largest
rounding error exceeds a thousandth of its largest value. Reading trusts nothing: only the
arrays a network wants, in the shapes it wants, are unpacked, and none can run code.
"""

import math
import re
import textwrap
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from resunet.data.readers.wording import reason
from resunet.errors import InputError
from resunet.storage import write_npz

SUFFIX = ".weights.npz"

_MOST_ERROR = 1e-3  # of a kernel's largest value; float16 itself errs by up to 4.9e-4
_MOST_HEADER = 10_000  # bytes of a zip entry and an npy header; NumPy writes under 400
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DTYPES = (np.dtype("<f2"), np.dtype("<f4"))

Shapes = Mapping[str, tuple[int, ...]]
Arrays = dict[str, NDArray[np.float32]]


def card_beside(weights: Path) -> Path:
    """Where the card of a weights file lies, if it has one."""
    return weights.with_name(re.sub(r"\.weights\.\w+$", ".json", weights.name))


def write_weights(path: Path, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Writes a network's variables, atomically; the same arrays give the same bytes.

    Not compressed: deflating saves 9 %, and its bytes depend on the library.

    Args:
        path: Where to, ``*.weights.npz``.
        arrays: Variable path, such as ``"encoder_1_block_1_conv_1/kernel"`` → values.

    Raises:
        InputError: If a value is not finite.
    """
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InputError(f"{path} is not written: {name} is not finite.")
    # np.savez dates every member 1980, whenever it writes
    write_npz(path, {name: _packed(array) for name, array in arrays.items()}, compressed=False)


def read_weights(path: Path, shapes: Shapes) -> Arrays:
    """Reads the variables of a network, refusing any other content before unpacking it.

    Args:
        path: A file as of `write_weights`; compressed ones are read too.
        shapes: Variable path → shape, of every variable the network has.

    Returns:
        Variable path → float32 array, in the order of ``shapes``.

    Raises:
        InputError: If the file cannot be read, holds other arrays than these, or values that
            are not float16 or float32, or not finite.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    most = sum(_most_bytes(shape) for shape in shapes.values()) + _MOST_HEADER
    if size > most:
        raise InputError(
            f"{path} has {size:,} bytes, where up to {most:,} are accepted for the network of its "
            "settings."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path, shapes)
            return {
                name: _read(archive, members[name], name, shape, path)
                for name, shape in shapes.items()
            }
    except InputError:
        raise
    # a broken file makes zipfile and NumPy raise nearly every kind of exception
    except Exception as error:
        raise InputError(f"{path} cannot be read as npz: {reason(error)}.") from error


def _packed(array: NDArray[np.float32]) -> NDArray:
    """The array as it is stored, float16 only where little is lost."""
    exact = np.asarray(array, "<f4", order="C")
    if exact.ndim < 2 or exact.size == 0:
        return exact
    with np.errstate(over="ignore"):  # what float16 cannot hold has an infinite error
        half = exact.astype("<f2")
    error = np.abs(half.astype(np.float32) - exact).max()
    return half if error <= _MOST_ERROR * np.abs(exact).max() else exact


def _members(archive: zipfile.ZipFile, path: Path, shapes: Shapes) -> dict[str, zipfile.ZipInfo]:
    """Variable path → its member; exactly the variables of the network, each of a fair size."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(".npy")
        if name == member.filename or name not in shapes or name in members:
            told = textwrap.shorten(repr(member.filename), 100)
            why = " twice" if name in members else ", which the network of its settings lacks"
            raise InputError(f"{path} holds {told}{why}.")
        if member.file_size > _most_bytes(shapes[name]):
            raise InputError(
                f"{path}: {name} unpacks to {member.file_size:,} bytes, where up to "
                f"{_most_bytes(shapes[name]):,} are accepted."
            )
        if member.compress_type not in _METHODS:
            raise InputError(
                f"{path}: {name} is packed by method {member.compress_type}, where stored or "
                "deflated is accepted."
            )
        members[name] = member
    missing = [name for name in shapes if name not in members]
    if missing:
        raise InputError(f"{path} lacks {missing[0]}, which the network of its settings has.")
    return members


def _read(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    shape: tuple[int, ...],
    path: Path,
) -> NDArray[np.float32]:
    """One variable; its header is checked before its values are unpacked."""
    with archive.open(member) as stream:
        dtype = _check_header(stream, name, shape, path)
        count = dtype.itemsize * math.prod(shape)
        # one byte more than there should be: reaching the end also checks the checksum
        data = stream.read(count + 1)
    if len(data) != count:
        raise InputError(
            f"{path}: {name} holds {'more' if len(data) > count else 'fewer'} bytes than the "
            f"{count:,} of its shape."
        )
    array = np.frombuffer(data, dtype).reshape(shape).astype(np.float32)
    if not np.isfinite(array).all():
        raise InputError(f"{path}: {name} is not finite.")
    return array


def _check_header(stream: IO[bytes], name: str, shape: tuple[int, ...], path: Path) -> np.dtype:
    """The dtype that an npy header states, where it states the wanted shape."""
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise InputError(
            f"{path}: {name} has an npy header of version {version[0]}.{version[1]}, where 1.0 is "
            "accepted."
        )
    found, by_column, dtype = np.lib.format.read_array_header_1_0(stream)
    if found != shape or dtype not in _DTYPES or by_column:
        order = ", column by column" if by_column else ""
        raise InputError(
            f"{path}: {name} is {textwrap.shorten(f'{dtype} of shape {found}', 100)}{order}, where "
            f"float16 or float32 of shape {shape} is accepted."
        )
    return dtype


def _most_bytes(shape: tuple[int, ...]) -> int:
    return 4 * math.prod(shape) + _MOST_HEADER
