"""``--exclude``: slices and patients that a list names are left out."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from resunet.data.cases import Case
from resunet.data.exclusion import Exclusion, Remaining, read_exclusion
from resunet.errors import InputError
from resunet.inference.cards import run_round
from resunet.inference.models import ModelFile
from resunet.jobs.run_folder import RunFolder


def add_exclude(parser: argparse.ArgumentParser) -> None:
    """Adds ``--exclude``."""
    parser.add_argument(
        "--exclude",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="leave out the slices and patients that a text file names, one a line; may be "
        "repeated",
    )


def read_lists(files: Sequence[Path], cases: Sequence[Case], root: Path) -> Exclusion:
    """What some lists name, and tells on standard error of names that mean nothing.

    Args:
        files: The lists.
        cases: All patients of the data folder.
        root: The data folder.

    Raises:
        InputError: If a list cannot be used, or names nothing in the folder.
    """
    names: dict[str, None] = {}
    for file in files:
        found = read_exclusion(file, cases, root)
        names |= dict.fromkeys(found.names)
        if found.unknown:
            print(
                f"{file}: {len(found.unknown)} of {len(found.names) + len(found.unknown)} names "
                f"are not in {root}; the first is {found.unknown[0]}.",
                file=sys.stderr,
            )
    return Exclusion(tuple(names))


def left_of(cases: Sequence[Case], names: Iterable[str], what: str) -> Remaining:
    """The cases without what is named.

    Args:
        cases: At least one patient.
        names: As of `Exclusion.names`.
        what: What the cases are called where nothing is left of them.

    Raises:
        InputError: If nothing is left.
    """
    remaining = Exclusion(tuple(names)).applied(cases)
    if not remaining.cases:
        raise InputError(
            f"All of {what} is to be left out ({len(remaining.names)} names), where a list that "
            "leaves a patient is accepted."
        )
    return remaining


def excluded_entry(parts: Iterable[Remaining]) -> dict[str, Any]:
    """What was left out by name, as ``scores.json`` holds it.

    Args:
        parts: What is left of each split.

    Returns:
        "count", "names", and "patients" of whom nothing is left.
    """
    parts = list(parts)
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    emptied = list(dict.fromkeys(name for part in parts for name in part.emptied))
    return {"count": len(names), "names": names, "patients": emptied}


def left_out_by(run: RunFolder) -> tuple[str, ...]:
    """The names that a run's training left out."""
    return tuple(run.read_config()[1].get("excluded", ()))


def left_out_of_training(model: ModelFile) -> tuple[str, ...]:
    """The names that a model's training left out, where the model is a run."""
    run = run_round(model.weights)
    return () if run is None else left_out_by(run)
