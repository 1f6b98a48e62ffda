"""Reads grey PNG pictures as volumes of one slice: one picture for each contrast, or a mask."""

import os
import struct
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resunet.data.contrasts import guess_from_name
from resunet.data.readers.digests import sha256_of
from resunet.data.readers.volumes import Volume
from resunet.data.readers.wording import by, reason
from resunet.errors import InputError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_SIDE = 4096
_MOST_BYTES = 2**28  # twice four channels of 16 bits
_GREY = {"1", "L", "LA", "I", "I;16", "I;16B"}  # Pillow's names


def png_volume(path: Path, name: str | None = None) -> Volume:
    """The volume of a picture; only its header is read.

    A picture says neither which way the patient lies nor how large a pixel is: it is taken as
    shown on a screen, the patient's right on the left, and the volume has no grid.

    Args:
        path: Grey, of 8 or 16 bits; colours and palettes are accepted where they are grey.
        name: What sentences call it; by default its own name.

    Raises:
        InputError: If it is no PNG, or too large.
    """
    width, height = _size(path)
    if min(width, height) < 2 or max(width, height) > _MOST_SIDE:
        raise InputError(
            f"{path} is {by((height, width))} pixels, where 2×2 to {by((_MOST_SIDE,) * 2)} are "
            "accepted."
        )
    return Volume(
        name or path.name,
        "png",
        guess_from_name(path.name),
        (1, height, width),
        None,
        partial(_values, path, (height, width)),
        partial(sha256_of, path),
    )


def _size(path: Path) -> tuple[int, int]:
    """Width and height as the file states them, before anything is made room for."""
    try:
        with path.open("rb") as file:
            head = file.read(24)
            stored = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or reason(error)}.") from error
    if len(head) < 24 or not head.startswith(_SIGNATURE) or head[12:16] != b"IHDR":
        raise InputError(f"{path} is not a PNG picture, whatever its name says; PNG is accepted.")
    if stored > _MOST_BYTES:
        raise InputError(f"{path} has {stored:,} bytes, where up to {_MOST_BYTES:,} are accepted.")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _values(path: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    try:
        with Image.open(path, formats=("PNG",)) as image:
            image.load()
            picture = _grey(image)
    # a broken file makes Pillow raise nearly every kind of exception
    except Exception as error:
        raise InputError(f"{path} cannot be read as PNG: {reason(error)}.") from error
    if picture is None:
        raise InputError(f"{path} is a coloured picture, where grey is accepted.")
    return picture.astype(np.float32).reshape(1, *shape)


def _grey(image: Image.Image) -> NDArray | None:
    """The grey values of a picture; None if it has colours."""
    if image.mode in _GREY:
        return np.asarray(image.getchannel("L") if image.mode == "LA" else image)
    image.info.pop("transparency", None)  # the colours count, seen through or not
    red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)
    grey = np.array_equal(red, green) and np.array_equal(red, blue)
    return red if grey else None
