"""``python -m resunet evaluate``: scores a network on splits of a data folder.

What is done of a patient stays in the result folder: the same command, after it was stopped or
with another split besides, goes on from there.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from resunet.cli.concluding import conclude, parameters_of
from resunet.cli.console import (
    add_data,
    add_json,
    add_model,
    advance,
    between,
    load_tensorflow,
    make_out,
    progress,
)
from resunet.cli.evaluate_uncertainty import (
    add_uncertainty,
    assess,
    counters_of,
    in_ways,
    ways_of,
)
from resunet.cli.excluding import (
    add_exclude,
    excluded_entry,
    left_of,
    left_out_of_training,
    read_lists,
)
from resunet.cli.scoring import add_scoring, other_of, tell_stopped, way_of
from resunet.cli.skipping import add_skip_bad, tell_skipped, trained_without_bad
from resunet.data.cases import cases_of_split, find_cases
from resunet.data.exclusion import Remaining
from resunet.evaluation.one_pass import TOLERANCE_MM, Plan, evaluate_cases
from resunet.evaluation.patients import PatientResult
from resunet.evaluation.progress import Progress, part_name
from resunet.evaluation.result import make_result
from resunet.evaluation.ways import Together
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.jobs.stopping import StopRequested, StopSignal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_data(parser)
    parser.add_argument(
        "--split",
        action="append",
        metavar="NAME",
        help="split to score, may be repeated (testing)",
    )
    add_model(parser)
    add_scoring(parser, threshold="the model's", other="another model")
    parser.add_argument(
        "--tolerance",
        type=between(0.0, 1000.0),
        default=TOLERANCE_MM,
        metavar="MM",
        help=f"of the surface Dice, in mm ({TOLERANCE_MM:g})",
    )
    add_uncertainty(parser)
    add_skip_bad(parser)
    add_exclude(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Scores; see the module."""
    splits = list(dict.fromkeys(args.split or ["testing"]))
    all_cases = find_cases(args.data)
    cases = {split: cases_of_split(all_cases, split, args.data) for split in splits}
    model = find_model(args.weights)
    listed = read_lists(args.exclude, all_cases, args.data).names
    names = dict.fromkeys((*listed, *left_out_of_training(model)))
    remaining = {split: left_of(some, names, split) for split, some in cases.items()}
    other = other_of(args, splits)
    counters = counters_of(args)
    make_out(args.out, args.data)
    load_tensorflow()
    engine = load_engine(model)
    way = way_of(args, engine)
    also = ways_of(args, way)
    plan = Plan(way, args.tolerance, args.skip_bad or trained_without_bad(model), counters)
    try:
        with StopSignal().heard():
            told = Progress(args.out, _totals(remaining, also))
            patients, skipped = _evaluate(remaining, plan, args.out, told)
            seen = {
                split: in_ways(
                    args, plan, also, scored, remaining[split].cases, split, told.counting
                )
                for split, scored in patients.items()
            }
            told.end()
    except StopRequested:
        return tell_stopped(args, "evaluate")
    tell_skipped(skipped)
    result = make_result(
        patients,
        way,
        model,
        data=args.data,
        tolerance_mm=args.tolerance,
        parameters=parameters_of(model),
        skipped=skipped,
        excluded=excluded_entry(remaining.values()),
        bootstraps=args.bootstraps,
    )
    quality = assess(args, way, engine.model_id, seen) if counters else None
    counted = [each for some in patients.values() for each in some]
    return conclude(args, result, counted, other, quality)


def _totals(remaining: dict[str, Remaining], also: Sequence[Together]) -> dict[str, int]:
    """What is scored → how many patients, in the order it is done."""
    parts = [(split, "") for split in remaining]
    parts += [(split, way.name) for split in remaining for way in also]
    return {part_name(split, way): len(remaining[split].cases) for split, way in parts}


def _evaluate(
    remaining: dict[str, Remaining], plan: Plan, out: Path, told: Progress
) -> tuple[dict[str, Sequence[PatientResult]], list[str]]:
    """Split → patients, and what was left out."""
    patients: dict[str, Sequence[PatientResult]] = {}
    skipped: list[str] = []
    for split, left in remaining.items():
        with progress(None, f"Scoring {split}", total=len(left.cases)) as bar:
            on_case = told.counting(part_name(split), advance(bar))
            found = evaluate_cases(left.cases, plan, out, on_case=on_case)
        patients[split] = found.patients
        skipped += found.skipped
    return patients, skipped
