"""``python -m resunet calibrate``: makes a model's probabilities honest, on patients new to it.

The temperature, the level of doubt above which the model is not reliable, and the figures before
and after go into the model's card; its weights stay as they are.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from resunet.cli.console import (
    add_data,
    add_json,
    add_sampling,
    advance,
    load_tensorflow,
    progress,
    tell,
)
from resunet.cli.excluding import left_of, left_out_of_training
from resunet.cli.skipping import add_skip_bad
from resunet.data.cases import Case, cases_of_split, find_cases
from resunet.errors import InputError
from resunet.evaluation.temperature import scaled_threshold
from resunet.evaluation.uncertainty import REGIONS
from resunet.evaluation.uncertainty_card import Calibrated, Part, calibrate, calibrated_card
from resunet.export.card import card_text
from resunet.inference.calibrated import NOT_CALIBRATED
from resunet.inference.cards import origin_of
from resunet.inference.models import ModelFile, find_model
from resunet.inference.weights import card_beside
from resunet.storage import read_json, write_json, write_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="name, card or weights file of a model")
    add_data(parser)
    parser.add_argument(
        "--split",
        action="append",
        metavar="NAME",
        help="split to calibrate on, may be repeated (validating)",
    )
    parser.add_argument(
        "--fold",
        action="append",
        default=[],
        metavar="RUN|MODEL",
        help="a network of the same settings: its own validating patients are predicted by it, in "
        "place of a split by the model, which may then have been trained on all; repeated for "
        "the folds of a cross-validation",
    )
    parser.add_argument(
        "--region",
        choices=REGIONS,
        default="brain",
        help="where the temperature is fitted: in the brain, or only near the outlines (brain)",
    )
    add_sampling(parser, default=25)
    add_skip_bad(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Calibrates; see the module."""
    model = find_model(args.model)
    card_file = card_beside(model.weights)
    if not card_file.is_file():
        raise InputError(
            f"{model.weights} has no card to write to; a model of «python -m resunet pack» is "
            "accepted."
        )
    card = read_json(card_file)
    cases = find_cases(args.data)
    if args.fold:
        parts = [_fold(find_model(name), model, cases, args.data) for name in args.fold]
    else:
        parts = [_of_splits(model, cases, args.split or ["validating"], args.data)]
    load_tensorflow()
    total = 2 * sum(len(part.cases) for part in parts)
    with progress(None, "Calibrating", total=total) as bar:
        found = calibrate(
            parts,
            samples=args.samples,
            seed=args.seed,
            region=args.region,
            skip_bad=args.skip_bad,
            on_case=advance(bar),
        )
    found.record["data"] = args.data.resolve().name
    written = calibrated_card(card, found)
    write_json(card_file, written)
    write_text(card_file.with_suffix(".md"), card_text(read_json(card_file)))
    result = {name: written[name] for name in ("id", "threshold", "temperature", "calibration")}
    tell({"schema": 1, **result}, args, [*_lines(found), f"Written to {card_file}."])
    return 0


def _of_splits(model: ModelFile, cases: Sequence[Case], splits: list[str], data: Path) -> Part:
    """The patients of some splits; refused where the model was trained on one of them."""
    names = left_out_of_training(model)
    chosen = [
        case
        for split in dict.fromkeys(splits)
        for case in left_of(cases_of_split(cases, split, data), names, split).cases
    ]
    _check_new(model, chosen)
    return Part(model, tuple(chosen))


def _fold(fold: ModelFile, model: ModelFile, cases: Sequence[Case], data: Path) -> Part:
    """The validating patients of a fold, wherever they lie in the data folder.

    The fold takes the threshold that the model had before it was first calibrated.
    """
    if (fold.config.preparation, fold.config.network) != (
        model.config.preparation,
        model.config.network,
    ):
        raise InputError(
            f"{fold.name} is another network or prepares slices otherwise than {model.name}; "
            "folds of the model's own settings are accepted."
        )
    split = origin_of(fold.weights, fold.config)["split"] or {}
    wanted = set(split.get("validating", ()))
    found = [case for case in cases if case.patient in wanted]
    missing = sorted(wanted - {case.patient for case in found})
    if missing or not found:
        what = f"{missing[0]}, which {data} lacks" if missing else "nobody by its card"
        raise InputError(
            f"{fold.name} was validated on {what}; a fold whose validating patients are there is "
            "accepted."
        )
    _check_new(fold, found)
    remaining = left_of(found, left_out_of_training(fold), f"{fold.name}'s patients")
    own = scaled_threshold(model.threshold, 1.0 / model.calibration.temperature)
    return Part(replace(fold, threshold=own, calibration=NOT_CALIBRATED), tuple(remaining.cases))


def _check_new(model: ModelFile, cases: Sequence[Case]) -> None:
    split = origin_of(model.weights, model.config)["split"] or {}
    known = sorted({case.patient for case in cases} & set(split.get("training", ())))
    if known:
        raise InputError(
            f"{model.name} was trained on {known[0]}; patients that it was not trained on are "
            "accepted."
        )


def _lines(found: Calibrated) -> list[str]:
    """What was found, for people."""
    record = found.record
    before, after = record["before"], record["after"]
    lines = [
        f"Temperature {found.temperature:.3f}, fitted on {len(record['patients'])} patients, "
        f"{'in the brain' if record['region'] == 'brain' else 'near the outlines'}.",
        *(
            f"{words}: ECE {before[name]['ece']:.4f} → {after[name]['ece']:.4f}, Brier "
            f"{before[name]['brier']:.4f} → {after[name]['brier']:.4f}, NLL "
            f"{before[name]['nll']:.4f} → {after[name]['nll']:.4f}."
            for words, name in (("Near the outlines", "band"), ("In the brain", "brain"))
        ),
    ]
    if record["crossed"] is not None:
        lines.append(
            "Near the outlines, each patient scaled by the others' temperature: ECE "
            f"{record['crossed']['band']['ece']:.4f}."
        )
    return [*lines, _level_line(record)]


def _level_line(record: dict[str, Any]) -> str:
    if record["doubt_level"] is None:
        return f"No level of doubt: {record['doubt_level_reason']}"
    found = record["doubt_level_found"]
    return (
        f"Not reliable on slices of doubt above {record['doubt_level']:.3f}: that flags "
        f"{found['flagged']} of {found['outlined']} outlined slices, of which "
        f"{found['flagged_bad']} have Dice below {record['bad_dice']:g}; {found['bad']} have at "
        "all."
    )
