"""What is wrong with a slice: the record of one finding."""

from dataclasses import dataclass

CERTAIN = 1.0
"""The score of a finding that needs no judgement, such as a file that cannot be read."""


@dataclass(frozen=True)
class Flag:
    """One slice that does not seem to be what it should be.

    Attributes:
        file: The slice's file from its data folder on, with ``/`` between the parts; of a volume
            the patient's folder and the slice's number, as ``testing/Patient:57``.
        patient: The patient's name in the data set.
        number: The slice's number; None where the file does not tell.
        kind: What is wrong, a key of `resunet.cohort.corruption.kinds.KINDS`.
        score: In [0, 1]; how sure, 1 being certain. Comparable within a kind.
        contrast: The contrast it concerns; empty where it concerns none, or several.
        why: A sentence with what was measured and what is usual.
    """

    file: str
    patient: str
    number: int | None
    kind: str
    score: float
    contrast: str
    why: str
