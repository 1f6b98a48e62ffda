"""How long an epoch takes on this machine: by runs like it, or by a measurement."""

import hashlib
import json
import math
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, TypeGuard

from resunet.config import Config
from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.tasks import Task
from resunet.storage import cache_dir, write_json

_FORWARD_SHARE = 1 / 3
"""Of a training step: a backward pass costs about two forward passes."""


@dataclass(frozen=True)
class Pace:
    """How fast a network trains here.

    Attributes:
        images_per_second: Slices of whole training steps.
        source: The run it was seen in; empty where it was measured for itself.
    """

    images_per_second: float
    source: str = ""

    def epoch_seconds(self, config: Config, validation_slices: int) -> float:
        """About how long an epoch takes, validation included."""
        slices = config.training.steps_per_epoch * config.training.batch_size
        return (slices + _FORWARD_SHARE * validation_slices) / self.images_per_second


def seen_pace(config: Config, runs: Iterable[RunFolder]) -> Pace | None:
    """The pace of the first run on this machine that computes the same steps; None without one."""
    for run in runs:
        try:
            other = run.read_config()[0]
        except InputError:
            continue
        status = run.read_status()
        rate = status.get("images_per_second")
        is_here = status.get("host") == socket.gethostname()
        if is_here and _work(other) == _work(config) and _is_rate(rate):
            return Pace(float(rate), run.path.name)
    return None


def measurement(config: Config) -> Task:
    """The task that measures the pace of such a network, whether it was started or not."""
    key = json.dumps([socket.gethostname(), _work(config)], sort_keys=True)
    return Task(cache_dir() / "pace" / hashlib.sha256(key.encode()).hexdigest()[:16])


def measure(config: Config, data: str) -> None:
    """Starts the measurement, which takes about half a minute and reads the training split.

    Args:
        config: All settings.
        data: The data folder.
    """
    task = measurement(config)
    config_file = task.folder / "config.json"
    write_json(config_file, asdict(config))
    words = ["--data", data, "--config", str(config_file), "--repetitions", "1", "--steps", "3"]
    task.start(["bench", *words, "--skip-bad"])


def measured_pace(task: Task) -> Pace | None:
    """What a measurement found; None before it is done."""
    rates = (task.result or {}).get("training_images_per_s")
    if not isinstance(rates, list) or not rates or not all(map(_is_rate, rates)):
        return None
    return Pace(sorted(rates)[len(rates) // 2])


def _is_rate(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and 0.0 < value < math.inf


def _work(config: Config) -> dict[str, Any]:
    """What the duration of a step depends on."""
    training = config.training
    names = ("batch_size", "mixed_precision", "xla", "deterministic")
    return {
        "network": asdict(config.network),
        **{name: getattr(training, name) for name in names},
    }
