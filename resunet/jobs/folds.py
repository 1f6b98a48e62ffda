"""The trainings of a cross-validation: a run for each part, one after the other, resumable."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from resunet.config import Config, to_dict
from resunet.errors import InputError
from resunet.jobs.reading import read_settings
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.stopping import StopRequested
from resunet.records import flat
from resunet.storage import write_json

SETTINGS = "settings.json"
"""The settings of all runs, in the folder of the cross-validation."""


def keep_settings(folder: Path, config: Config) -> None:
    """Writes the settings that all runs share, or makes sure that they are those of the folder.

    Raises:
        InputError: If the folder's are others, or cannot be read.
    """
    path = folder / SETTINGS
    if path.exists():
        check_settings(folder, config)
    else:
        write_json(path, to_dict(config))


def check_settings(folder: Path, config: Config) -> None:
    """Makes sure that a cross-validation has these settings.

    Raises:
        InputError: If it has others, or they cannot be read.
    """
    known, asked = flat(read_settings(folder / SETTINGS)[0]), flat(config)
    for name, value in asked.items():
        if known[name] != value:
            raise InputError(
                f"{name} is {value!r}, where the trainings in {folder} have {known[name]!r}; "
                "another folder is accepted."
            )


def run_of(folder: Path, fold: str) -> RunFolder:
    """The run of one part, such as "2/5"."""
    return RunFolder(folder / f"fold-{fold.replace('/', '-of-')}")


def train_fold(folder: Path, data: Path, fold: str, *, more: Sequence[str] = ()) -> RunFolder:
    """Trains one part in a process of its own, from where an earlier one has left it.

    A process, since settings such as ``deterministic`` hold for the whole of one, and since its
    memory is then free again. It writes what it has to say to the terminal.

    Args:
        folder: The folder of the cross-validation, which holds the settings.
        data: The data folder.
        fold: The part, such as "2/5".
        more: Further words for the command ``train`` of a run that is begun.

    Returns:
        The run, which is finished.

    Raises:
        StopRequested: If the training was stopped; what it has done is saved.
        InputError: If it failed.
    """
    run = run_of(folder, fold)
    if run.read_status().get("state") == "finished":
        return run
    words = ["--data", str(data), "--run", str(run.path)]
    if run.exists():
        words += ["--resume"]
    else:
        words += ["--config", str(folder / SETTINGS), "--fold", fold, *more]
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "resunet", "train", *words], stdout=subprocess.DEVNULL
    )
    try:
        code = process.wait()
    except BaseException:  # it is told too, saves and ends
        process.terminate()
        process.wait()
        raise
    state = run.read_status().get("state")
    if state == "stopped":
        raise StopRequested
    if code or state != "finished":
        raise InputError(f"{run.path} is {state or 'not begun'}; its {run.log_file.name} says why.")
    return run
