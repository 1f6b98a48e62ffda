"""``python -m resunet stop``: stops a training."""

import argparse
from pathlib import Path

from resunet.cli.console import add_json, tell
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.stopping import POLITE_SECONDS, stop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("run_dir", type=Path, metavar="RUN", help="run folder")
    parser.add_argument(
        "--patience",
        type=float,
        default=POLITE_SECONDS,
        metavar="S",
        help=f"seconds to save and end in, before it is killed ({POLITE_SECONDS:.0f})",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Stops it; see the module."""
    folder = RunFolder(args.run_dir)
    state = stop(folder, args.patience)
    message = folder.read_status().get("message", "")
    tell({"schema": 1, "run": folder.path, "state": state, "message": message}, args, [message])
    return 0
