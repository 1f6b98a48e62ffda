"""What is there more than once: patients in two sets, and slices that show one picture."""

from collections.abc import Mapping
from typing import Any

from resunet.export.comparison.markup import (
    Html,
    element,
    joined,
    over_text,
    paragraphs,
    section,
    table,
)
from resunet.export.comparison.numbers import Notes, list_at, mapping_at, number_at, whole

MOST_ROWS = 300
"""Of each table; the rest is in ``leakage.csv``."""

_TURNS = {"left_right": "mirrored left–right", "up_down": "mirrored front–back", "both": "turned"}


def leakage_section(result: Mapping[str, Any]) -> Html:
    """Patients and slices that were found twice; nothing where nobody looked."""
    found = mapping_at(result, "leakage")
    if not found:
        return Html()
    shared = [each for each in list_at(found, "shared_patients") if isinstance(each, Mapping)]
    copies = [each for each in list_at(found, "duplicate_slices") if isinstance(each, Mapping)]
    sentences = [str(each) for each in list_at(found, "summary")]
    if not sentences and not shared and not copies:
        sentences = ["No patient and no slice was found twice."]
    parts = [paragraphs(sentences)]
    if shared:
        parts += [element("h3", "Patients"), _shared(shared)]
    if copies:
        parts += [element("h3", "Slices"), _copies(copies)]
    similar = number_at(found, "similar")
    if similar is not None:
        words = f"Pictures count as alike from an agreement of {similar:.2f} on (at most 1)."
        parts.append(element("p", words, class_="note"))
    return section("leakage", "What is there twice", *parts)


def _shared(shared: list[Mapping[str, Any]]) -> Html:
    notes = Notes()
    head = [*over_text("Patient", "Set", "Patient", "Set", "Found by"), "Agreement", "Slices"]
    rows = []
    for each in shared[:MOST_ROWS]:
        a, b = mapping_at(each, "a"), mapping_at(each, "b")
        ways = ["name"] if each.get("same_name") else []
        known = number_at(each, "similarity")
        ways += ["pictures"] if known is not None and not each.get("same_name") else []
        rows.append(
            [
                element("td", _name(a, "patient"), class_="name"),
                element("td", _name(a, "set"), class_="text"),
                element("td", _name(b, "patient"), class_="name"),
                element("td", _name(b, "set"), class_="text"),
                element("td", " and ".join(ways) + _turned(each), class_="text"),
                notes.missing(each, "similarity") if known is None else f"{known:.3f}",
                whole(each.get("slices")),
            ]
        )
    return joined([table(head, rows, class_="numbers"), notes.written(), _more(len(shared))])


def _copies(copies: list[Mapping[str, Any]]) -> Html:
    head = [*over_text("Slice", "Set", "Slice", "Set", ""), "Agreement"]
    rows = []
    for each in copies[:MOST_ROWS]:
        a, b = mapping_at(each, "a"), mapping_at(each, "b")
        known = number_at(each, "similarity")
        rows.append(
            [
                element("td", _name(a, "file"), class_="name"),
                element("td", _name(a, "set"), class_="text"),
                element("td", _name(b, "file"), class_="name"),
                element("td", _name(b, "set"), class_="text"),
                element("td", _turned(each).lstrip(", "), class_="text"),
                "–" if known is None else f"{known:.3f}",
            ]
        )
    return joined([table(head, rows, class_="numbers"), _more(len(copies))])


def _name(place: Mapping[str, Any], key: str) -> str:
    return str(place.get(key, ""))


def _turned(each: Mapping[str, Any]) -> str:
    turn = str(each.get("turn") or "")
    return f", {_TURNS.get(turn, turn.replace('_', ' '))}" if turn else ""


def _more(count: int) -> Html:
    if count <= MOST_ROWS:
        return Html()
    return element("p", f"{count - MOST_ROWS:,} more are in leakage.csv.", class_="note")
