"""Why quantities are compared by means or ranks, and which interval is taken.

``python tests/proofs/choices.py --data DIR`` prints the tables of docs/comparing-sets.md.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[2]))

from proof_patients import Row, arguments, erased, grown, read_rows, scaled, table

from resunet.cohort.statistics.intervals import (
    difference_intervals,
    g_intervals,
    mean_intervals,
    observed_g,
    resample,
)
from resunet.cohort.statistics.quantities import values_of

DRAWS = 499
SIZES = ((20, 20), (30, 10), (10, 30))
SHIFTS = {
    "grown": ("mean_area_px", "tumour_area_px", "largest_area_px"),
    "erased right_anterior": ("right_anterior", "right_anterior_share"),
    "left out left_posterior": ("left_posterior", "left_posterior_share", "centroid_column"),
    "brighter by 30 %": ("t1_median", "t2_median", "flair_median"),
    "contrast up by 20 %": ("t1_spread", "t2_spread", "flair_spread"),
}
COVERED = (
    "mean_area_px",
    "empty_share",
    "centroid_row",
    "components",
    "right_posterior",
    "left_posterior_share",
    "t1_spread",
    "flair_median",
)


def main() -> None:
    """Prints both tables."""
    args = arguments(__doc__)
    quadrant = "right_anterior"
    rows = read_rows(args.data, {f"erased {quadrant}": erased(quadrant), "grown": grown})
    rows |= {
        "brighter by 30 %": scaled(rows[""], 1.3, "_median"),
        "contrast up by 20 %": scaled(rows[""], 1.2, "_spread"),
    }
    print("| shift | sizes | quantity | means | Welch's t | ranks |\n|---|---|---|---|---|---|")
    for shift, names in SHIFTS.items():
        for sizes in SIZES:
            rng = np.random.default_rng([args.seed, *sizes])
            for name, found in zip(
                names, power(rows, shift, names, sizes, args.shift_trials, rng), strict=True
            ):
                words = " | ".join(f"{share:.0%}" for share in found)
                print(f"| {shift} | {sizes[0]}/{sizes[1]} | {name} | {words} |", flush=True)
    coverage(rows, args.shift_trials * 2, np.random.default_rng(args.seed))


def power(
    rows: dict[str, list[Row]],
    shift: str,
    names: Sequence[str],
    sizes: tuple[int, int],
    trials: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """The share of trials with p ≤ .05, (quantities, 3)."""
    found = np.zeros((len(names), 3))
    for _ in range(trials):
        order = rng.permutation(len(rows[""]))[: sum(sizes)]
        second = [rows.get(shift, rows[""])[i] for i in order[sizes[0] :]]
        if shift.startswith("left out"):
            second = [row for row in second if row.main_quadrant != shift.rsplit(" ", 1)[1]]
        sets = [[rows[""][i] for i in order[: sizes[0]]], second]
        a, b = (values_of(table("x", each)) for each in sets)
        for k, name in enumerate(names):
            found[k] += p_values(a[name], b[name], rng) <= 0.05
    return found / trials


def p_values(
    a: NDArray[np.float64], b: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Permutation p of the difference of means, of Welch's t and of mean ranks."""
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    values = np.concatenate([a, b])
    orders = rng.permuted(np.tile(np.arange(len(values)), (DRAWS + 1, 1)), axis=1)
    orders[0] = np.arange(len(values))
    result = []
    for column, studentised in ((values, False), (values, True), (stats.rankdata(values), False)):
        first, second = column[orders[:, : len(a)]], column[orders[:, len(a) :]]
        statistic = np.abs(first.mean(axis=1) - second.mean(axis=1))
        if studentised:
            squared = first.var(axis=1, ddof=1) / len(a) + second.var(axis=1, ddof=1) / len(b)
            statistic = statistic / np.sqrt(np.maximum(squared, 1e-30))
        result.append((statistic >= statistic[0] * (1 - 1e-9)).mean())
    return np.array(result)


def coverage(rows: dict[str, list[Row]], trials: int, rng: np.random.Generator) -> None:
    """How often 95 % intervals hold the truth: patients drawn from the real ones, over and over."""
    print("\n| n | interval of | plain percentile | BCa | expanded percentile | lowest, of |")
    print("|---|---|---|---|---|---|")
    columns = {
        shift: np.array([values_of(table("x", rows[shift]))[name] for name in COVERED]).T
        for shift in ("", "grown")
    }
    for sizes in ((5, 5), (10, 10), (30, 30), (30, 5)):
        hits: dict[str, list[NDArray]] = {}
        for trial in range(trials):
            places = [rng.integers(0, len(rows[""]), n) for n in sizes]
            for label, found in covered(columns, places, trial).items():
                hits.setdefault(label, []).append(found)
        for label in ("mean", "difference", "g", "g of grown tumours"):
            share = {k: np.mean(v, axis=0) for k, v in hits.items() if k.startswith(f"{label}:")}
            mean = [
                f"{share[key].mean():.0%}" if (key := f"{label}: {kind}") in share else ""
                for kind in ("plain", "BCa", "expanded")
            ]
            worst = share[f"{label}: expanded"]
            lowest = f"{worst.min():.0%}, {COVERED[int(worst.argmin())]}"
            n = sizes[1] if label == "mean" else f"{sizes[0]}/{sizes[1]}"
            print(f"| {n} | {label} | {' | '.join(mean)} | {lowest} |", flush=True)


def covered(
    columns: dict[str, NDArray[np.float64]], places: Sequence[NDArray[np.intp]], seed: int
) -> dict[str, NDArray]:
    """Which intervals hold the truth in one trial; each bool (quantities,)."""
    everyone, shifted = columns[""], columns["grown"]
    rng = np.random.default_rng(seed)
    a, b, c = (
        resample(dict(zip(COVERED, part.T, strict=True)), bootstraps=1000, rng=rng)
        for part in (everyone[places[0]], everyone[places[1]], shifted[places[1]])
    )
    all_a, all_c = (
        resample(dict(zip(COVERED, part.T, strict=True)), bootstraps=1, rng=rng)
        for part in (everyone, shifted)
    )
    none = np.zeros(len(COVERED))
    true_mean = everyone.mean(axis=0)
    difference = b.drawn.mean - a.drawn.mean
    parts = everyone[places[0]], everyone[places[1]]
    plain = np.quantile(difference, [0.025, 0.975], axis=0).T
    return {
        "mean: plain": holds(np.quantile(b.drawn.mean, [0.025, 0.975], axis=0).T, true_mean),
        "mean: BCa": holds(bca(b.drawn.mean, [parts[1]]), true_mean),
        "mean: expanded": holds(mean_intervals(b), true_mean),
        "difference: plain": holds(plain, none),
        "difference: BCa": holds(bca(difference, parts), none),
        "difference: expanded": holds(difference_intervals(a, b), none),
        "g: expanded": holds(g_intervals(a, b), none),
        "g of grown tumours: expanded": holds(g_intervals(a, c), observed_g(all_a, all_c)),
    }


def bca(drawn: NDArray[np.float64], parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The bias-corrected and accelerated interval of a mean, or of the difference of two."""
    means = [part.mean(axis=0) for part in parts]
    estimate = means[-1] - (means[0] if len(parts) > 1 else 0)
    below = (drawn < estimate).mean(axis=0) + (drawn == estimate).mean(axis=0) / 2
    bias = stats.norm.ppf(np.clip(below, 1e-3, 1 - 1e-3))
    signs = [-1, 1] if len(parts) > 1 else [1]
    influences = [
        sign * (part - mean) / len(part)
        for sign, part, mean in zip(signs, parts, means, strict=True)
    ]
    cubes = sum((each**3).sum(axis=0) for each in influences)
    squares = sum((each**2).sum(axis=0) for each in influences)
    acceleration = cubes / 6 / np.maximum(squares, 1e-30) ** 1.5
    ends = []
    for z in stats.norm.ppf([0.025, 0.975]):
        level = stats.norm.cdf(bias + (bias + z) / (1 - acceleration * (bias + z)))
        ends.append([np.quantile(drawn[:, k], level[k]) for k in range(len(level))])
    return np.array(ends).T


def holds(intervals: Sequence, truth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """bool (quantities,): whether each interval holds its truth; an undefined one does not."""
    return np.array(
        [
            each is not None and each[0] <= value <= each[1]
            for each, value in zip(intervals, truth, strict=True)
        ]
    )


if __name__ == "__main__":
    main()
