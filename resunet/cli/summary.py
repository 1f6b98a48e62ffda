"""``python -m resunet summary``: the network of a preset, level by level."""

import argparse

from resunet.cli.console import add_json, load_tensorflow, tell
from resunet.presets import PRESETS, preset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--preset", choices=PRESETS, default="paper", help="settings (paper)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Builds the network and counts; see the module."""
    load_tensorflow()
    from resunet.network.plan import describe
    from resunet.network.resunet import build_resunet

    config = preset(args.preset).network
    plan = describe(build_resunet(config), config)
    lines = [f"{'level':<12}{'output shape':<16}{'parameters':>12}"]
    lines += [
        f"{level.name:<12}{'×'.join(map(str, level.shape_out)):<16}{level.parameters:>12,}"
        for level in plan.levels()
    ]
    lines += [f"trainable     {plan.trainable:>26,}", f"non-trainable {plan.fixed:>26,}"]
    values = {
        "schema": 1,
        "preset": args.preset,
        "trainable": plan.trainable,
        "non_trainable": plan.fixed,
        "encoder": plan.encoder,
        "levels": [
            {
                "level": level.name,
                "output_shape": level.shape_out,
                "parameters": level.parameters,
            }
            for level in plan.levels()
        ],
    }
    tell(values, args, lines)
    return 0
