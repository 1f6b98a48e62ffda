"""Which models there are, and what each one is: weights, settings, threshold.

A model is a run (its best weights), a weights file inside a run or beside its card, or the
name of a card in the models folder. Listing reads no weights.
"""

import contextlib
import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from resunet.config import Config, from_dict
from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder, list_runs
from resunet.storage import models_dir, read_json, runs_dir

_SUFFIX = ".weights.h5"


@dataclass(frozen=True)
class ModelFile:
    """A network on disk.

    Attributes:
        name: What people call it: the run's or the model's name.
        weights: The weights file.
        config: The settings it was trained with.
        threshold: Probability above which a pixel counts as tumour.
    """

    name: str
    weights: Path
    config: Config
    threshold: float = 0.5

    def sha256(self) -> str:
        """Hexadecimal digest of the weights file."""
        return hashlib.sha256(self.weights.read_bytes()).hexdigest()

    def model_id(self) -> str:
        """Name and the first digits of the digest: what predictions carry."""
        return f"{self.name}@{self.sha256()[:12]}"


def list_models() -> list[ModelFile]:
    """The models that can be chosen by name: first the models folder, then runs, newest first.

    What cannot be read is left out.
    """
    cards = sorted(models_dir().glob("*.json")) if models_dir().is_dir() else []
    makers = [partial(_from_card, card) for card in cards]
    makers += [partial(_from_run, run) for run in list_runs()]
    found = []
    for make in makers:
        with contextlib.suppress(InputError):
            found.append(make())
    return found


def find_model(reference: str | Path | None = None) -> ModelFile:
    """Finds the model that a user named.

    Args:
        reference: A weights file, a run folder, or the name of a model or of a run in the
            program's folders. By default the first of `list_models`.

    Raises:
        InputError: If there is none, or its settings cannot be read.
    """
    if reference is None:
        models = list_models()
        if not models:
            raise InputError(
                f"There is no model in {models_dir()} and no trained run in {runs_dir()}: train "
                "one with «python -m resunet train», or name a weights file."
            )
        return models[0]
    path = Path(reference)
    if path.is_file():
        return _from_file(path)
    if path.is_dir():
        return _from_run(RunFolder(path))
    for model in list_models():
        if model.name == str(reference):
            return model
    raise InputError(
        f"{reference} is neither a weights file, nor a run folder, nor the name of a model."
    )


def _from_run(run: RunFolder) -> ModelFile:
    config, _ = run.read_config()
    if not run.best_weights.is_file():
        raise InputError(f"{run.path} has no weights yet: {run.best_weights.name} is missing.")
    return ModelFile(run.path.resolve().name, run.best_weights, config)


def _from_card(card: Path) -> ModelFile:
    values = read_json(card)
    if not isinstance(values, dict) or "config" not in values:
        raise InputError(f"{card} is not a model's card: it has no config.")
    weights = card.with_name(card.stem + _SUFFIX)
    if not weights.is_file():
        raise InputError(f"{card} has no weights beside it: {weights.name} is missing.")
    threshold = values.get("threshold", 0.5)
    if not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise InputError(f"{card}: threshold is {threshold!r}, where 0 to 1 is accepted.")
    try:
        config = from_dict(values["config"])
    except InputError as error:
        raise InputError(f"{card}: {error}") from None
    return ModelFile(card.stem, weights, config, float(threshold))


def _from_file(path: Path) -> ModelFile:
    """A weights file; its settings lie in the run round it, or in the card beside it."""
    if not path.name.endswith(_SUFFIX):
        raise InputError(f"{path} is not a weights file; *{_SUFFIX} is accepted.")
    card = path.with_name(path.name.removesuffix(_SUFFIX) + ".json")
    if card.is_file():
        return _from_card(card)
    run = RunFolder(path.resolve().parent.parent)
    if not run.exists():
        raise InputError(
            f"{path} has no settings: a card {card.name} beside it, or a run folder round its "
            "checkpoints, is accepted."
        )
    return ModelFile(run.path.name, path, run.read_config()[0])
