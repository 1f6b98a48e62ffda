"""``python -m resunet compare``: what differs between sets of patients, and what is broken."""

import argparse
from pathlib import Path
from typing import Any

from resunet.cli.compare_files import write_files
from resunet.cli.compare_scores import effect_on_score
from resunet.cli.console import add_json, advance, make_out, progress, tell, whole
from resunet.cohort.comparison import compare_sets
from resunet.cohort.sets import choose_reference, find_sets
from resunet.cohort.survey import survey_sets
from resunet.cohort.workers import ClusterWorkers, LocalWorkers, Workers
from resunet.inference.models import find_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        required=True,
        metavar="DIR",
        help="data folders; the splits of one are compared, or those of several",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="result folder")
    parser.add_argument(
        "--check", action="store_true", help="look for broken slices, which takes longer"
    )
    parser.add_argument(
        "--reference", metavar="SET", help="set that says what is usual (training, else the first)"
    )
    parser.add_argument(
        "--whole", action="store_true", help="take each folder as one set, whatever its splits"
    )
    parser.add_argument(
        "--weights",
        metavar="FILE|RUN|MODEL",
        help="score this network with and without the broken slices",
    )
    parser.add_argument("--seed", type=whole(0), default=0, metavar="S", help="of all chance (0)")
    parser.add_argument(
        "--permutations",
        type=whole(1),
        default=9_999,
        metavar="N",
        help="ways to deal patients out anew (9999)",
    )
    parser.add_argument(
        "--jobs", type=whole(1), metavar="N", help="processes that read (one a core)"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask cluster's scheduler, to read there instead"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Compares; see the module."""
    sets = find_sets(args.data, whole=args.whole)
    reference = choose_reference((each.name for each in sets), args.reference)
    model = None if args.weights is None else find_model(args.weights)
    for root in args.data:
        make_out(args.out, root)
    workers = _workers(args)
    with progress(None, "Reading", total=sum(len(each.cases) for each in sets)) as bar:
        surveys = survey_sets(sets, checked=args.check, workers=workers, on_case=advance(bar))
    compared = compare_sets(
        surveys,
        reference=reference,
        checked=args.check,
        permutations=args.permutations,
        seed=args.seed,
    )
    effect = None
    if model is not None:
        effect = effect_on_score(model, sets, compared.broken, reference, seed=args.seed)
    result = write_files(args.out, compared, sets, effect)
    tell(result, args, [*_sentences(result), f"Written to {args.out}."])
    return 0


def _workers(args: argparse.Namespace) -> Workers:
    return ClusterWorkers(args.scheduler) if args.scheduler else LocalWorkers(args.jobs)


def _sentences(result: dict[str, Any]) -> list[str]:
    """What was found, for people."""
    lines = []
    for name, values in result["sets"].items():
        area = values["mean_area_px"]
        outlined = (
            "no outline"
            if area is None
            else f"{values['empty_share']:.0%} without tumour, {area:.0f} px on average"
        )
        lines.append(
            f"{name}: {values['slices']} slices of {values['patients']} patients, {outlined}"
        )
    for pair in result["pairs"]:
        lines += [f"{pair['a']} and {pair['b']}:", *(f"  {line}" for line in pair["summary"])]
    lines += [*result["leakage"]["summary"], *result["flags_summary"]]
    return [*lines, *result.get("effect", {}).get("sentences", [])]
