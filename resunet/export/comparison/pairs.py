"""How every two sets differ: in short, in pictures, and quantity by quantity."""

from collections.abc import Mapping, Sequence
from typing import Any

from resunet.export.comparison.marks import Scale, interval_mark
from resunet.export.comparison.markup import (
    Html,
    breakable,
    element,
    joined,
    paragraphs,
    section,
    table,
)
from resunet.export.comparison.numbers import (
    Notes,
    difference_in_style,
    difference_interval,
    effect_size,
    in_style,
    interval_at,
    list_at,
    mapping_at,
    number_at,
    p_value,
    whole,
)
from resunet.export.comparison.pictures import Pictures, shown
from resunet.export.comparison.words import Words, spelled

_EFFECTS = Scale(-2.0, 2.0)
_USUAL_ALPHA = 0.05


def pairs_of(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The pairs of a result, those that are whole."""
    return [pair for pair in list_at(result, "pairs") if isinstance(pair, Mapping)]


def pair_title(pair: Mapping[str, Any]) -> str:
    """The names of two sets."""
    return f"{pair.get('a')} and {pair.get('b')}"


def summary_cards(result: Mapping[str, Any]) -> list[Html]:
    """What was found of each pair in sentences, with whether it differs."""
    cards = []
    for pair in pairs_of(result):
        differs = bool(pair.get("differs"))
        badge = element(
            "span",
            "differs" if differs else "no difference shown",
            class_="badge found" if differs else "badge",
        )
        first, *others = [str(each) for each in list_at(pair, "summary")] or [""]
        cards.append(
            element(
                "article",
                element("h3", pair_title(pair), badge),
                element("p", first, class_="first"),
                paragraphs(others),
                class_="card",
            )
        )
    reason = result.get("pairs_reason")
    if not cards and isinstance(reason, str):
        cards.append(element("article", element("p", reason), class_="card"))
    return cards


def differences_section(result: Mapping[str, Any], pictures: Pictures) -> Html:
    """The difference map of each pair; nothing where there is no picture."""
    figures = []
    for pair in pairs_of(result):
        picture = pictures.differences.get((str(pair.get("a")), str(pair.get("b"))))
        if picture is not None:
            alt = f"Where the mean masks of {pair_title(pair)} differ."
            figures.append(shown(picture, alt, f"{pair_title(pair)}: {_map_words(pair)}"))
    if not figures:
        return Html()
    return section(
        "differences",
        "Where masks differ",
        element(
            "p",
            "The difference of the mean masks, patients being the unit. Outlined is what differs "
            "by more than chance, allowed for all places that were tested.",
            class_="lead",
        ),
        element("div", *figures, class_="figures"),
    )


def _map_words(pair: Mapping[str, Any]) -> str:
    """What the map says in numbers."""
    found = mapping_at(pair, "map")
    tested, significant = found.get("tested_cells"), found.get("significant_cells")
    parts = []
    if number_at(found, "significant_cells") is not None:
        of = f" of {whole(tested)}" if number_at(found, "tested_cells") is not None else ""
        parts.append(f"{whole(significant)}{of} cells differ significantly")
    largest = number_at(found, "largest_difference")
    if largest is not None:
        parts.append(f"the largest difference is {100 * abs(largest):.0f} percentage points")
    p = number_at(found, "p_adjusted")
    if p is not None:
        parts.append(f"p of the whole map, adjusted: {p_value(p)}")
    return "; ".join(parts) + "." if parts else "not tested."


def quantities_section(result: Mapping[str, Any], words: Words) -> Html:
    """A table a pair: each quantity in both sets, its difference, and how sure it is."""
    alpha = number_at(result, "alpha") or _USUAL_ALPHA
    tables = []
    for pair in pairs_of(result):
        notes = Notes()
        rows = _rows(pair, words, alpha, notes)
        if rows:
            a, b = str(pair.get("a")), str(pair.get("b"))
            difference = breakable(f"Difference, {b} − {a}")
            head = ["Quantity", breakable(a), breakable(b), difference]
            head += ["Effect size g", "", "p adjusted"]
            tables += [
                element("h3", pair_title(pair)),
                table(head, rows, class_="numbers quantities"),
                notes.written(),
            ]
    if not tables:
        return Html()
    lead = (
        "Each patient counts once. Below a value its 95 % interval. Hedges’ g is the difference in "
        "standard deviations, drawn from −2 to 2. p adjusted allows for all quantities of the "
        f"pair, and stands above p of the quantity alone; bold is what is at most {alpha:g}."
    )
    return section("quantities", "Quantity by quantity", element("p", lead, class_="lead"), *tables)


def _rows(
    pair: Mapping[str, Any], words: Words, alpha: float, notes: Notes
) -> list[Sequence[Html]]:
    """The lines of a pair's table, family by family."""
    found = mapping_at(pair, "quantities")
    families: dict[str, list[str]] = {family: [] for family in words.families}
    order = {name: at for at, name in enumerate(words.quantities)}
    for name in sorted(found, key=lambda each: order.get(each, len(order))):
        families.setdefault(words.quantity(name).family, []).append(name)
    rows: list[Sequence[Html]] = []
    for family, names in families.items():
        if names and (family or len(families) > 1):
            rows.append([_family(pair, family, words)])
        rows += [
            _row(name, found[name], words, alpha, notes)
            for name in names
            if isinstance(found[name], Mapping)
        ]
    return rows


def _family(pair: Mapping[str, Any], family: str, words: Words) -> Html:
    """The line above a family's quantities."""
    title = spelled(words.families.get(family, family)) or "Others"
    p = number_at(mapping_at(mapping_at(pair, "families"), family), "p_adjusted")
    told = [] if p is None else [element("span", f"p adjusted {p_value(p)}", class_="faint")]
    return element("th", title, *told, colspan=7, scope="rowgroup", class_="family")


def _row(
    name: str, entry: Mapping[str, Any], words: Words, alpha: float, notes: Notes
) -> list[Html]:
    """One quantity of a pair."""
    quantity = words.quantity(name)
    p, alone = number_at(entry, "p_adjusted"), number_at(entry, "p")
    g, ends = number_at(entry, "g"), interval_at(entry, "g_ci")
    between = "" if ends is None else f"{effect_size(ends[0])} to {effect_size(ends[1])}"
    drawn = interval_mark(g, ends, _EFFECTS, text=f"g {effect_size(g)} {between}".strip())
    unit = [element("span", quantity.unit, class_="interval")] if len(quantity.unit) > 3 else []
    class_ = "sure" if p is not None and p <= alpha else None

    def cell(key: str, text: str, below: str = "") -> Html:
        if number_at(entry, key) is None:
            return element("td", notes.missing(entry, key))
        under = [element("span", below, class_="interval")] if below else []
        return element("td", joined([text, *under]), class_=class_)

    difference = difference_in_style(number_at(entry, "difference"), quantity)
    return [
        element("th", quantity.title, *unit, scope="row", class_=class_),
        cell("a", in_style(number_at(entry, "a"), quantity)),
        cell("b", in_style(number_at(entry, "b"), quantity)),
        cell("difference", difference, difference_interval(interval_at(entry), quantity)),
        cell("g", effect_size(g), between),
        element("td", drawn, class_="drawn"),
        cell("p_adjusted", p_value(p), "" if alone is None else p_value(alone)),
    ]
