"""What the words of ``train`` ask for: the run folder, and the settings to train it with."""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from resunet.cli.console import add_data, add_json, whole
from resunet.cli.skipping import add_skip_bad
from resunet.config import PRESETS, Config, preset
from resunet.errors import InputError
from resunet.inference.beginning import check_fits
from resunet.inference.models import find_model
from resunet.jobs.reading import read_settings
from resunet.jobs.run_folder import RunFolder, new_run

FLAGS = ("deterministic", "mixed_precision", "xla", "tensorboard")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_data(parser)
    parser.add_argument(
        "--run",
        dest="run_dir",
        type=Path,
        metavar="DIR",
        help="run folder; by default a new one in the program's runs folder, where the app looks",
    )
    settings = parser.add_mutually_exclusive_group()
    settings.add_argument("--preset", choices=PRESETS, help="settings (small-data)")
    settings.add_argument(
        "--config", type=Path, metavar="FILE", help="settings: JSON, such as a run's config.json"
    )
    parser.add_argument(
        "--begin-with",
        metavar="FILE|RUN|MODEL",
        help="weights to begin with, of a model of the same architecture and preparation",
    )
    parser.add_argument("--epochs", type=whole(1), metavar="N", help="most epochs")
    parser.add_argument(
        "--steps-per-epoch", type=whole(1), metavar="N", help="steps between two validations"
    )
    parser.add_argument("--batch-size", type=whole(1), metavar="N", help="slices a step")
    parser.add_argument("--seed", type=whole(0), metavar="S", help="seed of everything random (0)")
    parser.add_argument(
        "--deterministic",
        action="store_const",
        const=True,
        help="repeat bit for bit, at about a quarter of the speed",
    )
    parser.add_argument(
        "--mixed-precision", action="store_const", const=True, help="compute in 16 bits"
    )
    parser.add_argument(
        "--xla", action="store_const", const=True, help="compile the step with XLA, on one device"
    )
    parser.add_argument(
        "--tensorboard",
        action="store_const",
        const=True,
        help="write events for TensorBoard into the run's folder events",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in --run")
    parser.add_argument(
        "--detach",
        action="store_true",
        help="train in the background, whatever becomes of this terminal",
    )
    add_skip_bad(parser)
    add_json(parser)


def open_run(args: argparse.Namespace, *, writes: bool = True) -> tuple[RunFolder, Config]:
    """The run folder and its settings, new or taken up; by a process that writes, or another."""
    if args.resume:
        if args.run_dir is None:
            raise InputError("--resume needs --run, the folder of the run to go on with.")
        for name in ("config", "begin_with"):
            if getattr(args, name):
                raise InputError(
                    f"--{name.replace('_', '-')} is for new runs; --resume goes on with the run's "
                    "own settings and weights."
                )
        folder = RunFolder(args.run_dir)
        return folder, _resumed(folder.read_config()[0], args)
    settings = read_settings(args.config)[0] if args.config else preset(args.preset or "small-data")
    config = _with_arguments(settings, args)
    if args.begin_with:
        check_fits(find_model(args.begin_with), config)
    folder = RunFolder(args.run_dir) if args.run_dir else new_run(config.preset)
    if writes and folder.exists():
        raise InputError(f"{folder.path} holds a run already: --resume or another --run.")
    return folder, config


def _resumed(config: Config, args: argparse.Namespace) -> Config:
    """The run's own settings; only the number of epochs may change."""
    wanted = _with_arguments(config, args)
    changed = [
        name
        for name, value in asdict(wanted.training).items()
        if name != "epochs" and value != getattr(config.training, name)
    ]
    if wanted.seed != config.seed:
        changed.append("seed")
    if args.preset and args.preset != config.preset:
        changed.append("preset")
    if changed:
        raise InputError(
            f"--{changed[0].replace('_', '-')} differs from the run in {args.run_dir}; a run "
            "goes on with its own settings, of which only --epochs may change."
        )
    return wanted


def _with_arguments(config: Config, args: argparse.Namespace) -> Config:
    names = ("epochs", "steps_per_epoch", "batch_size", *FLAGS)
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    seed = config.seed if args.seed is None else args.seed
    return replace(config, seed=seed, training=replace(config.training, **given))


def skips_bad(args: argparse.Namespace, folder: RunFolder) -> bool:
    """Whether bad files are left out: as is asked for, or as the run began."""
    return args.skip_bad or (args.resume and folder.read_config()[1].get("skip_bad", False))
