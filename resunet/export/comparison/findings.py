"""Slices that seem broken: by kind, each with its picture and why it was told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from resunet.export.comparison.markup import (
    Html,
    breakable,
    element,
    joined,
    over_text,
    paragraphs,
    section,
    table,
)
from resunet.export.comparison.numbers import NONE, count, list_at, number_at, percent
from resunet.export.comparison.pictures import Picture, Pictures, embedded, width_of
from resunet.export.comparison.sets import sets_of
from resunet.export.comparison.words import Words

MOST_PICTURES = 200
"""Of all findings together; the others stand in tables."""

MOST_ROWS = 500
"""Of each kind's table; the rest is in ``flags.csv``."""

Finding = tuple[int, Mapping[str, Any]]
"""A finding with its index in the result."""


def flags_of(result: Mapping[str, Any]) -> list[Finding]:
    """The findings of a result, those that are whole."""
    found = enumerate(list_at(result, "flags"))
    return [(index, flag) for index, flag in found if isinstance(flag, Mapping)]


def flag_sentences(result: Mapping[str, Any]) -> list[str]:
    """What was found broken, in short."""
    known = [str(each) for each in list_at(result, "flags_summary")]
    if known:
        return known
    flags = flags_of(result)
    if flags:
        return [f"{count(len(flags), 'finding')} of slices that seem broken."]
    return ["No slice seems broken." if result.get("checked") else "Broken slices were not sought."]


def flags_section(result: Mapping[str, Any], pictures: Pictures, words: Words) -> Html:
    """All findings, grouped by kind."""
    flags = flags_of(result)
    parts: list[Html] = [paragraphs(flag_sentences(result)), _false_alarms(result)]
    groups: dict[str, list[Finding]] = {kind: [] for kind in words.kinds}
    for index, flag in flags:
        groups.setdefault(str(flag.get("kind")), []).append((index, flag))
    groups = {kind: found for kind, found in groups.items() if found}
    if groups:
        parts.append(_counts(groups, list(sets_of(result)), words))
    shown = _shown(groups, pictures)
    for kind, found in groups.items():
        parts.append(_group(kind, found, shown, words))
    return section("findings", "Slices that seem broken", *parts)


def _false_alarms(result: Mapping[str, Any]) -> Html:
    """How often a good slice is told, where the sentences above do not say so."""
    rate = number_at(result, "false_alarm_rate")
    if rate is None or list_at(result, "flags_summary"):
        return Html()
    words = f"Of good slices about {percent(rate)} are told nevertheless."
    return element("p", words, class_="note")


def _counts(groups: Mapping[str, Sequence[Finding]], sets: list[str], words: Words) -> Html:
    """Findings by kind and set."""
    rows = []
    for kind, found in groups.items():
        counted = Counter(str(flag.get("set")) for _, flag in found)
        title = element("a", words.kind(kind).title, href=f"#{_anchor(kind)}")
        cells = [f"{counted[name]:,}" if counted[name] else NONE for name in sets]
        rows.append([element("th", title, scope="row"), *cells, f"{len(found):,}"])
    return table(["Kind", *map(breakable, sets), "All"], rows, class_="numbers")


def _shown(groups: Mapping[str, Sequence[Finding]], pictures: Pictures) -> dict[int, Picture]:
    """The pictures that the page carries: the surest findings of every kind in turn."""
    queues = [
        sorted(
            (each for each in found if each[0] in pictures.flags),
            key=lambda each: -(number_at(each[1], "score") or 0.0),
        )
        for found in groups.values()
    ]
    chosen: dict[int, Picture] = {}
    deepest = max(map(len, queues), default=0)
    for depth in range(deepest):
        for queue in queues:
            if depth < len(queue) and len(chosen) < MOST_PICTURES:
                index = queue[depth][0]
                chosen[index] = pictures.flags[index]
    return chosen


def _group(
    kind: str, found: Sequence[Finding], pictures: Mapping[int, Picture], words: Words
) -> Html:
    """One kind: cards of those with a picture, a table of the others."""
    surest = sorted(found, key=lambda each: -(number_at(each[1], "score") or 0.0))
    cards = [_card(flag, pictures[index]) for index, flag in surest if index in pictures]
    others = [flag for index, flag in surest if index not in pictures]
    named = words.kind(kind)
    parts = [
        element("h3", named.title, element("span", f"{len(found):,}", class_="badge")),
        *([element("p", named.meaning, class_="lead")] if named.meaning else []),
        *([element("div", *cards, class_="cards")] if cards else []),
        *([_rows(others)] if others else []),
    ]
    return element("section", *parts, id=_anchor(kind), class_="kind")


def _card(flag: Mapping[str, Any], picture: Picture) -> Html:
    """A finding with its picture."""
    file = str(flag.get("file"))
    return element(
        "figure",
        embedded(picture, f"{file}: {flag.get('why')}"),
        element(
            "figcaption",
            element("p", file, class_="name"),
            element("p", _facts(flag), class_="faint"),
            element("p", str(flag.get("why") or "")),
        ),
        class_="card",
        style=f"--picture:{width_of(picture)}px",
    )


def _rows(flags: Sequence[Mapping[str, Any]]) -> Html:
    """Findings without a picture."""
    rows = [
        [
            element("td", str(flag.get("file")), class_="name"),
            element("td", str(flag.get("set") or ""), class_="text"),
            element("td", _contrast(flag), class_="text"),
            _score(flag),
            element("td", str(flag.get("why") or ""), class_="text"),
        ]
        for flag in flags[:MOST_ROWS]
    ]
    more = len(flags) - MOST_ROWS
    rest = [element("p", f"{more:,} more are in flags.csv.", class_="note")] if more > 0 else []
    head = [*over_text("File", "Set", "Contrast"), "Score", *over_text("Why")]
    return joined([table(head, rows, class_="numbers"), *rest])


def _facts(flag: Mapping[str, Any]) -> str:
    """Set, patient, slice, contrast and score in a line."""
    number = number_at(flag, "number")
    parts = [
        str(flag.get("set") or ""),
        str(flag.get("patient") or ""),
        "" if number is None else f"slice {number:.0f}",
        _contrast(flag),
        f"score {_score(flag)}",
    ]
    return " · ".join(part for part in parts if part)


def _contrast(flag: Mapping[str, Any]) -> str:
    return str(flag.get("contrast") or "").upper()


def _score(flag: Mapping[str, Any]) -> str:
    score = number_at(flag, "score")
    return NONE if score is None else f"{score:.2f}"


def _anchor(kind: str) -> str:
    """Where a kind stands on the page."""
    return "kind-" + "".join(c if c.isalnum() and c.isascii() else "-" for c in kind)
