"""Reads the headers of DICOM files: what stands in them, and where their pixels begin."""

import os
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.data.dicom_signs import MARK_END, begins_as_dicom, has_mark
from resunet.data.readers.wording import reason
from resunet.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

MOST_VOXELS = 512**3
"""Of one series: a float32 array of so many takes half a gigabyte."""

ENCAPSULATED = 0xFFFFFFFF
"""The length that compressed pixel data state: they end where their last fragment does."""

PIXELS = {0x7FE00008: 32, 0x7FE00009: 64, 0x7FE00010: 0}
"""The tags that pixels may have → the bits of a floating-point number, 0 for whole numbers."""

_MOST_BYTES = 2**31
_DEFLATED = "1.2.840.10008.1.2.1.99"
_IMPLICIT, _EXPLICIT, _BIG_ENDIAN = (f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".2"))
_EXECUTABLES = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
_CLASS = 0x00080016
_ICONS = (0x00880200, 0x00880906)


class Instance(NamedTuple):
    """One DICOM file, without its pixels.

    Attributes:
        path: The file.
        kind: The UID that says what it is (SOPClassUID); empty if it does not.
        header: Its elements, without private ones, overlays and icons.
        syntax: The UID of its transfer syntax: how it is encoded.
        float_bits: 32 or 64 where its pixels are floating-point numbers, else 0.
        offset: Where the element of the pixels begins in the file.
        stated: Length in bytes that the pixels state, or `ENCAPSULATED`.
        available: How many bytes the file has from the beginning of the pixels; 0 if it has none.
    """

    path: Path
    kind: str
    header: "Dataset"
    syntax: str
    float_bits: int
    offset: int
    stated: int
    available: int


def class_of(path: Path) -> str:
    """The UID that says what a DICOM file is (SOPClassUID); empty where it is not to be had.

    To be called in `quiet`. Reads no further than to what says it.
    """
    from pydicom.filereader import read_dataset

    try:
        with path.open("rb") as file:
            _check_start(file, path)
            syntax, stated = _syntax(file)
            if stated or syntax == _DEFLATED:
                return stated
            header = read_dataset(
                file,
                syntax == _IMPLICIT,
                syntax != _BIG_ENDIAN,
                stop_when=lambda tag, vr, length: tag > _CLASS,
            )
            return text(header, "SOPClassUID")
    except Exception:  # a broken file makes pydicom raise nearly every kind of exception
        return ""


def read_instance(path: Path) -> Instance:
    """Reads a file's header; to be called in `quiet`.

    Raises:
        InputError: If it is no DICOM file, is damaged before its pixels, is a program at the
            same time, or may be of any size once it is read (deflated).
    """
    try:
        with path.open("rb") as file:
            _check_start(file, path)
            syntax, kind = _syntax(file)
            if syntax == _DEFLATED:
                raise InputError(f"{path} is deflated as a whole; other DICOM files are accepted.")
            instance = _before_pixels(file, path, syntax, kind)
    except InputError:
        raise
    # a broken file makes pydicom raise nearly every kind of exception
    except Exception as error:
        raise InputError(f"{path} cannot be read as DICOM: {reason(error)}.") from error
    if not instance.kind and not text(instance.header, "Modality"):
        raise InputError(f"{path} cannot be read as DICOM: it does not say what it is.")
    return instance


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps pydicom from warning of odd values, and from logging them: they may be personal.

    What matters is checked where it is used.
    """
    from pydicom.config import disable_value_validation, logger

    propagated = logger.propagate
    logger.propagate = False
    try:
        with warnings.catch_warnings(), disable_value_validation():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.propagate = propagated


def has(header: "Dataset", keyword: str) -> bool:
    """Whether an element is there and not empty, readable or not."""
    if keyword not in header:
        return False
    try:
        value = header[keyword].value
    except Exception:  # a value of another kind than its element's
        return True
    return value is not None and str(value).strip() != ""


def text(header: "Dataset", keyword: str) -> str:
    """An element as text; empty if it is not there or cannot be read."""
    return "\\".join(texts(header, keyword))


def texts(header: "Dataset", keyword: str) -> tuple[str, ...]:
    """All values of an element as texts; none if it is not there or cannot be read."""
    from pydicom.multival import MultiValue

    try:
        value = header.get(keyword)
        values = value if isinstance(value, MultiValue) else [value]
        return tuple(str(each).strip() for each in values if each is not None)
    except Exception:  # a value of another kind than its element's
        return ()


def number(header: "Dataset", keyword: str) -> float | None:
    """The only number of an element, or the first; None if it is not there or no finite number."""
    found = numbers(header, keyword)
    return None if found is None or not len(found) else float(found[0])


def numbers(
    header: "Dataset", keyword: str, count: int | None = None
) -> NDArray[np.float64] | None:
    """The numbers of an element; None if it is not there, one is not finite, or not ``count``."""
    try:
        value = header.get(keyword)
        if value is None:
            return None
        found = np.atleast_1d(np.asarray(value, np.float64))
    except Exception:  # a value of another kind than its element's
        return None
    return found if np.isfinite(found).all() and count in (None, len(found)) else None


def first_number(places: "Sequence[Dataset]", *keywords: str) -> float | None:
    """The `number` of the first dataset that has the first keyword, else the next; or None."""
    found = (number(place, keyword) for keyword in keywords for place in places)
    return next((value for value in found if value is not None), None)


def size_of(instance: Instance) -> tuple[int, int, int]:
    """(frames, rows, columns) as the header states them; 0 where it does not."""
    rows, columns = (int(number(instance.header, name) or 0) for name in ("Rows", "Columns"))
    return int(number(instance.header, "NumberOfFrames") or 1), rows, columns


def _check_start(file: BinaryIO, path: Path) -> None:
    """Refuses what is not to be read on; leaves the file behind its preamble."""
    start, size = file.read(MARK_END), os.fstat(file.fileno()).st_size
    if not begins_as_dicom(start):
        raise InputError(
            f"{path} is {'no DICOM file' if size else 'empty'}; DICOM files are accepted."
        )
    has_preamble = has_mark(start)
    if has_preamble and start.startswith(_EXECUTABLES):
        raise InputError(f"{path} is a program as well as a DICOM file; pictures are accepted.")
    if size > _MOST_BYTES:
        raise InputError(f"{path} has {size:,} bytes, where up to {_MOST_BYTES:,} are accepted.")
    file.seek(MARK_END if has_preamble else 0)


def _syntax(file: BinaryIO) -> tuple[str, str]:
    """The transfer syntax, stated or seen, and the class, if stated before the header.

    Leaves the file at the header's first element.

    pydicom's own `dcmread` is not used because it inflates a deflated file to any size.
    """
    from pydicom.filereader import read_dataset

    meta = read_dataset(file, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
    kind = text(meta, "MediaStorageSOPClassUID")
    if stated := text(meta, "TransferSyntaxUID"):
        return stated, kind
    start = file.read(6)
    file.seek(-len(start), os.SEEK_CUR)
    if not (start[4:6].isalpha() and start[4:6].isupper()):
        return _IMPLICIT, kind
    return (_BIG_ENDIAN if start[:1] == b"\0" else _EXPLICIT), kind


def _before_pixels(file: BinaryIO, path: Path, syntax: str, kind: str) -> Instance:
    """Reads on to the pixels."""
    from pydicom.filereader import read_dataset

    little = syntax != _BIG_ENDIAN
    dataset = read_dataset(
        file, syntax == _IMPLICIT, little, stop_when=lambda tag, vr, length: tag in PIXELS
    )
    if not len(dataset):
        raise InputError(f"{path} cannot be read as DICOM: it ends within its header.")
    implicit, _ = dataset.original_encoding  # as it was found, whatever was stated
    offset, start = file.tell(), file.read(12)
    tag = stated = available = 0
    if len(start) == 12:
        group, element = struct.unpack("<HH" if little else ">HH", start[:4])
        tag = group << 16 | element
        length = start[4:8] if implicit else start[8:]
        stated = int.from_bytes(length, "little" if little else "big")
        begin = offset + (8 if implicit else 12)
        available = os.fstat(file.fileno()).st_size - begin
    header, kind = _without_bulk(dataset), text(dataset, "SOPClassUID") or kind
    return Instance(path, kind, header, syntax, PIXELS.get(tag, 0), offset, stated, available)


def _without_bulk(dataset: "Dataset") -> "Dataset":
    """The elements that tell of the picture; nothing is converted that was not asked for."""
    from pydicom import Dataset

    header = Dataset({tag: element for tag, element in dataset.items() if not _is_bulk(int(tag))})
    header.set_original_encoding(*dataset.original_encoding, dataset.original_character_set)
    return header


def _is_bulk(tag: int) -> bool:
    """Whether an element is private, an icon, or a curve or overlay to be drawn on the picture."""
    group = tag >> 16
    return bool(group & 1) or tag in _ICONS or group & 0xFF00 in (0x5000, 0x6000)
