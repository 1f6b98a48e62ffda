"""``python -m resunet pack``: makes a model that can be handed on from a training run."""

import argparse
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from resunet.cli.console import (
    add_json,
    add_sampling,
    advance,
    between,
    load_tensorflow,
    make_out,
    progress,
    tell,
)
from resunet.cli.excluding import left_of, left_out_of_training
from resunet.cli.skipping import add_skip_bad, tell_skipped, trained_without_bad
from resunet.cli.train_data import cases_to_train
from resunet.config import Config
from resunet.data.cases import Case, cases_of_split, find_cases, split_names
from resunet.data.exclusion import Remaining
from resunet.data.folds import read_fold
from resunet.data.usable import studies_of, used_slices
from resunet.errors import InputError
from resunet.evaluation.cross_validation import card_entry
from resunet.evaluation.scores import score_cases, score_entry, summarise
from resunet.export.card import card_text
from resunet.inference.calibrated import calibration_beside
from resunet.inference.cards import make_card, origin_of, run_round
from resunet.inference.engines import Engine, load_engine, weights_of
from resunet.inference.fitness import IntensityRanges, intensity_profile, ranges_over
from resunet.inference.models import ModelFile, find_model, set_default
from resunet.inference.rounding import rounding_change
from resunet.inference.weights import SUFFIX, write_weights
from resunet.jobs.folds import check_settings
from resunet.storage import models_dir, write_json, write_text

Part = tuple[Path, str, Remaining]
"""A split to score: its data folder, its name, what the training did not leave out of it."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("model", metavar="RUN", help="run folder, weights file or name of either")
    parser.add_argument(
        "--id", required=True, dest="identifier", metavar="ID", help="the model's name"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="result folder (the program's models folder)"
    )
    parser.add_argument(
        "--default", action="store_true", help="make it the model that the app begins with"
    )
    parser.add_argument("--title", metavar="TEXT", help="what people call it (ID)")
    parser.add_argument(
        "--notes", type=Path, metavar="FILE.md", help="what it does badly, as Markdown"
    )
    parser.add_argument(
        "--threshold",
        type=between(0.0, 1.0),
        metavar="P",
        help="probability above which a pixel is tumour (RUN's)",
    )
    parser.add_argument("--terms", metavar="TEXT", help="on what terms it may be used")
    parser.add_argument(
        "--score",
        action="append",
        nargs="+",
        default=[],
        metavar=("DIR", "SPLIT"),
        help="data folder to score it on, and its splits (all); may be repeated",
    )
    parser.add_argument(
        "--ranges",
        type=Path,
        metavar="DIR",
        help="data folder it was trained on: its card then says what the training patients look "
        "like, and studies that do not look like them are warned of",
    )
    parser.add_argument(
        "--crossval",
        type=Path,
        metavar="DIR",
        help="cross-validation of the same settings, whose scores the card is to have",
    )
    add_skip_bad(parser)
    add_sampling(parser, default=0)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Packs; see the module."""
    if not _IDENTIFIER.fullmatch(args.identifier):
        raise InputError(
            f"--id is {args.identifier!r}, where up to 80 letters, digits, ., _ and - are accepted."
        )
    out = _out(args)
    limits = None if args.notes is None else _read_notes(args.notes)
    model = find_model(args.model)
    if args.threshold is not None:
        model = replace(model, threshold=args.threshold)
    names = left_out_of_training(model)
    wanted = [part for words in args.score for part in _parts(Path(words[0]), words[1:], names)]
    origin = origin_of(model.weights, model.config)
    held_out = None if args.crossval is None else _held_out(args.crossval, model.config)
    cases = [] if args.ranges is None else _training_cases(args.ranges, model, origin, names)
    for folder in {*(folder for folder, _, _ in wanted), *filter(None, [args.ranges])}:
        make_out(out, folder)
    make_out(out)
    load_tensorflow()
    skipped: list[str] | None = [] if args.skip_bad or trained_without_bad(model) else None
    with tempfile.TemporaryDirectory(prefix=".pack-", dir=out) as temporary:
        path = Path(temporary, args.identifier + SUFFIX)
        card = make_card(
            args.identifier,
            model.config,
            threshold=model.threshold,
            origin=origin,
            title=args.title,
            limits=limits,
            terms=args.terms,
            intensities=_ranges(cases, model.config, skipped) if cases else model.intensities,
            calibration=calibration_beside(model.weights),
            cross_validation=held_out,
            **_pack(model, path, wanted, args, skipped),
        )
        # only now, so that a failure leaves an older model of this name as it was
        os.replace(path, out / path.name)
    write_json(out / f"{args.identifier}.json", card)
    write_text(out / f"{args.identifier}.md", card_text(card))
    sentences = _sentences(card, out)
    if args.default:
        set_default(args.identifier)
        sentences.append(f"{args.identifier} is the app's default model.")
    left_out = list(dict.fromkeys(skipped or ()))  # a split may be scored twice
    tell_skipped(left_out)
    # not in the card, which goes elsewhere: the sentences name folders of this machine
    tell({**card, "skipped": left_out}, args, sentences)
    return 0


def _out(args: argparse.Namespace) -> Path:
    """The result folder; the default model can lie in the models folder only."""
    folder: Path = args.out or models_dir()
    if args.default and folder.resolve() != models_dir().resolve():
        raise InputError(
            f"--out is {folder}, where --default accepts the program's models folder alone: leave "
            "--out away."
        )
    return folder


def _pack(
    model: ModelFile,
    path: Path,
    wanted: list[Part],
    args: argparse.Namespace,
    skipped: list[str] | None,
) -> dict[str, Any]:
    """Writes the weights, and tells what they weigh, lose and score."""
    arrays = weights_of(model)
    write_weights(path, arrays)
    packed = ModelFile(
        args.identifier, path, model.config, model.threshold, calibration=model.calibration
    )
    engine = load_engine(packed)
    weights = {
        "file": path.name,
        "bytes": path.stat().st_size,
        "values": sum(array.size for array in arrays.values()),
        "largest_probability_change": rounding_change(model, engine),
    }
    scores = _scores(wanted, engine, args.samples, args.seed, skipped)
    return {"weights": weights, "sha256": engine.model_sha256, "scores": scores}


def _held_out(folder: Path, config: Config) -> dict[str, Any]:
    """What a cross-validation of the model's settings found."""
    check_settings(folder, config)
    return card_entry(folder)


def _training_cases(
    folder: Path, model: ModelFile, origin: dict[str, Any], names: Sequence[str]
) -> list[Case]:
    """The patients that the model was trained on, without what was left out by name.

    Raises:
        InputError: If those that a training on the folder would take are others than the model's.
    """
    run = run_round(model.weights)
    written = None if run is None else run.read_config()[1].get("fold")
    fold = None if written is None else read_fold(written)
    found = cases_to_train(find_cases(folder), fold, folder, ("training",))["training"]
    cases = left_of(found, names, "training").cases
    known = set((origin["split"] or {}).get("training", ()))
    other = known ^ {case.patient for case in cases}
    if known and other:
        raise InputError(
            f"--ranges {folder} and the model differ in {min(other)}: a folder whose training "
            "split holds the patients that the model was trained on is accepted."
        )
    return cases


def _ranges(cases: list[Case], config: Config, skipped: list[str] | None) -> IntensityRanges:
    profiles = []
    size = config.network.input_size
    with progress(None, "Measuring intensities", total=len(cases)) as bar:
        for case in cases:
            for study in studies_of(case, skipped):
                used = used_slices(case, study)
                profiles.append(intensity_profile(study, config.preparation, size, used))
            bar.update()
    return ranges_over([profile for profile in profiles if profile is not None])


def _read_notes(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise InputError(f"--notes {path} is not UTF-8 text.") from error


def _parts(folder: Path, splits: list[str], names: Sequence[str]) -> Iterable[Part]:
    """Each split to score, of one folder, without what was left out by name."""
    cases = find_cases(folder)
    for split in splits or split_names(cases):
        yield folder, split, left_of(cases_of_split(cases, split, folder), names, split)


def _scores(
    wanted: list[Part], engine: Engine, samples: int, seed: int, skipped: list[str] | None
) -> list[dict[str, Any]]:
    """The scores of the packed weights: deterministic, and of the mean over the passes."""
    found: list[dict[str, Any]] = []
    for folder, split, remaining in wanted:
        for passes in sorted({0, samples}):
            text = f"Scoring {split or folder.name}" + (f", {passes} passes" if passes else "")
            left_out: list[str] | None = None if skipped is None else []
            with progress(None, text, total=len(remaining.cases)) as bar:
                scores = score_cases(
                    remaining.cases,
                    engine,
                    samples=passes,
                    seed=seed,
                    skipped=left_out,
                    on_case=advance(bar),
                )
            if skipped is not None:
                skipped += left_out or []
            found.append(
                score_entry(
                    folder.resolve().name,
                    split,
                    samples=passes,
                    seed=seed,
                    summary=summarise(scores),
                    skipped=left_out or (),
                    excluded=len(remaining.names),
                )
            )
    return found


def _sentences(card: dict[str, Any], out: Path) -> list[str]:
    weights = card["weights"]
    lines = [
        f"{weights['file']}: {weights['bytes']:,} bytes for {weights['values']:,} values.",
        "Largest change of a probability by rounding, on fixed random slices: "
        f"{weights['largest_probability_change']:.1e}.",
    ]
    for score in card["scores"]:
        way = f"mean of {score['samples']} passes" if score["samples"] else "deterministic"
        what = " ".join(filter(None, (score["data"], score["split"])))
        lines.append(
            f"{what}, {way}: Dice {score['native']['dice_pooled']:.3f} "
            f"pooled, {score['native']['dice_patient_mean']:.3f} mean of "
            f"{score['native']['patients']} patients, on the study's own pixels."
        )
    return [*lines, f"Written to {out}."]
