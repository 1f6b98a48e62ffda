"""``python -m resunet train``: trains a network in a run folder."""

import argparse
import contextlib
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from resunet.cli.console import load_tensorflow, progress, tell
from resunet.cli.run_card import write_run_card
from resunet.cli.train_data import TrainingData, read_data
from resunet.cli.train_words import add_arguments, fold_of, left_out_names, open_run, skips_bad
from resunet.config import Config
from resunet.errors import InputError
from resunet.inference.beginning import copy_weights
from resunet.inference.models import find_model
from resunet.jobs.cluster import Cluster, read_cluster
from resunet.jobs.history import kept_row
from resunet.jobs.launch import launch
from resunet.jobs.lock import only_one
from resunet.jobs.queue import turn
from resunet.jobs.run_folder import ACTIVE, RunFolder
from resunet.jobs.stopping import StopRequested, StopSignal
from resunet.jobs.versions import difference, training_versions

if TYPE_CHECKING:
    from resunet.training.loop import Outcome

__all__ = ["add_arguments", "run"]

_LOG = logging.getLogger(__name__)


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
    folder, config = open_run(args)
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
    names = left_out_names(args, folder)
    if not args.resume:
        with only_one(folder):
            excluded = {"excluded": names} if names else {}
            folder.write_config(config, {**_record(args, folder), **excluded})
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

    names = left_out_names(args, folder)
    beat("Reading the data.")
    data = read_data(
        args.data,
        config,
        folder if args.resume else None,
        skip_bad=skips_bad(args, folder),
        excluded=names,
        fold=fold_of(args, folder),
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


def _record(args: argparse.Namespace, folder: RunFolder) -> dict[str, Any]:
    """The data folder, and whose weights the run begins with, which are copied into it."""
    record: dict[str, Any] = {"folder": str(args.data.resolve())}
    if skips_bad(args, folder):
        record["skip_bad"] = True
    if fold := fold_of(args, folder):
        record["fold"] = str(fold)
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
    folder, config = open_run(args, writes=False)
    stop = StopSignal()
    with stop.heard():
        try:
            data = read_data(
                args.data,
                config,
                None,
                skip_bad=skips_bad(args, folder),
                excluded=left_out_names(args, folder),
                fold=fold_of(args, folder),
            )
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
    kept = kept_row(folder, rows) or {}
    result = {"schema": 1, "run": folder.path, "state": outcome.state, "best": kept}
    sentences = [f"{outcome.message}", f"Run folder: {folder.path}"]
    if kept:
        sentences.insert(1, f"Kept: epoch {kept['epoch']}, validation Dice {kept['val_dice']:.3f}.")
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


def _log_to(folder: RunFolder) -> None:
    handler = logging.FileHandler(folder.log_file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("resunet")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
