"""Patients that lie together: what a work list needs to know of the place where they do."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from resunet.data.cases import Case
from resunet.data.readers import Reading, open_case
from resunet.review.addresses import opaque_id
from resunet.review.store import Notebook, Reviews
from resunet.review.summaries import Settings, summary_path


class Patients(ABC):
    """Some patients and where they lie.

    Args:
        cases: The patients, by split and name.
        reviews: What readers tick and note of them.

    Attributes:
        root: The data folder; None where they lie in none.
        cases: As given.
        reviews: As given.
    """

    root: Path | None = None

    def __init__(self, cases: Sequence[Case], reviews: Notebook) -> None:
        self.cases, self.reviews = tuple(cases), reviews

    @abstractmethod
    def id_of(self, case: Case) -> str:
        """The opaque name of a patient: 12 hexadecimal digits."""

    @abstractmethod
    def open(self, case: Case) -> Reading:
        """Reads a patient.

        Raises:
            InputError: If it cannot be read.
        """

    def row_path(self, case: Case, settings: Settings) -> Path | None:
        """Where the patient's row is kept; None where it is not."""
        return None

    def told(self, sentence: str) -> str:
        """A sentence about a patient without what they all have in common."""
        return sentence


class DataFolder(Patients):
    """The patients of a data folder; reviews and rows are kept in the program's home.

    Args:
        root: The data folder.
        cases: Its patients, as `resunet.data.cases.find_cases` gives them.
    """

    def __init__(self, root: Path, cases: Sequence[Case]) -> None:
        super().__init__(cases, Reviews(root))
        self.root: Path = root

    def id_of(self, case: Case) -> str:
        """As `opaque_id`."""
        return opaque_id(self.root, case)

    def open(self, case: Case) -> Reading:
        """As `open_case`."""
        return open_case(case)

    def row_path(self, case: Case, settings: Settings) -> Path | None:
        """As `summary_path`."""
        return summary_path(case, settings)

    def told(self, sentence: str) -> str:
        """The sentence without the data folder's path."""
        return sentence.replace(f"{self.root}{os.sep}", "")
