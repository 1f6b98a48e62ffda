"""Reads DICOM files as volumes: every MR series is one contrast, sorted by place."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from resunet.data.acquisition import quotable
from resunet.data.contrasts import Guess, guess_from_series
from resunet.data.dicom_signs import SUFFIXES, is_dicom
from resunet.data.readers.dicom.fields import series_fields, series_names
from resunet.data.readers.dicom.geometry import Unusable, directions, planes_of, stacked
from resunet.data.readers.dicom.headers import (
    MOST_VOXELS,
    Instance,
    number,
    quiet,
    read_instance,
    size_of,
    text,
)
from resunet.data.readers.dicom.pixels import check_pixels, is_lossy, read_planes
from resunet.data.readers.digests import sha256_of, sha256_of_all
from resunet.data.readers.volumes import DicomStack, Volume
from resunet.data.readers.wording import by
from resunet.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

_MR_IMAGES = "1.2.840.10008.5.1.4.1.1.4"
# classic, enhanced, enhanced in colour (refused where it is wanted), legacy converted
_PICTURES = {_MR_IMAGES, f"{_MR_IMAGES}.1", f"{_MR_IMAGES}.3", f"{_MR_IMAGES}.4"}


def find_series(paths: Sequence[Path], beside: Sequence[Path] = ()) -> list[Volume]:
    """The MR series in files, each as a volume; only headers are read.

    What holds no MR pictures is passed over. A series that makes no volume is left aside, its
    guess saying why, if such series are made on purpose (localizers, several pictures a place)
    or its header tells of none of the contrasts wanted; any other is refused.

    Args:
        paths: Files of one patient, in any order, with anything between them.
        beside: Segmentations that come with them, which must be the same patient's.

    Returns:
        The series by their numbers. Each multi-frame file is one of its own.

    Raises:
        InputError: If there is no MR series, there are two patients, or a file or a series that
            is wanted cannot be used.
    """
    with quiet():
        instances = _pictures(paths)
        _check_patient([*instances, *(read_instance(path) for path in beside)])
        series = sorted(_grouped(instances), key=lambda files: _order(files[0].header))
        names = series_names(files[0].header for files in series)
        return [_volume(name, files) for name, files in zip(names, series, strict=True)]


def frame_warning(volumes: Sequence[Volume]) -> str | None:
    """What is to be said if series may not lie on each other as their positions say.

    Returns:
        A sentence; None if they share examination and frame of reference, or say nothing of it.
    """
    headers = [volume.stack.headers[0] for volume in volumes if volume.stack is not None]
    with quiet():
        frames, studies = (
            {text(header, keyword) for header in headers} - {""}
            for keyword in ("FrameOfReferenceUID", "StudyInstanceUID")
        )
        names = {text(header, "PatientName").casefold() for header in headers} - {""}
    if len({name.replace("^", " ").strip() for name in names}) > 1:
        return "The series bear different names of the patient: they may be of two patients."
    if len(studies) > 1:
        return (
            f"The series are of {len(studies)} examinations: the patient may lie differently, and "
            "the tumour may have changed in between."
        )
    if len(frames) > 1:
        return (
            "The series do not share a frame of reference: the patient may have moved between them."
        )
    return None


def _pictures(paths: Sequence[Path]) -> list[Instance]:
    """The MR pictures among files."""
    found: list[Instance] = []
    others: Counter[str] = Counter()
    for path in sorted(paths):
        wanted = path.suffix.lower() in SUFFIXES or len(paths) == 1
        if path.name.startswith("._") or not (wanted or is_dicom(path)):
            continue  # ._: macOS lays these beside each file
        instance = read_instance(path)
        if _is_picture(instance):
            if not instance.available:
                raise InputError(f"{path} ends before its pixels; whole files are accepted.")
            found.append(instance)
        else:
            others[_called(instance)] += 1
    if not found:
        kinds = ", ".join(f"{count} × {kind}" for kind, count in others.most_common(3))
        but = f" ({kinds})" if kinds else ""
        raise InputError(
            f"{_where(paths)} holds no MR pictures{but}; MR series of DICOM, classic or enhanced, "
            "are accepted."
        )
    return found


def _is_picture(instance: Instance) -> bool:
    untold = not instance.kind and text(instance.header, "Modality") == "MR"
    return instance.kind in _PICTURES or (untold and "Rows" in instance.header)


def _called(instance: Instance) -> str:
    """What a file that holds no MR picture is called."""
    from pydicom.uid import UID

    known = UID(instance.kind)
    name = known.name if known.name != known else ""
    return name or quotable(text(instance.header, "Modality")) or "unknown kind"


def _check_patient(instances: Sequence[Instance]) -> None:
    """Refuses pictures of two patients; their names and numbers stay out of the sentence."""
    for keyword in ("PatientID", "PatientName"):
        owners = {text(instance.header, keyword) for instance in instances} - {""}
        if len(owners) > 1:
            where = _where([instance.path for instance in instances])
            raise InputError(
                f"{where} holds pictures of {len(owners)} patients; those of one are accepted."
            )
        if owners:
            return


def _where(paths: Sequence[Path]) -> str:
    """What files are called together: the folder that all lie in."""
    try:
        return commonpath(paths)
    except ValueError:  # there are none, or they have no folder in common
        return str(paths[0].parent) if paths else "The list of files"


def _grouped(instances: Sequence[Instance]) -> list[list[Instance]]:
    series: dict[tuple[str, ...], list[Instance]] = {}
    for instance in instances:
        header = instance.header
        uid = text(header, "SeriesInstanceUID")
        key = (uid,) if uid else (text(header, "SeriesNumber"), text(header, "SeriesDescription"))
        if "PerFrameFunctionalGroupsSequence" in header:
            key = (*key, str(instance.path))
        series.setdefault(key, []).append(instance)
    return list(series.values())


def _order(header: "Dataset") -> tuple[float, str, str]:
    numbered = number(header, "SeriesNumber")
    return (
        float("inf") if numbered is None else numbered,
        text(header, "SeriesDescription"),
        text(header, "SeriesInstanceUID"),
    )


def _volume(name: str, files: Sequence[Instance]) -> Volume:
    """A series as a volume, or left aside."""
    guess = guess_from_series(series_fields(files[0].header))
    try:
        planes = [plane for index, file in enumerate(files) for plane in planes_of(index, file)]
        directions(planes)  # first: the pictures of a localizer may also differ in size
        rows, columns = _size(files)
        stack = stacked(planes, rows, columns)
    except Unusable as error:
        return _left_aside(name, files, guess, error)
    order = dict.fromkeys(plane.instance for plane in stack.planes)
    oddities = [stack.oddity, "was compressed with loss" if any(map(is_lossy, files)) else ""]
    frames = tuple((plane.instance, plane.frame) for plane in stack.planes)
    return Volume(
        name,
        "dicom",
        guess,
        stack.grid.shape,
        stack.grid,
        partial(read_planes, files, stack.planes, stack.grid.shape),
        partial(_digest, [files[index].path for index in order]),
        tuple(f"{name} {oddity}." for oddity in oddities if oddity),
        DicomStack(tuple(file.header for file in files), frames, stack.grid),
        stack.positions_mm,
    )


def _size(files: Sequence[Instance]) -> tuple[int, int]:
    """(rows, columns) of all pictures of a series.

    Raises:
        Unusable: If they cannot be read, differ in size or are too many.
    """
    for file in files:
        check_pixels(file)
    sizes = [size_of(file) for file in files]
    if len({size[1:] for size in sizes}) > 1:
        several = " and ".join(sorted({by(size[1:]) for size in sizes})[:2])
        raise Unusable(f"holds pictures of {several} pixels, where one size is accepted")
    frames, rows, columns = sum(size[0] for size in sizes), *sizes[0][1:]
    if frames * rows * columns > MOST_VOXELS:
        raise Unusable(
            f"holds {frames} pictures of {rows}×{columns} pixels, where up to {MOST_VOXELS} pixels "
            "are accepted"
        )
    return rows, columns


def _left_aside(name: str, files: Sequence[Instance], guess: Guess, error: Unusable) -> Volume:
    """A series that is shown but cannot be chosen; one that is wanted is refused instead."""
    sentence = f"{name} {error.problem}."
    if guess.contrast is not None and not error.ordinary:
        raise InputError(f"{files[0].path.parent}: {sentence}") from error
    _, rows, columns = size_of(files[0])
    return Volume(
        name,
        "dicom",
        Guess(None, error.problem),
        (len(files), rows, columns),
        None,
        partial(_refuse, sentence),
        partial(_digest, [file.path for file in files]),
    )


def _refuse(sentence: str) -> NoReturn:
    raise InputError(sentence)


def _digest(paths: Sequence[Path]) -> str:
    return sha256_of_all([sha256_of(path) for path in paths])
