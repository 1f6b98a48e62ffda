"""``python -m resunet phantom``: writes synthetic patients, as slices and as volumes."""

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from resunet.cli.console import add_json, make_out, progress, tell, whole
from resunet.data.cases import Case, find_cases
from resunet.data.readers import read_case
from resunet.data.writers import write_nifti_folder, write_paper_slices
from resunet.errors import InputError
from resunet.phantom.demo import DEMO_PATIENTS, make_demo_patient
from resunet.phantom.likeness import Comparison, compare, describe
from resunet.phantom.patient import INTENSITIES, KINDS, draw_settings, make_patient, patient_rng
from resunet.phantom.template import NOTICE, load_template
from resunet.phantom.tumour import ENHANCING, NECROSIS, OEDEMA
from resunet.storage import write_json, write_text
from resunet.study import Study

_FIRST = 25  # axial slice of the volume that the paper's layout calls k = 0
_COUNT = 100  # slices that it knows: the middle of the brain
# so that three patients already are a data set to train with; 6 : 1 : 1 in the long run
_SPLITS = ("training", "validating", "testing", *["training"] * 5)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="result folder")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--patients", type=whole(1), metavar="N", help="how many")
    what.add_argument(
        "--demo", action="store_true", help="instead the demo patients, one folder each in --out"
    )
    parser.add_argument("--seed", type=whole(0), default=0, metavar="S", help="of the set (0)")
    parser.add_argument(
        "--kind", choices=KINDS, default="mixed", help="grade of the tumours (mixed)"
    )
    parser.add_argument(
        "--lesions", type=whole(1), metavar="N", help="tumours a patient (mostly one)"
    )
    parser.add_argument(
        "--intensities",
        choices=INTENSITIES,
        default="scanner",
        help="as real scanners differ, or random, for training (scanner)",
    )
    parser.add_argument(
        "--slices",
        type=whole(1),
        default=50,
        metavar="N",
        help=f"slices a patient of the {_COUNT} in the middle of the brain (50)",
    )
    parser.add_argument(
        "--only", choices=("slices", "volumes"), help="write one of the two layouts"
    )
    parser.add_argument(
        "--jobs", type=whole(1), metavar="N", help="processes (one for each processor)"
    )
    parser.add_argument(
        "--compare-with",
        type=Path,
        metavar="DIR",
        help="data folder of real patients with classes: tells where the synthetic ones differ",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Makes and writes; see the module."""
    make_out(args.out)
    if args.compare_with is not None and args.only == "volumes":
        raise InputError("--compare-with compares slices; --only volumes writes none.")
    if args.demo and (args.compare_with is not None or args.only is not None):
        raise InputError("--demo goes with --out alone; --only and --compare-with do not apply.")
    real = find_cases(args.compare_with) if args.compare_with is not None else []
    load_template()  # says at once if it is not there
    write_text(args.out / "NOTICE.md", NOTICE)
    if args.demo:
        return _make_demo(args)
    with progress(None, "Making patients", total=args.patients) as bar:
        patients = []
        for patient in _make_all(args):
            patients.append(patient)
            bar.update()
    result = {
        "schema": 1,
        "seed": args.seed,
        "kind": args.kind,
        "intensities": args.intensities,
        "patients": patients,
    }
    write_json(args.out / "phantom.json", result)
    lines = _summary(args, [patient["tumour_volume_ml"] for patient in patients])
    if real:
        compared = _compare(real, find_cases(args.out / "slices"))
        result["comparison"] = [asdict(each) | {"differs": each.differs} for each in compared]
        comparison = {"schema": 1, "real": len(real), "quantities": result["comparison"]}
        write_json(args.out / "comparison.json", comparison)
        lines += _tell_comparison(compared)
    tell(result, args, lines)
    return 0


def _summary(args: argparse.Namespace, volumes_ml: list[float]) -> list[str]:
    places = {
        "slices": "slices/<split>/<patient>_<k>.npz",
        "volumes": "volumes/<patient>/*.nii.gz",
    }
    written = [place for name, place in places.items() if args.only in (None, name)]
    return [
        f"{len(volumes_ml)} patients, seed {args.seed}; whole tumour {min(volumes_ml):.0f} to "
        f"{max(volumes_ml):.0f} ml, median {np.median(volumes_ml):.0f} ml.",
        f"Written to {args.out}: {' and '.join(written)}.",
    ]


def _make_demo(args: argparse.Namespace) -> int:
    for patient in progress(DEMO_PATIENTS, "Making patients"):
        study = make_demo_patient(load_template(), patient)
        write_nifti_folder(study, args.out / study.identifier)
    names = [patient.name for patient in DEMO_PATIENTS]
    tell({"schema": 1, "patients": names}, args, [f"{', '.join(names)}: written to {args.out}."])
    return 0


def _make_all(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    jobs = min(args.jobs or os.cpu_count() or 1, args.patients)
    numbers = range(args.patients)
    if jobs == 1:
        yield from (_make(args, number) for number in numbers)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_make, [args] * args.patients, numbers)


def _make(args: argparse.Namespace, number: int) -> dict[str, Any]:
    """Makes and writes one patient; tells what it is."""
    settings = draw_settings(
        args.seed,
        number,
        kind=args.kind,
        lesions=args.lesions,
        intensities=args.intensities,
    )
    study = make_patient(load_template(), settings, args.seed, number)
    split = _SPLITS[number % len(_SPLITS)]
    if args.only != "volumes":
        chosen = _choose(study, args.slices, args.seed, number)
        write_paper_slices(study, args.out / "slices" / split, chosen, first=_FIRST)
    if args.only != "slices":
        write_nifti_folder(study, args.out / "volumes" / study.identifier)
    labels = study.labels if study.labels is not None else np.zeros(study.shape, np.uint8)
    counts = {name: int((labels == value).sum()) for name, value in _CLASSES.items()}
    return {
        "patient": study.identifier,
        "split": split,
        "tumour_volume_ml": sum(counts.values()) / 1000,
        **{f"{name}_volume_ml": count / 1000 for name, count in counts.items()},
        "settings": settings.to_dict(),
    }


def _compare(real: list[Case], synthetic: list[Case]) -> list[Comparison]:
    return compare(*([describe(read_case(case)) for case in cases] for cases in (real, synthetic)))


def _tell_comparison(compared: list[Comparison]) -> list[str]:
    different = [each for each in compared if each.differs]
    lines = [
        f"{len(compared) - len(different)} of {len(compared)} quantities: the median synthetic "
        "patient lies within the real patients' 10th to 90th percentile; the others:"
    ]
    lines += [
        f"  {each.quantity:<28} real {each.real[1]:6.2f} ({each.real[0]:.2f} to "
        f"{each.real[2]:.2f}), synthetic {each.synthetic[1]:6.2f}"
        for each in different
    ]
    return lines


_CLASSES = {"core": NECROSIS, "oedema": OEDEMA, "enhancing": ENHANCING}


def _choose(study: Study, count: int, seed: int, number: int) -> list[int]:
    """Slices that show brain, drawn without order as in the paper's data; ascending."""
    shown = [i for i in range(_FIRST, _FIRST + _COUNT) if study.images[i].any()]
    rng = patient_rng(seed, number, 6)
    return sorted(rng.choice(shown, min(count, len(shown)), replace=False).tolist())
