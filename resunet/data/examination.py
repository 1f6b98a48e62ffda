"""Whether a data folder can be trained on: what its splits hold, and which files cannot be used."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from resunet.data.cases import Case, split_names
from resunet.data.checks import check_study
from resunet.data.usable import usable_studies


@dataclass(frozen=True)
class Finding:
    """What reading a patient brought to light.

    Attributes:
        case: The patient.
        slices: Slices that can be trained on.
        empty: How many of them show no tumour.
        unusable: A sentence for each file, or folder, that cannot be used.
        odd: A sentence for each thing that is odd about those that can.
    """

    case: Case
    slices: int
    empty: int
    unusable: tuple[str, ...]
    odd: tuple[str, ...]


@dataclass(frozen=True)
class SplitContent:
    """What a split holds, by the names of its files alone.

    Attributes:
        name: The split.
        patients: How many.
        slices: How many slice files; None where some patients are volumes.
    """

    name: str
    patients: int
    slices: int | None


def split_contents(cases: Sequence[Case]) -> list[SplitContent]:
    """What each split holds, training first."""
    contents = []
    for name in split_names(cases):
        chosen = [case for case in cases if case.split == name]
        is_paper_layout = all(case.folder is None for case in chosen)
        slices = sum(len(case.slices) for case in chosen) if is_paper_layout else None
        contents.append(SplitContent(name, len(chosen), slices))
    return contents


def shared_patients(cases: Iterable[Case]) -> dict[str, tuple[str, ...]]:
    """Patients in more than one split, and in which; by name alone."""
    splits: dict[str, set[str]] = {}
    for case in cases:
        splits.setdefault(case.patient, set()).add(case.split)
    return {
        patient: tuple(sorted(found)) for patient, found in sorted(splits.items()) if len(found) > 1
    }


def examine(case: Case) -> Finding:
    """Reads a patient as a training would, and looks for what is wrong or odd.

    Args:
        case: Some tenths of a second are needed for 50 slices of 256×256.
    """
    unusable: list[str] = []
    studies = list(usable_studies(case, skip_bad=True, skipped=unusable))
    masks = [study.mask for study in studies if study.mask is not None]
    odd = [
        f"{case.patient}: {sentence}"
        for study in studies
        for sentence in (*study.warnings, *check_study(study))
    ]
    return Finding(
        case,
        slices=sum(len(mask) for mask in masks),
        empty=sum(int((~mask.any(axis=(1, 2))).sum()) for mask in masks),
        unusable=tuple(unusable),
        odd=tuple(odd),
    )


@dataclass
class Examination:
    """Reads a folder's patients in a thread of its own, so that others go on meanwhile.

    Attributes:
        cases: The patients.
        findings: Of those read so far, in order.
        trouble: What ended it early; empty otherwise.
    """

    cases: Sequence[Case]
    findings: list[Finding] = field(default_factory=list)
    trouble: str = ""
    _ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def end(self) -> None:
        """Reads no further patient."""
        self._ended.set()

    @property
    def is_done(self) -> bool:
        """Whether no more will be found."""
        return bool(self.trouble) or len(self.findings) == len(self.cases)

    @property
    def unusable(self) -> list[str]:
        """A sentence for each file that cannot be used."""
        return [sentence for finding in list(self.findings) for sentence in finding.unusable]

    @property
    def odd(self) -> list[str]:
        """A sentence for each thing that is odd."""
        return [sentence for finding in list(self.findings) for sentence in finding.odd]

    def _read(self) -> None:
        try:
            for case in self.cases:
                if self._ended.is_set():
                    return
                self.findings.append(examine(case))
        except Exception as error:
            self.trouble = f"The check ended: {error}"
