"""Why results are not written, in sentences for the user."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resunet.errors import InputError
from resunet.study import Prediction


def check_finished(prediction: Prediction) -> None:
    """Refuses a prediction of which slices are missing.

    Raises:
        InputError: If slices are not predicted yet.
    """
    left = int((~prediction.done).sum())
    if left:
        raise InputError(
            f"{left} of {prediction.done.size} slices are not predicted yet, where results need "
            "all of them."
        )


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """The context in which files are written to a folder.

    Args:
        folder: What the sentence names.

    Raises:
        InputError: If one cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror or error}.") from error
