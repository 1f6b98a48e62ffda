"""One process at a time on a run.

The operating system holds the lock, and lets it go when the process ends, however it ends.
"""

import contextlib
from collections.abc import Iterator

from filelock import FileLock, Timeout

from resunet.errors import InputError
from resunet.jobs.process import Identity
from resunet.jobs.run_folder import ENDED, RunFolder


@contextlib.contextmanager
def only_one(run: RunFolder) -> Iterator[None]:
    """Keeps other processes off a run.

    Raises:
        InputError: If another process trains it, or the folder cannot be written to.
    """
    lock = FileLock(run.lock_file, thread_local=False)
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise InputError(_held(run)) from None
    except OSError as error:
        raise InputError(
            f"{run.path} cannot be written to: {error.strerror or error}; another run folder is "
            "accepted."
        ) from error
    try:
        yield
    finally:
        lock.release()
        if not run.exists():  # nothing came of it
            with contextlib.suppress(OSError):
                run.lock_file.unlink(missing_ok=True)
                run.path.rmdir()


def is_held(run: RunFolder) -> bool:
    """Whether the process of a run that has ended still writes its card."""
    status = run.read_status()
    process = Identity.of(status)
    if status.get("state") not in ENDED or process is None or not process.is_alive:
        return False
    try:
        with only_one(run):
            return False
    except InputError:
        return True


def _held(run: RunFolder) -> str:
    """Why a run that another process holds cannot be had."""
    status = run.read_status()
    pid = status.get("pid")
    if status.get("state") in ENDED:
        return (
            f"{run.path} is {status['state']}, but process {pid} still writes the card of its "
            "weights; try again in a moment."
        )
    by = "" if pid is None else f" (process {pid})"
    return (
        f"{run.path} is being trained by another process{by}; stop that first, or train another "
        "run."
    )
