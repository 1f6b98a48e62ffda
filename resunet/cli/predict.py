"""``python -m resunet predict``: segments slices or patients, with uncertainty."""

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resunet.cli.console import (
    add_json,
    add_model,
    add_sampling,
    advance,
    load_tensorflow,
    make_out,
    progress,
    tell,
)
from resunet.data.contrasts import LABELS
from resunet.data.readers import ACCEPTED, Reading, ReadOptions, open_input
from resunet.data.readers.inputs import loose_together
from resunet.errors import InputError
from resunet.export.results import write_results
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.inference.predict import predict
from resunet.study import CONTRASTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "inputs",
        type=Path,
        nargs="+",
        metavar="INPUT",
        help=f"{ACCEPTED}; each folder, zip, npz slice and 4-D file is a patient, all other files "
        "named are one patient together",
    )
    add_model(parser)
    add_sampling(parser, default=25)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="result folder")
    parser.add_argument(
        "--contrast",
        action="append",
        type=_choice,
        default=[],
        metavar="CONTRAST=NAME",
        help="which file or series is t1, t1ce, t2, flair or labels, where the guess is wrong; "
        "labels= reads no segmentation",
    )
    parser.add_argument(
        "--resample", action="store_true", help="bring contrasts on other grids onto T1CE's"
    )
    parser.add_argument(
        "--fill-missing",
        action="store_true",
        help="read a missing contrast as zeros, for a network that was trained to do without",
    )
    parser.add_argument(
        "--keep-identity",
        action="store_true",
        help="let DICOM results carry the source's patient instead of a pseudonym",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Predicts every patient; one that cannot be read does not stop the others."""
    patients = loose_together(args.inputs)
    options = ReadOptions(tuple(args.contrast), args.resample, args.fill_missing)
    make_out(args.out)
    model = find_model(args.weights)
    load_tensorflow()
    engine = load_engine(model)
    done, failed = [], []
    for paths, name in zip(patients, _names(patients), strict=True):
        try:
            reading = open_input(paths, options)
            with progress(None, name, total=reading.study.shape[0]) as bar:
                prediction = predict(
                    reading.study,
                    engine,
                    samples=args.samples,
                    seed=args.seed,
                    on_slice=advance(bar),
                )
            files = write_results(
                reading.study,
                prediction,
                args.out / name,
                dicom=reading.dicom,
                keep_identity=args.keep_identity,
            )
        except InputError as error:
            print(f"resunet predict: {error}", file=sys.stderr)
            failed.append({"inputs": paths, "message": str(error)})
            continue
        done.append(_result(paths, args.out / name, files, reading, prediction.warnings))
    lines = [line for item in done for line in _sentences(item)]
    tell({"schema": 1, "predicted": done, "failed": failed}, args, lines)
    return 1 if failed else 0


def _result(
    paths: Sequence[Path],
    folder: Path,
    files: Sequence[Path],
    reading: Reading,
    warnings: Sequence[str],
) -> dict[str, Any]:
    return {
        "inputs": paths,
        "folder": folder,
        "files": [str(file.relative_to(folder)) for file in files],
        "contrasts": {
            found.contrast: {"name": found.name, "reason": found.reason}
            for found in reading.candidates
            if found.contrast is not None
        },
        "warnings": [*reading.study.warnings, *warnings],
    }


def _sentences(item: dict[str, Any]) -> list[str]:
    lines = [f"{', '.join(map(str, item['inputs']))} → {item['folder']}"]
    for contrast in (*CONTRASTS, LABELS):
        if contrast in item["contrasts"]:
            found = item["contrasts"][contrast]
            lines.append(f"  {contrast}: {found['name']} ({found['reason']})")
    return [*lines, *(f"  Warning: {warning}" for warning in item["warnings"])]


def _choice(text: str) -> tuple[str, str]:
    """``flair=FLAIR_AX.nii.gz`` as a pair."""
    contrast, equals, name = text.partition("=")
    if not equals or contrast.lower() not in (*CONTRASTS, LABELS):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not CONTRAST=NAME with one of {', '.join((*CONTRASTS, LABELS))}"
        )
    return contrast.lower(), name


def _names(patients: Sequence[Sequence[Path]]) -> list[str]:
    """A folder name for each patient, by its files' own names; numbered where that is taken."""
    names: list[str] = []
    for paths in patients:
        stem = name = _stem([path.resolve().name for path in paths])
        number = 1
        while name in names:
            number += 1
            name = f"{stem}-{number}"
        names.append(name)
    return names


def _stem(names: Sequence[str]) -> str:
    """One input's name without its ending; what the names of several begin with."""
    if len(names) > 1:
        first, last = min(names), max(names)  # what these two share, all in between share
        alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
        return "".join(letter for letter, _ in alike).rstrip("_-. ") or "patient"
    name = names[0]
    for ending in (".npz", ".zip", ".nii.gz", ".nii", ".png"):
        name = name.removesuffix(ending)
    return name
