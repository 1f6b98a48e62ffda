"""What a user named: files, folders and zips, sorted into what the readers take."""

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from resunet.data import dicom_signs
from resunet.data.cases import SliceFile, parse_slice_name
from resunet.data.contrasts import LABELS, guess_from_name
from resunet.data.readers import nifti
from resunet.data.readers.archive import unpacked
from resunet.data.readers.dicom.segmentation import find_segmentations, read_segmentation
from resunet.data.readers.dicom.series import find_series
from resunet.data.readers.npz import read_npz_slice, read_npz_slices
from resunet.data.readers.png import png_volume
from resunet.data.readers.volumes import ReadOptions, Volume
from resunet.errors import InputError
from resunet.study import CONTRASTS, Study

ACCEPTED = (
    "npz slices; one NIfTI file for each contrast, or a 4-D one; DICOM series; one PNG picture for "
    "each contrast; a folder or zip of these"
)
"""What a patient may come as."""

_INSTEAD = {
    (".zip",): "a zip in another one or in a folder, which is to be named itself",
    (".hdr", ".img", ".hdr.gz", ".img.gz"): (
        "one of a pair of files (NIfTI or Analyze), which is to be saved as one .nii first"
    ),
}
"""What a user may take for pictures that are read, and what it is."""

_RESULTS = {"mask.npz", "probability.npz", "uncertainty.npz"}  # this program's own
_MOST_FILES = 20_000


class Files(NamedTuple):
    """The files of one patient by kind, each with the name that sentences give it.

    Attributes:
        npz: Slices in the paper's layout.
        nifti: NIfTI files.
        png: PNG pictures.
        dicom: DICOM files; their names are not used.
        asked: The files that were named by the user, not found in a folder.
        instead: What else was found that a user may have meant, in words.
    """

    npz: list[Path]
    nifti: list[tuple[Path, str]]
    png: list[tuple[Path, str]]
    dicom: list[Path]
    asked: set[Path]
    instead: set[str]


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[Files]:
    """The files of a patient, sorted; zips are unpacked for as long as they are needed.

    Args:
        paths: Files, folders (searched through) and zips.

    Raises:
        InputError: If one does not exist, or a file that was named is of no known kind.
    """
    with ExitStack() as stack:
        places = []
        for path in paths:
            if not os.path.exists(path):  # unlike Path.exists whatever is wrong with the name
                raise InputError(f"{path} does not exist.")
            is_zip = path.suffix.lower() == ".zip" and os.path.isfile(path)
            places.append(stack.enter_context(unpacked(path)) if is_zip else path)
        yield _sorted(places)


def loose_together(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Patients, of what was named on a command line.

    Args:
        paths: Each folder, zip, npz slice and 4-D NIfTI file is a patient of its own; all other
            files together are one.
    """
    groups: list[list[Path]] = []
    loose: list[Path] | None = None
    for path in paths:
        if (
            os.path.isdir(path)
            or path.suffix.lower() in (".zip", ".npz")
            or _is_four_dimensional(path)
        ):
            groups.append([path])
        elif loose is None:
            loose = [path]
            groups.append(loose)
        else:
            loose.append(path)
    return [tuple(group) for group in groups]


def volumes_of(files: Files) -> list[Volume]:
    """The volumes in a patient's files; of NIfTI and DICOM only headers are read.

    What lies in a folder is left aside if it cannot be read and is called like no contrast, or
    is DICOM without a series of pictures beside four contrasts.

    Raises:
        InputError: Names the first file that cannot be read, and why.
    """
    volumes: list[Volume] = []
    for found, read in ((files.nifti, nifti.nifti_volumes), (files.png, _png_volumes)):
        for path, name in found:
            try:
                volumes += read(path, name)
            except InputError:
                if path in files.asked or guess_from_name(path.name).contrast is not None:
                    raise
    segmentations = find_segmentations(files.dicom)
    pictures = sorted(set(files.dicom) - set(segmentations))
    try:
        volumes += find_series(pictures, segmentations) if pictures else []
    except InputError:
        complete = {volume.guess.contrast for volume in volumes} >= set(CONTRASTS)
        if not complete or not files.asked.isdisjoint(pictures):
            raise
    return volumes + [read_segmentation(path) for path in segmentations]


def holds_slices(files: Files) -> bool:
    """Whether a patient is one of npz slices: other npz files may lie beside pictures."""
    others = files.nifti or files.png or files.dicom
    return bool(files.npz) and not (
        others and not any(path in files.asked or parse_slice_name(path.name) for path in files.npz)
    )


def read_npz(files: Files, where: str, options: ReadOptions) -> Study:
    """A study of the npz slices of one patient.

    Raises:
        InputError: If they are of several patients, one cannot be used, or contrasts were chosen
            although the arrays in the files are named.
    """
    if any(c != LABELS or name.lower() not in ("", "none") for c, name in options.contrasts):
        raise InputError(
            f"{where} holds npz slices, whose arrays are named; no choice of contrasts is accepted."
        )
    study = _stacked(files.npz, where)
    warnings = [printable(warning) for warning in study.warnings]
    if files.nifti or files.png or files.dicom:
        warnings.append("Other pictures lie beside the npz slices, which alone are read.")
    return replace(
        study,
        identifier=printable(study.identifier),
        labels=None if options.contrasts else study.labels,
        warnings=tuple(warnings),
    )


def _stacked(paths: Sequence[Path], where: str) -> Study:
    if len(paths) == 1:
        return read_npz_slice(paths[0])
    slices = []
    patients: set[str] = set()
    for path in paths:
        parts = parse_slice_name(path.name)
        if parts is None:
            raise InputError(f"{path} has no slice number: <patient>_<k>.npz is accepted.")
        patients.add(parts[0])
        slices.append(SliceFile(parts[1], parts[2], path))
    if len(patients) > 1:
        names = ", ".join(sorted(patients)[:3])
        raise InputError(f"{where} holds slices of {names}; those of one patient are accepted.")
    return read_npz_slices(sorted(slices), patient=patients.pop())


def _png_volumes(path: Path, name: str) -> list[Volume]:
    return [png_volume(path, name)]


def printable(text: str) -> str:
    """Text that may hold a file's name, on one line and fit to be shown and written.

    Names may hold line ends, bytes that are no UTF-8, and characters that turn the direction.
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if category(c)[0] == "C" else c for c in text)


def _sorted(places: Sequence[Path]) -> Files:
    found: dict[Path, Path] = {}  # each file once, though it may be named beside its folder
    for place in places:
        found |= {file: place for file in files_in(place) if place == file or file not in found}
    files = Files([], [], [], [], {file for file, place in found.items() if place == file}, set())
    volumes: list[tuple[Path, Path]] = []
    for file, place in found.items():
        lower = file.name.lower()
        if lower.endswith(".npz"):
            if place == file or lower not in _RESULTS:
                files.npz.append(file)
        elif lower.endswith((*nifti.SUFFIXES, ".png")):
            volumes.append((place, file))
        elif lower.endswith(dicom_signs.SUFFIXES) or dicom_signs.is_dicom(file):
            files.dicom.append(file)
        else:
            instead = [words for suffixes, words in _INSTEAD.items() if lower.endswith(suffixes)]
            if place == file:
                why = instead[0] if instead else "of no known kind"
                raise InputError(f"{file} is {why}; accepted are {ACCEPTED}.")
            files.instead.update(instead)
    for (_, file), name in zip(volumes, _names(volumes), strict=True):
        kind = files.png if file.name.lower().endswith(".png") else files.nifti
        kind.append((file, name))
    return files


def files_in(place: Path) -> list[Path]:
    """The place itself if it is a file, else the files in it, hidden ones left out.

    Links to files are followed, links to folders are not.
    """
    if os.path.isfile(place):
        return [place]
    if not os.path.isdir(place):
        raise InputError(f"{place} is neither a file nor a folder; accepted are {ACCEPTED}.")
    files, folders, seen = [], [place], 0
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    seen += 1
                    if seen > _MOST_FILES:  # at once: it may be a whole disk
                        raise InputError(
                            f"{place} holds more than {_MOST_FILES:,} files; fewer are accepted."
                        )
                    if entry.name.startswith((".", "__MACOSX")):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(folder / entry.name)
                    elif os.path.isfile(entry.path):
                        files.append(folder / entry.name)
        except OSError as error:
            raise InputError(f"{folder} cannot be read: {error.strerror}.") from error
    return sorted(files)


def _names(found: Sequence[tuple[Path, Path]]) -> list[str]:
    """The files' names; where two are alike, with as many of their folders as tell them apart."""
    parts = [
        [printable(part) for part in (f.parts if p == f else f.relative_to(p.parent).parts)]
        for p, f in found
    ]
    names = [part[-1] for part in parts]
    for depth in range(2, max(map(len, parts), default=0) + 1):
        count = Counter(names)
        names = [
            "/".join(part[-depth:]) if count[name] > 1 else name
            for name, part in zip(names, parts, strict=True)
        ]
    count = Counter(names)
    number = itertools.count(1)
    return [name if count[name] == 1 else f"{name} ({next(number)})" for name in names]


def _is_four_dimensional(path: Path) -> bool:
    """Whether a file holds several volumes; a file that cannot be read is not asked further."""
    if not path.name.lower().endswith(nifti.SUFFIXES) or not os.path.isfile(path):
        return False
    try:
        return len(nifti.nifti_volumes(path)) > 1
    except InputError:
        return False
