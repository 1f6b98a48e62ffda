"""``python -m resunet compare``: mean and std masks of a data folder's splits."""

import argparse
from pathlib import Path

from resunet.cli.console import add_data, add_json, advance, make_out, progress, tell
from resunet.cohort.distributions import MaskDistribution, comparison, mask_distribution
from resunet.cohort.splits import count_masks, masks_by_split
from resunet.data.cases import find_cases
from resunet.export.png import write_png
from resunet.figures.distributions import picture_mask_distributions
from resunet.storage import write_json, write_npz


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_data(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="result folder")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Compares; see the module."""
    cases = find_cases(args.data)
    make_out(args.out, args.data)
    sets: list[MaskDistribution] = []
    for split, masks in masks_by_split(cases).items():
        with progress(None, f"Reading {split}", total=count_masks(cases, split)) as bar:
            sets.append(mask_distribution(split, masks, on_item=advance(bar)))
    result = comparison(sets)
    write_json(args.out / "comparison.json", result)
    for each in sets:
        arrays = {"mean": each.mean, "std": each.std, "hits": each.hits, "slices": each.slices}
        write_npz(args.out / f"{each.name}.npz", arrays)
    write_png(args.out / "masks.png", picture_mask_distributions(sets))
    lines = [
        f"{each.name}: {each.slices} slices of {len(each.patients)} patients, "
        f"{each.empty_share:.0%} without tumour, {each.mean_area_px:.0f} px on average"
        for each in sets
    ]
    tell(result, args, [*lines, f"Written to {args.out}."])
    return 0
