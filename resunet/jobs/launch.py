"""Starts trainings as processes that outlive whoever started them."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from resunet.errors import InputError
from resunet.jobs.lock import only_one
from resunet.jobs.process import child_process
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
            process trains it.
        OSError: If the folder cannot be written to.
    """
    folder = run.read_config()[1].get("folder") if data is None else str(data.absolute())
    if not isinstance(folder, str):
        raise InputError(f"{run.config_file} names no data folder; one that is named is accepted.")
    words = ["train", "--resume", "--run", str(run.path.absolute()), "--data", folder, *more]
    with only_one(run):  # else it would be the new process that is kept off, and nobody told
        pass
    with open(run.output_file, "ab") as output:
        pid = start_detached(words, output, output)
    # until it speaks for itself: whoever stops or deletes the run now must find this process
    run.change_status("queued", "Starting.", child_process(pid))
    return pid


def start_detached(words: Sequence[str], output: BinaryIO, errors: BinaryIO) -> int:
    """Starts a command of this program that lives on when the caller ends.

    Args:
        words: Command and arguments after ``python -m resunet``.
        output: Takes its standard output.
        errors: Takes its standard error.

    Returns:
        The process's number.
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
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid
