"""``evaluate --uncertainty``: how good the uncertainty is, in one way to predict or in several."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from resunet.cli.console import advance, progress
from resunet.data.exclusion import Remaining
from resunet.errors import InputError
from resunet.evaluation.one_pass import Plan, evaluate_cases
from resunet.evaluation.patients import Counters, PatientResult
from resunet.evaluation.seen import OneNetwork
from resunet.evaluation.uncertainty import COUNTER, UncertaintyCounter, read_facts
from resunet.evaluation.uncertainty_summary import summarise_uncertainty
from resunet.evaluation.ways import WAYS, Together, make_way
from resunet.export.uncertainty import value_at
from resunet.inference.engines import Engine, load_engine
from resunet.inference.models import find_model
from resunet.storage import SCHEMA

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


def add_uncertainty(parser: argparse.ArgumentParser) -> None:
    """Adds ``--uncertainty``, ``--way`` and ``--ensemble``."""
    parser.add_argument(
        "--uncertainty",
        action="store_true",
        help="measure calibration and how good the uncertainty is, into uncertainty.json",
    )
    parser.add_argument(
        "--way",
        action="append",
        default=[],
        choices=tuple(WAYS),
        help="with --uncertainty: another way to predict that is measured too, may be repeated",
    )
    parser.add_argument(
        "--ensemble",
        action="append",
        default=[],
        metavar="FILE|RUN|MODEL",
        help="another network of an ensemble, beside --weights; may be repeated",
    )


def counters_of(args: argparse.Namespace) -> Counters:
    """What is counted besides the scores.

    Raises:
        InputError: If a way is asked for without ``--uncertainty``.
    """
    if (args.way or args.ensemble) and not args.uncertainty:
        raise InputError("--way and --ensemble are of --uncertainty, which is not given.")
    return {COUNTER: UncertaintyCounter} if args.uncertainty else {}


def ways_of(args: argparse.Namespace, engine: Engine) -> list[Together]:
    """The ways that are measured besides the one that is scored.

    Raises:
        InputError: If a way needs other networks or passes than are given.
    """
    asked = list(dict.fromkeys(args.way))
    several = [engine, *(load_engine(find_model(name)) for name in args.ensemble)]
    return [
        make_way(
            name,
            several if name.startswith("ensemble") else [engine],
            samples=args.samples,
            seed=args.seed,
            threshold=args.threshold,
        )
        for name in asked
        if name != _own_name(args)
    ]


def assess(
    args: argparse.Namespace,
    plan: Plan,
    ways: Sequence[Together],
    patients: Mapping[str, Sequence[PatientResult]],
    remaining: Mapping[str, Remaining],
) -> dict[str, Any]:
    """How good the uncertainty is, split by split and way by way.

    Args:
        args: The command's.
        plan: How the patients were scored.
        ways: Of `ways_of`.
        patients: Split → what was scored.
        remaining: Split → the cases.

    Returns:
        JSON values for ``uncertainty.json``.
    """
    splits: dict[str, Any] = {}
    for split, scored in patients.items():
        found = {_own_name(args): _entry(scored, _own_words(args), args.samples >= 2)}
        for way in ways:
            cases = remaining[split].cases
            with progress(None, f"{way.name}, {split}", total=len(cases)) as bar:
                also = evaluate_cases(cases, replace(plan, way=way), args.out, on_case=advance(bar))
            found[way.name] = _entry(also.patients, WAYS[way.name], way.name == "dropout")
        splits[split] = {"ways": found}
    own = plan.way
    engine = own.engine if isinstance(own, OneNetwork) else None
    return {
        "schema": SCHEMA,
        "model_id": None if engine is None else engine.model_id,
        "temperature": None if engine is None else getattr(engine, "temperature", 1.0),
        "threshold": own.threshold,
        "ensemble": list(args.ensemble),
        "data": args.data.resolve().name,
        "samples": args.samples,
        "seed": args.seed if args.samples else None,
        "seed_reason": None if args.samples else "The deterministic pass draws nothing.",
        "splits": splits,
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


def _own_name(args: argparse.Namespace) -> str:
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
