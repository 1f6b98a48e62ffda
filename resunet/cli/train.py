"""``python -m resunet train``: trains a network in a run folder."""

import argparse
import contextlib
import logging
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resunet.cli.console import add_data, add_json, load_tensorflow, progress, tell, whole
from resunet.cli.run_card import write_run_card
from resunet.cli.train_data import TrainingData, read_data
from resunet.config import PRESETS, Config, preset
from resunet.errors import InputError
from resunet.inference.beginning import check_fits, copy_weights
from resunet.inference.models import find_model
from resunet.jobs.cluster import Cluster, read_cluster
from resunet.jobs.history import best_row
from resunet.jobs.launch import launch
from resunet.jobs.lock import only_one
from resunet.jobs.queue import turn
from resunet.jobs.reading import read_settings
from resunet.jobs.run_folder import ACTIVE, RunFolder, new_run
from resunet.jobs.stopping import StopRequested, StopSignal
from resunet.jobs.versions import difference, training_versions

if TYPE_CHECKING:
    from resunet.training.loop import Outcome

FLAGS = ("deterministic", "mixed_precision", "xla", "tensorboard")

_LOG = logging.getLogger(__name__)


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
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out files that cannot be used, and list them"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Trains; see the module."""
    cluster = read_cluster()
    if cluster is None:
        return _run(args, None)
    code = _run(args, cluster) if cluster.is_chief else _help_the_chief(args, cluster)
    if not args.detach:
        # TensorFlow's processes wait a minute for one another's farewell; all is written by now
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _run(args: argparse.Namespace, cluster: Cluster | None) -> int:
    folder, config = _open_run(args)
    if args.detach:
        return _detach(args, folder, config)
    stop = StopSignal()
    with stop.heard(), only_one(folder):
        try:
            folder.clear_unfinished()
            outcome = _prepare_and_train(args, folder, config, stop, cluster)
        except StopRequested:
            sentence = "Stopped before its next step; it can be resumed."
            folder.change_status("stopped", sentence)
            tell({"schema": 1, "run": folder.path, "state": "stopped"}, args, [sentence])
            return 0
        except BaseException as error:
            if folder.read_status().get("state") in ACTIVE:
                with contextlib.suppress(OSError):
                    folder.change_status("failed", str(error) or type(error).__name__)
            raise
    return _conclude(args, folder, outcome)


def _detach(args: argparse.Namespace, folder: RunFolder, config: Config) -> int:
    """Leaves the training to a process of its own."""
    if not args.resume:
        with only_one(folder):
            folder.write_config(config, _record(args, folder))
    more = [] if args.epochs is None else ["--epochs", str(args.epochs)]
    pid = launch(folder, args.data, [*more, *(["--skip-bad"] if args.skip_bad else [])])
    sentence = f"Process {pid} trains {folder.path}; its words go to {folder.output_file.name}."
    tell({"schema": 1, "run": folder.path, "pid": pid}, args, [sentence])
    return 0


def _prepare_and_train(
    args: argparse.Namespace,
    folder: RunFolder,
    config: Config,
    stop: StopSignal,
    cluster: Cluster | None,
) -> "Outcome":
    """Reads the data, waits for the device, trains."""

    def beat(sentence: str) -> None:
        if folder.exists():
            folder.change_status("queued", sentence)

    beat("Reading the data.")
    data = read_data(
        args.data,
        config,
        folder if args.resume else None,
        skip_bad=_skips_bad(args, folder),
        on_case=lambda: beat("Reading the data."),
    )
    before, versions = folder.read_versions(), training_versions()
    # other settings to go on with are written once what there is to go on from is known to fit
    known = folder.read_config()[0] if args.resume else config
    folder.write_config(known, {**_record(args, folder), **data.record()}, versions)
    _log_to(folder)
    if changed := difference(before, versions):
        _LOG.info("trained with %s: it may not go on exactly as it would have", changed)
    data.tell_oddities()
    beat("Waiting for its turn.")

    def tell_wait(sentence: str) -> None:
        beat(sentence)
        print(sentence, file=sys.stderr)

    with turn(folder.path.name, tell_wait, beat):
        if cluster is not None:
            cluster.wait(tell_wait)
        folder.change_status("running", "Loading the network's library.")
        outcome = _train(config, data, folder, args.resume, stop, cluster)
        stop.waits = True  # a card is all that is left to do
        write_run_card(
            folder,
            data.cases["validating"],
            finished=outcome.state == "finished",
            should_stop=stop.came,
        )
        return outcome


def _skips_bad(args: argparse.Namespace, folder: RunFolder) -> bool:
    """Whether bad files are left out: as is asked for, or as the run began."""
    return args.skip_bad or (args.resume and folder.read_config()[1].get("skip_bad", False))


def _record(args: argparse.Namespace, folder: RunFolder) -> dict[str, Any]:
    """The data folder, and whose weights the run begins with, which are copied into it."""
    record: dict[str, Any] = {"folder": str(args.data.resolve())}
    if _skips_bad(args, folder):
        record["skip_bad"] = True
    if args.begin_with:
        record["begins_with"] = copy_weights(folder, find_model(args.begin_with))
    return record


def _help_the_chief(args: argparse.Namespace, cluster: Cluster) -> int:
    """Trains as one of several processes, of which another one writes the run's files."""
    if args.detach:
        raise InputError(
            f"--detach was given to worker {cluster.index} of TF_CONFIG, where it is accepted for "
            "the first process alone."
        )
    folder, config = _open_run(args, writes=False)
    stop = StopSignal()
    with stop.heard():
        try:
            data = read_data(args.data, config, None, skip_bad=_skips_bad(args, folder))
            cluster.wait(lambda sentence: print(sentence, file=sys.stderr))
            outcome = _train(config, data, folder, args.resume, stop, cluster)
        except StopRequested:
            tell({"schema": 1, "state": "stopped"}, args, ["Stopped before its next step."])
            return 0
    result = {"schema": 1, "state": outcome.state, "message": outcome.message}
    tell({**result, "worker": cluster.index}, args, [outcome.message])
    return 0 if outcome.state in ("finished", "stopped") else 1


def _conclude(args: argparse.Namespace, folder: RunFolder, outcome: "Outcome") -> int:
    rows = outcome.position.history
    best = best_row(rows) or {}
    result = {"schema": 1, "run": folder.path, "state": outcome.state, "best": best}
    sentences = [f"{outcome.message}", f"Run folder: {folder.path}"]
    if best:
        sentences.insert(1, f"Best epoch {best['epoch']}: validation Dice {best['val_dice']:.3f}.")
    tell({**result, "message": outcome.message, "history": rows}, args, sentences)
    return 0 if outcome.state in ("finished", "stopped") else 1


def _train(
    config: Config,
    data: TrainingData,
    folder: RunFolder,
    resume: bool,
    stop: StopSignal,
    cluster: Cluster | None,
) -> "Outcome":
    load_tensorflow()
    from resunet.training.device import configure_runtime
    from resunet.training.distribute import caveat, choose_strategy
    from resunet.training.loop import train
    from resunet.training.outcome import Watch
    from resunet.training.steps import Totals

    configure_runtime(deterministic=config.training.deterministic)
    strategy = choose_strategy(cluster)
    oddity = caveat(config, strategy)
    if oddity:
        print(oddity, file=sys.stderr)
    planned = config.training.epochs * config.training.steps_per_epoch
    # heard anew, since TensorFlow of several machines takes SIGTERM for itself
    with stop.heard(), progress(None, "Training", total=planned) as bar:

        def on_step(position: Any, totals: Totals) -> None:
            stop.waits = True
            bar.update(position.step - bar.n)
            bar.set_postfix(epoch=position.epoch + 1, dice=f"{totals.dice:.3f}", refresh=False)

        return train(
            config,
            data.training,
            data.validating,
            folder,
            resume=resume,
            strategy=strategy,
            watch=Watch(on_step=on_step, should_stop=stop.came),
        )


def _open_run(args: argparse.Namespace, *, writes: bool = True) -> tuple[RunFolder, Config]:
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


def _log_to(folder: RunFolder) -> None:
    handler = logging.FileHandler(folder.log_file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("resunet")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
