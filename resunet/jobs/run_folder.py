"""One training run is one folder, which can be copied, archived or deleted as it stands.

``config.json``, ``status.json``, ``history.csv``, ``log.txt`` and ``checkpoints/``; all but
the log are written whole or not at all, so that a reader never sees half a file.
"""

import csv
import io
import math
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

from resunet.config import Config, from_dict, to_dict
from resunet.errors import InputError
from resunet.storage import SCHEMA, read_json, runs_dir, write_json, write_text

HISTORY_COLUMNS = (
    "epoch",
    "step",
    "loss",
    "val_loss",
    "dice",
    "val_dice",
    "learning_rate",
    "seconds",
)
STATES = ("running", "stopped", "finished", "failed")

Row = Mapping[str, float | None]


@dataclass(frozen=True)
class RunFolder:
    """The files of one run.

    Attributes:
        path: The folder; it need not exist yet.
    """

    path: Path

    @property
    def config_file(self) -> Path:
        """Settings and data of the run."""
        return self.path / "config.json"

    @property
    def history_file(self) -> Path:
        """One line an epoch."""
        return self.path / "history.csv"

    @property
    def log_file(self) -> Path:
        """What happened, for people."""
        return self.path / "log.txt"

    @property
    def best_weights(self) -> Path:
        """Weights of the epoch with the lowest validation loss."""
        return self.path / "checkpoints" / "best.weights.h5"

    @property
    def last_weights(self) -> Path:
        """Weights as they were last saved."""
        return self.path / "checkpoints" / "last.weights.h5"

    @property
    def state_file(self) -> Path:
        """All that is needed to go on: weights, optimizer, schedule, step."""
        return self.path / "checkpoints" / "last.state.npz"

    def exists(self) -> bool:
        """Whether the folder holds a run."""
        return self.config_file.is_file()

    def write_config(self, config: Config, data: Mapping[str, Any]) -> None:
        """Writes the settings, and what data they are used on.

        Args:
            config: The settings.
            data: The data folder and, by split, the patients.
        """
        write_json(self.config_file, {**to_dict(config), "data": data})

    def read_config(self) -> tuple[Config, dict[str, Any]]:
        """The settings and the data of the run.

        Raises:
            InputError: If the folder holds no run, or one that cannot be understood.
        """
        if not self.exists():
            raise InputError(f"{self.path} holds no run: it has no config.json.")
        values = read_json(self.config_file)
        data = values.pop("data", {}) if isinstance(values, dict) else {}
        try:
            return from_dict(values), data
        except InputError as error:
            raise InputError(f"{self.config_file}: {error}") from None

    def write_status(self, state: str, **fields: Any) -> None:
        """Writes how the run stands.

        Args:
            state: One of `STATES`.
            **fields: Further values, such as epoch, step, best_val_loss and message.
        """
        write_json(
            self.path / "status.json",
            {
                "schema": SCHEMA,
                "state": state,
                "pid": os.getpid(),
                "updated": time.time(),
                **fields,
            },
        )

    def read_status(self) -> dict[str, Any]:
        """How the run stands; an empty dict where that is not known.

        A run that says it is running while its process is gone is "interrupted".
        """
        try:
            status = read_json(self.path / "status.json")
        except InputError:
            return {}
        if not isinstance(status, dict):
            return {}
        if status.get("state") == "running" and not _is_alive(status.get("pid")):
            message = "The process is gone; the run can be resumed."
            return {**status, "state": "interrupted", "message": message}
        return status

    def write_history(self, rows: Sequence[Row]) -> None:
        """Writes all epochs so far; undefined values are empty fields."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HISTORY_COLUMNS)
        writer.writerows([_field(row.get(column)) for column in HISTORY_COLUMNS] for row in rows)
        write_text(self.history_file, text.getvalue())

    def read_history(self) -> list[dict[str, float | None]]:
        """The epochs so far, in order; lines that are not whole are left out."""
        try:
            text = self.history_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return []
        header, *lines = text[: text.rfind("\n") + 1].splitlines() or [""]
        columns = header.split(",")
        rows = []
        for line in lines:
            try:
                values = dict(zip(columns, line.split(","), strict=True))
                rows.append({column: _number(values[column]) for column in HISTORY_COLUMNS})
            except (KeyError, ValueError):
                continue
        return rows


def list_runs(folder: Path | None = None) -> list[RunFolder]:
    """The runs in the runs folder, newest first.

    Args:
        folder: Where to look; the program's runs folder by default.
    """
    folder = folder or runs_dir()
    if not folder.is_dir():
        return []
    runs = [RunFolder(path) for path in folder.iterdir() if RunFolder(path).exists()]
    return sorted(runs, key=lambda run: run.config_file.stat().st_mtime, reverse=True)


def new_run(preset: str, folder: Path | None = None) -> RunFolder:
    """A run folder with a name of its own, by date and preset; not yet made."""
    stem = time.strftime("%Y-%m-%d-%H%M%S-") + re.sub(r"[^\w-]", "-", preset)
    return RunFolder((folder or runs_dir()) / stem)


def _is_alive(pid: Any) -> bool:
    """Whether a process of this machine may still be running; True where nobody can tell."""
    if os.name != "posix" or type(pid) is not int or pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _field(value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    return str(value) if isinstance(value, Integral) else f"{value:.9g}"


def _number(text: str) -> float | None:
    return float(text) if text else None
