"""Patients in two sets, and slices that are there twice: by name, and by their pictures alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.survey import SetSurvey

Turn = Literal["", "left_right", "up_down", "both"]
"""How the second picture lies to the first: as it is, mirrored, upside down, or both."""

SIMILAR = 0.75
"""Prints that agree as much (cosine) are of one patient. Of 40 patients of BraTS 2018 no two agree
by more than 0.60; of each the odd slices agree with the even ones by 0.91 and more."""

COPIED = 0.995
"""Prints of one patient that agree as much are of one picture: slices 1 mm apart agree by at most
0.985 in BraTS 2018."""

COPIED_TURNED = 0.95
"""The same for mirrored ones: a slice agrees with its own mirror image by at most 0.88."""

_TURNS: dict[Turn, Callable[[NDArray], NDArray]] = {
    "": lambda prints: prints,
    "left_right": lambda prints: prints[:, :, ::-1],
    "up_down": lambda prints: prints[:, ::-1],
    "both": lambda prints: prints[:, ::-1, ::-1],
}
# of the set's largest brain: a smaller slice, at the top or bottom, has few folds; some 20 cm²
_LEAST_BRAIN = 0.12
_ENOUGH_PAIRS = 45  # of patients, to tell how alike those of this kind of data are
_MOST_COPIES = 10_000  # that are listed


class Place(NamedTuple):
    """A patient of a set, or one of his slices.

    Attributes:
        group: The set's name.
        name: The patient's name, or the slice's file.
    """

    group: str
    name: str


@dataclass(frozen=True)
class SharedPatient:
    """Two patients that seem to be one.

    Attributes:
        a: The first.
        b: The second, of another set or name.
        same_name: Whether they are called alike.
        similarity: The best agreement of two of their prints, in [−1, 1]; None where none of
            their slices can be compared.
        turn: How the second's pictures lie to the first's.
        slices: How many slices of the first one have a picture of the second's that is similar.
        files: The two slices that agree best; empty names where there are none.
    """

    a: Place
    b: Place
    same_name: bool
    similarity: float | None
    turn: Turn
    slices: int
    files: tuple[str, str]


@dataclass(frozen=True)
class Copy:
    """Two slices that show one picture.

    Attributes:
        a: The first slice.
        b: The second one.
        similarity: How well their prints agree, in [−1, 1].
        turn: How the second lies to the first.
    """

    a: Place
    b: Place
    similarity: float
    turn: Turn


@dataclass(frozen=True)
class Leakage:
    """What is there more than once.

    Attributes:
        shared: Pairs of patients, most alike first.
        copies: Pairs of slices, at most 10,000.
        similar: From which agreement on patients were taken for one; above `SIMILAR` where
            all patients look alike, as those made from one template do.
    """

    shared: tuple[SharedPatient, ...]
    copies: tuple[Copy, ...]
    similar: float


@dataclass(frozen=True, eq=False)
class _Patient:
    """A patient of a set with the prints that can be compared."""

    place: Place
    files: tuple[str, ...]
    prints: NDArray[np.int8]

    def vectors(self, turn: Turn = "") -> NDArray[np.float32]:
        """float32 (N, cells), each of length 1."""
        flat = _TURNS[turn](self.prints).reshape(len(self.prints), -1).astype(np.float32)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)


def find_leakage(sets: Sequence[SetSurvey]) -> Leakage:
    """Looks for what is there more than once, within sets and between them.

    Args:
        sets: The sets in numbers. Ten thousand slices take some seconds.
    """
    patients = [patient for each in sets for patient in _usable(each)]
    best = _best_agreement(patients)
    similar = _threshold(best[""])
    highest = np.max(list(best.values()), axis=0)
    names = np.array([patient.place.name for patient in patients], str)
    same_name = names[:, None] == names[None]
    shared = []
    for i, j in np.argwhere(np.triu((highest >= similar) | same_name, 1)):
        turn = max(_TURNS, key=lambda turn: best[turn][i, j])
        shared.append(_shared(patients[i], patients[j], bool(same_name[i, j]), turn, similar))
    shared.sort(key=lambda pair: -(pair.similarity or -1.0))
    twins = [(i, i) for i in range(len(patients))]
    twins += [(i, j) for i, j in np.argwhere(np.triu(highest >= COPIED_TURNED, 1))]
    copies = [copy for i, j in twins for copy in _copies(patients[i], patients[j])]
    return Leakage(tuple(shared), tuple(copies[:_MOST_COPIES]), similar)


def _usable(survey: SetSurvey) -> Iterator[_Patient]:
    """The patients of a set with the slices whose prints can be compared."""
    brains = [counts.measure("brain_px") for counts in survey.patients.values()]
    least_px = _LEAST_BRAIN * max((brain.max(initial=0.0) for brain in brains), default=0.0)
    for (name, counts), brain in zip(survey.patients.items(), brains, strict=True):
        usable = (brain >= least_px) & counts.prints.any(axis=(1, 2))
        files = tuple(file for file, chosen in zip(counts.files, usable, strict=True) if chosen)
        yield _Patient(Place(survey.name, name), files, counts.prints[usable])


def _best_agreement(patients: Sequence[_Patient]) -> dict[Turn, NDArray[np.float32]]:
    """For each turn float32 (P, P): the best agreement of each pair, −1 on and below the diagonal.

    One patient after the other is compared with all after him, so that no more than his rows of
    the matrix of all slices exist at a time.
    """
    count = len(patients)
    best = {turn: np.full((count, count), -1.0, np.float32) for turn in _TURNS}
    filled = [index for index, patient in enumerate(patients) if len(patient.files)]
    if not filled:
        return best
    vectors = np.concatenate([patients[index].vectors() for index in filled])
    starts = np.cumsum([0, *(len(patients[index].files) for index in filled)])
    for at, index in enumerate(filled[:-1]):
        others, behind = filled[at + 1 :], starts[at + 1]
        for turn, agreements in best.items():
            rows = patients[index].vectors(turn) @ vectors[behind:].T
            agreements[index, others] = np.maximum.reduceat(
                rows.max(axis=0), starts[at + 1 : -1] - behind
            )
    return best


def _threshold(best: NDArray[np.float32]) -> float:
    """Half-way from how alike two patients of these data are to being the same."""
    known = best[best > -1.0]
    if len(known) < _ENOUGH_PAIRS:
        return SIMILAR
    return max(SIMILAR, float((1.0 + np.median(known)) / 2))


def _shared(a: _Patient, b: _Patient, same_name: bool, turn: Turn, similar: float) -> SharedPatient:
    if not (a.files and b.files):
        return SharedPatient(a.place, b.place, same_name, None, "", 0, ("", ""))
    agreement = a.vectors(turn) @ b.vectors().T
    row, column = np.unravel_index(int(agreement.argmax()), agreement.shape)
    return SharedPatient(
        a.place,
        b.place,
        same_name,
        float(agreement[row, column]),
        turn,
        int((agreement.max(axis=1) >= similar).sum()),
        (a.files[row], b.files[column]),
    )


def _copies(a: _Patient, b: _Patient) -> Iterator[Copy]:
    """Slices of two patients, or of one, that show one picture; each pair once."""
    if not (a.files and b.files):
        return
    second = b.vectors()
    found: dict[tuple[int, int], tuple[float, Turn]] = {}
    for turn in _TURNS:
        agreement = a.vectors(turn) @ second.T
        if a is b:
            agreement = np.triu(agreement, 1)
        for row, column in np.argwhere(agreement >= (COPIED_TURNED if turn else COPIED)):
            key, value = (int(row), int(column)), (float(agreement[row, column]), turn)
            found[key] = max(found.get(key, value), value)
    for (row, column), (similarity, turn) in sorted(found.items()):
        first, other = Place(a.place.group, a.files[row]), Place(b.place.group, b.files[column])
        yield Copy(first, other, similarity, turn)
