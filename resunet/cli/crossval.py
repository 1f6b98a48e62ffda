"""``python -m resunet crossval``: trains and scores a network on every part of the patients.

Each patient is scored by a network that was trained without it. What is done stays in the result
folder: the same command, after it was stopped, goes on from there.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from resunet.cli.concluding import conclude, parameters_of
from resunet.cli.console import (
    add_data,
    add_json,
    advance,
    load_tensorflow,
    make_out,
    progress,
    whole,
)
from resunet.cli.evaluate_uncertainty import (
    add_uncertainty,
    assess,
    counters_of,
    in_ways,
    ways_of,
)
from resunet.cli.scoring import add_scoring, other_of, tell_stopped, way_of
from resunet.cli.skipping import add_skip_bad, tell_skipped
from resunet.config import Config
from resunet.data.cases import Case, find_cases
from resunet.data.folds import Fold, split_by_fold
from resunet.errors import InputError
from resunet.evaluation.cross_validation import HELD_OUT, Part, cross_validated
from resunet.evaluation.one_pass import TOLERANCE_MM, Plan, evaluate_cases
from resunet.evaluation.patients import Counters, PatientResult
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.jobs.folds import SETTINGS, keep_settings, run_of, train_fold
from resunet.jobs.reading import read_settings
from resunet.jobs.stopping import StopRequested, StopSignal
from resunet.presets import PRESETS, preset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_data(parser)
    settings = parser.add_mutually_exclusive_group()
    settings.add_argument("--preset", choices=PRESETS, help="settings (small-data)")
    settings.add_argument("--config", type=Path, metavar="FILE", help="settings: JSON")
    parser.add_argument(
        "--folds", type=whole(2), default=5, metavar="N", help="parts of the patients (5)"
    )
    parser.add_argument(
        "--only",
        type=whole(1),
        action="append",
        metavar="K",
        help="train and score this part alone, from 1; may be repeated (all)",
    )
    parser.add_argument(
        "--begin-with", metavar="FILE|RUN|MODEL", help="weights that every training begins with"
    )
    add_scoring(parser, threshold="0.5", other="another cross-validation")
    add_uncertainty(parser, several=False)
    add_skip_bad(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Trains and scores; see the module."""
    numbers = sorted(set(args.only or range(1, args.folds + 1)))
    if numbers[-1] > args.folds:
        raise InputError(
            f"--only is {numbers[-1]}, where a part from 1 to {args.folds} is accepted."
        )
    folds = [Fold(number, args.folds) for number in numbers]
    cases = find_cases(args.data)
    held = {fold: split_by_fold(cases, fold)["validating"] for fold in folds}
    other = other_of(args, [HELD_OUT])
    counters = counters_of(args)
    make_out(args.out, args.data)
    keep_settings(args.out, _settings(args))
    try:
        with StopSignal().heard():
            for fold in folds:
                train_fold(args.out, args.data, str(fold), more=_more(args))
            scored = [_score(args, fold, held[fold], counters) for fold in folds]
    except StopRequested:
        return tell_stopped(args, "crossval")
    parts = [part for part, _ in scored]
    result = cross_validated(
        parts,
        data=args.data,
        tolerance_mm=TOLERANCE_MM,
        parameters=parameters_of(parts[0].model),
        bootstraps=args.bootstraps,
    )
    tell_skipped(result["skipped"])
    quality = None
    if counters:
        seen = {name: [each for _, ways in scored for each in ways[name]] for name in scored[0][1]}
        quality = assess(args, parts[0].way, result["model_id"], {HELD_OUT: seen})
    patients = [each for part in parts for each in part.evaluated.patients]
    return conclude(args, result, patients, other, quality)


def _more(args: argparse.Namespace) -> list[str]:
    """Words for each training that is begun."""
    begin = ["--begin-with", args.begin_with] if args.begin_with else []
    return [*begin, *(["--skip-bad"] if args.skip_bad else [])]


def _settings(args: argparse.Namespace) -> Config:
    """The settings that are asked for, or those that the folder was begun with."""
    if args.config is not None:
        return read_settings(args.config)[0]
    begun = args.out / SETTINGS
    if args.preset is None and begun.exists():
        return read_settings(begun)[0]
    return preset(args.preset or "small-data")


def _score(
    args: argparse.Namespace, fold: Fold, cases: Sequence[Case], counters: Counters
) -> tuple[Part, dict[str, Sequence[PatientResult]]]:
    """One part's patients, by the network that was trained without them; and these in each way."""
    load_tensorflow()
    model = find_model(str(run_of(args.out, str(fold)).path))
    engine = load_engine(model)
    way = way_of(args, engine)
    plan = Plan(way, TOLERANCE_MM, args.skip_bad, counters)
    renamed = [replace(case, split=HELD_OUT) for case in cases]
    with progress(None, f"Scoring part {fold}", total=len(cases)) as bar:
        evaluated = evaluate_cases(renamed, plan, args.out, on_case=advance(bar))
    ways = ways_of(args, way) if counters else []
    seen = in_ways(args, plan, ways, evaluated.patients, renamed, f"part {fold}")
    return Part(fold, model, way, evaluated), seen
