"""The scores of each split: means with intervals, tumour-free slices, errors of size."""

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
from resunet.export.comparison.numbers import (
    Notes,
    count,
    interval_at,
    list_at,
    mapping_at,
    number_at,
    percent,
    whole,
)
from resunet.export.evaluation.entries import (
    MEASURES,
    between,
    digits_of,
    estimate_cell,
    split_name,
    split_title,
    splits_of,
    written,
)

WAYS = {"patient_mean": "Mean of patients", "slice_mean": "Mean of slices", "pooled": "Pooled"}
"""How patients are summed up."""

RESOLUTIONS = {"native": "on the study's own pixels", "grid": "on the network's grid"}
"""Which pixels are counted."""

_ERRORS = {
    "volume_error_ml": "Volume, ml",
    "volume_error_percent": "Volume, %",
    "area_error_mm2": "Summed areas, mm²",
    "area_error_percent": "Summed areas, %",
}


def score_sentences(split: str, summary: Mapping[str, Any]) -> list[str]:
    """The scores of one split in short, the most important first."""
    native = mapping_at(summary, "native")
    mean = mapping_at(mapping_at(mapping_at(native, "measures"), "dice"), "patient_mean")
    value, ends = number_at(mean, "value"), interval_at(mean)
    patients = int(number_at(native, "patients") or 0)
    if value is None:
        return [f"{split_title(split)}: none of {count(patients, 'patient')} has a Dice."]
    interval = "" if ends is None else f", 95 % interval {between(ends, 3)}"
    known = int(number_at(mean, "patients") or 0)
    found = [f"Dice {written(value, 3)} in the mean of {count(known, 'patient')}{interval}."]
    if known < patients:
        found.append(f"{count(patients - known, 'patient')} more without a Dice.")
    ceiling = number_at(
        mapping_at(mapping_at(mapping_at(summary, "ceiling"), "dice"), "patient_mean"), "value"
    )
    if ceiling is not None:
        found.append(f"A perfect mask on the network's grid scores {written(ceiling, 3)}.")
    worst = next((each for each in list_at(summary, "patients") if _dice(each) is not None), None)
    if worst is not None:
        found.append(f"The worst is {worst['patient']}, {written(_dice(worst), 3)}.")
    return found + part_sentences(summary)


def scores_section(result: Mapping[str, Any]) -> Html:
    """A table for each split."""
    parts: list[str] = []
    for index, (name, summary) in enumerate(splits_of(result).items()):
        parts += [element("h3", split_name(name, index)), _scores(summary)]
    return section("scores", "Scores", *parts)


def errors_section(result: Mapping[str, Any]) -> Html:
    """By how much sizes are wrong, and what is predicted where there is no tumour."""
    notes = Notes()
    head = [*over_text("Split", "Size"), "Patients", "Mean error", "Mean error without its sign"]
    rows, free_rows, missing = [], [], []
    for index, (name, summary) in enumerate(splits_of(result).items()):
        errors = mapping_at(summary, "size_errors")
        known = [key for key in _ERRORS if number_at(mapping_at(errors, key), "value") is not None]
        unknown = [mapping_at(errors, key) for key in _ERRORS if key not in known]
        missing += [entry.get("value_reason") for entry in unknown]
        first = element("th", split_name(name, index), scope="rowgroup", rowspan=len(known))
        for at, key in enumerate(known):
            rows.append([*([] if at else [first]), *_error(errors, key, notes)])
        free_rows.append(_tumour_free(name, index, mapping_at(summary, "tumour_free"), notes))
    free_head = ["Split", "Slices without tumour", "Of these with something predicted"]
    free_head += ["Their share", "Mean area predicted, mm²", "Largest, mm²"]
    return section(
        "errors",
        "Errors of size, and false alarms",
        table(head, rows, class_="numbers grouped"),
        paragraphs(dict.fromkeys(str(each) for each in missing if each), class_="note"),
        element("h3", "Slices without tumour"),
        table(free_head, free_rows, class_="numbers"),
        notes.written(),
    )


def _error(errors: Mapping[str, Any], key: str, notes: Notes) -> list[str]:
    """With its sign, and without it."""
    entry = mapping_at(errors, key)
    stem, _, unit = key.rpartition("_")
    absolute = mapping_at(errors, f"{stem}_absolute_{unit}")
    return [
        element("td", _ERRORS[key], class_="text"),
        whole(entry.get("patients")),
        estimate_cell(entry, digits_of(key), notes),
        estimate_cell(absolute, digits_of(key), notes),
    ]


def _scores(summary: Mapping[str, Any]) -> Html:
    notes = Notes()
    rows: list[list[str]] = []
    for resolution, words in RESOLUTIONS.items():
        measures = mapping_at(mapping_at(summary, resolution), "measures")
        known = [key for key in MEASURES if key in measures]
        family = element("th", words, class_="family", colspan=len(WAYS) + 1)
        rows += [
            [family],
            *(_row(MEASURES[key], mapping_at(measures, key), key, notes) for key in known),
        ]
        if resolution == "native":
            ceiling = mapping_at(mapping_at(summary, "ceiling"), "dice")
            rows.append(_row("Ceiling of Dice", ceiling, "dice", notes))
    native = mapping_at(summary, "native")
    undefined = number_at(native, "undefined_slices") or 0
    lead = (
        f"{whole(native.get('patients'))} patients, {whole(native.get('slices'))} slices, of which "
        f"{undefined:,.0f} have no Dice: neither outline nor prediction holds tumour."
    )
    return joined(
        [
            element("p", lead, class_="lead"),
            paragraphs(part_sentences(summary), class_="note"),
            table(["", *WAYS.values()], rows, class_="numbers"),
            notes.written(),
        ]
    )


def _row(words: str, ways: Mapping[str, Any], key: str, notes: Notes) -> list[str]:
    cells = [
        estimate_cell(mapping_at(ways, way), digits_of(key), notes, counted=True) for way in WAYS
    ]
    return [element("th", words, scope="row"), *cells]


def _tumour_free(name: str, index: int, free: Mapping[str, Any], notes: Notes) -> list[str]:
    largest = number_at(free, "largest_mm2")
    share = mapping_at(free, "share")
    return [
        element("th", split_name(name, index), scope="row"),
        whole(free.get("slices")),
        whole(free.get("with_false_positives")),
        notes.missing(share, "value")
        if number_at(share, "value") is None
        else percent(number_at(share, "value")),
        estimate_cell(mapping_at(free, "mean_mm2"), 1, notes),
        notes.missing(free, "largest_mm2") if largest is None else written(largest, 0),
    ]


def part_sentences(summary: Mapping[str, Any]) -> list[str]:
    """Whether these patients had a part in the making of the model."""
    trained = number_at(summary, "patients_trained_on")
    chosen = number_at(summary, "patients_chosen_on")
    found = []
    if trained:
        found.append(f"Mind that the model was trained on {trained:.0f} of them.")
    if chosen:
        found.append(f"Mind that its epoch was chosen on {chosen:.0f} of them.")
    return found


def _dice(patient: Any) -> float | None:
    return number_at(mapping_at(patient, "native"), "dice")
