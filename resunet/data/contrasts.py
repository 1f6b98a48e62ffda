"""Which file is which contrast, from the names people and tools give."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from resunet.errors import InputError
from resunet.study import CONTRASTS

LABELS = "labels"
"""What `recognise` calls an expert's segmentation."""


class Guess(NamedTuple):
    """Which contrast something is taken for.

    Attributes:
        contrast: One of `CONTRASTS`, `LABELS`, or None where nothing tells.
        reason: What tells it, in a few words, such as ``its name says "t1c"``.
    """

    contrast: str | None
    reason: str


_FLAIR = {"flair", "fla", "t2f", "t2flair"}
_T1CE = {"t1ce", "t1c", "t1gd", "t1gad", "t1post", "t1km"}
_T1 = {"t1", "t1n", "t1w", "t1pre"}
_T2 = {"t2", "t2w"}
_LABELS = {"seg", "mask", "label", "labels", "segmentation"}
_BRAIN = {"brain", "bet"}  # what skull-stripping tools call their masks
_ENHANCED = {"post", "gd", "gad", "gado", "gadolinium", "ce", "contrast", "enhanced"}


def recognise(name: str) -> str | None:
    """The contrast that a file's name tells of.

    Knows the names of BraTS 2018–2024 (t1, t1ce, t1c, t1n, t2w, t2f, …) and those that
    tools and scanners give (``t1c_bet``, ``fla_bet``, ``T1_AX_POST_GAD``).

    Returns:
        One of `CONTRASTS`, `LABELS`, or None.
    """
    stem = re.sub(r"(\.nii)?(\.gz)?$", "", name.lower())
    tokens = {token for token in re.split(r"[^a-z0-9]+", stem) if token}
    if "mask" in tokens and tokens & _BRAIN:
        return None
    if tokens & _LABELS:
        return LABELS
    if tokens & _FLAIR:
        return "flair"
    if tokens & _T1CE or (tokens & _T1 and tokens & _ENHANCED):
        return "t1ce"
    if tokens & _T1:
        return "t1"
    return "t2" if tokens & _T2 else None


def assign(paths: Iterable[Path], where: str) -> Mapping[str, Path]:
    """Gives each contrast its file.

    Args:
        paths: The files of one patient; those of no known contrast are left aside.
        where: What the files are called together, for the error.

    Returns:
        Contrast → file for all four, and `LABELS` where there is one.

    Raises:
        InputError: If a contrast has no file, or two.
    """
    found: dict[str, Path] = {}
    for path in sorted(paths):
        contrast = recognise(path.name)
        if contrast is None:
            continue
        if contrast in found:
            raise InputError(
                f"{where} has two files for {contrast}: {found[contrast].name} and {path.name}; "
                "one is accepted."
            )
        found[contrast] = path
    missing = [contrast for contrast in CONTRASTS if contrast not in found]
    if missing:
        raise InputError(
            f"{where} has no file for {', '.join(missing)}; one file for each of "
            f"{', '.join(CONTRASTS)} is accepted, named as in BraTS."
        )
    return found
