"""One process at a time on a run, and one at a time that starts or deletes it.

The operating system holds the locks, and lets them go when the process ends, however it ends.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from resunet.errors import InputError
from resunet.jobs.process import Identity
from resunet.jobs.run_folder import ACTIVE, ENDED, RunFolder

_POLL_SECONDS = 0.01
_PROBE_SECONDS = 0.5  # longer than anybody holds a run who only looks whether it is free
_LAUNCH_SECONDS = 30.0  # longer than a start takes that fails, and the end of what it started


@contextlib.contextmanager
def only_one(run: RunFolder, *, wait_seconds: float = _PROBE_SECONDS) -> Iterator[None]:
    """Keeps other processes off a run.

    Args:
        run: The run.
        wait_seconds: How long to wait for whoever has it; by default for those alone who have it
            for a moment, since they only look.

    Raises:
        InputError: If another process has it, or the folder cannot be written to.
    """
    with _holding(run, run.lock_file, wait_seconds, _held_by):
        yield


@contextlib.contextmanager
def only_starter(run: RunFolder) -> Iterator[None]:
    """Keeps others from starting a process for a run, and from deleting it; waits for them first.

    Raises:
        InputError: If they do not come to an end, the folder cannot be written to, or it holds no
            run (any more).
    """
    run.check_exists()
    with _holding(run, run.launch_lock_file, _LAUNCH_SECONDS, _held_by_starter):
        run.check_exists()
        yield


def check_free(run: RunFolder) -> None:
    """Makes sure that no process has a run, nor one that is about to take it.

    Raises:
        InputError: If one has it, or the folder cannot be written to.
    """
    if run.read_status().get("state") in ACTIVE:
        raise InputError(_held_by(run))
    with only_one(run):
        pass


def is_held(run: RunFolder) -> bool:
    """Whether the process of a run that has ended still writes its card."""
    status = run.read_status()
    process = Identity.of(status)
    if status.get("state") not in ENDED or process is None or not process.is_alive:
        return False
    try:
        with only_one(run, wait_seconds=0.0):
            return False
    except InputError:
        return True


def _held_by(run: RunFolder) -> str:
    """Why a run that another process has cannot be had."""
    status = run.read_status()
    state, process = status.get("state"), Identity.of(status)
    if state in ENDED:
        if process is None or not process.is_alive:  # so it is another one, which need not train
            return f"{run.path} is in use by another process; try again in a moment."
        return (
            f"{run.path} is {state}, but process {process.pid} still writes the card of its "
            "weights; try again in a moment."
        )
    by = ""
    if state in ACTIVE and process is not None:
        by = f" (process {process.pid}{'' if process.is_here else f' on {process.host}'})"
    return (
        f"{run.path} is being trained by another process{by}; stop that first, or train another "
        "run."
    )


def _held_by_starter(run: RunFolder) -> str:
    return f"{run.path} is being started or deleted by another process; try again in a moment."


@contextlib.contextmanager
def _holding(
    run: RunFolder, file: Path, wait_seconds: float, refusal: Callable[[RunFolder], str]
) -> Iterator[None]:
    lock = FileLock(file, thread_local=False)
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)
    except Timeout:
        raise InputError(refusal(run)) from None
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
                file.unlink(missing_ok=True)
                run.path.rmdir()
