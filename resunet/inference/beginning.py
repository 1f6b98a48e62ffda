"""Begins a run with the weights of a model instead of random ones.

The weights are copied into the run, so that it stays one folder which has all it needs.
"""

import shutil
from dataclasses import fields, replace
from typing import BinaryIO

from resunet.config import Config, PreparationConfig
from resunet.errors import InputError
from resunet.inference.models import ModelFile
from resunet.jobs.run_folder import RunFolder
from resunet.storage import write_atomically

_MUST_AGREE = {
    # dropout and the norms' momentum have no part in the weights' shapes and may change
    "network": ("input_size", "contrasts", "filters", "depths"),
    "preparation": tuple(field.name for field in fields(PreparationConfig)),
}


def begin_with(run: RunFolder, model: ModelFile) -> str:
    """Makes a new run, whose ``config.json`` is there already, begin with a model's weights.

    Args:
        run: The run, not begun yet.
        model: The model.

    Returns:
        The model's identifier, as ``config.json`` then names it.

    Raises:
        InputError: If the model does not fit the run, its weights cannot be read or are not those
            of its card, or the run has begun.
        OSError: If the folder cannot be written to.
    """
    config, data = run.read_config()
    check_fits(model, config)
    if run.state_file.exists():
        raise InputError(f"{run.path} has begun already; a new run is accepted.")
    model_id = copy_weights(run, model)
    run.write_config(config, {**data, "begins_with": model_id})
    return model_id


def check_fits(model: ModelFile, config: Config) -> None:
    """Makes sure that a run can begin with a model.

    Raises:
        InputError: Names the first setting that differs.
    """
    for part, names in _MUST_AGREE.items():
        theirs, own = getattr(model.config, part), getattr(config, part)
        for name in names:
            if getattr(theirs, name) != getattr(own, name):
                raise InputError(
                    f"{model.name} has {part}.{name} {getattr(theirs, name)!r}, where the run has "
                    f"{getattr(own, name)!r}; a model of the same architecture and preparation is "
                    "accepted to begin with."
                )


def copy_weights(run: RunFolder, model: ModelFile) -> str:
    """Copies a model's weights into a run.

    Returns:
        The model's identifier.

    Raises:
        InputError: If they cannot be read, or are not those of the model's card.
        OSError: If the folder cannot be written to.
    """
    model.check_digest()
    packed, keras_file = run.initial_paths
    path, other = (packed, keras_file) if model.weights.suffix == ".npz" else (keras_file, packed)

    def write(file: BinaryIO) -> None:
        with open(model.weights, "rb") as source:
            shutil.copyfileobj(source, file)

    write_atomically(path, write)
    other.unlink(missing_ok=True)
    copy = replace(model, weights=path)  # a training may have replaced the file meanwhile
    try:
        return model.model_id(copy.check_digest())
    except InputError:
        path.unlink(missing_ok=True)
        raise
