"""``--skip-bad``: files that cannot be used are left out and listed, instead of refused."""

import argparse
import sys
from collections.abc import Iterable

from resunet.inference.cards import run_round
from resunet.inference.models import ModelFile


def add_skip_bad(parser: argparse.ArgumentParser) -> None:
    """Adds ``--skip-bad``."""
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out files that cannot be used, and list them"
    )


def trained_without_bad(model: ModelFile) -> bool:
    """Whether a model is a run that left bad files out; its data folder may still hold them."""
    run = run_round(model.weights)
    return run is not None and run.read_config()[1].get("skip_bad", False)


def tell_skipped(sentences: Iterable[str]) -> None:
    """Lists on standard error what was left out."""
    for sentence in sentences:
        print(f"skipped: {sentence}", file=sys.stderr)
