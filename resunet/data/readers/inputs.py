"""What a user named: files, folders and zips, sorted into what the readers take."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from resunet.data.cases import SliceFile, parse_slice_name
from resunet.data.contrasts import guess_from_name
from resunet.data.readers import nifti
from resunet.data.readers.archive import unpacked
from resunet.data.readers.dicom import series
from resunet.data.readers.dicom.headers import is_dicom
from resunet.data.readers.dicom.segmentation import find_segmentations, read_segmentation
from resunet.data.readers.npz import read_npz_slice, read_npz_slices
from resunet.data.readers.png import png_volume
from resunet.data.readers.volumes import Volume
from resunet.errors import InputError
from resunet.study import Study

ACCEPTED = (
    "npz slices; one NIfTI file for each contrast, or a 4-D one; DICOM series; one PNG picture for "
    "each contrast; a folder or zip of these"
)
"""What a patient may come as."""

_MOST_FILES = 20_000


class Files(NamedTuple):
    """The files of one patient by kind, each with the name that sentences give it.

    Attributes:
        npz: Slices in the paper's layout.
        nifti: NIfTI files.
        png: PNG pictures.
        dicom: DICOM files; their names are not used.
        asked: Whether each file was named by the user, not found in a folder.
    """

    npz: list[Path]
    nifti: list[tuple[Path, str]]
    png: list[tuple[Path, str]]
    dicom: list[Path]
    asked: bool


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
            if not path.exists():
                raise InputError(f"{path} does not exist.")
            is_zip = path.is_file() and path.suffix.lower() == ".zip"
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
        if path.is_dir() or path.suffix.lower() in (".zip", ".npz") or _is_four_dimensional(path):
            groups.append([path])
        elif loose is None:
            loose = [path]
            groups.append(loose)
        else:
            loose.append(path)
    return [tuple(group) for group in groups]


def volumes_of(files: Files) -> list[Volume]:
    """The volumes in a patient's files; of NIfTI and DICOM only headers are read.

    A file in a folder that is called like no contrast and cannot be read is left aside.

    Raises:
        InputError: Names the first file that cannot be read, and why.
    """
    volumes: list[Volume] = []
    for path, name in files.nifti:
        try:
            volumes += nifti.nifti_volumes(path, name)
        except InputError:
            if files.asked or guess_from_name(path.name).contrast is not None:
                raise
    for path, name in files.png:
        try:
            volumes.append(png_volume(path, name))
        except InputError:
            if files.asked or guess_from_name(path.name).contrast is not None:
                raise
    segmentations = find_segmentations(files.dicom)
    pictures = [path for path in files.dicom if path not in segmentations]
    volumes += series.find_series(pictures) if pictures else []
    return volumes + [read_segmentation(path) for path in segmentations]


def read_npz(paths: Sequence[Path], where: str) -> Study:
    """A study of the npz slices of one patient.

    Raises:
        InputError: If they are of several patients, or one cannot be used.
    """
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


def _sorted(places: Sequence[Path]) -> Files:
    found = [(place, file) for place in places for file in _files_in(place)]
    asked = all(place == file for place, file in found)
    named = _names(found)
    files = Files([], [], [], [], asked)
    for (place, file), name in zip(found, named, strict=True):
        lower = file.name.lower()
        if lower.endswith(".npz"):
            files.npz.append(file)
        elif lower.endswith(nifti.SUFFIXES):
            files.nifti.append((file, name))
        elif lower.endswith(".png"):
            files.png.append((file, name))
        elif lower.endswith(series.SUFFIXES) or is_dicom(file):
            files.dicom.append(file)
        elif place == file:
            raise InputError(f"{file} is of no known kind; accepted are {ACCEPTED}.")
    return files


def _files_in(place: Path) -> Iterable[Path]:
    """The place itself if it is a file, else the files in it, hidden ones left out."""
    if place.is_file():
        return [place]
    files = []
    for path in sorted(place.rglob("*")):
        parts = path.relative_to(place).parts
        if path.is_file() and not any(p.startswith((".", "__MACOSX")) for p in parts):
            files.append(path)
        if len(files) > _MOST_FILES:
            raise InputError(f"{place} holds more than {_MOST_FILES:,} files; fewer are accepted.")
    return files


def _names(found: Sequence[tuple[Path, Path]]) -> list[str]:
    """The files' names; with their folders where two files are called alike."""
    names = [file.name for _, file in found]
    doubled = {name for name in names if names.count(name) > 1} if len(names) < 1000 else set()
    return [
        str(Path(file.parent.name, file.name)) if file.name in doubled else file.name
        for _, file in found
    ]


def _is_four_dimensional(path: Path) -> bool:
    """Whether a file holds several volumes; a file that cannot be read is not asked further."""
    if not path.name.lower().endswith(nifti.SUFFIXES) or not path.is_file():
        return False
    try:
        return len(nifti.nifti_volumes(path)) > 1
    except InputError:
        return False
