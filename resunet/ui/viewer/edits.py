"""What the slice view says that a reader changed of the network's outline."""

import contextlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_CODES = {1: 1, 2: -1}  # the view's codes → those of `Prediction.correction`
_MOST_LESIONS = 10_000


class Verdict(NamedTuple):
    """What a reader says of one lesion.

    Attributes:
        verdict: ``"accepted"`` or ``"rejected"``.
        slice_index: The slice that shows most of it.
        row: The row of one of its pixels there.
        column: The column of that pixel.
        voxels: Its size.
    """

    verdict: str
    slice_index: int
    row: int
    column: int
    voxels: int


class Edit(NamedTuple):
    """All corrections of one study.

    Attributes:
        revision: Grows with every change.
        correction: int8 (S, H, W), as `Prediction.correction`; None where nothing is changed.
        verdicts: Of lesions.
    """

    revision: int
    correction: NDArray[np.int8] | None
    verdicts: tuple[Verdict, ...]


NOTHING = Edit(0, None, ())


def heard_revision(value: Any, study: str) -> int:
    """Which revision of a study's corrections the browser has told; 0 for none."""
    if not isinstance(value, Mapping) or value.get("study") != study:
        return 0
    revision = value.get("revision")
    return revision if isinstance(revision, int) and revision > 0 else 0


def read_edit(value: Any, shape: tuple[int, int, int]) -> Edit | None:
    """The corrections that the browser has told.

    Args:
        value: What it said: ``slices`` holds, for each slice, [start, length, code, …] of runs of
            pixels in the order of rows; code 1 is added, 2 taken away.
        shape: The study's.

    Returns:
        The corrections; None where the value makes no sense.
    """
    correction = np.zeros(shape, np.int8)
    flat = correction.reshape(shape[0], -1)
    try:
        for key, runs in value["slices"].items():
            index, numbers = int(key), np.asarray(runs, np.int64).reshape(-1, 3)
            if not 0 <= index < shape[0]:
                return None
            for start, length, code in numbers.tolist():
                if start < 0 or length < 1 or start + length > flat.shape[1]:
                    return None
                flat[index, start : start + length] = _CODES[code]
        verdicts = tuple(_verdict(each, shape) for each in value["lesions"][:_MOST_LESIONS])
        revision = int(value["revision"])
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None
    return Edit(revision, correction if correction.any() else None, verdicts)


def read_verdicts(values: Any, shape: tuple[int, int, int]) -> tuple[Verdict, ...]:
    """Verdicts as they were kept, those of them that make sense."""
    found = []
    for value in values if isinstance(values, list) else ():
        with contextlib.suppress(KeyError, TypeError, ValueError):
            found.append(_verdict({**value, "slice": value["slice_index"]}, shape))
    return tuple(found)


def _verdict(value: Mapping[str, Any], shape: tuple[int, int, int]) -> Verdict:
    slice_index, row, column = (int(value[axis]) for axis in ("slice", "row", "column"))
    verdict = value["verdict"]
    inside = zip((slice_index, row, column), shape, strict=True)
    if verdict not in ("accepted", "rejected") or not all(0 <= at < most for at, most in inside):
        raise ValueError(verdict)
    return Verdict(verdict, slice_index, row, column, int(value["voxels"]))
