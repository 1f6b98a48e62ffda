"""The numbers under the slice view: one row for the slice on screen, one for the patient."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import streamlit as st

from resunet.measure import INTERVAL_PERCENT, measures, patient_hd95, slice_hd95
from resunet.measure.lesion_values import lesion_measures
from resunet.measure.lesions import slice_diameters
from resunet.study import Prediction, Study

_UNKNOWN = "–"
_PERCENT = f"{INTERVAL_PERCENT[0]:.0f}th to {INTERVAL_PERCENT[1]:.0f}th percentile"
_HELP = f"""
**Dice**: overlap with the expert's outline, 1 is equal, 0 apart; of the patient pooled over the
slices. **HD95**: 95 % of either outline lie no farther from the other. **Over the passes**:
{_PERCENT} of the size over the stochastic passes. **Error**: network less expert. **Diameters**:
longest, and the longest across it, as RANO measures; of the patient the pair with the largest
product. **Highest uncertainty**: of any pixel, tumour or not.
"""


class Number(NamedTuple):
    """One number, as text, and why there is none."""

    value: str
    reason: str | None = None


Row = dict[str, Number]


def measured(study: Study, prediction: Prediction) -> dict[str, Any]:
    """All that is measured of the patient: `measures`, with distance and lesions.

    Takes a third of a second for a whole head; keep it while nothing changes.
    """
    mask, done = prediction.mask, prediction.done
    values = measures(study, prediction) | patient_hd95(study, mask, done)
    return values | lesion_measures(study, mask, done)


def show_numbers(
    study: Study, prediction: Prediction, values: Mapping[str, Any], slice_index: int
) -> None:
    """Shows both rows, one under the other, and below them why a number is missing.

    Args:
        study: The study.
        prediction: The prediction as it is shown.
        values: Of `measured`.
        slice_index: The slice on screen.
    """
    rows = {
        f"Slice {study.slice_numbers[slice_index]}": slice_row(
            study, prediction, values, slice_index
        ),
        "Patient": patient_row(study, prediction, values),
    }
    for name, row in rows.items():
        # as wide in both rows, so that they stand in columns; a narrow page breaks them alike
        with st.container(horizontal=True, gap="xsmall"):
            st.markdown(f"**{name}**", width=_NAME_PX, help=_HELP)
            for label, width in _COLUMNS.items():
                if any(label in each for each in rows.values()):
                    value = row.get(label, Number(_UNKNOWN)).value
                    st.markdown(f":small[:gray[{label}]]  \n{value}", width=width)
    if reasons := list(dict.fromkeys(_reasons(rows))):
        st.caption(" ".join(reasons))


_NAME_PX = 100
_COLUMNS = {
    "Dice": 60,
    "HD95": 80,
    "Size": 90,
    "Over the passes": 120,
    "Error": 150,
    "Diameters": 190,
    "Highest uncertainty": 130,
}
"""The numbers in their order, and the width of each in pixels."""


def slice_row(
    study: Study, prediction: Prediction, values: Mapping[str, Any], slice_index: int
) -> Row:
    """The numbers of one slice; in pixels where the spacing is unknown."""
    entry = values["slices"][slice_index]
    unit, per_unit = ("px", 1.0) if study.spacing_mm is None else ("mm2", 100.0)
    area, spread = entry[f"area_{unit}"], entry[f"area_{unit}_interval"]
    words = "px" if unit == "px" else "cm²"
    form = ",.0f" if unit == "px" else ".2f"
    row = {
        "Size": Number(_with_unit(area, per_unit, form, words)),
        "Over the passes": Number(_span(spread, per_unit, form), entry["area_interval_reason"]),
        "Diameters": Number(_UNKNOWN),
        "Highest uncertainty": Number(_text(entry["std_max"], ".3f")),
    }
    if entry["done"] and (found := slice_diameters(study, prediction.mask[slice_index])):
        row["Diameters"] = Number(f"{found.long_mm:.1f} × {found.short_mm:.1f} mm")
    if study.labels is not None:
        distance = slice_hd95(study, prediction.mask, slice_index, prediction.done)
        row["Dice"] = Number(_text(entry["dice"], ".3f"), entry["dice_reason"])
        row["HD95"] = _distance(distance)
        row["Error"] = _error(entry, f"area_error_{unit}", "area_error", per_unit, form, words)
    return row


def patient_row(study: Study, prediction: Prediction, values: Mapping[str, Any]) -> Row:
    """The numbers of the whole patient, which need all slices."""
    interval = values["volume_ml_interval"]
    pair = values["bidimensional_mm"]
    where = f", slice {values['bidimensional_number']}"
    row = {
        "Size": Number(_with_unit(values["volume_ml"], 1.0, ".1f", "ml"), values["volume_reason"]),
        "Over the passes": Number(_span(interval, 1.0, ".1f"), values["volume_ml_interval_reason"]),
        "Diameters": Number(
            _UNKNOWN if pair is None else f"{pair[0]:.1f} × {pair[1]:.1f} mm{where}",
            values["diameter_reason"],
        ),
    }
    if prediction.samples > 1 and prediction.done.any():
        row["Highest uncertainty"] = Number(f"{prediction.std.max():.3f}")
    if study.labels is not None:
        is_whole = bool(prediction.done.all())
        row["Dice"] = Number(
            _text(values["dice"] if is_whole else None, ".3f"), values["dice_reason"]
        )
        row["HD95"] = _distance(values)
        row["Error"] = _error(values, "volume_error_ml", "volume_error", 1.0, ".1f", "ml")
    return row


def _reasons(rows: Mapping[str, Row]) -> Iterator[str]:
    for row in rows.values():
        for number in row.values():
            if number.reason and number.value == _UNKNOWN:
                yield number.reason


def _distance(values: Mapping[str, Any]) -> Number:
    distance, unit = values["hd95_mm"], "mm"
    if distance is None and values.get("hd95_px") is not None:
        distance, unit = values["hd95_px"], "px"
    if distance is None:
        return Number(_UNKNOWN, values["hd95_reason"])
    return Number("∞" if math.isinf(distance) else f"{distance:.1f} {unit}")


def _error(
    values: Mapping[str, Any], key: str, name: str, per_unit: float, form: str, unit: str
) -> Number:
    error, percent = values[key], values[f"{name}_percent"]
    if error is None:
        return Number(_UNKNOWN, values[f"{name}_reason"])
    share = "" if percent is None else f" ({percent:+.0f} %)"
    return Number(f"{error / per_unit:+{form}} {unit}{share}".replace("-", "−"))


def _with_unit(value: float | None, per_unit: float, form: str, unit: str) -> str:
    return _UNKNOWN if value is None else f"{value / per_unit:{form}} {unit}"


def _span(interval: list[float] | None, per_unit: float, form: str) -> str:
    if interval is None:
        return _UNKNOWN
    low, high = (format(value / per_unit, form) for value in interval)
    return f"{low}–{high}"


def _text(value: float | None, form: str) -> str:
    return _UNKNOWN if value is None else format(value, form)
