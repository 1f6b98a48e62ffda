"""Results of evaluations and cross-validations, as they lie in folders."""

import csv
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.evaluation.against import FILE
from resunet.evaluation.kept import FOLDER
from resunet.evaluation.outlines import CHOSEN, ranks_of, read_outlines
from resunet.evaluation.outlines import FILE as OUTLINES
from resunet.storage import read_json

SLICES = "slices.csv"
"""The table of slices in the result folder."""

_DEEPEST = 3  # folders below the one that is looked through
_PASSED_BY = {FOLDER, "cache", "checkpoints", "models"}


class ShownSlice(NamedTuple):
    """A slice of a patient that is worth a look.

    Attributes:
        number: Its number in its source.
        dice: Its Dice; NaN where neither mask holds tumour.
        mask: bool (H, W), what is predicted; None where the result has not kept it.
    """

    number: int
    dice: float
    mask: NDArray[np.bool_] | None


def find_results(roots: Iterable[Path]) -> list[Path]:
    """The result folders in some folders, the newest first.

    Args:
        roots: Folders that hold result folders, up to three deep, or are such; what cannot be
            read is passed by.
    """
    found: dict[Path, int] = {}
    for root in roots:
        _look(root, _DEEPEST, found)
    return sorted(found, key=lambda folder: (-found[folder], str(folder)))


def read_shown(folder: Path) -> Mapping[str, Mapping[str, Mapping[str, ShownSlice]]]:
    """The worst and the largest slice of every patient.

    Args:
        folder: The result folder. Of results that were made before outlines were kept the table
            of slices tells which slices these are.

    Returns:
        Split → patient → one of `resunet.evaluation.outlines.CHOSEN` → slice.

    Raises:
        InputError: If neither file can be read.
    """
    if not (folder / OUTLINES).is_file():
        return _told_by_table(folder / SLICES)
    values = read_json(folder / OUTLINES)
    splits = values.get("splits") if isinstance(values, Mapping) else None
    if not isinstance(splits, Mapping):
        raise InputError(f"{folder / OUTLINES} holds no outlines.")
    return {
        str(split): {
            str(patient): {
                name: ShownSlice(each.number, each.dice, each.mask)
                for name, each in read_outlines(kept).items()
            }
            for patient, kept in (patients.items() if isinstance(patients, Mapping) else ())
        }
        for split, patients in splits.items()
    }


def _look(folder: Path, deeper: int, found: dict[Path, int]) -> None:
    try:
        found[folder] = (folder / FILE).stat().st_mtime_ns
    except (OSError, ValueError):
        found.pop(folder, None)
    if not deeper:
        return
    try:
        with os.scandir(folder) as entries:
            inside = [each.name for each in entries if each.is_dir(follow_symlinks=False)]
    except (OSError, ValueError):
        return
    for name in inside:
        if not name.startswith(".") and name not in _PASSED_BY:
            _look(folder / name, deeper - 1, found)


def _told_by_table(file: Path) -> dict[str, dict[str, dict[str, ShownSlice]]]:
    slices: dict[str, dict[str, list[dict[str, Any]]]] = {}
    try:
        with open(file, newline="", encoding="utf-8") as table:
            for row in csv.DictReader(table):
                of_split = slices.setdefault(row["split"], {})
                of_split.setdefault(row["patient"], []).append(row)
        return {
            split: {patient: _chosen(rows) for patient, rows in patients.items()}
            for split, patients in slices.items()
        }
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise InputError(f"{file} is no table of slices: {error}.") from error


def _chosen(rows: Iterable[Mapping[str, Any]]) -> dict[str, ShownSlice]:
    """As `resunet.evaluation.outlines.ChosenSlices`."""
    ranked = [
        (
            ranks_of(*(int(row[f"native_{name}_px"]) for name in ("intersection", "true", "pred"))),
            ShownSlice(int(row["slice"]), float(row["native_dice"]), None),
        )
        for row in rows
        if row["native_dice"]
    ]
    if not ranked:
        return {}
    best = {}
    for name in CHOSEN:
        ranks = [each[name] for each, _ in ranked]
        best[name] = ranked[ranks.index(max(ranks))][1]
    return best
