"""``evaluate --uncertainty``: how good the uncertainty is, in one way to predict or in several."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from resunet.cli.console import advance, progress
from resunet.data.cases import Case
from resunet.errors import InputError
from resunet.evaluation.one_pass import Plan, evaluate_cases
from resunet.evaluation.patients import Counters, PatientResult
from resunet.evaluation.progress import part_name
from resunet.evaluation.seen import OneNetwork
from resunet.evaluation.uncertainty import COUNTER, UncertaintyCounter, read_facts
from resunet.evaluation.uncertainty_summary import summarise_uncertainty
from resunet.evaluation.ways import WAYS, Together, make_way
from resunet.export.uncertainty import value_at
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.storage import SCHEMA

OnCase = Callable[[object], None]
"""Called after each patient."""

_MANY = "ensemble"
_SHOWN = {
    "passes": ("passes",),
    "Dice": ("dice_patient_mean",),
    "ECE": ("calibration", "band", "ece"),
    "crossed": ("temperature", "crossed", "band", "ece"),
    "T": ("temperature", "fitted"),
    "AUC": ("review_first", "slices", "doubt", "auc"),
    "QU": ("errors", "entropy", "qu_brats", "score"),
    "covered": ("intervals", "slices", "share_inside"),
}
_EXPLAINED = (
    "Dice: mean of patients. ECE: expected calibration error near the outlines; crossed: each "
    "patient scaled by the temperature of the others; T: that of all, beside the card's. AUC: of "
    "doubt for a slice's Dice below 0.7. QU: the QU-BraTS score of entropy. Covered: slices whose "
    "expert's area lies in the 5 to 95 % interval."
)


def add_uncertainty(parser: argparse.ArgumentParser, *, several: bool = True) -> None:
    """Adds ``--uncertainty`` and ``--way``; with several networks also ``--ensemble``."""
    parser.add_argument(
        "--uncertainty",
        action="store_true",
        help="measure calibration and how good the uncertainty is, into uncertainty.json",
    )
    parser.add_argument(
        "--way",
        action="append",
        default=[],
        choices=[name for name in WAYS if several or not name.startswith(_MANY)],
        help="with --uncertainty: another way to predict that is measured too, may be repeated",
    )
    if several:
        parser.add_argument(
            "--ensemble",
            action="append",
            default=[],
            metavar="FILE|RUN|MODEL",
            help="another network of an ensemble, beside --weights; may be repeated",
        )
    else:
        parser.set_defaults(ensemble=[])


def counters_of(args: argparse.Namespace) -> Counters:
    """What is counted besides the scores.

    Raises:
        InputError: If a way is asked for without ``--uncertainty``, or one with dropout without
            passes.
    """
    if (args.way or args.ensemble) and not args.uncertainty:
        raise InputError("--way and --ensemble are of --uncertainty, which is not given.")
    drawn = next((name for name in args.way if name.startswith("dropout")), None)
    if drawn and args.samples < 2:  # now, not once networks have been trained for hours
        raise InputError(f"samples is {args.samples} for {drawn}, where 2 or more is accepted.")
    return {COUNTER: UncertaintyCounter} if args.uncertainty else {}


def ways_of(args: argparse.Namespace, way: OneNetwork) -> list[Together]:
    """The ways that are measured besides the one that is scored.

    Args:
        args: The command's.
        way: The one that is scored.

    Raises:
        InputError: If a way needs other networks or passes than are given.
    """
    asked = list(dict.fromkeys(args.way))
    several = [way.engine, *(load_engine(find_model(name)) for name in args.ensemble)]
    return [
        make_way(
            name,
            several if name.startswith(_MANY) else [way.engine],
            samples=args.samples,
            seed=args.seed,
            threshold=way.threshold,
        )
        for name in asked
        if name != own_name(args)
    ]


def in_ways(
    args: argparse.Namespace,
    plan: Plan,
    ways: Sequence[Together],
    scored: Sequence[PatientResult],
    cases: Sequence[Case],
    called: str,
    counting: Callable[[str, OnCase], OnCase] = lambda name, on_case: on_case,
) -> dict[str, Sequence[PatientResult]]:
    """What comes of the patients in each way.

    Args:
        args: The command's.
        plan: How they were scored.
        ways: Of `ways_of`.
        scored: What came of it.
        cases: The patients.
        called: What they are called while it goes on.
        counting: What else is done after each patient, from what the way's part is called
            and what is done anyway.

    Returns:
        Name of the way → its patients, first the way that is scored.
    """
    found: dict[str, Sequence[PatientResult]] = {own_name(args): scored}
    for way in ways:
        with progress(None, f"{way.name}, {called}", total=len(cases)) as bar:
            on_case = counting(part_name(called, way.name), advance(bar))
            also = evaluate_cases(cases, replace(plan, way=way), args.out, on_case=on_case)
        found[way.name] = also.patients
    return found


def assess(
    args: argparse.Namespace,
    way: OneNetwork,
    model_id: str,
    splits: Mapping[str, Mapping[str, Sequence[PatientResult]]],
) -> dict[str, Any]:
    """How good the uncertainty is, split by split and way by way.

    Args:
        args: The command's.
        way: The way that is scored.
        model_id: Whose uncertainty it is.
        splits: Split → what `in_ways` gives.

    Returns:
        JSON values for ``uncertainty.json``.
    """
    described = {**WAYS, own_name(args): _own_words(args)}
    drawn = {"dropout", *([own_name(args)] if args.samples >= 2 else [])}
    return {
        "schema": SCHEMA,
        "model_id": model_id,
        "temperature": way.engine.temperature,
        "threshold": way.threshold,
        "ensemble": list(args.ensemble),
        "data": args.data.resolve().name,
        "samples": args.samples,
        "seed": args.seed if args.samples else None,
        "seed_reason": None if args.samples else "The deterministic pass draws nothing.",
        "splits": {
            split: {
                "ways": {
                    name: _entry(patients, described[name], name in drawn)
                    for name, patients in found.items()
                }
            }
            for split, found in splits.items()
        },
    }


def uncertainty_lines(result: Mapping[str, Any]) -> list[str]:
    """The table of ways, for people."""
    lines = []
    for split, ways in result["splits"].items():
        lines.append(f"{split or 'all'}: {'':<18}" + "".join(f"{name:>9}" for name in _SHOWN))
        for name, entry in ways["ways"].items():
            cells = [_number(value_at(entry, path)) for path in _SHOWN.values()]
            lines.append(f"  {name:<24}" + "".join(f"{cell:>9}" for cell in cells))
    return [*lines, _EXPLAINED]


def _entry(patients: Sequence[PatientResult], words: str, drawn: bool) -> dict[str, Any]:
    facts = {each.patient: read_facts(each.extra[COUNTER]) for each in patients}
    return {"way": words, **summarise_uncertainty(facts, drawn=drawn)}


def own_name(args: argparse.Namespace) -> str:
    """What the way that is scored is called; averaging with the mirrored pass is another way."""
    name = "dropout" if args.samples else "deterministic"
    return f"{name}, flip averaged" if args.flip else name


def _own_words(args: argparse.Namespace) -> str:
    words = WAYS["dropout" if args.samples else "deterministic"]
    return f"{words}, each averaged with that of the mirrored slice" if args.flip else words


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
