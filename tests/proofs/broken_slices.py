"""How well broken slices are found: the table of docs/broken-slices.md, and the coefficients.

``python tests/proofs/broken_slices.py --data DIR --work DIR [--fit assets/detector.npz] [--quick]``

Slices of every patient are broken in every way, hidden among the patient's clean slices, and
looked for with coefficients and thresholds that come from other patients alone (five folds by
patient; thresholds from the fold's other patients, each scored by networks that did not see it).
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from broken_card import write_card  # noqa: E402
from broken_features import HIDDEN, Rows, fitting_rows, hidden_rows, join  # noqa: E402
from broken_features import ROUNDS as ROUNDS_OF_CLEAN  # noqa: E402
from broken_fitting import fit, operating_point  # noqa: E402
from broken_material import CLEAN, FOLDS, material, read_patients  # noqa: E402

from resunet.cohort.corruption.detect import Detector  # noqa: E402
from resunet.cohort.corruption.findings import find_flags  # noqa: E402
from resunet.cohort.corruption.kinds import JUDGED_KINDS, KINDS  # noqa: E402
from resunet.cohort.corruption.thresholds import (  # noqa: E402
    find_oddness,
    settle,
    shipped_thresholds,
)
from resunet.storage import write_npz  # noqa: E402

SEED = 7
RATE = 0.01
ROUNDS = 2
RESAMPLES = 2000


class Told(NamedTuple):
    """What the blind test gave, one entry a slice."""

    rows: Rows
    own: np.ndarray  # (R, K) bool, above the kind's own threshold of 1 %
    flagged: np.ndarray  # (R,) bool, by anything at the operating point
    named: np.ndarray  # (R,), kinds as bits


def kept_rows(path: Path, make: Callable[[], Rows]) -> Rows:
    """Rows from the working folder, made if they are not there."""
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, **make()._asdict())
        part.rename(path)
    with np.load(path) as arrays:
        return Rows(*(arrays[name] for name in Rows._fields))


def gather(data: Path, work: Path, rounds: int, most: int | None) -> dict[str, list[Rows]]:
    """Rows of every patient: for fitting, hidden among others, and alone."""
    patients = read_patients(data)[:most]
    makers = {
        "fit": fitting_rows,
        "hidden": hidden_rows,
        "alone": partial(hidden_rows, alone=True),
    }
    found: dict[str, list[Rows]] = {which: [] for which in makers}
    for at, patient in enumerate(patients):
        made = partial(material, patients, at, work, SEED, rounds)
        for which, make in makers.items():
            path = work / f"{patient.name}.{rounds}.{which}.rows.npz"
            found[which].append(kept_rows(path, partial(_rows_of, make, made, at)))
    folds = np.array([patient.fold for patient in patients])
    return found | {"folds": folds, "names": [patient.name for patient in patients]}


def _rows_of(make: Callable, made: Callable, at: int) -> Rows:
    return make(made(), at, SEED)


def cross_validate(rows: dict) -> tuple[Told, Told, list[np.ndarray]]:
    """The blind test of every fold; also the scores that the shipped thresholds come from."""
    folds = rows["folds"]

    def part(which: str, chosen) -> Rows:
        return join([rows[which][k] for k in np.flatnonzero(np.isin(folds, list(chosen)))])

    everyone = set(range(FOLDS))
    pairs = {
        pair: fit(part("fit", everyone - set(pair)), SEED, members=1)
        for pair in combinations(range(FOLDS), 2)
    }
    beside, alone, scored = [], [], []
    for fold in range(FOLDS):
        inner = [
            settled_clean(pairs[min(fold, g), max(fold, g)], part("hidden", {g}))
            for g in everyone - {fold}
        ]
        detector = operating_point(fit(part("fit", everyone - {fold}), SEED), inner, RATE)
        own = np.quantile(np.concatenate(inner), 1 - RATE, axis=0)
        hidden = part("hidden", {fold})
        beside.append(look(detector, own, hidden, hide(hidden)))
        lone = part("alone", {fold})
        alone.append(look(detector, own, lone, [np.array([k]) for k in range(len(lone.kind))]))
        scored.append(settled_clean(detector, hidden))
        print(f"fold {fold + 1} of {FOLDS}", file=sys.stderr, flush=True)
    return _together(beside), _together(alone), scored


def settled_clean(detector: Detector, rows: Rows) -> np.ndarray:
    """Settled scores of the clean slices, a tenth of their patient's being broken."""
    scores, rng, found = detector.scores(rows.features), np.random.default_rng(SEED), []
    for patient in np.unique(rows.patient):
        clean = scores[(rows.patient == patient) & (rows.kind == CLEAN)]
        broken = scores[(rows.patient == patient) & (rows.kind != CLEAN)]
        some = rng.permutation(broken)[: round(len(clean) * HIDDEN / (1 - HIDDEN))]
        found.append(clean - find_oddness(np.concatenate([clean, some])))
    return np.concatenate(found)


def hide(rows: Rows) -> list[np.ndarray]:
    """Sets of rows, each one patient once: a tenth of its slices broken, the others clean."""
    rng, sets = np.random.default_rng(SEED), []
    for patient in np.unique(rows.patient):
        clean = np.flatnonzero((rows.patient == patient) & (rows.kind == CLEAN))
        count = clean.size // ROUNDS_OF_CLEAN
        open_sets: list[dict[int, int]] = []
        for row in rng.permutation(
            np.flatnonzero((rows.patient == patient) & (rows.kind != CLEAN))
        ):
            index = int(rows.index[row])
            fitting = (s for s in open_sets if index not in s and len(s) < HIDDEN * count)
            chosen = next(fitting, None)
            if chosen is None:
                chosen = {}
                open_sets.append(chosen)
            chosen[index] = int(row)
        for turn, broken in enumerate(open_sets):
            start = count * (turn % ROUNDS_OF_CLEAN)
            sets.append(np.array([broken.get(k, clean[start + k]) for k in range(count)]))
    return sets


def look(detector: Detector, own: np.ndarray, rows: Rows, sets: list[np.ndarray]) -> Told:
    """The product's findings about sets of slices, each a patient of its own."""
    order = np.concatenate(sets)
    people = np.repeat(np.arange(len(sets)), [len(each) for each in sets]).astype(str)
    chosen = rows.where(order)
    count = len(order)
    flags = find_flags(
        detector,
        shipped_thresholds(detector),
        [str(k) for k in range(count)],
        people.tolist(),
        [None] * count,
        chosen.features,
    )
    named = np.zeros(count, int)
    for flag in flags:
        named[int(flag.file)] |= 1 << JUDGED_KINDS.index(flag.kind)
    above = settle(detector.scores(chosen.features), people.tolist()) > own
    light = chosen._replace(features=np.zeros((count, 0), np.float32))
    return Told(light, above, named > 0, named)


def _together(told: list[Told]) -> Told:
    rest = [np.concatenate([t[k] for t in told]) for k in range(1, len(Told._fields))]
    return Told(join([t.rows for t in told]), *rest)


def interval(hits: np.ndarray, patients: np.ndarray) -> tuple[float, float]:
    """95 % interval of a share, by bootstrap over patients."""
    names = np.unique(patients)
    sums = np.array([[hits[patients == n].sum(), (patients == n).sum()] for n in names])
    drawn = np.random.default_rng(SEED).integers(len(names), size=(RESAMPLES, len(names)))
    totals = sums[drawn].sum(axis=1)
    low, high = np.percentile(totals[:, 0] / np.maximum(totals[:, 1], 1), (2.5, 97.5))
    return float(low), float(high)


def share(hits: np.ndarray, patients: np.ndarray, *, digits: int = 1, bounds: bool = True) -> str:
    if not hits.size:
        return "–"
    low, high = interval(hits, patients)
    text = f"{100 * hits.mean():.{digits}f}"
    return f"{text} ({100 * low:.{digits}f}–{100 * high:.{digits}f})" if bounds else text


def table(told: Told, alone: Told) -> Iterator[str]:
    """The Markdown of the documentation."""
    rows = told.rows
    yield (
        "| kind | hidden | own 1 %: weak | middle | strong "
        "| any, total 1 %: weak | middle | strong | named right | alone, middle |"
    )
    yield "|---|" + "---:|" * 9
    for k, kind in enumerate(JUDGED_KINDS):
        cells = []
        for values, bounds in ((told.own[:, k], True), (told.flagged, True)):
            for strength in (1, 2, 3):
                of = (rows.kind == k) & (rows.strength == strength)
                cells.append(share(values[of], rows.patient[of], bounds=bounds and strength == 2))
        of = (rows.kind == k) & (rows.strength == 2)
        named = (told.named[of] >> k & 1)[told.flagged[of]]
        lone = (alone.rows.kind == k) & (alone.rows.strength == 2)
        cells.append(f"{100 * named.mean():.0f}" if named.size else "–")
        cells.append(f"{100 * alone.flagged[lone].mean():.1f}")
        yield f"| {KINDS[kind].title} | {int((rows.kind == k).sum())} | {' | '.join(cells)} |"
    for name, strengths in (("all, middle", (2,)), ("all, all strengths", (1, 2, 3))):
        of = (rows.kind != CLEAN) & np.isin(rows.strength, strengths)
        own = told.own[of, rows.kind[of]]
        yield (
            f"\n{name}: own 1 % {share(own, rows.patient[of])}, "
            f"by anything at a total of 1 % {share(told.flagged[of], rows.patient[of])}"
        )
    for name, each in (("beside others", told), ("alone", alone)):
        of = each.rows.kind == CLEAN
        yield (
            f"\nclean slices flagged, {name}: "
            f"{share(each.flagged[of], each.rows.patient[of], digits=2)} of {int(of.sum())} looks"
        )
    clean = rows.kind == CLEAN
    rates = told.own[clean].mean(axis=0)
    yield (
        f"\nclean slices above a kind's own level: {100 * rates.min():.2f} to "
        f"{100 * rates.max():.2f} %, mean {100 * rates.mean():.2f} %"
    )


def main() -> None:
    """Reads the command line and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--fit", type=Path, help="write coefficients fitted on all patients here")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--quick", action="store_true", help="15 patients, one round")
    arguments = parser.parse_args()
    rounds, most = (1, 15) if arguments.quick else (arguments.rounds, None)
    rows = gather(arguments.data, arguments.work, rounds, most)
    told, alone, scored = cross_validate(rows)
    if arguments.fit:
        fitting = join(rows["fit"])
        detector = operating_point(fit(fitting, SEED), scored, RATE)
        write_npz(arguments.fit, detector.arrays())
        slices = len({*zip(fitting.patient.tolist(), fitting.index.tolist(), strict=True)})
        names = rows["names"]
        write_card(arguments.fit, names, slices=slices, seed=SEED, rounds=rounds, rate=RATE)
    for line in table(told, alone):
        print(line)


if __name__ == "__main__":
    main()
