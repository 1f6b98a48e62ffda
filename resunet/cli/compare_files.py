"""The files that ``compare`` writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL.Image import Image

from resunet.cohort.broken import Broken
from resunet.cohort.comparison import SetsCompared
from resunet.cohort.corruption.kinds import KINDS
from resunet.cohort.sets import PatientSet
from resunet.cohort.statistics.quantities import FAMILIES, QUANTITIES
from resunet.cohort.stored import StoredComparison
from resunet.cohort.storing import write_comparison
from resunet.data.exclusion import write_exclusion
from resunet.data.named_slices import read_named_slice
from resunet.errors import InputError
from resunet.export.comparison import (
    Pictures,
    Words,
    write_comparison_html,
    write_comparison_tables,
)
from resunet.export.png import write_png
from resunet.figures.contrasts import picture_contrasts
from resunet.figures.difference_picture import picture_difference
from resunet.figures.distributions import picture_mask_distributions
from resunet.storage import write_npz

EXCLUDE = "exclude.txt"
"""The list of files to leave out, where there is one data folder."""

_MOST_PICTURES = 100  # of slices, on the page: some 8 MB
_SIDE_PX = 160


def write_files(
    out: Path,
    compared: SetsCompared,
    sets: Sequence[PatientSet],
    effect: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Writes the comparison in all its forms.

    Args:
        out: The folder.
        compared: What was found.
        sets: The sets, for the pictures of slices.
        effect: Of `resunet.evaluation.effect.effect_of_flags`, where a network was scored.

    Returns:
        What ``comparison.json`` holds.
    """
    stored = write_comparison(out, compared, effect=effect)
    distributions = [each.distribution for each in stored.sets if each.distribution is not None]
    masks = picture_mask_distributions(distributions) if distributions else None
    if masks is not None:
        write_png(out / "masks.png", masks)
    for each in distributions:
        arrays = {"mean": each.mean, "std": each.std, "hits": each.hits, "slices": each.slices}
        write_npz(out / f"{each.name.replace('/', '-')}.npz", arrays)
    words = Words(kinds=KINDS, quantities=QUANTITIES, families=FAMILIES)
    write_comparison_tables(out, stored.result, words)
    pictures = Pictures(masks, _differences(stored), _flagged(compared.broken, sets))
    write_comparison_html(out / "comparison.html", stored.result, pictures, words)
    _write_exclusions(out, compared.broken, sets)
    return stored.result


def _differences(stored: StoredComparison) -> dict[tuple[str, str], Image]:
    return {
        (pair.a, pair.b): picture_difference(pair.difference, pair.significant, a=pair.a, b=pair.b)
        for pair in stored.pairs
    }


def _flagged(broken: Broken, sets: Sequence[PatientSet]) -> dict[int, Image]:
    """The first findings' slices, by their index; those of which no picture can be made lack."""
    roots = {each.name: each.root for each in sets}
    pictures: dict[int, Image] = {}
    for index, (group, flag) in enumerate((each.group, each.flag) for each in broken.flags):
        if len(pictures) == _MOST_PICTURES:
            break
        try:
            study = read_named_slice(roots[group], flag.file)
        except InputError:
            continue
        marked = (flag.contrast,) if flag.contrast else ()
        pictures[index] = picture_contrasts(study, 0, marked=marked, side_px=_SIDE_PX)
    return pictures


def _write_exclusions(out: Path, broken: Broken, sets: Sequence[PatientSet]) -> None:
    """The lists of files to leave out, one for each data folder."""
    roots = list(dict.fromkeys(each.root for each in sets))
    for index, root in enumerate(roots):
        groups = {each.name for each in sets if each.root == root}
        flags = [each.flag for each in broken.flags if each.group in groups]
        name = EXCLUDE if len(roots) == 1 else f"exclude-{index + 1}-{root.name}.txt"
        heading = (
            f"Slices to leave out of {root.name}: python -m resunet train --exclude {name} …",
            "Look at them first: comparison.html shows why each is here.",
        )
        entries = ((flag.file, KINDS[flag.kind].title.lower()) for flag in flags)
        write_exclusion(out / name, entries, heading)
