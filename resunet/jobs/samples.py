"""What the network made of a few validation slices, epoch by epoch: ``samples.npz`` of a run."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.jobs.run_folder import RunFolder
from resunet.storage import write_npz

MOST_EPOCHS = 24
"""Where there would be more, every second goes, so that the file stays small in a long run."""

_MOST_SLICES = 64
_MOST_PIXELS = 1024  # along a side
_MOST_NAME_BYTES = 4 * 1024  # NumPy keeps four a letter
_MOST_BYTES = 200_000_000  # five slices of the largest networks take 140 MB at most

_BROKEN = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    MemoryError,
    RuntimeError,  # an encrypted member, or packed in a way that is not known
    tokenize.TokenError,  # a header that is no Python
    zipfile.BadZipFile,
    zlib.error,
)

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}

_Header = tuple[tuple[int, ...], np.dtype]
"""Shape and dtype."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Fixed slices and the predictions on them.

    Attributes:
        images: uint8 (K, n, n), FLAIR as the network sees it, drawn black to white.
        masks: bool (K, n, n), the expert's.
        patients: K names.
        numbers: K slice numbers.
        epochs: The epochs that there are predictions of, rising; (E,).
        probabilities: uint8 (E, K, n, n), 255 is 1.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    patients: tuple[str, ...]
    numbers: tuple[int, ...]
    epochs: tuple[int, ...]
    probabilities: NDArray[np.uint8]

    def with_epoch(self, epoch: int, probabilities: NDArray[np.floating]) -> "Samples":
        """The same with one more epoch, the newest; what was there of it or later is left out.

        Args:
            epoch: Its number.
            probabilities: (K, n, n), 0–1.
        """
        kept = [index for index, earlier in enumerate(self.epochs) if earlier < epoch]
        if len(kept) >= MOST_EPOCHS:
            kept = kept[::2]
        newest = np.rint(np.clip(probabilities, 0.0, 1.0) * 255).astype(np.uint8)
        return replace(
            self,
            epochs=(*(self.epochs[index] for index in kept), epoch),
            probabilities=np.concatenate([self.probabilities[kept], newest[None]]),
        )


_PARTS = tuple(field.name for field in fields(Samples))


def write_samples(run: RunFolder, samples: Samples) -> None:
    """Writes them, whole or not at all."""
    write_npz(run.samples_file, vars(samples))


def read_samples(run: RunFolder) -> Samples | None:
    """The samples of a run; None where there are none, or the file is damaged or too large.

    What the file declares is looked at before anything is read: nothing else limits the memory
    that it takes.
    """
    try:
        with open(run.samples_file, "rb") as stream, zipfile.ZipFile(stream) as archive:
            if not _is_small(archive) or not _fits(_declared(archive)):
                return None
            parts = {name: _read(archive, name) for name in _PARTS}
    except _BROKEN:
        return None
    return Samples(
        images=parts["images"],
        masks=parts["masks"],
        patients=tuple(map(str, parts["patients"])),
        numbers=tuple(map(int, parts["numbers"])),
        epochs=tuple(map(int, parts["epochs"])),
        probabilities=parts["probabilities"],
    )


def _is_small(archive: zipfile.ZipFile) -> bool:
    """Whether all that can be unpacked of it, headers too, is no more than it may take."""
    return sum(member.file_size for member in archive.infolist()) <= _MOST_BYTES


def _declared(archive: zipfile.ZipFile) -> dict[str, _Header]:
    """Shape and dtype of each part, as its header says."""
    headers = {}
    for name in _PARTS:
        with archive.open(f"{name}.npy") as part:
            version = np.lib.format.read_magic(part)
            read = _HEADERS[version]
            shape, _, dtype = read(part)
        headers[name] = (shape, dtype)
    return headers


def _read(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as part:
        return np.lib.format.read_array(part, allow_pickle=False)


def _fits(headers: Mapping[str, _Header]) -> bool:
    """Whether the parts are what they should be, of one number of slices and epochs, and few."""
    shapes = {name: shape for name, (shape, _) in headers.items()}
    dtypes = {name: dtype for name, (_, dtype) in headers.items()}
    if len(shapes["images"]) != 3 or len(shapes["epochs"]) != 1:
        return False
    slices, height, width = shapes["images"]
    (epochs,) = shapes["epochs"]
    size = sum(math.prod(shape) * dtype.itemsize for shape, dtype in headers.values())
    return (
        1 <= slices <= _MOST_SLICES
        and 1 <= height == width <= _MOST_PIXELS
        and 0 <= epochs <= MOST_EPOCHS
        and shapes["masks"] == (slices, height, width)
        and shapes["probabilities"] == (epochs, slices, height, width)
        and shapes["patients"] == shapes["numbers"] == (slices,)
        and dtypes["images"] == dtypes["probabilities"] == np.uint8
        and dtypes["masks"] == np.bool_
        and dtypes["patients"].kind == "U"
        and dtypes["patients"].itemsize <= _MOST_NAME_BYTES
        and dtypes["numbers"].kind in "iu"
        and size <= _MOST_BYTES
        and (dtypes["epochs"].kind in "iu" or epochs == 0)  # of none NumPy makes float64
    )
