"""How often sets are called different: random splits of one set, and shifts that were planted.

``python tests/proofs/null_splits.py --data DIR`` prints the tables of docs/comparing-sets.md.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

sys.path.insert(0, str(Path(__file__).parents[2]))

from proof_patients import Row, arguments, erased, grown, read_rows, scaled, table

from resunet.cohort.distributions import QUADRANTS
from resunet.cohort.statistics.compare import compare_tables, overall_p

NULL_PERMUTATIONS = 499  # the level is exact with any number of which α is a whole part
PERMUTATIONS = 999  # the program's 9,999 find a little more
NULL = ((20, 20), (30, 10), (10, 10), (5, 5), (30, 5, 5))
SHIFTED = ((20, 20), (30, 10), (30, 5), (50, 50), (100, 100))


def main() -> None:
    """Runs all trials."""
    args = arguments(__doc__)
    changes = {f"erased {name}": erased(name) for name in QUADRANTS} | {"grown": grown}
    rows = read_rows(args.data, changes)
    print(
        f"{len(rows[''])} patients\n\n| sets | splits | called different | 95 % interval | "
        "any quantity p ≤ .05 alone |\n|---|---|---|---|---|"
    )
    for sizes in NULL:
        null_line(rows[""], sizes, args.trials, np.random.default_rng([args.seed, *sizes]))
    null_maps(rows[""], args.shift_trials, np.random.default_rng(args.seed))
    rows |= {
        "brighter by 30 %": scaled(rows[""], 1.3, "_median"),
        "three times as bright": scaled(rows[""], 3.0, "_median"),
        "contrast up by 20 %": scaled(rows[""], 1.2, "_spread"),
    }
    shifts = ("erased", "left out", *list(rows)[5:])
    print("\n| shift in one set | " + " | ".join(said(s) for s in SHIFTED) + " |")
    print("|---" * (1 + len(SHIFTED)) + "|")
    for shift in shifts:
        found = []
        for sizes in SHIFTED:
            rng = np.random.default_rng([args.seed, *sizes])
            found.append(power(rows, shift, sizes, args.shift_trials, rng))
        print(f"| {shift} | " + " | ".join(found) + " |", flush=True)


def null_line(
    rows: Sequence[Row], sizes: tuple[int, ...], trials: int, rng: np.random.Generator
) -> None:
    """Splits the patients at random and counts how often any pair is called different."""
    called = quantities = 0
    for trial in range(trials):
        order = rng.permutation(len(rows))[: sum(sizes)]
        parts = np.split(order, np.cumsum(sizes)[:-1])
        tables = [table(n, [rows[i] for i in part]) for n, part in zip("abc", parts, strict=False)]
        result = compare_tables(tables, permutations=NULL_PERMUTATIONS, bootstraps=1, seed=trial)
        called += any(pair.differs for pair in result.pairs)
        quantities += any(
            (q.p or 1) <= 0.05 for pair in result.pairs for q in pair.quantities.values()
        )
    interval = binomtest(called, trials).proportion_ci(method="exact")
    print(
        f"| {said(sizes)} | {trials:,} | {called / trials:.1%} | {interval.low:.1%} to "
        f"{interval.high:.1%} | {quantities / trials:.0%} |",
        flush=True,
    )


def null_maps(rows: Sequence[Row], trials: int, rng: np.random.Generator) -> None:
    """Counts how often random halves have any significant cell; rare p-values need many draws."""
    called = 0
    for trial in range(trials):
        order = rng.permutation(len(rows))
        parts = np.array_split(order, 2)
        tables = [table(n, [rows[i] for i in part]) for n, part in zip("ab", parts, strict=True)]
        found = compare_tables(tables, bootstraps=1, seed=trial).pairs[0].map
        called += found.significant_cells > 0
    print(f"\nAny cell significant in {called} of {trials} random halves", flush=True)


def power(
    rows: dict[str, list[Row]],
    shift: str,
    sizes: tuple[int, int],
    trials: int,
    rng: np.random.Generator,
) -> str:
    """How often a shift is found; large sets draw patients with replacement."""
    called = 0
    count = len(rows[""])
    for trial in range(trials):
        if sum(sizes) <= count:
            order = rng.permutation(count)
        else:
            order = rng.integers(0, count, sum(sizes))
        first, second = order[: sizes[0]], order[sizes[0] : sum(sizes)]
        quadrant = QUADRANTS[trial % len(QUADRANTS)]
        if shift == "left out":
            shifted = [row for i in second if (row := rows[""][i]).main_quadrant != quadrant]
        else:
            source = rows[f"erased {quadrant}" if shift == "erased" else shift]
            shifted = [source[i] for i in second]
        if len(shifted) < 2:
            continue
        before = table("a", [rows[""][i] for i in first])
        p = overall_p(before, table("b", shifted), permutations=PERMUTATIONS, seed=trial)
        called += p is not None and p <= 0.05
    return f"{called / trials:.0%}"


def said(sizes: Sequence[int]) -> str:
    """Group sizes as they are written."""
    return "/".join(map(str, sizes))


if __name__ == "__main__":
    main()
