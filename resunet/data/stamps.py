"""What tells whether files are still the ones that were read: their names, sizes and times."""

from pathlib import Path

from resunet.data.cases import Case
from resunet.errors import InputError

Stamp = tuple[str, int, int]
"""(resolved path, bytes, time of the last change in ns)."""


def stamps_of(case: Case) -> list[Stamp]:
    """The stamps of a patient's files, in a fixed order.

    Raises:
        InputError: If a file is gone.
    """
    paths = _files_in(case.folder) if case.folder else [file.path for file in case.slices]
    stamps = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.") from error
        stamps.append((str(path.resolve()), stat.st_size, stat.st_mtime_ns))
    return stamps


def _files_in(folder: Path) -> list[Path]:
    """All files below a folder: those of DICOM lie in folders of series."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
