"""What the words of ``train`` ask for: the run folder, and the settings to train it with."""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from resunet.cli.console import add_data, add_json, whole
from resunet.cli.excluding import add_exclude, left_out_by, read_lists
from resunet.cli.skipping import add_skip_bad
from resunet.cli.train_data import cases_to_train
from resunet.config import Config
from resunet.data.cases import find_cases
from resunet.data.folds import Fold, read_fold
from resunet.errors import InputError
from resunet.inference.beginning import check_fits
from resunet.inference.cards import FLAGS, OPTIONS
from resunet.inference.models import find_model
from resunet.jobs.reading import read_settings
from resunet.jobs.run_folder import RunFolder, new_run
from resunet.presets import PRESETS, preset

_SAY = {
    "deterministic": "repeat bit for bit, at about a quarter of the speed",
    "mixed_precision": "compute in 16 bits",
    "xla": "compile the step with XLA, on one device",
    "tensorboard": "write events for TensorBoard into the run's folder events",
}


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
    for name in FLAGS:
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, action="store_const", const=True, help=_SAY[name])
    parser.add_argument("--resume", action="store_true", help="go on with the run in --run")
    parser.add_argument(
        "--detach",
        action="store_true",
        help="train in the background, whatever becomes of this terminal",
    )
    parser.add_argument(
        "--fold",
        metavar="K/N",
        help="deal all patients out to N parts, whatever split they lie in: part K validates, the "
        "others train; all/N trains on all of them",
    )
    add_skip_bad(parser)
    add_exclude(parser)
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
    given = {name: getattr(args, name) for name in OPTIONS if getattr(args, name) is not None}
    seed = config.seed if args.seed is None else args.seed
    return replace(config, seed=seed, training=replace(config.training, **given))


def skips_bad(args: argparse.Namespace, folder: RunFolder) -> bool:
    """Whether bad files are left out: as is asked for, or as the run began."""
    return args.skip_bad or (args.resume and folder.read_config()[1].get("skip_bad", False))


def fold_of(args: argparse.Namespace, folder: RunFolder) -> Fold | None:
    """The part of a cross-validation that is asked for, or as the run began.

    Raises:
        InputError: If the run began with another one.
    """
    fold = None if args.fold is None else read_fold(args.fold)
    if not args.resume:
        return fold
    written = folder.read_config()[1].get("fold")
    known = None if written is None else read_fold(str(written))
    if fold is not None and fold != known:
        raise InputError(
            f"--fold is {fold}, where the run began with {known or 'none'}; a run goes on with the "
            "patients it began with: leave --fold away."
        )
    return known


def left_out_names(args: argparse.Namespace, folder: RunFolder) -> tuple[str, ...]:
    """The slices and patients to leave out: as lists name them, or as the run began.

    Raises:
        InputError: If a list cannot be used, or names others than those that the run began without.
    """
    known = left_out_by(folder) if args.resume else ()
    if not args.exclude:
        return known
    cases = find_cases(args.data)
    exclusion = read_lists(args.exclude, cases, args.data)
    split_cases = cases_to_train(cases, fold_of(args, folder), args.data)
    trained = {id(case): case for some in split_cases.values() for case in some}
    names = exclusion.applied(list(trained.values())).names
    other = sorted(set(names) ^ set(known))
    if args.resume and other:
        raise InputError(
            f"--exclude differs from the run in {other[0]}; a run goes on without the slices that "
            "it began without: leave --exclude away."
        )
    return names
