"""What every reader of volumes gives: one contrast or segmentation, on a grid, read when asked.

`resunet.data.readers.assemble` puts volumes of any format together to a `Study`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resunet.data.contrasts import Guess
from resunet.errors import InputError
from resunet.study import FileGrid, Study

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True, eq=False)
class DicomStack:
    """The DICOM series whose grid a study has, so that a DICOM export can refer to it.

    Attributes:
        headers: The source instances without their pixels: one for each plane of a classic
            series, or one multi-frame instance.
        frames: For each plane, in the order of ``grid.shape[0]``: index into ``headers`` and
            frame number from 1 (always 1 in a classic series).
        grid: The stack (planes, rows, columns) and how the study lies in it. Where planes are
            missing (`Study.grid` is None then) its affine has the mean step.
    """

    headers: "tuple[Dataset, ...]"
    frames: tuple[tuple[int, int], ...]
    grid: FileGrid


@dataclass(frozen=True, eq=False)
class Volume:
    """One contrast, or one segmentation, found in files.

    Attributes:
        name: What sentences and choices call it: a file's name, or a series's number and
            description. Never a patient's name.
        format: ``"nifti"``, ``"dicom"``, ``"dicom-seg"`` or ``"png"``.
        guess: Which contrast it is taken for, and why.
        shape: The array's three dimensions.
        grid: Where the array lies in the patient; None for a picture that does not say.
        load: Reads the values: float32 of `shape` on the array's own axes, finite. Raises
            `InputError`, naming the file and what is wrong with it.
        digest: Computes the hexadecimal SHA-256 of its bytes; of several files, of their
            digests in the order of the planes. Raises `InputError`.
        warnings: What is odd about it, one sentence each, naming it.
        stack: The DICOM instances it is made of; None for another format.
        positions_mm: float64 (planes,), strictly ascending from 0: where the planes along the
            array's first axis lie, if planes are missing or lie unevenly (``grid`` has their
            mean step then); None where they are even.
    """

    name: str
    format: str
    guess: Guess
    shape: tuple[int, int, int]
    grid: FileGrid | None
    load: Callable[[], NDArray[np.float32]]
    digest: Callable[[], str]
    warnings: tuple[str, ...] = ()
    stack: DicomStack | None = None
    positions_mm: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Candidate:
    """One volume that was found, as a user is shown it.

    Attributes:
        name: As `Volume.name`.
        contrast: What it was used as: one of `CONTRASTS`, ``"labels"``, or None if left aside.
        reason: Why, in a few words.
    """

    name: str
    contrast: str | None
    reason: str


@dataclass(frozen=True, eq=False)
class Reading:
    """A study, and how it was found.

    Attributes:
        study: The study.
        candidates: What there was to choose from; empty for formats that name their arrays.
        dicom: The series that the study's grid is of, where that is DICOM; else None.
    """

    study: Study
    candidates: tuple[Candidate, ...] = ()
    dicom: DicomStack | None = None


@dataclass(frozen=True)
class ReadOptions:
    """What a user may decide about reading.

    Attributes:
        contrasts: (contrast or ``"labels"``, name of the volume) pairs that overrule the
            guesses.
        resample: Brings contrasts on other grids onto T1CE's, instead of refusing them.
        fill_missing: Reads contrasts that are missing as 0, instead of refusing.
    """

    contrasts: tuple[tuple[str, str], ...] = ()
    resample: bool = False
    fill_missing: bool = False


class GridsDiffer(InputError):  # noqa: N818, like UnclearContrasts what it is, not "error"
    """Contrasts lie on different grids; `ReadOptions.resample` would bring them onto one."""
