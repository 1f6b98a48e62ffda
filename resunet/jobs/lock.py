"""One process at a time on a run.

The operating system holds the lock, and lets it go when the process ends, however it ends.
"""

import contextlib
from collections.abc import Iterator

from filelock import FileLock, Timeout

from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder


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
        pid = run.read_status().get("pid")
        by = "" if pid is None else f" (process {pid})"
        raise InputError(
            f"{run.path} is being trained by another process{by}; stop that first, or train "
            "another run."
        ) from None
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
