"""``python -m resunet predict``: segments slices or patients, with uncertainty."""

import argparse
import sys
from pathlib import Path

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
from resunet.data.readers import read_input
from resunet.errors import InputError
from resunet.export.png import write_png
from resunet.export.volumes import write_layers
from resunet.figures.picture import picture_slice
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.inference.predict import predict
from resunet.measure import area_px, measures
from resunet.storage import write_json
from resunet.study import Prediction, Study


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "inputs",
        type=Path,
        nargs="+",
        metavar="INPUT",
        help="an npz slice, or a folder with one NIfTI file for each contrast",
    )
    add_model(parser)
    add_sampling(parser, default=25)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="result folder")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Predicts every input; one that cannot be read does not stop the others."""
    names = _names(args.inputs)
    make_out(args.out)
    model = find_model(args.weights)
    load_tensorflow()
    engine = load_engine(model)
    done, failed = [], []
    for path, name in zip(args.inputs, names, strict=True):
        try:
            study = read_input(path)
        except InputError as error:
            print(f"resunet predict: {error}", file=sys.stderr)
            failed.append({"input": path, "message": str(error)})
            continue
        with progress(None, name, total=study.shape[0]) as bar:
            prediction = predict(
                study,
                engine,
                samples=args.samples,
                seed=args.seed,
                on_slice=advance(bar),
            )
        folder = args.out / name
        files = write_layers(study, prediction, folder)
        write_json(folder / "measures.json", measures(study, prediction))
        files.append(_write_picture(study, prediction, folder))
        done.append({"input": path, "folder": folder, "files": [file.name for file in files]})
    lines = [f"{item['input']} → {item['folder']}" for item in done]
    tell({"schema": 1, "predicted": done, "failed": failed}, args, lines)
    return 1 if failed else 0


def _write_picture(study: Study, prediction: Prediction, folder: Path) -> Path:
    """Figure 3 of the slice with most predicted tumour, or of the middle one without any."""
    areas = area_px(prediction.mask)
    index = int(areas.argmax()) if areas.any() else study.shape[0] // 2
    path = folder / "picture.png"
    write_png(path, picture_slice(study, prediction, index))
    return path


def _names(paths: list[Path]) -> list[str]:
    """A folder name for each input, by its own name; numbered where that is taken."""
    names: list[str] = []
    for path in paths:
        stem = name = path.resolve().name.removesuffix(".npz")
        number = 1
        while name in names:
            number += 1
            name = f"{stem}-{number}"
        names.append(name)
    return names
