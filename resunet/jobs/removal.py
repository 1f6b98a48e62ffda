"""Deleting a run: whole, and never under a process that trains it."""

import os
import secrets
import shutil
from pathlib import Path

from resunet.errors import InputError
from resunet.jobs.lock import only_one, only_starter
from resunet.jobs.run_folder import ACTIVE, RunFolder
from resunet.jobs.tasks import tasks_in

_GOING = ".resunet-removed-"  # how the hidden names begin of runs that are being deleted


def remove(run: RunFolder) -> None:
    """Deletes a run folder for good.

    It first takes a hidden name beside its own, so that a deletion which breaks off leaves no half
    run in the list; the next deletion in that folder finishes it. Of a run that is a symbolic link
    the link alone is deleted. Tasks in the run, such as its evaluation, are ended before: they
    would write into a folder of that name again.

    Raises:
        InputError: If the folder holds no run, a process has it, one of its tasks does not end, or
            it may not be deleted.
    """
    path, target = Path(os.path.abspath(run.path)), RunFolder(run.path.resolve())
    had_lock = target.lock_file.exists()
    try:
        with only_starter(target):
            state = target.read_status().get("state")
            if state in ACTIVE:  # its process need not have taken it yet
                raise InputError(f"{run.path} is {state}; stop it before it is deleted.")
            with only_one(target):
                try:
                    _end_tasks(target)
                    if path.is_symlink():
                        path.unlink()
                    else:
                        path.rename(path.with_name(f"{_GOING}{secrets.token_hex(4)}"))
                finally:
                    if not had_lock:  # where the folder stays, it stays as it was
                        target.lock_file.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{run.path} cannot be deleted: {error.strerror or error}.") from error
    _delete_hidden(path.parent)


def _end_tasks(run: RunFolder) -> None:
    for task in tasks_in(run.path):
        if task.state == "running" and not task.stop():
            raise InputError(
                f"{task.folder} still has a process that does not end; end it before the run is "
                "deleted."
            )


def _delete_hidden(folder: Path) -> None:
    """Deletes what has been given a hidden name, now or by a deletion that broke off."""
    kept: dict[Path, str] = {}
    for path in folder.glob(f"{_GOING}*"):
        try:
            shutil.rmtree(path)
        except FileNotFoundError:  # another process deletes it as well
            continue
        except OSError as error:
            kept[path] = error.strerror or str(error)
    for path, reason in kept.items():
        raise InputError(
            f"The run is no longer listed, but {path} cannot be deleted whole: {reason}."
        )
