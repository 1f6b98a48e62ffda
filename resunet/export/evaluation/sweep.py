"""Dice at every threshold, as a chart and a table."""

from collections.abc import Mapping
from typing import Any

from resunet.export.comparison.markup import Html, element, section, table
from resunet.export.comparison.numbers import finite, list_at, mapping_at, number_at
from resunet.export.evaluation.charts import Curve, sweep_plot
from resunet.export.evaluation.entries import colour_of, split_name, splits_of, written


def sweep_section(result: Mapping[str, Any]) -> Html:
    """What another threshold would score; nothing where no patient has a Dice."""
    curves: list[Curve] = []
    rows = []
    for index, (name, summary) in enumerate(splits_of(result).items()):
        sweep = mapping_at(summary, "sweep")
        curves += [
            Curve(_points(sweep, "dice_patient_mean"), colour_of(index)),
            Curve(_points(sweep, "dice_pooled"), f"pooled {colour_of(index)}"),
        ]
        rows.append([element("th", split_name(name, index), scope="row"), *_best(sweep, result)])
    threshold = number_at(result, "threshold") or 0.0
    caption = (
        "Dice on the study's own pixels: full lines the mean of patients, dashed ones pooled. The "
        f"upright line is the threshold in use, {threshold:g}."
    )
    head = ["Split", "Best threshold", "Dice there", f"Dice at {threshold:g}"]
    chart = sweep_plot(curves, threshold, "Dice by threshold.")
    return section(
        "sweep",
        "Threshold",
        element("figure", chart, element("figcaption", caption)),
        table(head, rows, class_="numbers"),
        element(
            "p",
            "The best threshold is found on the very patients it is scored on, so its Dice is "
            "somewhat too good; it is chosen on other patients, or left alone.",
            class_="note",
        ),
    )


def _points(sweep: Mapping[str, Any], key: str) -> list[tuple[float, float | None]]:
    pairs = zip(list_at(sweep, "thresholds"), list_at(sweep, key), strict=True)
    return [(float(threshold), finite(dice)) for threshold, dice in pairs]


def _best(sweep: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    means = dict(_points(sweep, "dice_patient_mean"))
    threshold = number_at(result, "threshold")
    here = None if threshold is None else means.get(threshold)
    return [
        written(number_at(sweep, "best_threshold"), 2),
        written(number_at(sweep, "best_dice_patient_mean"), 3),
        written(here, 3),
    ]
