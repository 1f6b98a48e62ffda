"""The sequences of a DICOM header, and the functional groups of multi-frame files among them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset


def items(header: "Dataset", key: str | int) -> "list[Dataset]":
    """The items of a sequence, by keyword or tag; none if it is not there or cannot be read."""
    from pydicom.sequence import Sequence

    try:
        value = header[key].value if key in header else None
        return list(value) if isinstance(value, Sequence) else []
    except Exception:  # what stands in it is no sequence
        return []


def groups_of(header: "Dataset", frame: int) -> "list[Dataset]":
    """The functional groups of a frame, its own first, then those that all frames share.

    Args:
        header: A multi-frame file's; of any other there are none.
        frame: Its number from 1.
    """
    each = items(header, "PerFrameFunctionalGroupsSequence")[frame - 1 : frame]
    shared = items(header, "SharedFunctionalGroupsSequence")[:1]
    return [
        item
        for groups in (*each, *shared)
        for tag, _ in groups.items()
        for item in items(groups, int(tag))[:1]
    ]
