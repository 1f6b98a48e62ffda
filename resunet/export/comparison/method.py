"""How a comparison was computed, so that it can be done again."""

from collections.abc import Mapping
from typing import Any

from resunet import PROGRAM, __version__
from resunet.export.comparison.markup import Html, element, joined, section
from resunet.export.comparison.numbers import list_at, mapping_at, number_at, percent, whole
from resunet.export.comparison.pairs import pair_title, pairs_of


def method_section(result: Mapping[str, Any]) -> Html:
    """Settings, versions, and what so few patients can show."""
    facts = [(name, text) for name, text in _facts(result) if text]
    terms = [joined([element("dt", name), element("dd", text)]) for name, text in facts]
    return section(
        "method",
        "How it was computed",
        element("dl", *(element("div", term) for term in terms), class_="facts"),
        element("p", _READING, class_="note"),
    )


_READING = (
    "Patients, not slices or pixels, are the unit of every test and interval. That no difference "
    "was shown does not mean that sets are equal: with few patients only large differences can be "
    "told. The comparison describes the data; it does not say why they differ."
)


def _facts(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values; empty values are left away."""
    grid = list_at(result, "grid")
    rate = number_at(result, "false_alarm_rate")
    alpha = number_at(result, "alpha")
    similar = number_at(mapping_at(result, "leakage"), "similar")
    return [
        ("Program", f"{PROGRAM} {__version__}"),
        *((str(name), str(value)) for name, value in mapping_at(result, "versions").items()),
        ("Reference", str(result.get("reference") or "")),
        ("Common grid", " × ".join(f"{whole(side)}" for side in grid) + " pixels" if grid else ""),
        ("Level of the tests", "" if alpha is None else f"{alpha:g}"),
        ("Permutations of patients", _count(result, "permutations")),
        ("Patients drawn again", _count(result, "bootstraps")),
        ("Seed", _count(result, "seed")),
        ("Looked for broken slices", "yes" if result.get("checked") else "no"),
        ("Judged by", str(result.get("fitted_on") or "")),
        ("Expected false alarms", "" if rate is None else f"{percent(rate)} of good slices"),
        ("Pictures count as alike", "" if similar is None else f"from {similar:.2f} on"),
        *((f"Can be told, {pair_title(p)}", _smallest(p)) for p in pairs_of(result)),
    ]


def _count(result: Mapping[str, Any], key: str) -> str:
    return "" if number_at(result, key) is None else whole(result.get(key))


def _smallest(pair: Mapping[str, Any]) -> str:
    """What so many patients show four times out of five."""
    g, adjusted = (
        number_at(pair, key) for key in ("smallest_detectable_g", "smallest_detectable_g_adjusted")
    )
    if g is None:
        return ""
    more = "" if adjusted is None else f", among all quantities {adjusted:.1f}"
    return f"g from {g:.1f} on{more}"
