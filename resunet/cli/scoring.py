"""How ``evaluate`` and ``crossval`` begin: how it is predicted, counted and compared."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from resunet.cli.console import add_sampling, between, whole
from resunet.evaluation.against import read_scores, shared_splits
from resunet.evaluation.estimates import BOOTSTRAPS
from resunet.evaluation.seen import OneNetwork
from resunet.inference.engines import Engine


def add_scoring(parser: argparse.ArgumentParser, *, threshold: str, other: str) -> None:
    """Adds the result folder, and how it is predicted, counted and compared.

    Args:
        parser: The command's.
        threshold: What the threshold is where none is given.
        other: Whose result folder can be compared with.
    """
    add_sampling(parser, default=0)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="result folder")
    parser.add_argument(
        "--flip",
        action="store_true",
        help="average with the slice mirrored left to right, which takes twice as long",
    )
    parser.add_argument(
        "--threshold",
        type=between(0.0, 1.0),
        metavar="P",
        help=f"probability above which a pixel is tumour ({threshold})",
    )
    parser.add_argument(
        "--bootstraps",
        type=whole(1),
        default=BOOTSTRAPS,
        metavar="N",
        help=f"how often patients are drawn again for the intervals ({BOOTSTRAPS})",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="DIR",
        help=f"{other}'s result folder, to be compared with patient by patient",
    )


def way_of(args: argparse.Namespace, engine: Engine) -> OneNetwork:
    """The way to predict that is scored."""
    return OneNetwork(
        engine,
        samples=args.samples,
        seed=args.seed,
        flip=args.flip,
        threshold=args.threshold,
    )


def other_of(args: argparse.Namespace, splits: Iterable[str]) -> dict[str, Any] | None:
    """The result to compare with, read before anything is computed; None for none.

    Raises:
        InputError: If it cannot be read, or has none of the splits.
    """
    if args.against is None:
        return None
    other = read_scores(args.against)
    shared_splits(splits, other["splits"])
    return other


def tell_stopped(args: argparse.Namespace, command: str) -> int:
    """Says that what is done is kept; gives the exit code."""
    kept = f"what is done is kept in {args.out}, and the same command goes on from there"
    print(f"resunet {command}: stopped; {kept}.", file=sys.stderr)
    return 1
