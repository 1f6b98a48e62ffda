"""The result beside others: another model's on the same patients, the paper's, the literature's."""

from collections.abc import Mapping
from typing import Any

from resunet.evaluation.against import difference_sentences, sentence
from resunet.export.comparison.markup import (
    Html,
    breakable,
    element,
    over_text,
    paragraphs,
    section,
    table,
)
from resunet.export.comparison.numbers import (
    NONE,
    Notes,
    finite,
    list_at,
    mapping_at,
    number_at,
    percent,
    signed,
)
from resunet.export.evaluation.entries import split_name, splits_of, written


def against_section(result: Mapping[str, Any]) -> Html:
    """Two models, patient by patient; nothing where none was compared with."""
    against = mapping_at(result, "against")
    if not against:
        return Html()
    name = str(against.get("model_id"))
    parts: list[str] = []
    order = list(splits_of(result))
    for split, pairs in mapping_at(against, "splits").items():
        parts.append(element("h3", split_name(split, order.index(split))))
        parts.append(element("p", sentence(split, pairs, name)))
        rows = [
            [
                element("td", breakable(str(each["patient"])), class_="name"),
                written(number_at(each, "dice"), 3),
                written(number_at(each, "other_dice"), 3),
                signed(f"{number_at(each, 'difference'):.3f}"),
            ]
            for each in list_at(pairs, "by_patient")
        ]
        head = [*over_text("Patient"), "Dice", f"Dice of {name}", "Difference"]
        parts.append(table(head, rows, class_="numbers"))
    minds = paragraphs(difference_sentences(against), class_="note")
    return section("against", f"Beside {name}", *parts, minds)


def paper_section(result: Mapping[str, Any]) -> Html:
    """Tables 4 and 5 of the paper, ours beside them."""
    notes = Notes()
    rows = [
        [
            element("th", str(line["what"]), scope="row"),
            _ours(line, notes),
            _ours_native(line),
            table_4_figure(line, line.get("paper")),
        ]
        for line in list_at(result, "table_4")
    ]
    head = ["Table 4", "Here, pooled on the grid", "Here, mean of patients, native", "The paper"]
    note = str(result.get("table_4_note") or "")
    return section(
        "paper",
        "Beside the paper, and the literature",
        table(head, rows, class_="numbers"),
        element("p", note, class_="note"),
        notes.written(),
        element("h3", "Whole tumour, as the paper's table 5 quotes it"),
        _literature(result),
    )


def _literature(result: Mapping[str, Any]) -> Html:
    notes = Notes()
    rows = []
    for line in list_at(result, "table_5"):
        tag = [element("span", "here", class_="tag")] if line.get("ours") else []
        dice, parameters = number_at(line, "dice"), number_at(line, "parameters")
        rows.append(
            [
                element("th", str(line["model"]), *tag, scope="row"),
                f"{line['dimensions']}D",
                element("td", str(line["data"]), class_="text"),
                notes.missing(line, "dice") if dice is None else percent(dice),
                notes.missing(line, "parameters")
                if parameters is None
                else f"{parameters / 1e6:,.2f}",
                element("td", str(line["comparable"]), class_="text"),
            ]
        )
    head = ["Model", "", *over_text("Scored on"), "Dice", "Parameters, millions"]
    return element(
        "div",
        table([*head, *over_text("What is comparable, and what is not")], rows, class_="numbers"),
        notes.written(),
    )


def _ours(line: Mapping[str, Any], notes: Notes) -> str:
    value = line.get("ours")
    return notes.missing(line, "ours") if value is None else table_4_figure(line, value)


def _ours_native(line: Mapping[str, Any]) -> str:
    value = number_at(line, "ours_patient_mean")
    return "" if value is None else percent(value)


def table_4_figure(line: Mapping[str, Any], value: Any) -> str:
    """A value of table 4: a share in per cent, any other number as it is, a word."""
    known = finite(value)
    if known is None:
        return NONE if value is None else str(value)
    return percent(known) if "Dice" in str(line["what"]) else f"{known:.3g}"
