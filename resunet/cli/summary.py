"""``python -m resunet summary``: the network of a preset, level by level."""

import argparse
from collections import defaultdict

from resunet.cli.console import add_json, load_tensorflow, tell
from resunet.config import PRESETS, preset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--preset", choices=PRESETS, default="paper", help="settings (paper)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Builds the network and counts; see the module."""
    load_tensorflow()
    from resunet.network.resunet import build_resunet

    config = preset(args.preset).network
    network = build_resunet(config)
    levels: dict[str, int] = defaultdict(int)
    shapes = {}
    for layer in network.layers:
        level = "_".join(layer.name.split("_")[:2]) if "coder" in layer.name else "output"
        if layer.weights or "pool" in layer.name:
            levels[level] += layer.count_params()
            shapes[level] = tuple(layer.output.shape[1:])
    trainable, fixed = (
        sum(int(variable.value.shape.num_elements()) for variable in variables)
        for variables in (network.trainable_weights, network.non_trainable_weights)
    )
    rows = [
        {"level": name, "output_shape": shapes[name], "parameters": count}
        for name, count in levels.items()
    ]
    lines = [f"{'level':<12}{'output shape':<16}{'parameters':>12}"]
    lines += [
        f"{row['level']:<12}{'×'.join(map(str, row['output_shape'])):<16}"  # type: ignore[call-overload]
        f"{row['parameters']:>12,}"
        for row in rows
    ]
    lines += [f"trainable     {trainable:>26,}", f"non-trainable {fixed:>26,}"]
    values = {
        "schema": 1,
        "preset": args.preset,
        "trainable": trainable,
        "non_trainable": fixed,
        "encoder": sum(count for name, count in levels.items() if name.startswith("encoder")),
        "levels": rows,
    }
    tell(values, args, lines)
    return 0
