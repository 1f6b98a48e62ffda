"""Reads one patient and counts what the comparison of sets needs, in a single pass."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from resunet.cohort.common_grid import SIDE, on_common_grid, pixel_on_grid
from resunet.cohort.corruption.traits import SliceTraits, describe_patient, describe_slice
from resunet.cohort.counts import MEASURES, CaseSurvey, PatientCounts, Trouble, cells_of
from resunet.cohort.intensities import BINS, histogram
from resunet.cohort.prints import PRINT_SIDE, picture_print
from resunet.data.cases import Case, SliceFile
from resunet.data.named_slices import patient_name, slice_name
from resunet.data.readers import read_case, read_npz_slice
from resunet.data.readers.npz import LacksContrast
from resunet.errors import InputError
from resunet.study import CONTRASTS, Study

_TOUCHING = np.ones((3, 3), bool)  # parts that meet at a corner are one


class _Slice(NamedTuple):
    """One slice of a patient."""

    file: str
    number: int
    images: NDArray[np.float32]
    brain: NDArray[np.bool_]
    labels: NDArray[np.uint8] | None
    spacing_mm: tuple[float, float] | None


def survey_case(case: Case, *, checked: bool) -> CaseSurvey:
    """Reads a patient, one slice at a time where each is a file of its own.

    Args:
        case: A patient of `find_cases`.
        checked: Whether to look for what broken slices are known by, which takes longer than
            all else.

    Returns:
        The patient in numbers. Files that cannot be read are among its troubles; the patient
        may be left with no slice at all.
    """
    troubles: list[Trouble] = []
    hits = np.zeros((SIDE, SIDE), np.int32)
    intensities = np.zeros((len(CONTRASTS), BINS), np.int64)
    files, numbers, measures, prints = [], [], [], []
    traits: list[SliceTraits] = []
    for each in _slices(case, troubles):
        measured, mask = _measure(each)
        hits += mask
        for contrast in range(len(CONTRASTS)):
            intensities[contrast] += histogram(each.images[..., contrast][each.brain])
        files.append(each.file)
        numbers.append(each.number)
        measures.append(measured)
        prints.append(picture_print(each.images, each.brain))
        if checked:
            outline = None if each.labels is None else each.labels > 0
            traits.append(describe_slice(each.images, outline))
    count = len(files)
    counts = PatientCounts(
        patient=case.patient,
        files=tuple(files),
        numbers=np.array(numbers, np.int64),
        measures=np.array(measures, np.float64).reshape(count, len(MEASURES)),
        cells=cells_of(hits),
        intensities=intensities,
        prints=np.array(prints, np.int8).reshape(count, PRINT_SIDE, PRINT_SIDE),
        traits=describe_patient(traits, numbers) if checked else np.zeros((count, 0), np.float32),
        troubles=tuple(troubles),
    )
    return CaseSurvey(counts, hits)


def _slices(case: Case, troubles: list[Trouble]) -> Iterator[_Slice]:
    """The slices that can be read; takes down the others."""
    if case.folder is None:
        for file in case.slices:
            study = _read_slice(case, file, troubles)
            if study is not None:
                yield from _of(study, [slice_name(case, file)], [file.number])
        return
    try:
        study = read_case(case)
    except InputError as error:
        troubles.append(Trouble(patient_name(case), None, "unreadable", str(error)))
        return
    numbers = list(study.slice_numbers)
    yield from _of(study, [slice_name(case, number) for number in numbers], numbers)


def _read_slice(case: Case, file: SliceFile, troubles: list[Trouble]) -> Study | None:
    try:
        return read_npz_slice(file.path)
    except InputError as error:
        kind = "missing_contrast" if isinstance(error, LacksContrast) else "unreadable"
        troubles.append(Trouble(slice_name(case, file), file.number, kind, str(error)))
        return None


def _of(study: Study, files: list[str], numbers: list[int]) -> Iterator[_Slice]:
    brain = study.brain
    for index, (file, number) in enumerate(zip(files, numbers, strict=True)):
        labels = None if study.labels is None else study.labels[index]
        yield _Slice(file, number, study.images[index], brain[index], labels, study.spacing_mm)


def _measure(each: _Slice) -> tuple[list[float], NDArray[np.bool_]]:
    """`MEASURES` of a slice, and its outline on the common grid."""
    height, width = pixel_on_grid(each.brain.shape, each.spacing_mm)
    brain_px = float(np.count_nonzero(each.brain)) * height * width
    if each.labels is None:
        return [np.nan] * 4 + [brain_px], np.zeros((SIDE, SIDE), bool)
    mask = each.labels > 0
    on_grid = on_common_grid(mask[None], each.spacing_mm)[0]
    parts = ndimage.label(mask, _TOUCHING)[1]
    rows, columns = np.nonzero(on_grid)
    return [len(rows), parts, rows.sum(), columns.sum(), brain_px], on_grid
