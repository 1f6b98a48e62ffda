"""What the network outlined in two slices of each patient, kept so that they can be shown.

A picture of the worst slice says where a network fails, one of the largest what it can do.
Predicting them again would take the network; their masks take a kilobyte.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.evaluation.seen import SeenSlice
from resunet.evaluation.slices import SliceResult
from resunet.storage import SCHEMA

FILE = "outlines.json"
"""In the result folder: split → patient → one of `CHOSEN` → `Outlined`."""

WORST, LARGEST = "worst", "largest"
CHOSEN = (WORST, LARGEST)
"""The slice with most pixels wrong, missed or false; and that with most tumour.

The lowest Dice would nearly always be the tip of a tumour, a few pixels that are missed. Tumour is
the expert's; where that is equal, the network's."""


@dataclass(frozen=True)
class Outlined:
    """What is predicted in one slice.

    Attributes:
        number: The slice's number in its source.
        dice: On the study's own pixels; NaN where neither mask holds tumour.
        shape: Rows and columns of the study's own grid.
        runs: Lengths of the mask's runs, row after row, the first one of background.
    """

    number: int
    dice: float
    shape: tuple[int, int]
    runs: tuple[int, ...]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Bool of the shape: what is predicted to be tumour."""
        flat = np.repeat(np.arange(len(self.runs)) % 2 == 1, self.runs)
        mask: NDArray[np.bool_] = flat.reshape(self.shape)
        return mask

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "number": self.number,
            "dice": self.dice,
            "shape": list(self.shape),
            "runs": list(self.runs),
        }

    @classmethod
    def read(cls, values: Any) -> "Outlined":
        """Reads what `to_dict` gave.

        Raises:
            InputError: If it is none, or its runs do not fill its shape.
        """
        try:
            rows, columns = (int(each) for each in values["shape"])
            runs = tuple(int(each) for each in values["runs"])
            dice = math.nan if values["dice"] is None else float(values["dice"])
            number = int(values["number"])
        except (LookupError, TypeError, ValueError) as error:
            raise InputError(f"{FILE} holds an outline that is damaged: {error}.") from error
        if min(rows, columns, *runs, 0) < 0 or sum(runs) != rows * columns:
            raise InputError(f"{FILE} holds an outline whose runs do not fill {rows}×{columns}.")
        return cls(number, dice, (rows, columns), runs)


def runs_of(mask: NDArray[np.bool_]) -> tuple[int, ...]:
    """The lengths of a mask's runs, row after row; the first is of background and may be 0."""
    flat = np.concatenate([[False], mask.ravel()])
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    return tuple(np.diff([0, *ends, mask.size]).tolist())


def ranks_of(intersection: int, true: int, pred: int) -> dict[str, tuple[int, ...]]:
    """By what the slices `CHOSEN` are the first of their patient; the larger comes first.

    Args:
        intersection: Pixels in both masks.
        true: Pixels in the expert's.
        pred: Pixels in the network's.
    """
    return {WORST: (true + pred - 2 * intersection, true), LARGEST: (true, pred)}


class ChosenSlices:
    """Keeps the slices `CHOSEN` of one patient, while they go by."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[tuple[int, ...], Outlined]] = {}

    def add(self, seen: SeenSlice, counted: SliceResult) -> None:
        """Takes one slice in.

        Args:
            seen: The slice.
            counted: What was counted of it.
        """
        native = counted.native
        if not (native.true or native.pred):
            return
        ranks = ranks_of(native.intersection, native.true, native.pred)
        for name, rank in ranks.items():
            if name not in self._found or rank > self._found[name][0]:
                rows, columns = seen.mask.shape
                runs = runs_of(seen.mask)
                outlined = Outlined(seen.number, native.dice, (rows, columns), runs)
                self._found[name] = (rank, outlined)

    def result(self) -> dict[str, Outlined]:
        """Name → slice; empty where no slice holds tumour by either."""
        return {name: self._found[name][1] for name in CHOSEN if name in self._found}


def outlines_entry(
    patients: Iterable[tuple[str, str, Mapping[str, Outlined]]],
) -> dict[str, Any]:
    """All patients' outlines as JSON values.

    Args:
        patients: Split, patient, and what was kept.
    """
    splits: dict[str, dict[str, Any]] = {}
    for split, patient, kept in patients:
        entry = {name: each.to_dict() for name, each in kept.items()}
        splits.setdefault(split, {})[patient] = entry
    return {"schema": SCHEMA, "splits": splits}


def read_outlines(values: Any, names: Sequence[str] = CHOSEN) -> dict[str, Outlined]:
    """One patient's outlines.

    Args:
        values: Name → JSON values.
        names: Which are wanted.

    Returns:
        Those of them that are there.

    Raises:
        InputError: If one is damaged.
    """
    found = values if isinstance(values, Mapping) else {}
    return {name: Outlined.read(found[name]) for name in names if name in found}
