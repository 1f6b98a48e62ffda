"""How ``evaluate`` and ``crossval`` end: compared, written, told."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from resunet.cli.console import tell
from resunet.cli.evaluate_uncertainty import uncertainty_lines
from resunet.cli.evaluate_words import lines
from resunet.evaluation.against import compare_results
from resunet.evaluation.patients import PatientResult
from resunet.export.evaluation import write_evaluation
from resunet.export.uncertainty import write_uncertainty
from resunet.inference.models import ModelFile


def conclude(
    args: argparse.Namespace,
    result: dict[str, Any],
    patients: Sequence[PatientResult],
    other: dict[str, Any] | None,
    quality: Mapping[str, Any] | None = None,
) -> int:
    """Compares, writes and tells.

    Args:
        args: With ``out``, ``against``, ``bootstraps``, ``seed`` and ``json``.
        result: What came of the evaluation.
        patients: What was counted.
        other: The result to compare with; None for none.
        quality: Of the uncertainty, as `resunet.cli.evaluate_uncertainty.assess` gives it; None
            where it was not asked for.

    Returns:
        The exit code.
    """
    if other is not None:
        compared = compare_results(result, other, bootstraps=args.bootstraps, seed=args.seed)
        result["against"] = {"folder": args.against.resolve(), **compared}
    write_evaluation(args.out, result, patients)
    said: list[str] = []
    if quality is not None:
        write_uncertainty(args.out, quality)
        said = ["", *uncertainty_lines(quality)]
    tell(result, args, [*lines(result), *said, f"Written to {args.out}."])
    return 0


def parameters_of(model: ModelFile) -> int:
    """How many values of the network training changes."""
    from resunet.network.backend import building
    from resunet.network.plan import describe
    from resunet.network.resunet import build_resunet

    network = model.config.network
    with building():
        return describe(build_resunet(network), network).trainable
