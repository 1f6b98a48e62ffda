"""Dice by the tumour's size, as two tables and a chart."""

from collections.abc import Mapping
from typing import Any

from resunet.export.comparison.markup import Html, element, over_text, section, table
from resunet.export.comparison.numbers import Notes, list_at, mapping_at, number_at, whole
from resunet.export.evaluation.charts import Dot, size_plot
from resunet.export.evaluation.entries import (
    colour_of,
    estimate_cell,
    split_name,
    splits_of,
    written,
)

SIZES = {"volume_ml": "volume, ml", "summed_area_cm2": "summed areas, cm²"}
"""What the sizes of patients are called."""


def sizes_section(result: Mapping[str, Any]) -> Html:
    """What the size of a tumour does to its Dice."""
    notes = Notes()
    dots = _dots(result)
    figures = []
    if dots:
        caption = (
            "A full dot is a patient's Dice, the ring above it its ceiling; the size is the "
            "expert's, its areas in all slices summed up."
        )
        chart = size_plot(dots, "tumour, summed areas in cm²", "Dice of every patient by size.")
        figures.append(element("figure", chart, element("figcaption", caption)))
    head = [*over_text("Split", "Tumour in the slice"), "Slices", "Patients", "Dice", "Ceiling"]
    return section(
        "sizes",
        "By the tumour's size",
        *figures,
        element("h3", "Slices"),
        table(head, _slice_rows(result, notes), class_="numbers grouped"),
        element("h3", "Patients"),
        table(
            [*over_text("Split", "Patients with the"), "Size", "Patients", "Dice", "Ceiling"],
            _third_rows(result, notes),
            class_="numbers grouped",
        ),
        notes.written(),
    )


def _dots(result: Mapping[str, Any]) -> list[Dot]:
    dots = []
    for index, summary in enumerate(splits_of(result).values()):
        for each in list_at(summary, "patients"):
            area = number_at(each, "summed_area_mm2")
            dice = number_at(mapping_at(each, "native"), "dice")
            ceiling = number_at(each, "ceiling_dice")
            if not area or dice is None:
                continue
            words = f"{each['patient']}: {dice:.3f}, {area / 100:,.1f} cm²"
            if ceiling is not None:
                told = f"{words}, ceiling {ceiling:.3f}"
                dots.append(Dot(area / 100, ceiling, told, f"ceiling {colour_of(index)}"))
            dots.append(Dot(area / 100, dice, words, colour_of(index)))
    return dots


def _slice_rows(result: Mapping[str, Any], notes: Notes) -> list[list[str]]:
    rows: list[list[str]] = []
    for index, (name, summary) in enumerate(splits_of(result).items()):
        classes = list_at(mapping_at(summary, "by_slice_size"), "classes")
        for at, each in enumerate(classes):
            first = element("th", split_name(name, index), scope="rowgroup", rowspan=len(classes))
            dice = mapping_at(each, "dice")
            rows.append(
                [
                    *([] if at else [first]),
                    element("td", class_words(each), class_="text"),
                    whole(each.get("slices")),
                    whole(dice.get("patients")),
                    estimate_cell(dice, 3, notes),
                    estimate_cell(mapping_at(each, "ceiling_dice"), 3, notes),
                ]
            )
    return rows


def _third_rows(result: Mapping[str, Any], notes: Notes) -> list[list[str]]:
    rows: list[list[str]] = []
    for index, (name, summary) in enumerate(splits_of(result).items()):
        sizes = mapping_at(summary, "by_patient_size")
        unit = SIZES.get(str(sizes.get("size")), "")
        thirds = list_at(sizes, "thirds")
        for at, each in enumerate(thirds):
            first = element("th", split_name(name, index), scope="rowgroup", rowspan=len(thirds))
            ends = [number_at(each, key) for key in ("from", "to")]
            size = " to ".join(written(end, 0) for end in ends) if ends[0] is not None else "–"
            rows.append(
                [
                    *([] if at else [first]),
                    element("td", f"{each['name']} by {unit}", class_="text"),
                    size,
                    whole(each.get("patients")),
                    estimate_cell(mapping_at(each, "dice"), 3, notes),
                    estimate_cell(mapping_at(each, "ceiling_dice"), 3, notes),
                ]
            )
    return rows


def class_words(each: Mapping[str, Any]) -> str:
    """A class of slices by size."""
    low, high = number_at(each, "from_cm2"), number_at(each, "below_cm2")
    if high is None:
        return f"{low or 0:g} cm² and more"
    return f"{low:g} to below {high:g} cm²" if low else f"below {high:g} cm²"
