"""Decodes the pixels of DICOM files, frame by frame; what may crash does so in its own process."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resunet.data.acquisition import quotable
from resunet.data.readers.dicom.headers import (
    PIXELS,
    Instance,
    number,
    quiet,
    read_instance,
    size_of,
)
from resunet.data.readers.wording import reason
from resunet.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

_APART = "gdcm"
_JPEG = "1.2.840.10008.1.2.4"
DECODERS = {
    **dict.fromkeys(("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"), ""),
    "1.2.840.10008.1.2.5": "pydicom",  # RLE
    **dict.fromkeys((f"{_JPEG}.50", f"{_JPEG}.51"), "pillow"),
    **dict.fromkeys((f"{_JPEG}.57", f"{_JPEG}.70"), _APART),  # JPEG lossless
    **dict.fromkeys((f"{_JPEG}.80", f"{_JPEG}.81"), "pyjpegls"),
    **dict.fromkeys((f"{_JPEG}.90", f"{_JPEG}.91"), "pillow"),  # JPEG 2000
}
"""Transfer syntax → what decodes it; empty for uncompressed pixels.

GDCM decodes all of them, but a damaged JPEG ends the whole process, so it works in one of its own.
"""

_MOST_SECONDS = 120.0
_MOST_BYTES = 4 * 2**30  # of addresses, which are more than the memory used
_FRAME, _REFUSAL = b"\0", b"\1"  # what the process apart answers next
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}  # JPEG's frame headers


def decoded(instances: Sequence[Instance]) -> Iterator[tuple[int, int, NDArray]]:
    """The frames of files, one after the other, not scaled.

    Args:
        instances: Files whose pixels have been checked against their headers.

    Yields:
        Which file, which of its frames from 1, and its values (rows, columns).

    Raises:
        InputError: Names the first file that cannot be decoded or has fewer frames than stated.
    """
    apart = [file for file, each in enumerate(instances) if DECODERS.get(each.syntax) == _APART]
    for file, instance in enumerate(instances):
        if file not in apart:
            for frame, pixels in enumerate(_frames(instance), 1):
                yield file, frame, pixels
    if apart:
        yield from _decoded_apart(instances, apart)


def serve() -> None:
    """Decodes the files named on standard input, a JSON list, to standard output.

    Each frame follows a zero byte, as little-endian int32; an error a one, as its length and its
    text.
    """
    with suppress(ImportError, ValueError):  # Windows has no limits; or a tighter one is set
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    output = sys.stdout.buffer
    with TemporaryFile() as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
        try:
            for path in json.load(sys.stdin):
                with quiet():
                    instance = read_instance(Path(path))
                for pixels in _frames(instance):
                    if os.fstat(log.fileno()).st_size and _tells_of_damage(log):
                        raise _undecodable(instance, "its compressed pixels are damaged")
                    output.write(_FRAME + pixels.astype("<i4").tobytes())
        except InputError as error:
            sentence = str(error).encode()
            output.write(_REFUSAL + struct.pack("<I", len(sentence)) + sentence)


def named(syntax: str) -> str:
    """What a transfer syntax is called."""
    from pydicom.uid import UID

    return quotable(UID(syntax).name)


def _frames(instance: Instance) -> Iterator[NDArray]:
    """The frames of one file, decoded in this process."""
    count, frames = 0, None
    while True:
        try:
            with quiet():
                frames = frames or _by_pydicom(instance)
                pixels = next(frames, None)
        except InputError:
            raise
        # what is broken makes pydicom and its decoders raise nearly every kind of exception
        except Exception as error:
            raise _undecodable(instance, reason(error)) from error
        if pixels is None:
            break
        count += 1
        yield pixels
    if count < size_of(instance)[0]:
        raise _undecodable(instance, "it holds fewer frames than it states")


def _by_pydicom(instance: Instance) -> Iterator[NDArray]:
    from pydicom.encaps import generate_frames
    from pydicom.pixels import iter_pixels

    dataset = _with_pixels(instance)
    frames, rows, columns = size_of(instance)
    if number(instance.header, "BitsAllocated") == 1 and not DECODERS[instance.syntax]:
        yield from _bits(dataset.PixelData, frames, rows, columns)
        return
    if instance.syntax.startswith(_JPEG):
        for data in generate_frames(dataset.PixelData, number_of_frames=frames):
            # decoders allocate what the stream says, which may be far more than the header does
            if _coded_size(data) != (rows, columns, 1):
                raise _undecodable(instance, f"it is not {rows}×{columns} grey pixels")
    yield from iter_pixels(
        dataset,
        raw=True,
        decoding_plugin=DECODERS[instance.syntax],
        allow_excess_frames=False,
    )


def _bits(data: bytes, frames: int, rows: int, columns: int) -> Iterator[NDArray]:
    """Frames of one bit a pixel, without a gap between them, the lowest bit of a byte first.

    pydicom 3.0.2 gets some of them wrong that begin within a byte.
    """
    pixels = rows * columns
    for first in range(0, frames * pixels, pixels):
        held = np.frombuffer(data[first // 8 : (first + pixels + 7) // 8], np.uint8)
        bits = np.unpackbits(held, bitorder="little")
        yield bits[first % 8 : first % 8 + pixels].reshape(rows, columns)


def _with_pixels(instance: Instance) -> "Dataset":
    """The header with its pixels, still encoded."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.filereader import read_dataset

    implicit, little = instance.header.original_encoding
    with instance.path.open("rb") as file:
        file.seek(instance.offset)
        rest = read_dataset(file, bool(implicit), bool(little))
    if not any(tag in rest for tag in PIXELS):
        raise _undecodable(instance, "it has changed since its header was read")
    dataset = Dataset({**dict(instance.header.items()), **dict(rest.items())})
    dataset.set_original_encoding(implicit, little, instance.header.original_character_set)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = instance.syntax
    return dataset


def _coded_size(data: bytes) -> tuple[int, int, int] | None:
    """(rows, columns, components) that a JPEG, JPEG-LS or JPEG 2000 stream itself states."""
    if data[:4] == b"\xff\x4f\xff\x51" and len(data) >= 42:  # ITU-T T.800, A.5.1: SIZ
        right, bottom, left, top = struct.unpack(">4I", data[8:24])
        (components,) = struct.unpack(">H", data[40:42])
        return bottom - top, right - left, components
    at = 2 if data[:2] == b"\xff\xd8" else len(data)
    while at + 10 <= len(data) and data[at] == 0xFF:  # ITU-T T.81, B.2.2: frame header
        marker = data[at + 1]
        if marker in _SIZES:
            rows, columns, components = struct.unpack(">HHB", data[at + 5 : at + 10])
            return rows, columns, components
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _tells_of_damage(log: IO[bytes]) -> bool:
    """Whether the decoder, which goes on all the same, has said that pixels are damaged."""
    log.seek(0)
    return b"Corrupt JPEG data" in log.read()


def _decoded_apart(
    instances: Sequence[Instance], files: Sequence[int]
) -> Iterator[tuple[int, int, NDArray]]:
    """As `decoded`, of some of the files, in one process for all."""
    with _process([instances[file].path for file in files]) as answers:
        for file in files:
            frames, rows, columns = size_of(instances[file])
            for frame in range(1, frames + 1):
                kind = answers.read(1)
                if kind == _REFUSAL:
                    (length,) = struct.unpack("<I", answers.read(4))
                    raise InputError(answers.read(length).decode())
                data = answers.read(4 * rows * columns)
                if kind != _FRAME or len(data) < 4 * rows * columns:
                    raise _undecodable(instances[file], "its compressed pixels are damaged")
                yield file, frame, np.frombuffer(data, "<i4").reshape(rows, columns)


@contextmanager
def _process(paths: Sequence[Path]) -> Iterator[IO[bytes]]:
    """The answers of a process that runs `serve`; it ends with the context at the latest."""
    package = str(Path(__file__).parents[4])
    python_path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    process = subprocess.Popen(  # noqa: S603 - no shell, and nothing in it comes from a user
        [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": python_path},
    )
    watch = Timer(_MOST_SECONDS, process.kill)
    watch.start()
    try:
        with process:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("a process was started without its pipes")
            try:
                with suppress(BrokenPipeError):  # it died: then its answers end at once
                    process.stdin.write(json.dumps([str(path) for path in paths]).encode())
                    process.stdin.close()
                yield process.stdout
            finally:
                process.kill()
    finally:
        watch.cancel()


def _undecodable(instance: Instance, why: str) -> InputError:
    return InputError(f"{instance.path} cannot be decoded ({named(instance.syntax)}): {why}.")
