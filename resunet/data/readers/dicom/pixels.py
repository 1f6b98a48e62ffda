"""The pixels of DICOM series: whether they can be what the header says, and their values."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resunet.data.acquisition import quotable
from resunet.data.readers.dicom.decoding import DECODERS, decoded, named
from resunet.data.readers.dicom.geometry import Plane, Unusable
from resunet.data.readers.dicom.headers import (
    ENCAPSULATED,
    MOST_VOXELS,
    Instance,
    number,
    size_of,
    text,
)
from resunet.data.readers.wording import by
from resunet.errors import InputError

_LOSSY = (".4.50", ".4.51", ".4.81", ".4.91")  # how the UIDs of these transfer syntaxes end


def check_pixels(
    instance: Instance,
    *,
    kinds: tuple[str, ...] = ("MONOCHROME2",),
    bits: tuple[int, ...] = (8, 16, 32),
) -> None:
    """Checks all that the header tells of the pixels, before any is read.

    Args:
        instance: A file with pixels.
        kinds: What its PhotometricInterpretation may be.
        bits: How many bits a pixel may take.

    Raises:
        Unusable: If they are no grey picture that can be decoded, or not as long as stated.
    """
    header = instance.header
    kind = text(header, "PhotometricInterpretation")
    samples = number(header, "SamplesPerPixel")
    if samples not in (None, 1.0):
        raise Unusable(
            f"has {samples:g} values a pixel ({quotable(kind)}), where grey pictures are accepted"
        )
    if kind not in kinds:
        raise Unusable(
            f"is stored as {quotable(kind) or 'nothing known'}, where {kinds[0]} is accepted"
        )
    if "ModalityLUTSequence" in header:
        raise Unusable("has a table of values (Modality LUT), where a linear scale is accepted")
    if instance.syntax not in DECODERS:
        raise Unusable(
            f"is encoded as {named(instance.syntax)}, where uncompressed pictures, RLE, JPEG, "
            "JPEG-LS and JPEG 2000 are accepted"
        )
    _check_bits(instance, bits)
    _check_length(instance)


def is_lossy(instance: Instance) -> bool:
    """Whether a picture was ever compressed with loss."""
    return text(instance.header, "LossyImageCompression") == "01" or instance.syntax.endswith(
        _LOSSY
    )


def read_planes(
    instances: Sequence[Instance], planes: Sequence[Plane], shape: tuple[int, int, int]
) -> NDArray[np.float32]:
    """Fills an array plane by plane with scaled values.

    Args:
        instances: The files of a series, all of which `check_pixels` has accepted.
        planes: Their pictures, in the order wanted.
        shape: (planes, rows, columns).

    Raises:
        InputError: Names the first file that cannot be decoded, or that holds other than finite
            values.
    """
    values = np.empty(shape, np.float32)
    at = {(plane.instance, plane.frame): index for index, plane in enumerate(planes)}
    for file, frame, pixels in decoded(instances):
        plane = planes[at[file, frame]]
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large becomes infinite
            scaled = pixels * plane.slope + plane.intercept
            values[at[file, frame]] = scaled
        if not np.isfinite(values[at[file, frame]]).all():
            raise InputError(
                f"{instances[file].path} holds values that are not finite (NaN or infinity)."
            )
    return values


def _check_bits(instance: Instance, accepted: tuple[int, ...]) -> None:
    header = instance.header
    if instance.float_bits:
        return
    allocated, stored = number(header, "BitsAllocated"), number(header, "BitsStored")
    highest, signed = number(header, "HighBit"), number(header, "PixelRepresentation")
    if allocated not in accepted or stored is None or not 1 <= stored <= allocated:
        raise Unusable(
            f"stores {stored or 0:g} of {allocated or 0:g} bits a pixel, where "
            f"{', '.join(map(str, accepted))} are accepted"
        )
    if highest not in (None, stored - 1):
        raise Unusable(
            f"stores {stored:g} bits a pixel up to bit {highest:g}, where up to bit {stored - 1:g} "
            "is accepted"
        )
    if signed not in (0.0, 1.0):
        raise Unusable("does not say whether its values are signed (PixelRepresentation)")


def _check_length(instance: Instance) -> None:
    """Compares the size stated with the limit and with what there is."""
    frames, rows, columns = size_of(instance)
    if min(frames, rows, columns) < 1 or frames * rows * columns > MOST_VOXELS:
        raise Unusable(
            f"states {by((frames, rows, columns))} pixels, where 1 to {MOST_VOXELS} are accepted"
        )
    if (instance.stated == ENCAPSULATED) != bool(DECODERS[instance.syntax]):
        raise Unusable(f"holds pixels that are not encoded as stated ({named(instance.syntax)})")
    if instance.stated == ENCAPSULATED:
        return
    bits = instance.float_bits or int(number(instance.header, "BitsAllocated") or 0)
    expected = -(-frames * rows * columns * bits // 8)
    if instance.stated not in (expected, expected + expected % 2) or instance.available < expected:
        raise Unusable(
            f"holds {min(instance.stated, instance.available):,} bytes of pixels, where "
            f"{expected:,} are accepted for {by((frames, rows, columns))} pixels"
        )
