"""``python -m resunet bench``: how fast training runs, and how fast it could."""

import argparse
import math
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

from resunet.cli.console import add_data, add_json, advance, load_tensorflow, progress, tell, whole
from resunet.cli.excluding import left_of
from resunet.cli.skipping import add_skip_bad, tell_skipped
from resunet.config import Config
from resunet.data.cache import packed_slices
from resunet.data.cases import cases_of_split, find_cases
from resunet.errors import InputError
from resunet.jobs.reading import read_settings
from resunet.presets import PRESETS, preset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_data(parser)
    parser.add_argument("--preset", choices=PRESETS, help="settings to train with (small-data)")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="instead, settings as a run's config.json"
    )
    parser.add_argument("--repetitions", type=whole(1), default=7, metavar="N", help="pairs (7)")
    parser.add_argument("--steps", type=whole(1), default=10, metavar="N", help="in each run (10)")
    add_skip_bad(parser)
    add_json(parser)


_WARM_UP_STEPS = 10  # of each repetition, at most


def run(args: argparse.Namespace) -> int:
    """Measures; see the module."""
    load_tensorflow()
    from resunet.training.device import configure_runtime, device_name, one_device
    from resunet.training.throughput import measure_throughput

    if args.config and args.preset:
        raise InputError("--config and --preset are both given; one of them is accepted.")
    config, record = _settings(args)
    config = _long_enough(config, args.repetitions * (args.steps + _WARM_UP_STEPS))
    found = cases_of_split(find_cases(args.data), "training", args.data)
    cases = left_of(found, record.get("excluded", ()), "training").cases
    with progress(None, "Reading training", total=len(cases)) as bar:
        data = packed_slices(
            cases,
            config.preparation,
            config.network.input_size,
            skip_bad=args.skip_bad or record.get("skip_bad", False),
            on_case=advance(bar),
        )
    tell_skipped(data.skipped)
    configure_runtime(deterministic=config.training.deterministic)
    strategy = one_device()
    with progress(None, "Measuring", total=args.repetitions) as bar:
        result = measure_throughput(
            config,
            data,
            strategy,
            repetitions=args.repetitions,
            steps=args.steps,
            on_repetition=advance(bar),
        )
    bare, training = statistics.median(result.bare), statistics.median(result.training)
    values = {
        "schema": 1,
        "device": device_name(strategy),
        "preset": config.preset,
        "skipped": data.skipped,
        "batch_size": config.training.batch_size,
        "bare_step_images_per_s": result.bare,
        "training_images_per_s": result.training,
        "training_share": result.share,
    }
    lines = [
        f"{values['device']}, {config.preset}, medians of {args.repetitions} paired repetitions:",
        f"bare compiled step  {bare:8.1f} images/s",
        f"training            {training:8.1f} images/s",
        f"share               {result.share:8.2f}   (median of the pairs)",
    ]
    tell(values, args, lines)
    return 0


def _settings(args: argparse.Namespace) -> tuple[Config, dict[str, Any]]:
    """The settings, and what a run's file says of its data besides."""
    if args.config:
        return read_settings(args.config)
    return preset(args.preset or "small-data"), {}


def _long_enough(config: Config, steps: int) -> Config:
    """The same with so many epochs that the batches last for these steps."""
    plan = config.training
    epochs = max(plan.epochs, math.ceil(steps / plan.steps_per_epoch))
    return replace(config, training=replace(plan, epochs=epochs))
