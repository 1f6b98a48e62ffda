"""The pictures of a comparison, which the page carries inside itself."""

import base64
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from PIL.Image import Image

from resunet.errors import InputError
from resunet.export.comparison.markup import Html, element

Picture = Image | bytes
"""A picture of Pillow's, or the bytes of a PNG file."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Pictures:
    """What can be shown; any may be missing.

    Attributes:
        distributions: Mean and standard deviation of the sets' masks.
        differences: By the names of two sets, in the result's order, where their masks differ.
        flags: By index in the result's ``flags``, the slice of a finding.
    """

    distributions: Picture | None = None
    differences: Mapping[tuple[str, str], Picture] = field(
        default_factory=lambda: MappingProxyType({})
    )
    flags: Mapping[int, Picture] = field(default_factory=lambda: MappingProxyType({}))


def embedded(picture: Picture, alt: str) -> Html:
    """A picture as an ``img`` element that needs no other file.

    Raises:
        InputError: If bytes are no PNG file.
    """
    data = _png(picture)
    width, height = _size(data)
    source = Html(f"data:image/png;base64,{base64.b64encode(data).decode()}")
    return element("img", src=source, alt=alt, width=width, height=height)


def width_of(picture: Picture) -> int:
    """A picture's width in pixels."""
    return picture.width if isinstance(picture, Image) else _size(_png(picture))[0]


def shown(picture: Picture, alt: str, caption: str = "") -> Html:
    """A picture with a line below it."""
    below = [element("figcaption", caption)] if caption else []
    return element("figure", embedded(picture, alt), *below)


def _png(picture: Picture) -> bytes:
    if isinstance(picture, Image):
        data = io.BytesIO()
        picture.save(data, "PNG", compress_level=3)  # of slices as small as 6, in half the time
        return data.getvalue()
    if not picture.startswith(_SIGNATURE) or len(picture) < 24:
        raise InputError(
            f"A picture begins with {picture[:8]!r}, where the bytes of a PNG file are accepted."
        )
    return picture


def _size(data: bytes) -> tuple[int, int]:
    """Width and height, as the file's first chunk says."""
    width, height = struct.unpack(">II", data[16:24])
    return width, height
