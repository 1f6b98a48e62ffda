"""Starts trainings as processes that outlive whoever started them."""

import contextlib
import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from resunet.errors import InputError
from resunet.jobs.lock import check_free, only_starter
from resunet.jobs.process import Identity, child_process
from resunet.jobs.run_folder import RunFolder
from resunet.storage import home

_ROOT = Path(__file__).parents[2]


def launch(run: RunFolder, data: Path | None = None, more: Sequence[str] = ()) -> int:
    """Trains a run, begun or new, in a process of its own.

    The process reads the settings from the run's ``config.json``, waits for its turn at the
    device, and writes what it has to say to ``output.txt`` in the run folder.

    Args:
        run: Its ``config.json`` must be there.
        data: The data folder; the one that ``config.json`` names by default.
        more: Further words for the command ``train``.

    Returns:
        The process's number.

    Raises:
        InputError: If the folder holds no run, or one without a data folder; or if another
            process trains it, or is about to.
        OSError: If the folder cannot be written to; no process is left then.
    """
    folder = run.read_config()[1].get("folder") if data is None else str(data.absolute())
    if not isinstance(folder, str):
        raise InputError(f"{run.config_file} names no data folder; one that is named is accepted.")
    words = ["train", "--resume", "--run", str(run.path.absolute()), "--data", folder, *more]
    with only_starter(run):
        check_free(run)  # else it would be the new process that is kept off, and nobody told
        with open(run.output_file, "ab") as output:
            pid = start_detached(words, output, output)
        process = child_process(pid)
        with ended_unless_noted(process):
            # until it speaks for itself: whoever stops or deletes the run must find this process
            run.change_status("queued", "Starting.", process)
    return pid


@contextlib.contextmanager
def ended_unless_noted(process: Identity) -> Iterator[None]:
    """Ends a process that was just started, where the block fails that notes it for others."""
    try:
        yield
    except BaseException:
        process.end()
        raise


def start_detached(words: Sequence[str], output: BinaryIO, errors: BinaryIO) -> int:
    """Starts a command of this program that lives on when the caller ends.

    Args:
        words: Command and arguments after ``python -m resunet``.
        output: Takes its standard output.
        errors: Takes its standard error.

    Returns:
        The process's number.

    Raises:
        OSError: If it cannot be started.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "resunet", *words],
        cwd=_ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "RESUNET_HOME": str(home().absolute())},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
    )
    # as long as this process lives it takes note of the other one's end, which else stays listed
    try:
        threading.Thread(target=process.wait, daemon=True).start()
    except RuntimeError as error:  # as many as the system allows
        process.kill()
        process.wait()
        raise OSError(errno.EAGAIN, f"Nobody could wait for process {process.pid}") from error
    return process.pid
