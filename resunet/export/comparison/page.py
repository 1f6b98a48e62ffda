"""A comparison as one HTML page that needs no other file and no script."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resunet.export.comparison.effect import effect_section, effect_sentences
from resunet.export.comparison.findings import flag_sentences, flags_section
from resunet.export.comparison.markup import Html, element, joined, paragraphs
from resunet.export.comparison.method import method_section
from resunet.export.comparison.numbers import list_at, mapping_at
from resunet.export.comparison.pairs import (
    differences_section,
    quantities_section,
    summary_cards,
)
from resunet.export.comparison.pictures import Pictures
from resunet.export.comparison.sets import (
    distributions_section,
    quadrants_section,
    sets_of,
    sets_section,
    sites_section,
)
from resunet.export.comparison.twice import leakage_section
from resunet.export.comparison.words import Words
from resunet.export.document import document
from resunet.export.refusals import writing_to
from resunet.storage import write_text

_PARTS = {
    "sets": "Sets",
    "distributions": "Where tumours lie",
    "differences": "Where masks differ",
    "quadrants": "Quadrants",
    "quantities": "Quantities",
    "sites": "Sites",
    "leakage": "There twice",
    "findings": "Broken slices",
    "effect": "Effect on the score",
    "method": "Method",
}
_MOST_NAMED = 4  # sets in the title


def write_comparison_html(
    path: Path,
    result: Mapping[str, Any],
    pictures: Pictures | None = None,
    words: Words | None = None,
) -> None:
    """Writes the page.

    Args:
        path: The file; its folder is made if missing.
        result: What ``comparison.json`` holds. Whatever it lacks, the page lacks.
        pictures: To be shown; none by default.
        words: What kinds and quantities are called; by default as the result names them.

    Raises:
        InputError: If the folder cannot be written to, or a picture is none.
    """
    text = comparison_page(result, pictures, words)
    with writing_to(path.parent):
        write_text(path, text)


def comparison_page(
    result: Mapping[str, Any], pictures: Pictures | None = None, words: Words | None = None
) -> str:
    """The page as text (see `write_comparison_html`)."""
    pictures, words = pictures or Pictures(), words or Words()
    names = list(sets_of(result))
    parts = [
        sets_section(result),
        distributions_section(pictures, names),
        differences_section(result, pictures),
        quadrants_section(result),
        quantities_section(result, words),
        sites_section(result),
        leakage_section(result),
        flags_section(result, pictures, words),
        effect_section(result),
        method_section(result),
    ]
    return document(
        _title(names),
        kind="comparison of sets of patients",
        answers=_answers(result),
        parts=parts,
        names=_PARTS,
    )


def _title(names: list[str]) -> str:
    """The sets' names, as many as fit into a heading."""
    if len(names) > _MOST_NAMED:
        return f"{len(names)} sets of patients compared"
    if len(names) < 2:
        return " ".join([*names, "as a set of patients"])
    return f"{', '.join(names[:-1])} and {names[-1]} compared"


def _answers(result: Mapping[str, Any]) -> Html:
    """Everything in short: what differs, what is there twice, what is broken, what it does."""
    cards = summary_cards(result)
    others = {
        ("There twice", "leakage"): [
            str(each) for each in list_at(mapping_at(result, "leakage"), "summary")
        ],
        ("Broken slices", "findings"): flag_sentences(result),
        ("Effect on the score", "effect"): effect_sentences(result),
    }
    for (title, place), sentences in others.items():
        if sentences:
            link = element("a", title, href=f"#{place}")
            heading = element("h3", link)
            cards.append(element("article", heading, paragraphs(sentences), class_="card"))
    return element("section", joined(cards), class_="answers", aria_label="In short")
