"""The masks of a data folder's splits, streamed one at a time."""

from collections.abc import Iterator, Sequence

from resunet.cohort.distributions import LabelledMask
from resunet.data.cases import Case, split_names
from resunet.data.readers import read_case
from resunet.data.readers.npz import read_npz_mask
from resunet.errors import InputError


def masks_by_split(cases: Sequence[Case]) -> dict[str, Iterator[LabelledMask]]:
    """The masks of each split, to be read in one pass.

    Args:
        cases: Of `find_cases`.

    Returns:
        Split → its masks; training, validating and testing first. Of a slice file only the
        mask is read.
    """
    return {
        split or "all": _masks([c for c in cases if c.split == split])
        for split in split_names(cases)
    }


def count_masks(cases: Sequence[Case], split: str) -> int | None:
    """How many slices a split holds, or None where only reading would tell."""
    chosen = [case for case in cases if (case.split or "all") == split]
    if any(case.folder is not None for case in chosen):
        return None
    return sum(len(case.slices) for case in chosen)


def _masks(cases: Sequence[Case]) -> Iterator[LabelledMask]:
    for case in cases:
        if case.folder is None:
            for file in case.slices:
                yield LabelledMask(case.patient, str(file.path), read_npz_mask(file.path))
            continue
        study = read_case(case)
        if study.mask is None:
            raise InputError(f"{case.folder} has no segmentation to compare.")
        for number, mask in zip(study.slice_numbers, study.mask, strict=True):
            yield LabelledMask(case.patient, f"{case.folder}, slice {number}", mask)
