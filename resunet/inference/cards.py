"""A model's card, ``<id>.json``: what its weights are, whence they come, what they score.

A program needs the config, the threshold and the digest; the rest is for people, and
`resunet.export.card` writes it as a page. Undefined is null with a reason beside it, and no
folder of the machine that made the card is in it.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from resunet import __version__
from resunet.config import Config, PreparationConfig, from_dict, to_dict
from resunet.errors import InputError
from resunet.inference.calibrated import (
    NOT_CALIBRATED,
    UNCALIBRATED,
    Calibration,
    read_calibration,
)
from resunet.inference.fitness import IntensityRanges, read_ranges
from resunet.inference.weights import card_beside
from resunet.jobs.history import kept_row
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.versions import installed_versions
from resunet.presets import PRESETS
from resunet.records import check, flat, read_record
from resunet.storage import SCHEMA, read_json

PAPER = (
    "T. Jonsson: ResU-Net: Image segmentation of brain cancer tumors using a U-Net architecture "
    "with residual connections. Umeå University, 2023."
)
BRATS = (
    "B. H. Menze et al.: The Multimodal Brain Tumor Image Segmentation Benchmark (BRATS). IEEE "
    "Transactions on Medical Imaging, 2015. doi:10.1109/TMI.2014.2377694",
    "S. Bakas et al.: Advancing The Cancer Genome Atlas glioma MRI collections with expert "
    "segmentation labels and radiomic features. Scientific Data, 2017. "
    "doi:10.1038/sdata.2017.117",
    "S. Bakas et al.: Identifying the Best Machine Learning Algorithms for Brain Tumor "
    "Segmentation, Progression Assessment, and Overall Survival Prediction in the BRATS "
    "Challenge. 2018. arXiv:1811.02629",
)
_BRATS_TERMS = (
    "Research use only; not a medical device. Trained on BraTS 2018, whose data are for research "
    "and must be cited: Menze 2015 (doi:10.1109/TMI.2014.2377694), Bakas 2017 "
    "(doi:10.1038/sdata.2017.117), Bakas 2018 (arXiv:1811.02629)."
)
_TERMS = (
    "Research use only; not a medical device. The terms of the data it was trained on are not "
    "known to the program that made this card."
)
FLAGS = ("deterministic", "mixed_precision", "xla", "tensorboard")
"""Settings of training that an option of «train» switches on."""

OPTIONS = ("epochs", "steps_per_epoch", "batch_size", *FLAGS)
"""All settings of training that «train» has an option for."""

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Card:
    """What a program needs of a card.

    Attributes:
        config: The settings the network was trained with.
        threshold: Probability above which a pixel counts as tumour.
        title: What people call it, or None.
        sha256: Digest of the weights file, in lower case, or None where none is stated.
        intensities: What the patients looked like that it was trained on, or None where the
            card does not say.
        calibration: How its probabilities are made honest, and from where on not to rely on it.
    """

    config: Config
    threshold: float = 0.5
    title: str | None = None
    sha256: str | None = None
    intensities: IntensityRanges | None = None
    calibration: Calibration = NOT_CALIBRATED


def read_card(path: Path) -> Card:
    """Reads and checks a card.

    Raises:
        InputError: Names the file and what is wrong with it.
    """
    values = read_json(path)
    if not isinstance(values, dict) or "config" not in values:
        raise InputError(f"{path} is not a model's card: it has no config.")
    try:
        return _checked(values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _checked(values: dict[str, Any]) -> Card:
    check(values.get("schema", SCHEMA) == SCHEMA, "schema", values.get("schema"), str(SCHEMA))
    config = from_dict(values["config"])
    if "preparation" in values:
        stated = read_record(PreparationConfig, values["preparation"], "preparation.")
        if stated != config.preparation:
            raise InputError("preparation is not that of config; the same is accepted.")
    threshold = values.get("threshold", 0.5)
    is_number = isinstance(threshold, int | float) and not isinstance(threshold, bool)
    check(is_number and 0 <= threshold <= 1, "threshold", threshold, "0 to 1")
    title, digest = values.get("title"), values.get("sha256")
    check(title is None or isinstance(title, str), "title", title, "text")
    stated_well = digest is None or (isinstance(digest, str) and _DIGEST.fullmatch(digest))
    check(bool(stated_well), "sha256", digest, "a text of 64 hexadecimal digits")
    stated = values.get("intensities")
    ranges = None if stated is None else read_ranges(stated)
    digest = digest.lower() if digest else None
    return Card(config, float(threshold), title, digest, ranges, read_calibration(values))


def make_card(
    identifier: str,
    config: Config,
    *,
    threshold: float,
    origin: Mapping[str, Any],
    weights: Mapping[str, Any],
    sha256: str,
    intensities: IntensityRanges | None = None,
    scores: Sequence[Mapping[str, Any]] = (),
    scores_reason: str = "Not scored when the card was made.",
    calibration: Mapping[str, Any] | None = None,
    cross_validation: Mapping[str, Any] | None = None,
    title: str | None = None,
    limits: str | None = None,
    terms: str | None = None,
) -> dict[str, Any]:
    """Puts a card together, as JSON values.

    Args:
        identifier: The model's name, which its files bear.
        config: The settings it was trained with.
        threshold: Probability above which a pixel counts as tumour.
        origin: Data, split and training, of `origin_of`.
        weights: What there is to say about the weights file.
        sha256: The weights file's digest.
        intensities: What the training patients look like.
        scores: For each scored split an entry of
            `resunet.evaluation.scores`.
        scores_reason: Why there is none, where that is so.
        calibration: Temperature and record, of `resunet.inference.calibrated.calibration_of`;
            None for a model that is not calibrated.
        cross_validation: What networks of the same settings score on patients they never saw, of
            `resunet.evaluation.cross_validation.card_entry`.
        title: What people call it; by default the identifier.
        limits: What it is known to do badly, in Markdown.
        terms: On what terms it may be used; by default research only, and BraTS's where
            all patients of the training split are BraTS 2018's.
    """
    split = origin.get("split") or {}
    brats = _is_brats(split.get("training", []))
    return {
        "schema": SCHEMA,
        "id": identifier,
        "title": title or identifier,
        "config": to_dict(config),
        "preparation": asdict(config.preparation),
        "threshold": threshold,
        **(calibration or UNCALIBRATED),
        **origin,
        "seed": config.seed,
        "intensities": None if intensities is None else intensities.to_dict(),
        "intensities_reason": None if intensities else "Not measured when the card was made.",
        "weights": dict(weights),
        "cross_validation": cross_validation,
        "cross_validation_reason": None if cross_validation else "None was given to the card.",
        "scores": [{**score, **_overlap(score, split, config)} for score in scores],
        "scores_reason": None if scores else scores_reason,
        "limits": limits,
        "limits_reason": None if limits else "No notes were given when the card was made.",
        "terms": terms or (_BRATS_TERMS if brats else _TERMS),
        "citations": [PAPER, *(BRATS if brats else ())],
        "versions": {"resunet": __version__, **installed_versions("keras", "tensorflow")},
        "sha256": sha256,
    }


def run_round(weights: Path) -> RunFolder | None:
    """The run in whose checkpoints weights lie; None where they lie elsewhere."""
    run = RunFolder(weights.resolve().parent.parent)
    lies_in_it = weights.resolve().parent == run.best_weights.parent
    return run if lies_in_it and run.exists() else None


def origin_of(weights: Path, config: Config) -> dict[str, Any]:
    """Whence weights come: from the run they lie in, or the card beside them.

    Args:
        weights: The weights file.
        config: Its settings.

    Returns:
        "data" (the folder's name, slices by split, how many slices and patients were left out by
        name), "split" (split → patients) and "training" (best epoch, its validation figures,
        command); each null with a reason where unknown.
    """
    run = run_round(weights)
    if run is not None:
        return _origin_in_run(run, weights, config)
    card = card_beside(weights)
    values = read_json(card) if card.is_file() else {}
    origin: dict[str, Any] = {}
    for name in ("data", "split", "training"):
        known = isinstance(values.get(name), dict)
        origin[name] = values[name] if known else None
        origin[f"{name}_reason"] = None if known else "Packed without the run that trained it."
    return origin


def _origin_in_run(run: RunFolder, weights: Path, config: Config) -> dict[str, Any]:
    data = run.read_config()[1]
    folder = Path(str(data.get("folder", ""))).name or None
    excluded = data.get("excluded", ())
    split = {
        name: names
        for name, names in data.items()
        if isinstance(names, list) and name != "excluded"
    }
    begins_with, versions = data.get("begins_with"), run.read_versions()
    command, why_not = _command(config, folder or "DIR", begins_with, data.get("fold"))
    row = _told_of_best(run) if weights.resolve() == run.best_weights.resolve() else None
    return {
        "data": {
            "folder": folder,
            **({"slices": data["slices"]} if "slices" in data else {}),
            **({"excluded": len(excluded)} if excluded else {}),
        },
        "data_reason": None if folder else "The run does not name its data folder.",
        "split": split,
        "split_reason": None if split else "The run does not name its patients.",
        "training": {
            **_course(run),
            "best": row,
            "best_reason": None if row else "Not the run's best weights, or it has no history.",
            "begins_with": begins_with,
            "command": command,
            "command_reason": why_not,
            "versions": versions or None,
            "versions_reason": None if versions else "The run does not name them.",
        },
        "training_reason": None,
    }


def _course(run: RunFolder) -> dict[str, Any]:
    """How long a run was trained, on what, and at which learning rate it ended."""
    rows = run.read_history()
    seconds = [row["seconds"] for row in rows if row["seconds"] is not None]
    course = {
        "epochs": len(rows),
        "minutes": round(sum(seconds) / 60, 1) if seconds else None,
        "learning_rate": rows[-1]["learning_rate"] if rows else None,
        "device": run.read_status().get("device") or None,
    }
    whole = all(value is not None for value in course.values())
    return {**course, "course_reason": None if whole else "The run does not tell all of it."}


def _told_of_best(run: RunFolder) -> dict[str, float | None] | None:
    """What a card says of the epoch whose weights are kept."""
    kept = kept_row(run, run.read_history())
    if kept is None:
        return None
    whole = {name: int(kept[name] or 0) for name in ("epoch", "step")}
    return {**whole, **{name: kept[name] for name in ("val_loss", "val_dice")}}


def _command(
    config: Config, folder: str, begins_with: str | None, fold: str | None
) -> tuple[str | None, str | None]:
    """The call of «train» that gives these settings; None and why, where there is none."""
    if config.preset not in PRESETS:
        return None, f"{config.preset} is not a preset of this version."
    start = PRESETS[config.preset]()
    words = ["python", "-m", "resunet", "train", "--data", folder, "--preset", config.preset]
    options: dict[str, Any] = {}
    for name in OPTIONS:
        value, usual = getattr(config.training, name), getattr(start.training, name)
        if value is False and usual is True:  # a flag can be set, not taken off
            continue
        options[name] = value
        if value != usual:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    if config.seed != start.seed:
        words += ["--seed", str(config.seed)]
    if fold:
        words += ["--fold", fold]
    if begins_with:
        words += ["--begin-with", begins_with.rpartition("@")[0]]
    told = replace(start, seed=config.seed, training=replace(start.training, **options))
    if told == config:
        return shlex.join(words), None
    return None, f"The settings differ from {config.preset}'s in {_differing(told, config)}."


def _differing(told: Config, config: Config) -> str:
    """The first setting in which two configurations differ, dotted."""
    theirs = flat(config)
    return next((name for name, value in flat(told).items() if value != theirs[name]), "nothing")


def _is_brats(patients: Sequence[Any]) -> bool:
    """Whether all patients bear the names that BraTS 2018 gave them."""
    return bool(patients) and all(str(name).lower().startswith("brats18") for name in patients)


def _overlap(score: Mapping[str, Any], split: Mapping[str, Any], config: Config) -> dict[str, int]:
    """How many of the scored patients the network was trained, and its epoch chosen, on."""
    scored = set(score["native"]["dice_by_patient"])
    chose = set() if config.training.select == "last" else set(split.get("validating", []))
    return {
        "patients_trained_on": len(scored & set(split.get("training", []))),
        "patients_chosen_on": len(scored & chose),
    }
