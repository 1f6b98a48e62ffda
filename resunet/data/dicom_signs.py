"""What tells DICOM files from others before their headers are read."""

import struct
from pathlib import Path

SUFFIXES = (".dcm", ".ima", ".dicom")
"""How the names of DICOM files end where they say so."""

MARK_END = 132
"""Where the mark behind the preamble ends: the bytes before it tell whether a file is DICOM."""

_META_GROUP, _FIRST_GROUP = 2, 8


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM does, with the preamble or without; reads 132 bytes."""
    try:
        with path.open("rb") as file:
            return begins_as_dicom(file.read(MARK_END))
    except OSError:
        return False


def begins_as_dicom(start: bytes) -> bool:
    """Whether a file's first bytes are a preamble and its mark, or an element of group 2 or 8."""
    if has_mark(start):
        return True
    if len(start) < 8:
        return False
    group, element, length = struct.unpack("<HHI", start[:8])
    if group not in (_META_GROUP, _FIRST_GROUP):
        group, element, length = struct.unpack(">HHI", start[:8])
    if group not in (_META_GROUP, _FIRST_GROUP) or element > 0x1000:
        return False
    explicit = start[4:6].isalpha() and start[4:6].isupper()
    return explicit or (length < 1024 and length % 2 == 0)


def has_mark(start: bytes) -> bool:
    """Whether DICOM's mark stands behind a preamble: 128 bytes that are free for anything."""
    return start[128:MARK_END] == b"DICM"
