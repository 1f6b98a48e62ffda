"""``python -m resunet evaluate``: scores a network on a split of a data folder."""

import argparse
from pathlib import Path

from resunet.cli.console import (
    add_data,
    add_json,
    add_model,
    add_sampling,
    advance,
    load_tensorflow,
    make_out,
    progress,
    tell,
)
from resunet.cli.skipping import add_skip_bad, tell_skipped, trained_without_bad
from resunet.data.cases import cases_of_split, find_cases
from resunet.evaluation.scores import score_cases, summarise, write_slices
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.storage import write_json


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
    add_sampling(parser, default=0)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="result folder")
    add_skip_bad(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Scores; see the module."""
    splits = args.split or ["testing"]
    all_cases = find_cases(args.data)
    cases = {split: cases_of_split(all_cases, split, args.data) for split in splits}
    model = find_model(args.weights)
    make_out(args.out, args.data)
    load_tensorflow()
    engine = load_engine(model)
    skips = args.skip_bad or trained_without_bad(model)
    scores, skipped = {}, []
    for split in splits:
        left_out: list[str] = []
        with progress(None, f"Scoring {split}", total=len(cases[split])) as bar:
            scores[split] = score_cases(
                cases[split],
                engine,
                samples=args.samples,
                seed=args.seed,
                skipped=left_out if skips else None,
                on_case=advance(bar),
            )
        skipped += left_out
    tell_skipped(skipped)
    result = {
        "schema": 1,
        "model_id": engine.model_id,
        "engine": engine.name,
        "data": args.data.resolve(),
        "samples": args.samples,
        "seed": args.seed,
        "threshold": engine.threshold,
        "skipped": skipped,
        "splits": {split: summarise(scores[split]) for split in splits},
    }
    write_slices(args.out / "slices.csv", [score for split in splits for score in scores[split]])
    write_json(args.out / "scores.json", result)
    lines = [f"{'split':<12}{'resolution':<12}{'pooled':>8}{'patients':>10}{'slices':>8}   Dice"]
    for split, summary in result["splits"].items():
        for name, values in summary.items():
            lines.append(
                f"{split:<12}{name:<12}{values['dice_pooled']:>8.3f}"
                f"{values['dice_patient_mean']:>10.3f}{values['dice_slice_mean']:>8.3f}"
                f"   {values['patients']} patients, {values['slices']} slices, "
                f"{values['undefined_slices']} undefined"
            )
    tell(result, args, [*lines, f"Written to {args.out}."])
    return 0
