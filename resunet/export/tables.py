"""What was measured, as files: JSON with everything, and two tables for spreadsheets.

The tables are CSV (RFC 4180, UTF-8, decimal point) below comment lines that begin with ``# ``:
``pandas.read_csv(path, comment="#")`` and R's ``read.csv(path, comment.char = "#")`` read them.
An empty cell is undefined, ``inf`` is infinite. Numbers are rounded, far finer than a pixel:
lengths, areas, pixel counts and percentages to 0.01, volumes to 0.0001 ml (a tenth of a cubic
millimetre), all else to 0.0001; the JSON holds them as computed.

A text cell that a spreadsheet would take for a formula gets a leading apostrophe: quoting would
not keep it from being computed.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from resunet.export.cells import harmless, text_cell
from resunet.export.provenance import provenance, provenance_lines
from resunet.export.refusals import writing_to
from resunet.measure import measures
from resunet.storage import write_json, write_text
from resunet.study import Prediction, Study

FILES = ("measures.json", "slices.csv", "lesions.csv")


class Column(NamedTuple):
    """One column of a table.

    Attributes:
        name: Its heading; what it ends in is the unit.
        key: Where its value stands in an entry of `measures`.
        element: Which element of that value, where it is a list.
    """

    name: str
    key: str
    element: int | None = None


SLICE_COLUMNS = (
    Column("slice", "slice"),
    Column("number", "number"),
    Column("position_mm", "position_mm"),
    Column("area_px", "area_px"),
    Column("area_low_px", "area_px_interval", 0),
    Column("area_high_px", "area_px_interval", 1),
    Column("area_mm2", "area_mm2"),
    Column("area_low_mm2", "area_mm2_interval", 0),
    Column("area_high_mm2", "area_mm2_interval", 1),
    Column("std_max", "std_max"),
    Column("expert_area_px", "expert_area_px"),
    Column("expert_area_mm2", "expert_area_mm2"),
    Column("area_error_px", "area_error_px"),
    Column("area_error_mm2", "area_error_mm2"),
    Column("area_error_percent", "area_error_percent"),
    Column("dice", "dice"),
    Column("hd95_mm", "hd95_mm"),
    Column("hd95_px", "hd95_px"),
)

LESION_COLUMNS = (
    Column("lesion", "lesion"),
    Column("voxels", "voxels"),
    Column("volume_ml", "volume_ml"),
    Column("first_slice", "first_slice"),
    Column("last_slice", "last_slice"),
    Column("first_number", "first_number"),
    Column("last_number", "last_number"),
    Column("centroid_slice", "centroid_index", 0),
    Column("centroid_row", "centroid_index", 1),
    Column("centroid_column", "centroid_index", 2),
    Column("centroid_right_mm", "centroid_ras_mm", 0),
    Column("centroid_anterior_mm", "centroid_ras_mm", 1),
    Column("centroid_superior_mm", "centroid_ras_mm", 2),
    Column("side", "side"),
    Column("largest_diameter_mm", "largest_diameter_mm"),
    Column("largest_diameter_slice", "largest_diameter_slice"),
    Column("largest_diameter_number", "largest_diameter_number"),
    Column("bidimensional_long_mm", "bidimensional_mm", 0),
    Column("bidimensional_short_mm", "bidimensional_mm", 1),
    Column("bidimensional_product_mm2", "bidimensional_product_mm2"),
    Column("bidimensional_slice", "bidimensional_slice"),
    Column("bidimensional_number", "bidimensional_number"),
    Column("measurable", "measurable"),
)

_DECIMALS = {"px": 2, "mm": 2, "mm2": 2, "percent": 2, "ml": 4}
"""Decimals by the unit that a column's name ends in; 4 without one."""

_COMPARED = (
    "Errors are the prediction less the expert's outline. HD95 is the 95 % Hausdorff distance, in "
    "pixels where the spacing is unknown, infinite where only one of the two holds tumour."
)


def result_values(study: Study, prediction: Prediction) -> dict[str, Any]:
    """Everything that is exported of a prediction in numbers: its provenance and measures.

    Args:
        study: What was predicted on.
        prediction: Its prediction; it may be unfinished.

    Returns:
        The keys of `provenance` and of `measures` with lesions and surfaces, JSON values.
    """
    measured = measures(study, prediction, lesions=True, surfaces=True)
    return {**provenance(study, prediction), **measured}


def write_measures(
    study: Study,
    prediction: Prediction,
    folder: Path,
    *,
    values: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Writes ``measures.json``, ``slices.csv`` and ``lesions.csv``.

    Args:
        study: What was predicted on.
        prediction: Its prediction; it may be unfinished.
        folder: Where to; made if missing.
        values: Of `result_values`, where the caller has them already.

    Returns:
        The files written, in the order of `FILES`.

    Raises:
        InputError: If the folder cannot be written to.
    """
    values = result_values(study, prediction) if values is None else values
    paths = [folder / name for name in FILES]
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(paths[0], values)
        write_text(paths[1], slices_table(values))
        write_text(paths[2], lesions_table(values))
    return paths


def slices_table(values: Mapping[str, Any]) -> str:
    """One line a slice, as CSV.

    Args:
        values: Of `result_values`.
    """
    low, high = values["interval_percent"]
    notes = [
        f"Low and high are the percentiles {low:g} and {high:g} over the stochastic passes.",
        values["interval_reason"],
        "In slices corrected by hand they are undefined." if values["correction"] else None,
        values["area_mm2_reason"],
        values["position_mm_reason"],
        values["expert_area_reason"] or _COMPARED,
    ]
    return _table(values, notes, SLICE_COLUMNS, values["slices"])


def lesions_table(values: Mapping[str, Any]) -> str:
    """One line a lesion, the largest first, as CSV; no line where none is found.

    Args:
        values: Of `result_values`.
    """
    notes = [
        "Lesions are connected parts of the predicted whole tumour, oedema included.",
        "Measurable: both bidimensional diameters reach 10 mm (RANO).",
        values["lesions_reason"],
        values["lesions_dimensions_reason"],
        values["lesions_measurable_reason"],
        values["volume_reason"],
    ]
    return _table(values, notes, LESION_COLUMNS, values["lesions"] or ())


def _table(
    values: Mapping[str, Any],
    notes: Iterable[str | None],
    columns: Sequence[Column],
    entries: Iterable[Mapping[str, Any]],
) -> str:
    """A table's text: comments, headings, and a line an entry, each with the identifier."""
    comments = [
        *provenance_lines(dict(values)),
        *dict.fromkeys(note for note in notes if note is not None),
        "An empty cell is undefined; measures.json holds the reasons and all digits.",
    ]
    lines = [f"# {harmless(comment)}" for comment in comments]
    lines.append(",".join(["identifier", *(column.name for column in columns)]))
    for entry in entries:
        cells = [text_cell(values["identifier"]), *(_cell(entry, column) for column in columns)]
        lines.append(",".join(cells))
    return "".join(f"{line}\r\n" for line in lines)


def _cell(entry: Mapping[str, Any], column: Column) -> str:
    value = entry[column.key]
    if value is not None and column.element is not None:
        value = value[column.element]
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)  # its minus begins no formula
    if isinstance(value, float):
        decimals = _DECIMALS.get(column.name.rsplit("_", 1)[-1], 4)
        return f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0 makes −0 to 0
    return text_cell(str(value))
