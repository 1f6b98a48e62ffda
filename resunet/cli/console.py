"""What commands share in talking to a user: progress, results, arguments."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from resunet.errors import InputError
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


def advance(bar: Any) -> Callable[[object], None]:
    """A callback that moves a bar by one, whatever it is told."""

    def move(_: object) -> None:
        bar.update()

    return move


def tell(values: dict[str, Any], args: argparse.Namespace, sentences: Iterable[str]) -> None:
    """Prints the result: JSON with ``--json``, else sentences."""
    if args.json:
        print(dump_json(values))
    else:
        print("\n".join(sentences))


def load_tensorflow() -> None:
    """Imports TensorFlow without its start-up notes, which drown what a user should read.

    They are held back only if the import succeeds and ``TF_CPP_MIN_LOG_LEVEL`` is not set:
    no setting of TensorFlow's own reaches those it writes while it is being loaded.
    """
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    sys.stderr.flush()
    standard_error = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()
        except BaseException:
            held.seek(0)
            os.write(standard_error, held.read())
            raise
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)


def make_out(out: Path, data: Path | None = None) -> None:
    """Makes the result folder before long work begins.

    Raises:
        InputError: If it lies inside the data folder, where results would be taken for cases,
            or cannot be made.
    """
    if data is not None and out.resolve().is_relative_to(data.resolve()):
        raise InputError(f"--out {out} lies inside --data {data}; another folder is accepted.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {out} cannot be made: {error.strerror}.") from error


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


def add_model(parser: argparse.ArgumentParser) -> None:
    """Adds ``--weights``."""
    parser.add_argument(
        "--weights",
        metavar="FILE|RUN|MODEL",
        help="weights file, run folder, or name of a model or run; by default the app's model",
    )


def add_sampling(parser: argparse.ArgumentParser, *, default: int) -> None:
    """Adds ``--samples`` and ``--seed`` of the stochastic passes."""
    parser.add_argument(
        "--samples",
        type=whole(0),
        default=default,
        metavar="T",
        help=f"stochastic passes; 0 is one deterministic pass ({default})",
    )
    parser.add_argument(
        "--seed", type=whole(0), default=0, metavar="S", help="seed of the dropout masks (0)"
    )


def between(low: float, high: float) -> Any:
    """An argument type: a number in a closed interval."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")
        return value

    return number


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
