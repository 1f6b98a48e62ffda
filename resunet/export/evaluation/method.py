"""How the figures are to be read, and how they were computed."""

from collections.abc import Mapping
from typing import Any

from resunet import PROGRAM, __version__
from resunet.export.comparison.markup import Html, element, joined, paragraphs, section
from resunet.export.comparison.numbers import list_at, mapping_at, number_at, whole
from resunet.export.evaluation.entries import data_name


def method_section(result: Mapping[str, Any]) -> Html:
    """Conventions, settings, and what was left out."""
    terms = [
        joined([element("dt", name), element("dd", text)]) for name, text in _facts(result) if text
    ]
    parts: list[str] = [
        paragraphs(map(str, list_at(result, "conventions"))),
        element("dl", *(element("div", term) for term in terms), class_="facts"),
    ]
    excluded = list_at(mapping_at(result, "excluded"), "names")
    for title, sentences in (
        ("Files left out, as they cannot be used", list_at(result, "skipped")),
        ("Left out by name", excluded),
    ):
        if sentences:
            parts += [element("h3", title), paragraphs(map(str, sentences), class_="faint")]
    return section("method", "How it was computed", *parts)


def _facts(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values; empty values are left away."""
    samples = number_at(result, "samples") or 0
    size = whole(result.get("input_size"))
    return [
        ("Program", f"{PROGRAM} {__version__}"),
        ("Model", str(result.get("model_id") or "")),
        ("Computed by", str(result.get("engine") or "")),
        ("Data", data_name(result)),
        ("Network's grid", f"{size}×{size} pixels"),
        ("Parameters", whole(result.get("parameters"))),
        ("Passes", f"mean of {samples:.0f}" if samples else "one, deterministic"),
        ("Seed", whole(result.get("seed"))),
        ("Averaged with the mirrored slice", "yes" if result.get("flip") else "no"),
        ("Threshold", f"{number_at(result, 'threshold') or 0:g}"),
        ("Tolerance of the surface Dice", f"{number_at(result, 'tolerance_mm') or 0:g} mm"),
        ("Patients drawn again", whole(result.get("bootstraps"))),
    ]
