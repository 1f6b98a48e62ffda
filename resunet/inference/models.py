"""Which models there are, and what each one is: weights, settings, threshold.

A model is a run (its best weights), a weights file inside a run or beside its card, a card,
or the name of a card in the models folder or among the models that come with the program.
Listing reads no weights.
"""

import contextlib
import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from resunet.config import Config
from resunet.errors import InputError
from resunet.inference.calibrated import NOT_CALIBRATED, Calibration
from resunet.inference.cards import read_card
from resunet.inference.fitness import IntensityRanges
from resunet.inference.weights import SUFFIX
from resunet.jobs.run_folder import RunFolder, list_runs
from resunet.storage import models_dir, runs_dir, shipped_models_dir, write_text

DEFAULT_FILE = "default.txt"
"""In the models folder: the name of the model that comes first."""

_SUFFIXES = (SUFFIX, ".weights.h5")  # beside a card, the first that is there


@dataclass(frozen=True)
class ModelFile:
    """A network on disk.

    Attributes:
        name: What it is called by: the run's or the card's name.
        weights: The weights file.
        config: The settings it was trained with.
        threshold: Probability above which a pixel counts as tumour.
        title: What its card calls it; None without one.
        stated_sha256: The digest that its card states; None without one.
        intensities: What its training patients look like, as its card says; None where it
            does not.
        calibration: As its card says; a model without a card is not calibrated.
    """

    name: str
    weights: Path
    config: Config
    threshold: float = 0.5
    title: str | None = None
    stated_sha256: str | None = None
    intensities: IntensityRanges | None = None
    calibration: Calibration = NOT_CALIBRATED

    def sha256(self) -> str:
        """Hexadecimal digest of the weights file."""
        return hashlib.sha256(self.weights.read_bytes()).hexdigest()

    def model_id(self, sha256: str | None = None) -> str:
        """Name and the first digits of the digest: what predictions carry.

        Args:
            sha256: The digest, where it is known; else the file is read.
        """
        return f"{self.name}@{(sha256 or self.sha256())[:12]}"

    def check_digest(self) -> str:
        """Makes sure that the weights are those the card describes, where it states a digest.

        Returns:
            The digest of the file.

        Raises:
            InputError: If they are not, or cannot be read.
        """
        try:
            found = self.sha256()
        except OSError as error:
            raise InputError(
                f"{self.weights} cannot be read: {error.strerror or error}."
            ) from error
        if self.stated_sha256 not in (None, found):
            raise InputError(
                f"{self.weights} is not the file its card describes: SHA-256 begins {found[:12]}, "
                f"where {str(self.stated_sha256)[:12]} is stated."
            )
        return found


def list_models() -> list[ModelFile]:
    """The models that can be chosen by name.

    First the default model, if one is set; then the models folder, then the models that come
    with the program, both by name; then runs, newest first. Of several with one name the first
    counts. What cannot be read is left out.
    """
    makers = [
        partial(_from_card, card)
        for folder in (models_dir(), shipped_models_dir())
        if folder.is_dir()
        for card in sorted(folder.glob("*.json"))
    ]
    makers += [partial(_from_run, run) for run in list_runs()]
    found: dict[str, ModelFile] = {}
    for make in makers:
        with contextlib.suppress(InputError):
            model = make()
            found.setdefault(model.name, model)
    default = default_name()
    return sorted(found.values(), key=lambda model: model.name != default)


def default_name() -> str | None:
    """The name of the model that was made the default, which need not be there any more.

    Returns:
        The name; None where none was set, or what was set cannot be read.
    """
    try:
        return (models_dir() / DEFAULT_FILE).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def set_default(name: str | None) -> None:
    """Makes a model the first of `list_models`, for everybody who uses the models folder.

    Args:
        name: The name of a model or of a run; None for the usual order.

    Raises:
        InputError: If no model has that name, or the models folder cannot be written to.
    """
    if name is not None and name not in (model.name for model in list_models()):
        raise InputError(f"{name} is not the name of a model; one that is listed is accepted.")
    file = models_dir() / DEFAULT_FILE
    try:
        if name is None:
            file.unlink(missing_ok=True)
        else:
            write_text(file, f"{name}\n")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}.") from error


def find_model(reference: str | Path | None = None) -> ModelFile:
    """Finds the model that a user named.

    Args:
        reference: A weights file, a card, a run folder, or the name of a model or of a run in
            the program's folders. By default the first of `list_models`.

    Raises:
        InputError: If there is none, or its settings cannot be read.
    """
    if reference is None:
        models = list_models()
        if not models:
            raise InputError(
                f"There is no model in {models_dir()} or {shipped_models_dir()} and no trained "
                f"run in {runs_dir()}: train one with «python -m resunet train», or name a "
                "weights file."
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
        f"{reference} is neither a weights file, nor a card, nor a run folder, nor the name of a "
        "model."
    )


def _from_run(run: RunFolder) -> ModelFile:
    config, _ = run.read_config()
    if not run.best_weights.is_file():
        raise InputError(f"{run.path} has no weights yet: {run.best_weights.name} is missing.")
    return ModelFile(run.path.resolve().name, run.best_weights, config)


def _from_card(card: Path, weights: Path | None = None) -> ModelFile:
    """A card and the weights beside it, unless others are named."""
    values = read_card(card)
    beside = [card.with_name(card.stem + suffix) for suffix in _SUFFIXES]
    weights = weights or next((path for path in beside if path.is_file()), None)
    if weights is None:
        names = " nor ".join(path.name for path in beside)
        raise InputError(f"{card} has no weights beside it: neither {names} is there.")
    return ModelFile(
        card.stem,
        weights,
        values.config,
        values.threshold,
        values.title,
        values.sha256,
        values.intensities,
        values.calibration,
    )


def _from_file(path: Path) -> ModelFile:
    """A card, or a weights file with its settings in the run round it or the card beside it."""
    if path.suffix == ".json":
        return _from_card(path)
    suffix = next((suffix for suffix in _SUFFIXES if path.name.endswith(suffix)), None)
    if suffix is None:
        accepted = ", ".join(f"*{suffix}" for suffix in _SUFFIXES)
        raise InputError(
            f"{path} is not a weights file; {accepted} or a model's card *.json is accepted."
        )
    card = path.with_name(path.name.removesuffix(suffix) + ".json")
    if card.is_file():
        return _from_card(card, path)
    run = RunFolder(path.resolve().parent.parent)
    if not run.exists():
        raise InputError(
            f"{path} has no settings: a card {card.name} beside it, or a run folder round its "
            "checkpoints, is accepted."
        )
    return ModelFile(run.path.name, path, run.read_config()[0])
