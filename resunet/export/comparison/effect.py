"""What the flagged slices do to a network's score."""

from collections.abc import Mapping
from typing import Any

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
    interval_at,
    list_at,
    mapping_at,
    number_at,
    signed,
    whole,
)
from resunet.export.comparison.sets import set_name, sets_of

_RESOLUTIONS = {"native": "on the slices' own pixels", "grid": "on the network's pixels"}
_POINTS = {
    "gap_points": "Gap to {reference}",
    "gap_without_points": "without flagged",
    "explained_points": "Explained",
}


def effect_sentences(result: Mapping[str, Any]) -> list[str]:
    """The answer in short; none where nothing was scored."""
    return [str(each) for each in list_at(mapping_at(result, "effect"), "sentences")]


def effect_section(result: Mapping[str, Any]) -> Html:
    """Scores with and without the flagged slices; nothing where nothing was scored."""
    effect = mapping_at(result, "effect")
    if not effect:
        return Html()
    lead = (
        "A set’s Dice is the mean over patients of each patient’s Dice, pooled over its slices. "
        "Gaps are points, hundredths of Dice. Intervals are 95 %, from patients drawn again."
    )
    parts = [paragraphs(effect_sentences(result)), element("p", lead, class_="lead")]
    for resolution, words in _RESOLUTIONS.items():
        parts += [element("h3", f"Dice {words}"), _table(result, effect, resolution)]
    return section("effect", "Effect on the score", *parts)


def _table(result: Mapping[str, Any], effect: Mapping[str, Any], resolution: str) -> Html:
    reference = str(effect.get("reference"))
    colours = {name: at for at, name in enumerate(sets_of(result))}
    notes = Notes()
    head = ["Set", "Slices", "Flagged", "Patients", "Dice", "without flagged"]
    head += [breakable(title.format(reference=reference)) for title in _POINTS.values()]
    rows = []
    sets = mapping_at(effect, "sets")
    for at, name in enumerate(sets):
        entry = mapping_at(sets, name)
        ways = mapping_at(entry, resolution)
        gap = mapping_at(mapping_at(mapping_at(effect, "gaps"), name), resolution)
        rows.append(
            [
                element("th", set_name(str(name), colours.get(name, at)), scope="row"),
                whole(entry.get("slices")),
                whole(entry.get("flagged")),
                whole(entry.get("patients")),
                *(
                    _dice(mapping_at(ways, way), notes)
                    for way in ("with_flagged", "without_flagged")
                ),
                *(_points(mapping_at(gap, key), notes) for key in _POINTS),
            ]
        )
    return joined([table(head, rows, class_="numbers"), notes.written()])


def _dice(entry: Mapping[str, Any], notes: Notes) -> Html:
    dice, ends = number_at(entry, "dice_patient_mean"), interval_at(entry)
    if dice is None:
        return element("td", notes.missing(entry, "dice_patient_mean"))
    between = "" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"
    return _cell(f"{dice:.3f}", between, entry, notes)


def _points(entry: Mapping[str, Any], notes: Notes) -> Html:
    if not entry:
        return element("td")
    value, ends = number_at(entry, "value"), interval_at(entry)
    if value is None:
        return element("td", notes.missing(entry, "value"))
    between = "" if ends is None else " to ".join(signed(f"{end:.1f}") for end in ends)
    return _cell(signed(f"{value:.1f}"), between, entry, notes)


def _cell(value: str, between: str, entry: Mapping[str, Any], notes: Notes) -> Html:
    """A value above its interval, or above the reason why it has none."""
    return element(
        "td", value, element("span", between or notes.missing(entry, "ci"), class_="interval")
    )
