"""The command line, ``python -m resunet <command>``: one file a command.

Exit codes: 0 is success, 1 a failure that is told in one sentence, 2 a wrong call.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from resunet import __version__
from resunet.errors import InputError

COMMANDS = {
    "info": "tell versions, devices and folders",
    "summary": "tell the network's layers and parameters",
    "train": "train a network on a data folder",
    "stop": "stop a training",
    "evaluate": "score a network on a split of a data folder",
    "crossval": "train and score a network on every part of the patients",
    "predict": "segment slices or patients, with uncertainty",
    "compare": "compare the splits of a data folder",
    "phantom": "make synthetic patients",
    "pack": "make a model of a run, with a card and scores",
    "calibrate": "make a model's probabilities honest, on patients new to it",
    "bench": "measure the speed of training",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The words after the program's name; the process's own by default.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser(words)
    args = parser.parse_args(words)
    try:
        return args.run(args)
    except InputError as error:
        print(f"resunet {args.command}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"resunet {args.command}: {reason}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"resunet {args.command}: interrupted.", file=sys.stderr)
        return 1


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command that is called is loaded."""
    parser = argparse.ArgumentParser(
        prog="python -m resunet",
        description="ResU-Net: brain tumour segmentation in MRI with a visible uncertainty. "
        "Research use only; not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"resunet {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    called = next((word for word in words if word in COMMANDS), None)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name == called:
            module = importlib.import_module(f"resunet.cli.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser
