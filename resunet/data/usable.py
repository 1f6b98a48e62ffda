"""What of a patient can be used: files that cannot are refused, or left out and listed."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from resunet.data.cases import Case
from resunet.data.readers import read_case, read_npz_slice
from resunet.data.readers.wording import by
from resunet.errors import InputError
from resunet.study import Study


def usable_studies(case: Case, skip_bad: bool, skipped: list[str]) -> Iterator[Study]:
    """The case as one study with labels; none where it is skipped.

    Args:
        case: A patient.
        skip_bad: Whether files that cannot be used are left out, instead of refused.
        skipped: Takes a sentence for each of them.

    Raises:
        InputError: If a file cannot be used and none may be left out.
    """
    try:
        study = read_case(case)
        if study.labels is None:
            raise InputError(f"{_without_mask(case)} has no mask, which training and scoring need.")
    except InputError as error:
        if not skip_bad:
            raise
        usable = _usable(case, skipped)
        if not usable.slices:
            if case.folder is not None:
                skipped.append(str(error))
            return
        study = read_case(usable)
    yield study


def studies_of(case: Case, skipped: list[str] | None) -> Iterator[Study]:
    """The case as one study; one without labels too, unless files may be left out.

    Args:
        case: A patient.
        skipped: Takes a sentence for each file that is left out, as of `usable_studies`; None
            where none may be.

    Raises:
        InputError: If a file cannot be read and none may be left out.
    """
    if skipped is None:
        yield read_case(case)
    else:
        yield from usable_studies(case, True, skipped)


def used_slices(case: Case, study: Study) -> list[int]:
    """Indices of a case's slices in its study, without those that are left out."""
    return [at for at, number in enumerate(study.slice_numbers) if number not in case.left_out]


def left_out_oddities(case: Case, study: Study) -> list[str]:
    """What is odd about the slices of a volume that are left out: none there, or none besides."""
    absent = sorted(set(case.left_out) - set(study.slice_numbers))[:1]
    found = [f"{case.patient} has no slice {n}, which was to be left out." for n in absent]
    if not used_slices(case, study):
        found.append(f"All slices of {case.patient} are left out.")
    return found


def _usable(case: Case, skipped: list[str]) -> Case:
    """The case without the slice files that cannot be used, which are listed."""
    good = []
    for file in case.slices:
        try:
            study = read_npz_slice(file.path)
        except InputError as error:
            skipped.append(str(error))
            continue
        if study.labels is None:
            skipped.append(f"{file.path} has no mask, which training and scoring need.")
            continue
        good.append((file, study.shape[1:]))
    if not good:
        return Case(case.split, case.patient)
    usual = Counter(shape for _, shape in good).most_common(1)[0][0]
    for file, shape in good:
        if shape != usual:
            skipped.append(
                f"{file.path} is {by(shape)} pixels, where {by(usual)} as in "
                "the patient's other slices is accepted."
            )
    return Case(case.split, case.patient, tuple(file for file, shape in good if shape == usual))


def _without_mask(case: Case) -> Path | str:
    """The first file of a case that has no mask."""
    for file in case.slices:
        if read_npz_slice(file.path).labels is None:
            return file.path
    return case.folder or case.patient
