"""What commands share in talking to a user: progress, results, arguments."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from resunet.storage import dump_json


def progress(items: Iterable[Any] | None, text: str, total: int | None = None) -> Any:
    """A progress bar on standard error; none where that is not a terminal.

    Args:
        items: What is gone through, or None for a bar moved by hand.
        text: What is done.
        total: How many items, where ``items`` does not tell.
    """
    from tqdm import tqdm

    return tqdm(items, desc=text, total=total, disable=not sys.stderr.isatty(), leave=False)


def tell(values: dict[str, Any], args: argparse.Namespace, sentences: Iterable[str]) -> None:
    """Prints the result: JSON with ``--json``, else sentences."""
    if args.json:
        print(dump_json(values))
    else:
        print("\n".join(sentences))


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Adds ``--data``."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder with <split>/<patient>_<k>.npz, or a folder of NIfTI files a patient",
    )


def whole(low: int) -> Any:
    """An argument type: a whole number from ``low`` up."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} up")
        return value

    return number
