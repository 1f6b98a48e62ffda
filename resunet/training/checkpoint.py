"""Saving and taking up a training: exactly, and never half.

``last.state.npz`` alone is the point to resume from: weights, optimizer and counters in one
file, so that no crash can leave two files that do not belong together. The two
``.weights.h5`` files are for using the network.
"""

import io
import json
import warnings
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder
from resunet.storage import write_bytes, write_npz
from resunet.training.schedule import Progress

_BROKEN = (zipfile.BadZipFile, zlib.error)  # what damaged archives raise besides


class NotFiniteError(ArithmeticError):
    """Weights or a loss hold NaN or infinity; nothing was saved."""


@dataclass(frozen=True)
class Position:
    """Where a training stands.

    Attributes:
        step: Steps done.
        epoch: Epochs done.
        progress: State of schedule and early stopping.
        totals: Sums over the steps of the epoch that has begun (see `loop`).
        seconds: Time spent in that epoch so far.
        history: Rows of the epochs done.
    """

    step: int = 0
    epoch: int = 0
    progress: Progress = field(default_factory=Progress)
    totals: tuple[float, ...] = ()
    seconds: float = 0.0
    history: tuple[Mapping[str, float | None], ...] = ()

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the lowest validation loss; None before the first is done."""
        return self.epoch - self.progress.epochs_since_best if self.epoch else None


class _Memory(io.BytesIO):
    """A file in memory, under a name that Keras takes for one of weights."""

    def __str__(self) -> str:
        return "memory.weights.h5"


def save_weights(network: keras.Model, path: Path) -> None:
    """Saves weights for use, whole or not at all.

    They are put together in memory: HDF5 ends the process where a disk is full.

    Raises:
        NotFiniteError: If a weight is not finite.
    """
    check_finite(network.variables)
    with _Memory() as memory:
        network.save_weights(memory)
        write_bytes(path, memory.getvalue())


def save_state(
    run: RunFolder,
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    position: Position,
) -> None:
    """Saves all that is needed to go on from here.

    Raises:
        NotFiniteError: If a weight or a value of the optimizer is not finite.
    """
    check_finite([*network.variables, *optimizer.variables])
    meta = json.dumps(asdict(position))
    arrays: dict[str, Any] = {"meta": np.array(meta)}
    for prefix, variables in (("weight", network.variables), ("optimizer", optimizer.variables)):
        for index, variable in enumerate(variables):
            arrays[f"{prefix}_{index:04d}"] = keras.ops.convert_to_numpy(variable)
    write_npz(run.state_file, arrays, compressed=False)


def restore_state(
    run: RunFolder,
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    state: bytes | None = None,
) -> Position:
    """Takes up what `save_state` saved.

    Args:
        run: The run.
        network: Gets the weights.
        optimizer: Gets its values.
        state: What the state file holds; it is read by default.

    Raises:
        InputError: If the file is missing, damaged, or of another network.
    """
    try:
        data = run.state_file.read_bytes() if state is None else state
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            values = {name: file[name] for name in file.files}
        position = _position(json.loads(str(values["meta"])))
    except (OSError, ValueError, TypeError, AttributeError, EOFError, KeyError, *_BROKEN) as error:
        raise InputError(f"{run.state_file} cannot be read: {error}.") from error
    for prefix, variables in (("weight", network.variables), ("optimizer", optimizer.variables)):
        saved = [values[name] for name in sorted(values) if name.startswith(f"{prefix}_")]
        if [v.shape for v in saved] != [tuple(v.shape) for v in variables]:
            raise InputError(f"{run.state_file} belongs to another network or optimizer.")
        for variable, value in zip(variables, saved, strict=True):
            variable.assign(value)
    return position


def load_initial(run: RunFolder, network: keras.Model) -> str | None:
    """Fills a network with the weights that a new run begins with, where it has such.

    Returns:
        Which model's they are; None where the network stays as it is.

    Raises:
        InputError: If they are missing or damaged, do not fit, or are not finite.
    """
    model_id = run.read_config()[1].get("begins_with")
    if model_id is None:
        return None
    path = run.initial_weights
    if path is None:
        raise InputError(f"{run.initial_paths[0]} with the weights of {model_id} is missing.")
    try:
        if path.suffix == ".npz":
            _assign_arrays(network, path)
        else:
            with warnings.catch_warnings():  # of each layer's place in a damaged file
                warnings.simplefilter("ignore")
                network.load_weights(path)
        check_finite(network.variables)
    except (OSError, ValueError, EOFError, KeyError, *_BROKEN, NotFiniteError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(":. ")
        raise InputError(f"{path} cannot be taken to begin with: {reason}.") from error
    return str(model_id)


def _assign_arrays(network: keras.Model, path: Path) -> None:
    with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
        values = {name: file[name] for name in file.files}
    wanted = {variable.path: tuple(variable.shape) for variable in network.weights}
    if {name: value.shape for name, value in values.items()} != wanted:
        raise ValueError("its arrays are not those of the run's network")
    for variable in network.weights:
        variable.assign(values[variable.path].astype(np.float32))


def check_finite(variables: Sequence[keras.Variable]) -> None:
    """Raises `NotFiniteError` if any value is NaN or infinite, naming the variable."""
    for variable in variables:
        values = keras.ops.convert_to_numpy(variable)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise NotFiniteError(f"{variable.path} holds values that are not finite")


def _position(meta: dict[str, Any]) -> Position:
    progress = Progress(**meta.pop("progress"))
    return Position(
        **{**meta, "totals": tuple(meta["totals"]), "history": tuple(meta["history"])},
        progress=progress,
    )
