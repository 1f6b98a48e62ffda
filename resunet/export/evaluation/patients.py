"""Every patient: a dot each, and a line each, the worst first."""

from collections.abc import Mapping
from typing import Any

from resunet.export.comparison.markup import Html, breakable, element, over_text, section, table
from resunet.export.comparison.numbers import (
    Notes,
    interval_at,
    list_at,
    mapping_at,
    number_at,
    whole,
)
from resunet.export.evaluation.charts import Strip, strip_plot
from resunet.export.evaluation.entries import (
    colour_of,
    figure_cell,
    split_name,
    split_title,
    splits_of,
)


def patients_section(result: Mapping[str, Any]) -> Html:
    """The strip plot and the list."""
    splits = splits_of(result)
    strips = [_strip(name, at, summary) for at, (name, summary) in enumerate(splits.items())]
    caption = (
        "A dot is a patient's Dice, pooled over its slices, on the study's own pixels; rest on it "
        "for the name. Below each row the mean with its 95 % interval."
    )
    figure = element("figure", strip_plot(strips), element("figcaption", caption))
    notes = Notes()
    rows = [
        _row(name, at, each, notes)
        for at, (name, summary) in enumerate(splits.items())
        for each in list_at(summary, "patients")
    ]
    head = [
        *over_text("Patient", "Split"),
        "Slices",
        "With tumour",
        "Dice",
        "Ceiling",
        "Dice, grid",
    ]
    head += ["Sensitivity", "Precision", "Surface Dice", "HD95, mm", "Summed areas, cm²"]
    head += ["Error of size, %"]
    return section(
        "patients",
        "Patients, the worst first",
        figure,
        table(head, rows, class_="numbers wide"),
        notes.written(),
    )


def _strip(name: str, index: int, summary: Mapping[str, Any]) -> Strip:
    mean = mapping_at(
        mapping_at(mapping_at(mapping_at(summary, "native"), "measures"), "dice"), "patient_mean"
    )
    dice = {
        str(each["patient"]): number_at(mapping_at(each, "native"), "dice")
        for each in list_at(summary, "patients")
    }
    return Strip(
        split_title(name),
        {patient: value for patient, value in dice.items() if value is not None},
        number_at(mean, "value"),
        interval_at(mean),
        colour_of(index),
    )


def _row(split: str, index: int, each: Mapping[str, Any], notes: Notes) -> list[str]:
    native, grid = mapping_at(each, "native"), mapping_at(each, "grid")
    area = number_at(each, "summed_area_mm2")
    cm2 = {**each, "cm2": None if area is None else area / 100}
    return [
        element("td", breakable(str(each["patient"])), class_="name"),
        element("td", split_name(split, index), class_="text"),
        whole(each.get("slices")),
        whole(each.get("tumour_slices")),
        figure_cell(native, "dice", 3, notes),
        figure_cell(each, "ceiling_dice", 3, notes),
        figure_cell(grid, "dice", 3, notes),
        figure_cell(native, "sensitivity", 3, notes),
        figure_cell(native, "precision", 3, notes),
        figure_cell(each, "surface_dice", 3, notes, "distance_reason"),
        figure_cell(each, "hd95_mm", 1, notes, "distance_reason"),
        figure_cell(cm2, "cm2", 1, notes, "area_reason"),
        figure_cell(each, "area_error_percent", 0, notes, "area_reason"),
    ]
