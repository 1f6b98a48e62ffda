"""SHA-256 of what was read: of a file, and of several."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from resunet.data.readers.wording import reason
from resunet.errors import InputError


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file, whatever its size.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or reason(error)}.") from error


def sha256_of_all(digests: Sequence[str]) -> str:
    """One digest for several: of one its own, else that of the digests joined in their order.

    Args:
        digests: Hexadecimal, at least one.
    """
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()
