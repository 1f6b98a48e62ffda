"""What every reader of volumes gives: one contrast or segmentation, on a grid, read when asked.

`resunet.data.readers.assemble` puts volumes of any format together to a `Study`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from resunet.data.contrasts import Guess
from resunet.study import FileGrid, Study

if TYPE_CHECKING:
    from pydicom import Dataset


class Volume(Protocol):
    """One contrast, or one segmentation, found in files; its pixels are read by `load`.

    Attributes:
        name: What sentences and choices call it: a file's name, or a series's number and
            description. Never a patient's name.
        format: ``"nifti"``, ``"dicom"``, ``"dicom-seg"`` or ``"png"``.
        guess: Which contrast it is taken for, and why.
        shape: The array's three dimensions.
        grid: Where the array lies in the patient; None for a picture that does not say.
        sha256: Hexadecimal digest of its bytes; of several files, of their digests in the
            order of the slices.
        warnings: What is odd about it, one sentence each, naming it.
    """

    @property
    def name(self) -> str: ...

    @property
    def format(self) -> str: ...

    @property
    def guess(self) -> Guess: ...

    @property
    def shape(self) -> tuple[int, int, int]: ...

    @property
    def grid(self) -> FileGrid | None: ...

    @property
    def sha256(self) -> str: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...

    def load(self) -> NDArray[np.float32]:
        """The values, float32 of `shape` on the array's own axes, finite.

        Raises:
            InputError: Names the file and what is wrong with it.
        """
        ...


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
