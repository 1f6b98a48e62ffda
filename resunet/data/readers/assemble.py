"""Puts volumes of any format together to a `Study`: which is which, one grid, warnings."""

from collections.abc import Mapping, Sequence

from resunet.data.contrasts import LABELS, UnclearContrasts, assign_volumes
from resunet.data.readers.digests import sha256_of_all
from resunet.data.readers.stack import ContrastStack
from resunet.data.readers.volumes import Candidate, Reading, ReadOptions, Volume
from resunet.study import CONTRASTS, Source, Study

_ABSENT = "0" * 64  # the digest of a contrast that is missing
_MOST_CLASSES = 9  # of tumour: BraTS has labels up to 4


def assemble(
    volumes: Sequence[Volume],
    where: str,
    options: ReadOptions | None = None,
    *,
    identifier: str | None = None,
) -> Reading:
    """Makes one patient's volumes a study.

    Args:
        volumes: What was found; those of no known contrast are left aside.
        where: What they are called together, for the errors.
        options: What the user decided.
        identifier: The study's identifier; part of the digest of the bytes by default.

    Raises:
        InputError: If a contrast is missing or there are two, a volume cannot be read, or they
            do not share one grid.
    """
    options = options or ReadOptions()
    try:
        at = assign_volumes(
            [(volume.name, volume.guess) for volume in volumes],
            where,
            chosen=options.contrasts,
            noun="series" if volumes and volumes[0].format == "dicom" else "file",
            allow_missing=options.fill_missing,
        )
    except UnclearContrasts as error:
        error.candidates = _found(volumes)
        raise
    used = {contrast: volumes[at[contrast]] for contrast in (*CONTRASTS, LABELS) if contrast in at}
    stack = ContrastStack({name: used[name] for name in CONTRASTS if name in used}, where, options)
    images, warnings = stack.images()
    labels = stack.labels(used[LABELS]) if LABELS in used else None
    if labels is not None and labels.max() > _MOST_CLASSES:
        warnings.append(f"The segmentation holds labels up to {labels.max()}; any but 0 is tumour.")
    # in contrast order, whatever the order of the files; which is missing is part of it
    names = (*CONTRASTS, *([LABELS] if LABELS in used else []))
    sha256 = sha256_of_all([used[name].digest() if name in used else _ABSENT for name in names])
    study = Study(
        images=images,
        identifier=identifier or sha256[:12],
        source=Source(stack.reference.format, sha256),
        labels=labels,
        **stack.places(images.shape[0]),
        missing=tuple(name for name in CONTRASTS if name not in used),
        warnings=(*_alike(used), *warnings),
    )
    return Reading(study, _candidates(volumes, at, options), stack.reference.stack)


def _alike(used: Mapping[str, Volume]) -> list[str]:
    """The volumes' warnings, of contrasts instead of files: names stay out of exports.

    What holds for several volumes is said once, of the first.
    """
    found: dict[str, list[str]] = {}
    for contrast, volume in used.items():
        called = "The segmentation" if contrast == LABELS else contrast.upper()
        for warning in volume.warnings:
            found.setdefault(warning.replace(volume.name, "\0"), []).append(called)
    return [
        pattern.replace(
            "\0", called[0] if len(called) == 1 else f"{called[0]} (like {len(called) - 1} more)"
        )
        for pattern, called in found.items()
    ]


def _found(volumes: Sequence[Volume]) -> tuple[Candidate, ...]:
    """The volumes as they were guessed, for a choice among them."""
    return tuple(Candidate(v.name, v.guess.contrast, v.guess.reason) for v in volumes)


def _candidates(
    volumes: Sequence[Volume], at: Mapping[str, int], options: ReadOptions
) -> tuple[Candidate, ...]:
    used = {index: contrast for contrast, index in at.items()}
    chosen = {name for _, name in options.contrasts}
    return tuple(
        Candidate(v.name, used.get(i), "chosen by you" if v.name in chosen else v.guess.reason)
        for i, v in enumerate(volumes)
    )
