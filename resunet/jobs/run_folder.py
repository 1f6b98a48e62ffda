"""One training run is one folder, which can be copied, archived or deleted as it stands.

``config.json``, ``status.json``, ``history.csv``, ``log.txt`` and ``checkpoints/``; all but
the log are written whole or not at all, so that a reader never sees half a file.
"""

import contextlib
import csv
import io
import itertools
import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

from resunet.config import Config, to_dict
from resunet.errors import InputError
from resunet.jobs.process import Identity, this_process
from resunet.jobs.reading import read_rows, read_settings, read_status, read_versions
from resunet.jobs.versions import Versions
from resunet.storage import SCHEMA, TEMPORARY, runs_dir, write_json, write_text

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
STATES = ("queued", "running", "stopping", "stopped", "finished", "failed", "interrupted")
"""``interrupted`` is what a run is whose process ended without a word; it is written only where one
of several processes that trained together was lost, by the one that remained."""

ACTIVE = ("queued", "running", "stopping")
"""The states of a run that has a process."""

ENDED = ("stopped", "finished", "failed")
"""The states in which a training leaves its run."""

SILENT_SECONDS = 600.0
"""After so long without a word a process of another machine is taken for gone."""

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
    def status_file(self) -> Path:
        """How the run stands."""
        return self.path / "status.json"

    @property
    def output_file(self) -> Path:
        """What the process wrote for its terminal, where it had none."""
        return self.path / "output.txt"

    @property
    def samples_file(self) -> Path:
        """Predictions of a few validation slices, epoch by epoch."""
        return self.path / "samples.npz"

    @property
    def card_file(self) -> Path:
        """What the best weights are and score, once the training has ended."""
        return self.path / "card.json"

    @property
    def card_page(self) -> Path:
        """The card for people."""
        return self.path / "card.md"

    @property
    def lock_file(self) -> Path:
        """Held by the process that trains."""
        return self.path / "lock"

    @property
    def launch_lock_file(self) -> Path:
        """Held by whoever starts such a process, or deletes the run."""
        return self.path / "launch.lock"

    @property
    def events_dir(self) -> Path:
        """Events for TensorBoard, where they were asked for."""
        return self.path / "events"

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

    @property
    def initial_weights(self) -> Path | None:
        """The copy of another model's weights that the run begins with; None without one."""
        return next((path for path in self.initial_paths if path.is_file()), None)

    @property
    def initial_paths(self) -> tuple[Path, Path]:
        """Where such a copy may lie, by its format."""
        folder = self.best_weights.parent
        return folder / "initial.weights.npz", folder / "initial.weights.h5"

    def exists(self) -> bool:
        """Whether the folder holds a run."""
        return self.config_file.is_file()

    def check_exists(self) -> None:
        """Raises an `InputError` where the folder holds no run."""
        if not self.exists():
            raise InputError(f"{self.path} holds no run: it has no config.json.")

    def write_config(
        self, config: Config, data: Mapping[str, Any], versions: Versions | None = None
    ) -> None:
        """Writes the settings, and what data they are used on.

        Args:
            config: The settings.
            data: The data folder and, by split, the patients. Whose weights the run begins with
                stays as it is where that is not given.
            versions: Of the program and its libraries, where the run is being trained; by default
                those that the file names already.
        """
        with contextlib.suppress(InputError):
            known = self.read_config()[1]
            data = {**{name: known[name] for name in ("begins_with",) if name in known}, **data}
        versions = versions or self.read_versions()
        beside = {"data": data, **({"versions": versions} if versions else {})}
        write_json(self.config_file, {**to_dict(config), **beside})

    def read_config(self) -> tuple[Config, dict[str, Any]]:
        """The settings and the data of the run.

        Raises:
            InputError: If the folder holds no run, or one that cannot be understood.
        """
        self.check_exists()
        return read_settings(self.config_file)

    def read_versions(self) -> dict[str, str | None]:
        """With which versions the run was trained last; empty where that is not known."""
        return read_versions(self.config_file)

    def write_status(self, state: str, **fields: Any) -> None:
        """Writes how the run stands.

        Args:
            state: One of `STATES`.
            **fields: Further values, such as epoch, step, best_val_loss, device and message.
        """
        write_json(
            self.status_file,
            {
                "schema": SCHEMA,
                "state": state,
                **this_process()._asdict(),
                "heartbeat": time.time(),
                **fields,
            },
        )

    def change_status(self, state: str, message: str, process: Identity | None = None) -> None:
        """Writes another state; what else the status says, such as the epoch, stays.

        Args:
            state: One of `STATES`.
            message: One sentence.
            process: Who trains the run; this process by default.
        """
        own = {"schema", "state", "heartbeat", "message", *Identity._fields}
        kept = {key: value for key, value in self.read_status().items() if key not in own}
        whose = {} if process is None else process._asdict()
        self.write_status(state, **kept, **whose, message=message)

    def read_status(self) -> dict[str, Any]:
        """How the run stands; an empty dict where that is not known.

        Every value has its type, or is left out. A run that should have a process whose process is
        gone is "interrupted"; one whose status a newer version of the program wrote is "unknown".
        """
        status = read_status(self.status_file)
        if status.get("state") not in (*STATES, "unknown"):
            status.pop("state", None)
        if status.get("state") in ACTIVE and not _has_process(status):
            return {**status, "state": "interrupted", "message": self._interrupted()}
        return status

    def _interrupted(self) -> str:
        if self.state_file.exists():
            return "The process is gone; the run can be resumed."
        return "The process is gone before anything was saved; the run can be begun anew."

    def clear_unfinished(self) -> None:
        """Deletes what processes that were killed had begun to write.

        Only for the process that holds the run: another one may be writing.
        """
        for folder in (self.path, self.state_file.parent):
            for path in folder.glob(f".*{TEMPORARY}"):
                path.unlink(missing_ok=True)

    def write_history(self, rows: Sequence[Row]) -> None:
        """Writes all epochs so far; undefined values are empty fields."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HISTORY_COLUMNS)
        writer.writerows([_field(row.get(column)) for column in HISTORY_COLUMNS] for row in rows)
        write_text(self.history_file, text.getvalue())

    def read_history(self) -> list[dict[str, float | None]]:
        """The epochs so far, in order; lines that are not whole are left out."""
        return read_rows(self.history_file, HISTORY_COLUMNS)


def list_runs(folder: Path | None = None) -> list[RunFolder]:
    """The runs in the runs folder, newest first; without hidden folders and unreadable ones.

    None where that folder itself cannot be read: what else there is, such as models, stays usable.

    Args:
        folder: Where to look; the program's runs folder by default.
    """
    folder = folder or runs_dir()
    try:
        paths = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        return []
    found: list[tuple[float, Path]] = []
    for path in paths:
        with contextlib.suppress(OSError):  # deleted this moment, or somebody else's
            if RunFolder(path).exists():
                found.append((RunFolder(path).config_file.stat().st_mtime, path))
    return [RunFolder(path) for _, path in sorted(found, reverse=True)]


def new_run(preset: str, folder: Path | None = None) -> RunFolder:
    """A run folder with a name of its own, by date and preset; not yet made."""
    stem = time.strftime("%Y-%m-%d-%H%M%S-") + re.sub(r"[^\w-]", "-", preset)
    first = (folder or runs_dir()) / stem
    later = (first.with_name(f"{stem}-{number}") for number in itertools.count(2))
    # several may be begun within one second
    return RunFolder(next(path for path in itertools.chain([first], later) if not path.exists()))


def _has_process(status: Mapping[str, Any]) -> bool:
    identity = Identity.of(status)
    if identity is None:
        return False
    if identity.is_here:
        return identity.is_alive
    heartbeat = status.get("heartbeat")
    return isinstance(heartbeat, int | float) and time.time() - heartbeat < SILENT_SECONDS


def _field(value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    return str(value) if isinstance(value, Integral) else f"{value:.9g}"
