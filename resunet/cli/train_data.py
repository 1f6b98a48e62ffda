"""The patients that ``train`` learns from and chooses the epoch on: found, checked, read."""

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resunet.cli.console import progress
from resunet.cli.skipping import tell_skipped
from resunet.config import Config
from resunet.data.cache import PackedSlices, packed_slices
from resunet.data.cases import Case, cases_of_split, find_cases
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
    """

    cases: dict[str, list[Case]]
    training: PackedSlices
    validating: PackedSlices

    def record(self) -> dict[str, Any]:
        """What a run's ``config.json`` keeps: the patients, and how many slices."""
        slices = {"training": len(self.training), "validating": len(self.validating)}
        return {**_patients(self.cases), "slices": slices}

    def tell_oddities(self) -> None:
        """Tells of files left out, and of what was odd in others; all of it goes to the log."""
        log = logging.getLogger("resunet.data")
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


def read_data(
    root: Path,
    config: Config,
    run: RunFolder | None,
    *,
    skip_bad: bool,
    on_case: Callable[[], None] = lambda: None,
) -> TrainingData:
    """Reads and prepares both splits.

    Args:
        root: The data folder.
        config: How to prepare them.
        run: The run that is taken up, where one is; it goes on with the data it began with.
        skip_bad: Whether files that cannot be used are left out.
        on_case: Called after each patient that is read.

    Raises:
        InputError: If the folder cannot be used, or holds other data than the run began with.
    """
    found = find_cases(root)
    cases = {split: cases_of_split(found, split, root) for split in SPLITS}
    patients = _patients(cases)
    shared = sorted(set(patients["training"]) & set(patients["validating"]))
    if shared:
        raise InputError(f"{root} has {shared[0]} both in training and in validating.")
    if run is not None:
        _check_same_patients(run, patients)
    packs = (_pack(cases[split], config, skip_bad, f"Reading {split}", on_case) for split in SPLITS)
    data = TrainingData(cases, *packs)
    if run is not None:
        _check_same_slices(run, data.record()["slices"])
    return data


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
