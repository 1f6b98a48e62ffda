"""What a comparison of two sets comes to, in sentences for a reader of pictures.

A difference is said only where the pair as a whole is told apart; "no difference was shown" never
means that sets are equal.
"""

from collections.abc import Iterator, Sequence

from resunet.cohort.statistics.quantities import FAMILIES, MAP, QUANTITIES, Quantity
from resunet.cohort.statistics.results import PairResult, QuantityDifference

_MOST = 2  # quantities of one family, which mostly say the same


def summarise(pair: PairResult, alpha: float) -> list[str]:
    """Sentences on two sets, the most important first.

    What differs, by how much and how surely; whether the sites could explain it; what was not
    shown to differ; and what could not be told with so few patients.

    Args:
        pair: The comparison, judged.
        alpha: The level of its tests.
    """
    lines = [_headline(pair, alpha)]
    if pair.differs:
        lines += _found(pair, alpha)
        lines += _places(pair, alpha)
    lines += _sites(pair, alpha)
    lines += _not_shown(pair, alpha)
    lines += _hints(pair, alpha)
    lines += _not_told(pair, alpha)
    return lines


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Parts of a sentence in a row: "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def said_p(p: float) -> str:
    """A p-value as it is written: two digits, never 0."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def said_value(quantity: Quantity, value: float) -> str:
    """A quantity's value with its unit, as precise as a reader needs."""
    if quantity.style == "area":
        return _signed(f"{value:,.0f} px")
    if quantity.style in ("share", "place"):
        return _signed(f"{value:.0%}")
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{_signed(digits)} {quantity.unit}".rstrip()


def said_difference(name: str, found: QuantityDifference, a: str, b: str) -> str:
    """One quantity's difference in a sentence: what, how much, how sure.

    Args:
        name: A key of `QUANTITIES`.
        found: Its difference, tested.
        a: Name of the one set.
        b: Name of the other.
    """
    quantity = QUANTITIES[name]
    ranked = quantity.statistic == "rank"
    higher = (found.superiority or 0.5) > 0.5 if ranked else (found.difference or 0.0) > 0
    parts = [
        f"{quantity.subject} in {b} {quantity.higher if higher else quantity.lower} than in {a}"
    ]
    if ranked and found.superiority is not None:
        chance = found.superiority if higher else 1 - found.superiority
        parts.append(
            f": a patient of {b} lies {'above' if higher else 'below'} one of {a} with a chance of "
            f"{chance:.0%}"
        )
    elif found.a is not None and found.b is not None:
        of = f" {quantity.unit}" if quantity.style == "place" else ""
        parts.append(
            f": {said_value(quantity, found.b)} on average against "
            f"{said_value(quantity, found.a)}{of}"
        )
    details = [] if ranked else _details(quantity, found)
    if found.p_adjusted is not None:
        details.append(said_p(found.p_adjusted))
    return "".join(parts) + (f" ({'; '.join(details)})." if details else ".")


def _details(quantity: Quantity, found: QuantityDifference) -> list[str]:
    """The interval of the difference, and its size in standard deviations."""
    details = []
    if found.ci is not None:
        low, high = found.ci
        if quantity.style in ("share", "place"):
            ends = _signed(f"{100 * low:.0f} to {100 * high:.0f} percentage points")
        else:
            ends = f"{said_value(quantity, low)} to {said_value(quantity, high)}"
        details.append(f"95 % interval of the difference {ends}")
    if found.g is not None:
        details.append(_signed(f"g = {found.g:.2f}"))
    return details


def _signed(words: str) -> str:
    """Numbers with a minus in place of a hyphen."""
    return words.replace("-", "−")


def _headline(pair: PairResult, alpha: float) -> str:
    sizes = f"{pair.patients[0]} and {pair.patients[1]} patients"
    if pair.p is None or pair.p_holm is None:
        return (
            f"{pair.a} and {pair.b} could not be compared ({sizes}): no quantity has a value in "
            "two patients of each."
        )
    if pair.differs:
        words = listed([FAMILIES[name] for name in _significant(pair, alpha)])
        return f"{pair.a} and {pair.b} differ in {words} ({said_p(pair.p_holm)}; {sizes})."
    alone = ""
    if pair.p <= alpha:
        alone = f", {said_p(pair.p)} if only these two sets had been compared"
    return (
        f"No difference between {pair.a} and {pair.b} was shown ({said_p(pair.p_holm)}{alone}; "
        f"{sizes})."
    )


def _significant(pair: PairResult, alpha: float) -> list[str]:
    """The families that differ, the surest first."""
    tested = {name: item.p_adjusted for name, item in pair.families.items()}
    found = {name: p for name, p in tested.items() if p is not None and p <= alpha}
    return sorted(found, key=found.__getitem__)


def _found(pair: PairResult, alpha: float) -> Iterator[str]:
    for family in _significant(pair, alpha):
        found = {
            name: item
            for name, item in pair.quantities.items()
            if QUANTITIES[name].family == family
            and item.p_adjusted is not None
            and item.p_adjusted <= alpha
        }
        order = sorted(found, key=lambda name: (found[name].p or 0, -abs(found[name].g or 0)))
        for name in order[:_MOST]:
            yield said_difference(name, found[name], pair.a, pair.b)
        if family == "where" and not found and pair.map_p.p_adjusted is not None:
            yield (
                f"The map of where tumours lie differs as a whole "
                f"({said_p(pair.map_p.p_adjusted)}), more than any quadrant tells."
            )


def _places(pair: PairResult, alpha: float) -> Iterator[str]:
    found = pair.map
    if not found.significant_cells or found.largest is None:
        return
    largest = float(found.difference[found.largest])
    more = pair.b if largest > 0 else pair.a
    yield (
        f"At {found.significant_cells:,} of {found.tested_cells:,} places of the map the "
        f"difference is significant, of which about {alpha:.0%} may be chance; at the largest, "
        f"{more} has tumour in {100 * abs(largest):.0f} percentage points more of the slices."
    )


def _sites(pair: PairResult, alpha: float) -> Iterator[str]:
    sites = pair.sites
    if sites.p is None or sites.p > alpha:
        return
    counts = [
        f"{name}: {', '.join(f'{site} {count}' for site, count in known.items())}"
        for name, known in ((pair.a, sites.counts_a), (pair.b, sites.counts_b))
    ]
    yield (
        f"The sets come from different sites ({said_p(sites.p)}; {'; '.join(counts)}): other "
        "scanners and other patients go along with that."
    )


def _not_shown(pair: PairResult, alpha: float) -> Iterator[str]:
    """The questions that were tested without finding a difference."""
    if not pair.differs:
        return
    found = set(_significant(pair, alpha))
    tested = [name for name, item in pair.families.items() if item.p_adjusted is not None]
    rest = [FAMILIES[name] for name in tested if name not in found]
    if rest:
        yield f"No difference was shown in {listed(rest, 'or')}."


def _hints(pair: PairResult, alpha: float) -> Iterator[str]:
    """What would differ had it been the only question."""
    tested = [name for name, item in pair.quantities.items() if item.p is not None]
    alone = [
        name
        for name in tested
        if (pair.quantities[name].p or 0) <= alpha
        and not (pair.differs and (pair.quantities[name].p_adjusted or 0) <= alpha)
    ]
    if not alone:
        return
    alone.sort(key=lambda name: pair.quantities[name].p or 0)
    words = listed([f"{QUANTITIES[n].title} ({said_p(pair.quantities[n].p or 0)})" for n in alone])
    yield (
        f"Asked about alone, these would differ: {words}; of {len(tested)} quantities about "
        f"{alpha * len(tested):.1g} would by chance."
    )


def _not_told(pair: PairResult, alpha: float) -> Iterator[str]:
    """What so few patients leave open."""
    first, second = pair.patients
    if pair.p is not None and pair.smallest_p > alpha:
        yield (
            f"With {first} and {second} patients even the clearest difference cannot be shown: "
            f"the smallest p that can come out is {pair.smallest_p:.2g}."
        )
    elif pair.smallest_detectable_g is not None:
        together = pair.smallest_detectable_g_adjusted or pair.smallest_detectable_g
        yield (
            f"With {first} and {second} patients a difference is found four times out of five "
            f"only if it is at least about {pair.smallest_detectable_g:.1f} standard deviations, "
            f"or {together:.1f} with all questions asked at once; whether the sets differ by less "
            "could not be told."
        )
    reasons: dict[str, list[str]] = {}
    for name, item in pair.quantities.items():
        if item.p is None:
            reasons.setdefault(item.reason, []).append(QUANTITIES[name].title)
    if pair.p is not None:
        for reason, titles in reasons.items():
            yield f"Not compared: {listed(titles)}. {reason}"
    if pair.p is not None and pair.map_p.p is None and not pair.map.reason:
        yield f"The {MAP} was not compared: fewer than two patients of a set have tumour."
