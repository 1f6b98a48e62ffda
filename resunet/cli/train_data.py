"""The patients that ``train`` learns from and chooses the epoch on: found, checked, read."""

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resunet.cli.console import progress
from resunet.cli.excluding import left_of
from resunet.cli.skipping import tell_skipped
from resunet.config import Config
from resunet.data.cache import PackedSlices, packed_slices
from resunet.data.cases import Case, cases_of_split, find_cases
from resunet.data.exclusion import told
from resunet.data.folds import Fold, split_by_fold
from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder

SPLITS = ("training", "validating")


@dataclass(frozen=True)
class TrainingData:
    """Two splits of a data folder, prepared.

    Attributes:
        cases: The patients of each split.
        training: Slices to learn from.
        validating: Slices that choose the best epoch.
        excluded: Names of slices and patients that were left out as asked for.
        emptied: Names of patients of whom that left nothing.
        fold: The part of a cross-validation; None where the folder's own splits count.
    """

    cases: dict[str, list[Case]]
    training: PackedSlices
    validating: PackedSlices
    excluded: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    fold: Fold | None = None

    def record(self) -> dict[str, Any]:
        """What ``config.json`` keeps: the patients, how many slices, and what is left out."""
        slices = {"training": len(self.training), "validating": len(self.validating)}
        return {
            **_patients(self.cases),
            "slices": slices,
            **({"excluded": self.excluded} if self.excluded else {}),
            **({"fold": str(self.fold)} if self.fold else {}),
        }

    def tell_oddities(self) -> None:
        """Tells of files left out, and of what was odd in others; all of it goes to the log."""
        log = logging.getLogger("resunet.data")
        for sentence in self._left_out():
            print(sentence, file=sys.stderr)
            log.info(sentence)
        odd = 0
        for pack in (self.training, self.validating):
            tell_skipped(pack.skipped)
            for sentence in pack.skipped:
                log.info("skipped: %s", sentence)
            for sentence in pack.warnings:
                log.info("warning: %s", sentence)
            odd += len(pack.warnings)
        if odd:
            print(f"{odd} warnings about the data are in the run's log.txt.", file=sys.stderr)

    def _left_out(self) -> list[str]:
        """What was left out by name, in sentences."""
        found = [f"Left out by name: {told(self.excluded)}."] if self.excluded else []
        return found + [f"Nothing is left of {name}." for name in self.emptied]


def read_data(
    root: Path,
    config: Config,
    run: RunFolder | None,
    *,
    skip_bad: bool,
    excluded: Sequence[str] = (),
    fold: Fold | None = None,
    on_case: Callable[[], None] = lambda: None,
) -> TrainingData:
    """Reads and prepares both splits.

    Args:
        root: The data folder.
        config: How to prepare them.
        run: The run that is taken up, where one is; it goes on with the data it began with.
        skip_bad: Whether files that cannot be used are left out.
        excluded: Names of slices and patients to leave out.
        fold: The part of a cross-validation to train; the folder's own splits count by default.
        on_case: Called after each patient that is read.

    Raises:
        InputError: If the folder cannot be used, or holds other data than the run began with.
    """
    split_cases = cases_to_train(find_cases(root), fold, root)
    remaining = {split: left_of(some, excluded, split) for split, some in split_cases.items()}
    cases = {split: some.cases for split, some in remaining.items()}
    patients = _patients(cases)
    shared = sorted(set(patients["training"]) & set(patients["validating"]))
    if shared and (fold is None or fold.number is not None):
        raise InputError(f"{root} has {shared[0]} both in training and in validating.")
    if run is not None:
        _check_same_patients(run, patients)
    training, validating = (
        _pack(cases[split], config, skip_bad, f"Reading {split}", on_case) for split in SPLITS
    )
    emptied = tuple(name for some in remaining.values() for name in some.emptied)
    data = TrainingData(cases, training, validating, tuple(excluded), emptied, fold)
    if run is not None:
        _check_same_slices(run, data.record()["slices"])
    return data


def cases_to_train(
    found: Sequence[Case], fold: Fold | None, root: Path, splits: Sequence[str] = SPLITS
) -> dict[str, list[Case]]:
    """The cases that train and that validate: by fold, or as the folder's splits are named.

    Args:
        found: All cases of the data folder.
        fold: The part of a cross-validation; None where the folder's own splits count.
        root: The data folder.
        splits: Which of the two are asked for.

    Raises:
        InputError: If a split is not there, or the patients cannot be dealt out.
    """
    if fold is not None:
        split_cases = split_by_fold(found, fold)
        return {split: split_cases[split] for split in splits}
    return {split: cases_of_split(found, split, root) for split in splits}


def _patients(cases: dict[str, list[Case]]) -> dict[str, list[str]]:
    return {split: [case.patient for case in some] for split, some in cases.items()}


def _check_same_patients(folder: RunFolder, patients: dict[str, list[str]]) -> None:
    """Refuses to go on with other patients than the run began with."""
    known = folder.read_config()[1]
    for split, names in patients.items():
        other = sorted(set(names) ^ set(known.get(split, names)))
        if other:
            raise InputError(
                f"{split} differs from the run's in {other[0]}; a run goes on with the patients "
                "it began with."
            )


def _check_same_slices(folder: RunFolder, slices: dict[str, int]) -> None:
    """The order of slices follows from their number."""
    known = folder.read_config()[1].get("slices", slices)
    for split, count in slices.items():
        if known.get(split, count) != count:
            raise InputError(
                f"{split} has {count} slices, where the run began with {known[split]}; a run "
                "goes on with the slices it began with."
            )


def _pack(
    cases: list[Case], config: Config, skip_bad: bool, text: str, on_case: Callable[[], None]
) -> PackedSlices:
    with progress(None, text, total=len(cases)) as bar:

        def move(_: Case) -> None:
            bar.update()
            on_case()

        return packed_slices(
            cases,
            config.preparation,
            config.network.input_size,
            skip_bad=skip_bad,
            on_case=move,
        )
